"""A guest that is up already, kept in the cache: a scenario that resumes it waits two seconds instead of twenty.

It belongs to one image, one QEMU and one command line, whose hash is its name. Not everything can be saved: an NVMe disk
cannot, nor a mounted share, so what a scenario brings along is mounted after resuming.
"""

import pathlib
import shutil
import sys
import time

from . import once
from .evidence import Evidence
from .qemu import KERNEL, MEMORY, Process, machine_arguments, overlay, version
from .topology import VARIANTS

VARIANT = VARIANTS["intel"]
#: Why there is none, once that is known: the scenarios that wanted it need not each find out in minutes.
failure = None


def resumed_disk(cache, image, folder):
    """A copy of the saved machine's disk, which holds its memory, too; saves a machine first where there is none."""
    assert failure is None, failure

    def save(new):
        global failure
        try:
            _save(new, image)
        except Exception as cause:
            failure = f"no machine could be saved: {cause}\n(its log is in {new}/evidence)"
            raise AssertionError(failure) from cause

    kept = once.made(cache, "saved", _name(image), save)
    copy = folder / "resumed.qcow2"
    shutil.copyfile(kept / "disk.qcow2", copy)
    return copy


def _name(image):
    own = pathlib.Path(__file__).read_text()
    return once.name_of(image, version(), KERNEL, str(MEMORY), own, *machine_arguments(VARIANT, saved=True))


def _save(new, image):
    from .machine import Machine  # which resumes what is saved here

    print("Starting the lab's guest once, to keep it …", file=sys.stderr, flush=True)
    evidence = Evidence(new / "evidence")
    process = Process(
        VARIANT,
        image,
        programs=evidence.folder,
        share=evidence.folder / "share",
        console=evidence.folder / "console.log",
        make_disk=lambda _: overlay(new / "disk.qcow2", image / "disk.raw", "raw"),
        saved=True,
    )
    try:
        machine = Machine(process, evidence, VARIANT)
        machine.come_up()
        machine.step("warm up")
        # Looking QEMU over takes libvirt ten seconds, once; the rest is in memory the next time.
        machine.run("virsh -c qemu:///system domcapabilities", patience=200)
        machine.user("marguerite").virsh("list")
        machine.run("cat /usr/lib/x86_64-linux-gnu/lib{gtk-4,adwaita-1,pango-1.0,cairo,rsvg-2}.so.* /usr/bin/Xvfb >/dev/null", patience=120)
        machine.run("sync; timeout 60 udevadm settle", patience=90)
        time.sleep(2)
        answer = process.monitor.human("savevm lab")
        assert not answer.strip(), f"the machine could not be saved: {answer}"
        process.monitor.execute("quit")
        process.process.wait(30)
    finally:
        evidence.close()
        process.forget()
