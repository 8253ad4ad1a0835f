"""The process that is the guest: its command line, its sockets, its console, its end.

Software emulation always: the same everywhere, and no access to /dev/kvm is needed. What runs inside is `machine`'s
business, which devices there are `topology`'s, and keeping a machine that is up `saved`'s.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

from .topology import TOPOLOGY
from .wire import Broken, Monitor

MEMORY = 2048
#: Enough for two boots in a row on a computer that does something else as well.
LIFETIME = 1500
#: The firmware of a computer with UEFI, without Secure Boot, and the variables that it comes with (package ovmf).
UEFI = pathlib.Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
UEFI_VARIABLES = pathlib.Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
KERNEL = "root=LABEL=gangway-lab ro console=ttyS0 no_timer_check quiet systemd.getty_auto=no systemd.show_status=no loglevel=4"
PROGRAM = "qemu-system-x86_64"


def version():
    """What this QEMU calls itself: a saved machine belongs to one version."""
    return subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout.splitlines()[0]


@dataclass(frozen=True)
class Build:
    """What a machine has besides its devices."""

    memory: int = MEMORY
    processors: int = 2
    model: str = "qemu64"
    #: How long it may run at all, in seconds.
    lifetime: int = LIFETIME


def memory_has_room(build):
    """Whether the disk of one machine can be in memory, beside that machine's own: a slow disk doubles every time."""
    fast = pathlib.Path("/dev/shm")
    if not fast.is_dir() or shutil.disk_usage(fast).free < 3 << 30:
        return False
    available = re.search(r"^MemAvailable: *(\d+) kB", pathlib.Path("/proc/meminfo").read_text(), re.MULTILINE)
    return bool(available) and int(available[1]) << 10 > (build.memory << 20) + (3 << 30)


def overlay(path, backing, form):
    """A disk that keeps what is written and reads the rest from another."""
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(backing), "-F", form, str(path)], check=True, timeout=60
    )
    return path


def machine_arguments(variant, saved, build=Build()):
    """The part of the command line that makes the machine what it is, without any path."""
    return [
        *("-machine", "q35,i8042=off", "-accel", "tcg,thread=multi"),
        *("-cpu", build.model, "-smp", str(build.processors), "-m", str(build.memory)),
        *("-nodefaults", "-no-user-config", "-display", "none"),
        *("-uuid", "5e0d6a52-91c4-4a0b-8d3e-77f1b2c6e944"),
        *("-smbios", "type=1,manufacturer=Gangway,product=Lab,serial=MACHINESERIAL4402"),
        *variant.arguments,
        *("-device", "virtio-blk-pci,drive=disk,bus=pcie.0,addr=0x3,bootindex=1,serial=DISKSERIAL9920"),
        *("-device", "virtio-9p-pci,fsdev=share,mount_tag=share,bus=pcie.0,addr=0x4"),
        *("-device", "virtio-9p-pci,fsdev=programs,mount_tag=programs,bus=pcie.0,addr=0x1b"),
        *("-device", "virtio-rng-pci,bus=pcie.0,addr=0x1d"),
        *("-netdev", "user,id=uplink,restrict=on"),
        *("-device", "virtio-net-pci,netdev=uplink,bus=pcie.0,addr=0x1c,mac=52:54:00:6c:ab:01"),
        *("-device", "virtio-serial-pci,id=ports,bus=pcie.0,addr=0x1a"),
        *("-device", "virtserialport,bus=ports.0,chardev=agent,name=org.qemu.guest_agent.0"),
        *("-device", "virtserialport,bus=ports.0,chardev=window,name=org.gangway.lab.window"),
        *TOPOLOGY.arguments(saved),
    ]


