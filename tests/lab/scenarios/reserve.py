"""A card is handed over for good: reserved by its address, on trial with the next start, kept, used, and taken back.

Its twins, which have the same ids, keep their driver; what starts by itself is not touched before it is kept; and in the
end every file is what it was.
"""

import pytest

from lab.reservation import Reservation


def only_made(machine, before):
    """What is there besides, and that nothing that was there is another."""
    changed = machine.changed_since(before)
    others = {path: told for path, told in changed.items() if not told.startswith("was nothing,")}
    assert changed and not others, others
    return changed


def the_whole_way(machine):
    reservation, address = Reservation(machine), machine.address("first twin")
    workbench = machine.nested("workbench")
    definition, before = workbench.definition(), machine.files()

    machine.step("the plan touches nothing that starts by itself")
    machine.run(f"gangwayctl host plan reserve {address}", patience=120).succeeds().says("/gangway/", "gangway.reserve=")
    assert machine.changed_since(before) == {}

    machine.step("hand the card over for good")
    machine.run(f"gangwayctl hand-over {address} --to workbench --method reserved --yes", patience=1200).succeeds()
    reservation.record = machine.records()[0]["id"]
    # How long each step took, and how much of it the tools.
    machine.run("journalctl --boot --no-pager --output=short-precise --unit=gangway-helper").says("done in", "Ran ")
    made = only_made(machine, before)
    reservation.is_not_in_force()
    reservation.stands("waiting")

    machine.step("before the restart the virtual machine has no card, and starts without it")
    assert workbench.definition() == definition
    workbench.start().succeeds()
    assert workbench.groups_held() == []
    workbench.stop().succeeds()
    reservation.is_not_in_force()

    machine.step("the next start is the trial")
    machine.restart()
    reservation.is_in_force()
    reservation.stands("on-trial")
    reservation.holds()
    assert only_made(machine, before).keys() == made.keys()

    machine.step("keep it, and go on with the virtual machine")
    machine.run("gangwayctl confirm --yes", patience=300).succeeds()
    reservation.stands("confirmed")
    machine.run("gangwayctl hand-over --continue --yes", patience=120).succeeds()
    assert address[5:7] in workbench.definition()
    workbench.start().succeeds()
    assert workbench.groups_held() == [machine.group("first twin")]
    assert "1234:1111" in workbench.sees()
    workbench.stop().succeeds()
    assert machine.drivers("first twin") == ["vfio-pci"], "it is not the host's between two starts of the virtual machine"

    machine.step("it is the default now")
    machine.restart()
    reservation.is_in_force()
    reservation.stands("confirmed")
    reservation.holds()

    machine.step("take it back")
    machine.run(f"gangwayctl take-back {address} --yes", patience=1200).succeeds()
    assert workbench.definition() == definition
    assert machine.changed_since(before) == {}
    machine.restart()
    reservation.is_not_in_force()
    reservation.stands("none")
    assert machine.changed_since(before) == {}


@pytest.mark.full
@pytest.mark.starts_by("grub", "initramfs-tools")
def scenario_a_twin_is_reserved_by_its_address(kept_machine):
    the_whole_way(kept_machine)


@pytest.mark.full
@pytest.mark.starts_by("systemd-boot", "initramfs-tools")
def scenario_a_twin_is_reserved_under_uefi(kept_machine):
    the_whole_way(kept_machine)


@pytest.mark.full
@pytest.mark.starts_by("grub", "dracut")
def scenario_a_twin_is_reserved_with_dracut(kept_machine):
    the_whole_way(kept_machine)
