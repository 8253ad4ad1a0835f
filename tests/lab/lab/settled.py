"""What a guest with a loader of its own starts with: a disk that was started once and shut down properly, with the
loader's files made by the system's own tools. It takes minutes to make, and is kept in the cache.
"""

import pathlib
import shutil
import sys

from . import once
from .evidence import Evidence
from .qemu import LIFETIME, UEFI_VARIABLES, Build, Process, machine_arguments, overlay, version
from .topology import VARIANTS

VARIANT = VARIANTS["intel"]
#: One processor: of two, one was seen to hear no interrupts any more while it started on a busy computer, under this IOMMU
#: and software emulation, and nothing that this guest shows needs a second one. Pages of 1 GiB, and memory for one of
#: them, are what arguments of the kernel can be tried with.
BUILD = Build(memory=3584, processors=1, model="qemu64,+pdpe1gb", lifetime=3 * LIFETIME)


def disk_of(cache, image, loader, folder):
    """A disk over the settled one of this image, and the firmware's variables where it has some; settles one first."""
    kept = once.made(cache, "settled", _name(image, loader), lambda new: _settle(new, image, loader))
    if loader == "systemd-boot":
        shutil.copyfile(kept / "variables.fd", folder / "variables.fd")
    return overlay(folder / "disk.qcow2", kept / "disk.qcow2", "qcow2")


def process_of(image, loader, programs, share, console, make_disk):
    """A machine that starts from this disk by itself."""
    uefi = loader == "systemd-boot"
    return Process(
        VARIANT,
        image,
        programs,
        share,
        console,
        make_disk=make_disk,
        make_variables=(lambda folder: folder / "variables.fd") if uefi else None,
        by_itself=True,
        build=BUILD,
    )


def _name(image, loader):
    own = pathlib.Path(__file__).read_text()
    return once.name_of(image, loader, version(), own, *machine_arguments(VARIANT, saved=False, build=BUILD))


#: What a computer that was installed and updated once has behind it; the disk was made without any of its tools running.
SETTLE = {
    "grub": "update-grub",
    "systemd-boot": "bootctl install && kernel-install add $(uname -r) /boot/vmlinuz-$(uname -r) /boot/initrd.img-$(uname -r)",
}


def _settle(new, image, loader):
    print(f"Starting a guest of the lab by {loader} once, to keep its disk …", file=sys.stderr, flush=True)
    evidence = Evidence(new / "evidence")

    def make_disk(_):
        if loader == "systemd-boot":
            shutil.copyfile(UEFI_VARIABLES, new / "variables.fd")
        return overlay(new / "disk.qcow2", image / "disk.raw", "raw")

    process = Process(
        VARIANT,
        image,
        programs=evidence.folder,
        share=evidence.folder / "share",
        console=evidence.folder / "console.log",
        make_disk=make_disk,
        make_variables=(lambda _: new / "variables.fd") if loader == "systemd-boot" else None,
        by_itself=True,
        build=BUILD,
    )
    from .kept import KeptMachine  # which starts from what is settled here

    try:
        machine = KeptMachine(process, evidence, loader, "")
        machine.come_up()
        machine.step("the loader's files, by the tools of the system")
        machine.run(SETTLE[loader], patience=300).succeeds()
        machine.step("shut down, so that the next start is through them")
        machine.power_off()
    finally:
        evidence.close()
        process.forget()