class Process:
    """One QEMU. It ends with the process that started it, however that ends. Its disk stays until it is forgotten."""

    def __init__(
        self,
        variant,
        image,
        programs,
        share,
        console,
        make_disk=None,
        make_variables=None,
        resume=False,
        saved=False,
        by_itself=False,
        build=Build(),
    ):
        # In /tmp, since the path of a socket has to be short; there is as little room as in /dev/shm, so the disk is elsewhere.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gangway-lab."))
        self.complaints = self.folder / "complaints"
        self.process = self.disks = None
        self.console = console
        try:
            self.disks = pathlib.Path(tempfile.mkdtemp(prefix="gangway-lab.", dir="/dev/shm" if memory_has_room(build) else console.parent))
            self.disk = make_disk(self.disks) if make_disk else overlay(self.disks / "disk.qcow2", image / "disk.raw", "raw")
            self.variables = make_variables(self.disks) if make_variables else None
            share.mkdir(parents=True, exist_ok=True)
            self.command = self._command(variant, image, programs, share, console, resume, saved, by_itself, build)
            self.power_on()
        except BaseException as cause:
            said = self.last_words()
            self.forget()
            if isinstance(cause, Broken):
                raise Broken(f"QEMU did not start ({cause}); it said:\n{said}") from cause
            raise

    def _command(self, variant, image, programs, share, console, resume, saved, by_itself, build):
        command = [
            *("setpriv", "--pdeathsig=TERM", "timeout", "--kill-after=5", str(build.lifetime), PROGRAM),
            *machine_arguments(variant, saved, build),
            *("-drive", f"file={self.disk},if=none,id=disk,format=qcow2"),
            *("-fsdev", f"local,id=share,path={share},security_model=none"),
            *("-fsdev", f"local,id=programs,path={programs},security_model=none,readonly=on"),
            # Of every start of this machine, one after the other.
            *("-chardev", f"file,id=console,path={console},append=on", "-serial", "chardev:console"),
            *self._socket("agent"),
            *self._socket("window"),
            *self._socket("monitor"),
            *("-mon", "chardev=monitor,mode=control"),
        ]
        if self.variables:
            command += ["-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={UEFI}"]
            command += ["-drive", f"if=pflash,unit=1,format=raw,file={self.variables}"]
        if not by_itself:
            words = " ".join(filter(None, (KERNEL, variant.kernel)))
            command += ["-kernel", str(image / "vmlinuz"), "-initrd", str(image / "initrd.img"), "-append", words]
        if resume:
            command += ["-loadvm", "lab"]
        return command

    def power_on(self):
        """Starts it, the first time or again, with what is on its disk."""
        assert not self.is_running(), "it runs already"
        for left in self.folder.glob("*.socket"):
            left.unlink()
        environment = {**os.environ, "TMPDIR": str(self.disks)}
        with open(self.complaints, "w") as log:
            # A session of its own: what does not end can be killed as a whole, `timeout` and QEMU.
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        self.monitor = Monitor(self.socket("monitor"), self.is_running)

    def plug(self, name, port):
        """Puts a device, by its id in the topology, into another slot for the next time that the machine is switched on."""
        assert not self.is_running(), "it runs"
        at = next(at for at, word in enumerate(self.command) if f"id={name}," in word)
        device = self.command[at]
        # To the end: QEMU takes devices in their order, and the port may come after this one.
        del self.command[at - 1 : at + 1]
        self.command += ["-device", re.sub(r"bus=[^,]+", f"bus={port}", device)]

    def socket(self, name):
        return self.folder / f"{name}.socket"

    def _socket(self, name):
        return "-chardev", f"socket,id={name},path={self.socket(name)},server=on,wait=off"

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def ended(self):
        """Why this guest will never come up, where that is known: it is off, or its kernel stands still for good."""
        if not self.is_running():
            return f"the guest is off; its QEMU said:\n{self.last_words()}"
        console = self.console.read_text(errors="replace")[-4000:] if self.console.exists() else ""
        return f"the guest's kernel panicked:\n{console}" if "---[ end Kernel panic" in console else None

    def last_words(self):
        return self.complaints.read_text(errors="replace")[-2000:] if self.complaints.exists() else ""

    def cut_power(self):
        """Ends the machine as a pulled plug does, at once; what its disk was not told to write is lost."""
        if self.is_running():
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self._wait_for_the_last()

    def _wait_for_the_last(self):
        """QEMU itself may end a moment after `timeout`, and has its disk and its sockets until then."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)

    def forget(self):
        try:
            self.cut_power()
        finally:
            for each in filter(None, (self.folder, self.disks)):
                shutil.rmtree(each, ignore_errors=True)
