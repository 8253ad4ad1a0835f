"""The guest starts through its own GRUB, and what update-grub writes there is what the kernel gets after a restart."""

import pytest


@pytest.mark.full
@pytest.mark.starts_by("grub", "initramfs-tools")
def scenario_an_argument_survives_a_restart(kept_machine):
    machine = kept_machine
    assert "gangway-lab-was-here" not in machine.words()

    machine.step("write an argument, as an administrator would")
    machine.run("sed -i 's/^GRUB_CMDLINE_LINUX_DEFAULT=.*/GRUB_CMDLINE_LINUX_DEFAULT=\"quiet gangway-lab-was-here\"/' /etc/default/grub")
    machine.run("update-grub", patience=240).succeeds()
    machine.run("update-initramfs -u", patience=600).succeeds()

    machine.step("restart")
    machine.restart()
    assert "gangway-lab-was-here" in machine.words()
    functions = machine.user("marguerite").gangwayctl("list", "--json").json()["functions"]
    assert {each["address"] for each in functions} >= {each.address for _, each in machine.topology.functions(saved=False)}

    machine.step("a cut of the power, and the disk is what it was")
    machine.cut_power()
    machine.power_on()
    assert "gangway-lab-was-here" in machine.words()
