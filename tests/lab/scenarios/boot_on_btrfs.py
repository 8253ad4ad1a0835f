"""A boot folder on btrfs, which GRUB reads and cannot write to: what is asked for once there would be started for ever. A trial
is refused with the reason and the way out, nothing is written, and every start is as before.
"""

import pytest

from lab.reservation import Reservation


@pytest.mark.full
@pytest.mark.starts_by("grub", "initramfs-tools", "btrfs-boot")
def scenario_no_trial_where_it_could_not_end(kept_machine):
    machine = kept_machine
    assert machine.run("findmnt --noheadings --output FSTYPE /boot").succeeds().out.strip() == "btrfs"
    reservation, before = Reservation(machine), machine.files()

    machine.step("a reservation is refused, before anything is written")
    for verb in ("plan", "apply"):
        yes = ["--yes"] if verb == "apply" else []
        refused = machine.run(" ".join(["gangwayctl host", verb, "reserve", reservation.address, *yes]), patience=300).fails(4)
        refused.says("which is on btrfs", "would start for ever", "EFI system partition", "from the boot menu by hand")
    assert machine.records() == []
    assert machine.changed_since(before) == {}
    reservation.stands("none")

    machine.step("the next start is as every one before")
    machine.restart()
    reservation.is_not_in_force()

    machine.step("what it is refused for: GRUB does not forget there what it was asked for once")
    machine.run("grub-reboot 0").succeeds()
    machine.restart()
    machine.run("grub-editenv /boot/grub/grubenv list").succeeds().says("next_entry=0")
    machine.run("grub-editenv /boot/grub/grubenv unset next_entry").succeeds()
    assert machine.changed_since(before) == {}
