"""A libvirt daemon of the tests' own, with its QEMU driver, and one virtual machine in it.

It runs as a session daemon in a folder of its own and touches nothing else of this computer; no virtual machine is ever
started. Root starts it as `nobody`, since libvirt takes root for the system's daemon.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import pytest

NOBODY = 65534
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DEFINITION = """<domain type='qemu'>
  <name>{name}</name>
  <memory unit='KiB'>262144</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <graphics type='vnc' port='-1' autoport='yes' passwd='hunter2'/>
  </devices>
</domain>
"""


class Daemon:
    """One daemon; `stop` ends it and takes its folder away."""

    def __init__(self):
        programs = [shutil.which(name, path=PATH) for name in ("libvirtd", "virsh", "qemu-system-x86_64")]
        if None in programs:
            pytest.skip("libvirtd, virsh or qemu-system-x86_64 is not installed")
        self.program, self.client, _ = programs
        # Below /tmp: the path of a socket has 107 bytes at most.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gw", dir="/tmp"))
        for name in ("run", "config", "cache", "data"):
            (self.folder / name).mkdir()
        if os.getuid() == 0:
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, NOBODY, NOBODY)
        self.process = None
        self.start()

    @property
    def socket(self):
        return self.folder / "run/libvirt/libvirt-sock"

    @property
    def uri(self):
        return f"qemu+unix:///session?socket={self.socket}"

    def start(self):
        """Starts it, for the first time or again, and waits until it listens."""
        # What a killed daemon leaves would look like one that listens.
        self.socket.unlink(missing_ok=True)
        environment = {"PATH": PATH, "HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder / "run")}
        for name in ("config", "cache", "data"):
            environment[f"XDG_{name.upper()}_HOME"] = str(self.folder / name)
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
        with open(self.folder / "log", "w") as log:
            self.process = subprocess.Popen(
                [self.program], env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **user
            )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            with socket.socket(socket.AF_UNIX) as probe:
                try:
                    return probe.connect(str(self.socket))
                except OSError:
                    time.sleep(0.05)
        raise AssertionError(f"libvirtd does not listen: {(self.folder / 'log').read_text()}")

    def kill(self):
        """Ends it as a crash would."""
        self.process.kill()
        self.process.wait(10)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def virsh(self, *arguments):
        """What another client of the same daemon says."""
        done = subprocess.run(
            [self.client, "--connect", self.uri, *arguments],
            env={"PATH": PATH, "LC_ALL": "C.UTF-8", "LIBVIRT_AUTOSTART": "0", "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def define(self, name):
        """Defines a virtual machine."""
        path = self.folder / "definition.xml"
        path.write_text(DEFINITION.format(name=name), encoding="utf-8")
        self.virsh("define", str(path), "--validate")

    def definition(self, name):
        return self.virsh("dumpxml", "--inactive", "--security-info", name)
