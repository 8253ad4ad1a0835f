"""A guest that is up already, kept in the cache: a scenario that resumes it waits two seconds instead of twenty.

It belongs to one image, one QEMU and one command line, whose hash is its name. Not everything can be saved: an NVMe disk
cannot, nor a mounted share, so what a scenario brings along is mounted after resuming.
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import sys
import time

from .evidence import Evidence
from .qemu import KERNEL, MEMORY, Process, machine_arguments, overlay, version
from .topology import VARIANTS

VARIANT = VARIANTS["intel"]
#: Saved machines that no run has used for so long are forgotten; half-saved ones at once, for one run at a time saves.
FORGET_AFTER = 7 * 24 * 3600
#: Why there is none, once that is known: the scenarios that wanted it need not each find out in minutes.
failure = None


def resumed_disk(cache, image, folder):
    """A copy of the saved machine's disk, which holds its memory, too; saves a machine first where there is none."""
    global failure
    assert failure is None, failure
    kept = cache / f"saved-{_key(image)}"
    with open(cache / "saved.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kept / "complete").exists():
            try:
                _save(kept, image)
            except Exception as cause:
                failure = f"no machine could be saved: {cause}\n(its log is in {kept.with_suffix('.new')}/evidence)"
                raise AssertionError(failure) from cause
            _forget_others(cache, kept)
        os.utime(kept)
    copy = folder / "resumed.qcow2"
    shutil.copyfile(kept / "disk.qcow2", copy)
    return copy


def _key(image):
    own = pathlib.Path(__file__).read_text()
    # An image that was made again has the same name and other bytes, which a saved disk must not be laid over.
    made = str((image / "disk.raw").stat().st_mtime_ns)
    what = [str(image), made, version(), KERNEL, str(MEMORY), own, *machine_arguments(VARIANT, saved=True)]
    return hashlib.sha256("\0".join(what).encode()).hexdigest()[:16]


def _save(kept, image):
    from .machine import Machine  # which resumes what is saved here

    print("Starting the lab's guest once, to keep it …", file=sys.stderr, flush=True)
    new = kept.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
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
    (new / "complete").touch()
    new.rename(kept)


def _forget_others(cache, kept):
    for each in cache.glob("saved-*"):
        if each != kept and (each.suffix == ".new" or time.time() - each.stat().st_mtime > FORGET_AFTER):
            shutil.rmtree(each, ignore_errors=True)
