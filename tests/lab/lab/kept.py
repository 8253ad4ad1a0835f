"""A guest that starts by a loader of its own: GRUB or systemd-boot, with an initramfs of this or that generator.

Its disk and the variables of its firmware stay between starts: it can be restarted, its power can be cut at any moment,
and it can be started again with what is on the disk then. What it starts with was started once before and shut down
properly, with the loader's files made by the system's own tools, and is kept in the cache: the settled disk.
"""

import fcntl
import hashlib
import os
import pathlib
import shlex
import shutil
import sys
import time

from . import files
from .evidence import Evidence
from .machine import BOOT, Machine
from .qemu import LIFETIME, UEFI_VARIABLES, Build, Process, machine_arguments, overlay, version
from .topology import VARIANTS
from .wire import Agent

VARIANT = VARIANTS["intel"]
#: One processor: of two, one was seen to hear no interrupts any more while it started on a busy computer, under this IOMMU
#: and software emulation, and nothing that this guest shows needs a second one. Pages of 1 GiB, and memory for one of
#: them, are what arguments of the kernel can be tried with.
BUILD = Build(memory=3584, processors=1, model="qemu64,+pdpe1gb", lifetime=3 * LIFETIME)
FORGET_AFTER = 7 * 24 * 3600

#: What the loaders themselves write with every start or choice, and nobody else's change of the computer.
LOADERS_OWN = {
    "/boot/grub/grubenv": "GRUB's own memory, in which the choice of an entry for one start was and is no more",
    "/boot/efi/loader/random-seed": "systemd-boot makes a new one with every start",
}


class KeptMachine(Machine):
    """A guest that can be switched off and on again."""

    def __init__(self, process, evidence, loader, generator):
        super().__init__(process, evidence, VARIANT)
        self.loader, self.generator = loader, generator
        self.console_before = 0

    def switched_on(self):
        """The first start of a scenario: our programs come in, as a package brings them, and stay."""
        self.come_up()
        self.install_programs()
        self.run("systemctl daemon-reload && systemctl reload dbus").succeeds()

    def cut_power(self):
        """Pulls the plug, at this very moment; `power_on` is the way back."""
        self.evidence.write("the power was cut")
        self.agent.close()
        self.process.cut_power()

    def power_on(self):
        """Starts it again, with what is on its disk, and waits until it is up."""
        self.console_before = len(self._whole_console())
        self.process.power_on()
        self.agent = Agent(self.process.socket("agent"))
        self.come_up()
        self.mount_share()

    def power_off(self, patience=300.0):
        """Shuts it down as its users would, and waits until it is off."""
        self.go_down("poweroff")
        self.wait("the guest is off", lambda: not self.process.is_running(), patience)
        self.agent.close()

    def restart_into(self, entry):
        """Restarts into another entry, this once, as a choice at the menu does; the next start is the default again."""
        if self.loader == "grub":
            self.run(f"grub-reboot {entry}").succeeds()
        else:
            assert entry in [each["id"] for each in self.entries()], f"no entry is called “{entry}”"
            self.run(f"bootctl set-oneshot {entry}").succeeds()
        self.restart()

    def entries(self):
        """The entries of systemd-boot's menu, as bootctl tells them."""
        return self.run("bootctl list --json=short").json()

    def words(self):
        """The arguments that the running kernel was started with."""
        return self.read("/proc/cmdline").split()

    def started_entry(self):
        """The entry that systemd-boot says it started, in a variable of the firmware."""
        line = self.run("bootctl status --no-pager | grep 'Current Entry:'").succeeds().out
        return line.split(":", 1)[1].strip()

    def console(self):
        """What the console of this start has so far, the loader's own words included."""
        return self._whole_console()[self.console_before :]

    def _whole_console(self):
        return (self.evidence.folder / "console.log").read_text(errors="replace")

    def says_on_console(self, text):
        assert text in self.console(), f"the console of this start does not say “{text}”, but:\n{self.console()[:2000]}"

    def restart(self):
        self.console_before = len(self._whole_console())
        super().restart()

    def restart_until(self, text):
        """Begins a restart, and comes back as soon as the console of the next start says this, for a cut of the power then."""
        self.console_before = len(self._whole_console())
        self.go_down("reboot")
        self.wait(f"the console says “{text}”", lambda: text in self.console(), BOOT)

    def has_module(self, name):
        """Whether the kernel has this module now."""
        return any(line.split()[0] == name for line in self.run("cat /proc/modules", written=False).succeeds().out.splitlines())

    def is_early(self, text):
        """Whether the kernel said this before it had the system's own disk: whose module did was in the initramfs."""
        said = self.run("dmesg --notime", written=False).succeeds().out.splitlines()
        disk = next(at for at, line in enumerate(said) if line.startswith("EXT4-fs (vda"))
        return any(text in line for line in said[:disk])

    def huge_pages(self):
        """How many pages of 1 GiB are kept free."""
        return int(self.read("/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"))

    def apply(self, *words):
        """Applies a change, as root, and gives the number of its record. An image is made anew in minutes here."""
        self.run(shlex.join(["gangwayctl", "host", "apply", *words, "--yes"]), patience=1200).succeeds()
        return self.records()[0]["id"]

    def undo(self, record):
        self.run(f"gangwayctl host undo {record} --yes", patience=1200).succeeds()
        assert [each["state"] for each in self.records() if each["id"] == record] == ["undone"], self.records()

    def records(self):
        """The changes, the last one first."""
        return self.run("gangwayctl host records --json").json()

    def files(self):
        """Every file below /etc and /boot, the EFI system partition included, to be compared with `changed_since`."""
        return files.walk(self)

    def changed_since(self, before):
        """What is not as it was, by path, without what the loader itself writes."""
        return {path: told for path, told in files.differences(before, self.files()).items() if path not in LOADERS_OWN}


def disk_of(cache, image, loader, folder):
    """A disk over the settled one of this image, and the firmware's variables where it has some; settles one first."""
    kept = cache / f"settled-{_key(image, loader)}"
    with open(cache / "settled.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kept / "complete").exists():
            _settle(kept, image, loader)
            _forget_others(cache, kept)
        os.utime(kept)
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


def _key(image, loader):
    own = pathlib.Path(__file__).read_text()
    made = str((image / "disk.raw").stat().st_mtime_ns)
    what = [str(image), made, loader, version(), own, *machine_arguments(VARIANT, saved=False, build=BUILD)]
    return hashlib.sha256("\0".join(what).encode()).hexdigest()[:16]


#: What a computer that was installed and updated once has behind it; the disk was made without any of its tools running.
SETTLE = {
    "grub": "update-grub",
    "systemd-boot": "bootctl install && kernel-install add $(uname -r) /boot/vmlinuz-$(uname -r) /boot/initrd.img-$(uname -r)",
}


def _settle(kept, image, loader):
    print(f"Starting a guest of the lab by {loader} once, to keep its disk …", file=sys.stderr, flush=True)
    new = kept.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
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
    (new / "complete").touch()
    new.rename(kept)


def _forget_others(cache, kept):
    for each in cache.glob("settled-*"):
        if each.is_dir() and each != kept and (each.suffix == ".new" or time.time() - each.stat().st_mtime > FORGET_AFTER):
            shutil.rmtree(each, ignore_errors=True)
