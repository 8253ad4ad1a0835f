"""Changes of how the computer starts, under UEFI with systemd-boot: by the real kernel-install, over real restarts.

What is there before comes back: all of /etc, /boot and the EFI system partition, byte for byte.
"""

import pytest


@pytest.mark.full
@pytest.mark.starts_by("systemd-boot", "initramfs-tools")
def scenario_arguments_come_and_go(kept_machine):
    machine = kept_machine
    before = machine.files()
    default = machine.started_entry()

    machine.step("an argument of the kernel: a page of 1 GiB")
    machine.run("gangwayctl host plan huge-pages 1 --size 1G").succeeds().says("/etc/kernel/cmdline", "kernel-install")
    assert machine.changed_since(before) == {}
    pages = machine.apply("huge-pages", "1", "--size", "1G")

    machine.step("restart: it is there")
    machine.restart()
    assert machine.started_entry() == default
    assert "hugepages=1" in machine.words()
    assert machine.huge_pages() == 1

    machine.step("the former configuration starts as an entry of its own, this once")
    former = [each for each in machine.entries() if each["title"].startswith("Former configuration (kept by Gangway)")]
    assert len(former) == 1, machine.entries()
    machine.restart_into(former[0]["id"])
    assert machine.started_entry() == former[0]["id"]
    assert "hugepages=1" not in machine.words()
    assert machine.huge_pages() == 0

    machine.step("undo from there; the next start is the default, as it was")
    machine.undo(pages)
    assert machine.changed_since(before) == {}
    machine.restart()
    assert machine.started_entry() == default
    assert "hugepages=1" not in machine.words()
    assert machine.changed_since(before) == {}


@pytest.mark.full
@pytest.mark.starts_by("systemd-boot", "initramfs-tools")
def scenario_what_kernel_install_would_make_anew_is_refused(kept_machine):
    machine = kept_machine
    before = machine.files()
    machine.step("modules in the image: kernel-install puts it where no former one would stay beside it")
    machine.run("gangwayctl host plan load-vfio-early").fails().says("/etc/initramfs-tools/modules")
    machine.run("gangwayctl host apply load-vfio-early --yes").fails()
    assert machine.changed_since(before) == {}
    assert machine.run("gangwayctl host records --json").json() == []
