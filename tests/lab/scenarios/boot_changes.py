"""Changes of how the computer starts, on a BIOS with GRUB: by the real update-grub and initramfs-tools, over real restarts.

What is there before comes back: all of /etc and /boot, byte for byte.
"""

import pytest

FORMER = "gangway-former"


@pytest.mark.full
@pytest.mark.starts_by("grub", "initramfs-tools")
def scenario_arguments_and_modules_come_and_go(kept_machine):
    machine = kept_machine
    before = machine.files()
    assert not machine.has_module("vfio_pci")

    machine.step("the kernel of Debian switches the IOMMU on by itself, so there is nothing to plan")
    machine.run("gangwayctl host plan turn-on-iommu").says("All is as wanted already")

    machine.step("an argument of the kernel: a page of 1 GiB")
    machine.run("gangwayctl host plan huge-pages 1 --size 1G").succeeds().says("zz-gangway-huge-pages.cfg", "custom.cfg", "update-grub")
    assert machine.changed_since(before) == {}
    pages = machine.apply("huge-pages", "1", "--size", "1G")

    machine.step("restart: it is there")
    machine.restart()
    assert "hugepages=1" in machine.words()
    assert machine.huge_pages() == 1
    assert "quiet" in machine.words()

    machine.step("the former configuration starts as an entry of its own, this once")
    machine.restart_into(FORMER)
    machine.says_on_console("Booting `Former configuration (kept by Gangway)'")
    assert "hugepages=1" not in machine.words()
    assert machine.huge_pages() == 0

    machine.step("the next start is the default again")
    machine.restart()
    assert "hugepages=1" in machine.words()

    machine.step("modules: vfio-pci with the first ones")
    with_pages = machine.files()
    early = machine.apply("load-vfio-early")
    machine.restart()
    assert machine.is_early("VFIO - User Level meta-driver")
    assert machine.has_module("vfio_pci")

    machine.step("the former image starts without them")
    machine.restart_into(FORMER)
    assert not machine.has_module("vfio_pci")
    assert "hugepages=1" in machine.words()

    machine.step("undo the last one, then the first")
    machine.undo(early)
    assert machine.changed_since(with_pages) == {}
    machine.undo(pages)
    assert machine.changed_since(before) == {}

    machine.step("and after a restart all is as it was")
    machine.restart()
    assert not machine.has_module("vfio_pci")
    assert "hugepages=1" not in machine.words()
    assert machine.huge_pages() == 0
    assert machine.changed_since(before) == {}
