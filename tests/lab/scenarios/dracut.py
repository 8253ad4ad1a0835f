"""Changes of how the computer starts, where dracut makes the initramfs: by the real dracut, over real restarts.

What is there before comes back: all of /etc and /boot, byte for byte.
"""

import pytest

FORMER = "gangway-former"


@pytest.mark.full
@pytest.mark.starts_by("grub", "dracut")
def scenario_modules_come_and_go(kept_machine):
    machine = kept_machine
    before = machine.files()
    assert not machine.has_module("vfio_pci")

    machine.step("plan and apply it")
    machine.run("gangwayctl host plan load-vfio-early").succeeds().says("zz-gangway-vfio.conf", "dracut", "custom.cfg")
    assert machine.changed_since(before) == {}
    early = machine.apply("load-vfio-early")

    machine.step("restart: vfio-pci is among the first modules, and no card lost its driver")
    machine.restart()
    assert machine.is_early("VFIO - User Level meta-driver")
    assert machine.has_module("vfio_pci")
    assert machine.drivers("card", "card's sound") == machine.own_drivers("card", "card's sound")

    machine.step("the former image starts as an entry of its own, this once")
    machine.restart_into(FORMER)
    machine.says_on_console("Booting `Former configuration (kept by Gangway)'")
    assert not machine.is_early("VFIO - User Level meta-driver")

    machine.step("undo from there")
    machine.undo(early)
    assert machine.changed_since(before) == {}
    machine.restart()
    assert not machine.has_module("vfio_pci")
    assert machine.changed_since(before) == {}
