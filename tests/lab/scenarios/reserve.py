"""A card that is reserved by its address from the next start on: first on trial, for one start that is asked for once.

Its twins, which have the same ids, keep their driver; what starts by itself is not touched; and every way down from the
trial leads to the start before it.
"""

import pytest

TITLE = "Devices reserved for virtual machines (Gangway)"
#: The first one is reserved; the others have its ids, the screen of the firmware among them.
TWIN = "first twin"
OTHERS = ("second twin", "boot display", "sharing card")


def only_made(machine, before):
    """What is there besides, and that nothing that was there is another."""
    changed = machine.changed_since(before)
    assert changed and all(told.startswith("was nothing,") for told in changed.values()), changed
    return changed


def is_on_trial(machine):
    address = machine.address(TWIN)
    assert f"gangway.reserve={address}=1234:1111" in machine.words()
    assert f"reserved {address}" in machine.read("/run/gangway/early")
    assert machine.drivers(TWIN) == ["vfio-pci"]
    assert machine.drivers(*OTHERS) == machine.own_drivers(*OTHERS)


def is_as_before(machine):
    assert not any(word.startswith("gangway.") for word in machine.words()), machine.words()
    assert machine.drivers(TWIN, *OTHERS) == machine.own_drivers(TWIN, *OTHERS)


def a_trial_passes(machine):
    """Reserved, on trial with the next start, and, since nobody keeps it, over with the one after; then undone."""
    before = machine.files()
    machine.step("the plan touches nothing that starts by itself")
    machine.run(f"gangwayctl host plan reserve {machine.address(TWIN)}", patience=120).succeeds().says("/boot/gangway")
    assert machine.changed_since(before) == {}
    record = machine.apply("reserve", machine.address(TWIN))
    made = only_made(machine, before)
    is_as_before(machine)

    machine.step("the next start is the trial")
    machine.restart()
    is_on_trial(machine)
    assert only_made(machine, before).keys() == made.keys()

    machine.step("nobody keeps it, so the one after is the former system")
    machine.restart()
    is_as_before(machine)

    machine.step("undo")
    machine.undo(record)
    assert machine.changed_since(before) == {}


@pytest.mark.full
@pytest.mark.starts_by("grub", "initramfs-tools")
def scenario_a_twin_is_reserved_by_its_address(kept_machine):
    a_trial_passes(kept_machine)
    assert "gangway" not in kept_machine.read("/boot/grub/grub.cfg")


@pytest.mark.full
@pytest.mark.starts_by("systemd-boot", "initramfs-tools")
def scenario_a_twin_is_reserved_under_uefi(kept_machine):
    a_trial_passes(kept_machine)


@pytest.mark.full
@pytest.mark.starts_by("grub", "dracut")
def scenario_a_twin_is_reserved_with_dracut(kept_machine):
    a_trial_passes(kept_machine)


@pytest.mark.full
@pytest.mark.starts_by("grub", "initramfs-tools")
def scenario_a_cut_of_the_power_on_trial_leads_back(kept_machine):
    machine = kept_machine
    before = machine.files()
    record = machine.apply("reserve", machine.address(TWIN))

    machine.step("the power goes while the loader starts the trial")
    machine.restart_until(f"Booting `{TITLE}'")
    machine.cut_power()
    machine.power_on()
    is_as_before(machine)

    machine.step("undo, with the same bytes as before")
    machine.undo(record)
    assert machine.changed_since(before) == {}
