"""A reservation that was kept, on a computer that changes: a newer kernel, and another device where the card was.

It is told, the wrong device is never touched, and the newer kernel's entry has nothing of the reservation.
"""

import pytest

from lab.reservation import Reservation

#: As a package brings it, except that it is the same kernel once more.
NEWER = "6.99.0-1-amd64"
INSTALL = f"""
    set -e
    cp -a /boot/vmlinuz-$(uname -r) /boot/vmlinuz-{NEWER}
    cp -a /boot/config-$(uname -r) /boot/config-{NEWER}
    cp -al /lib/modules/$(uname -r) /lib/modules/{NEWER}
    run-parts --report --exit-on-error --arg={NEWER} --arg=/boot/vmlinuz-{NEWER} /etc/kernel/postinst.d
"""
REMOVE = f"""
    set -e
    rm -r /boot/vmlinuz-{NEWER} /boot/config-{NEWER} /lib/modules/{NEWER}
    run-parts --report --exit-on-error --arg={NEWER} --arg=/boot/vmlinuz-{NEWER} /etc/kernel/postrm.d
    update-grub
"""


def broken(reservation):
    """The parts of its promise that do not hold now."""
    return {part["part"]: part for part in reservation.status()["parts"] if part["outcome"] == "broken"}


@pytest.mark.full
@pytest.mark.starts_by("grub", "initramfs-tools")
def scenario_a_kernel_comes_on_trial_and_the_card_moves(kept_machine):
    machine = kept_machine
    before = machine.files()
    reservation = Reservation(machine)
    reservation.arm()
    machine.restart()
    reservation.is_in_force()

    machine.step("a newer kernel comes while the reservation is on trial: its entry has nothing of it")
    machine.run(INSTALL, patience=900).succeeds()
    menu = machine.read("/boot/grub/grub.cfg")
    assert NEWER in menu and "gangway.reserve" not in menu
    assert broken(reservation) == {}
    machine.run(REMOVE, patience=300).succeeds()
    assert NEWER not in machine.read("/boot/grub/grub.cfg")

    machine.step("keep it")
    machine.run("gangwayctl confirm --yes", patience=300).succeeds()
    kept = machine.records()[0]["id"]
    assert broken(reservation) == {}

    machine.step("a newer kernel comes, and would not be started")
    machine.run(INSTALL, patience=900).succeeds()
    assert "gangway.reserve" not in machine.read("/boot/grub/grub.cfg")
    assert broken(reservation).keys() == {"newest"}
    machine.run("gangwayctl status", patience=120).fails(3).says(NEWER)
    machine.run(REMOVE, patience=300).succeeds()
    assert broken(reservation) == {}

    machine.step("a network card is where the card was, which is in another slot now")
    machine.power_off()
    machine.process.plug("twin-1", "spare-port")
    machine.process.plug("sharing-network", "twin-port-1")
    machine.power_on()
    assert machine.run(f"basename $(readlink /sys/bus/pci/devices/{reservation.address}/driver)").out.strip() == "e1000e"
    assert "refused:" in machine.read("/run/gangway/early")
    assert machine.run("ls /sys/bus/pci/drivers/vfio-pci").out.count("0000:") == 0
    changed = broken(reservation)
    assert changed["device"]["device"] == reservation.address and "early" in changed, changed
    machine.run("gangwayctl status", patience=120).fails(3)

    machine.step("back in its slot, it is reserved again")
    machine.power_off()
    machine.process.plug("twin-1", "twin-port-1")
    machine.process.plug("sharing-network", "sharing-port-1")
    machine.power_on()
    reservation.is_in_force()
    assert broken(reservation) == {}

    machine.step("undo, of which this start keeps the devices until the next")
    machine.undo(kept)
    machine.undo(reservation.record)
    reservation.stands("foreign")
    assert machine.changed_since(before) == {}
    machine.restart()
    reservation.is_not_in_force()
    reservation.stands("none")
