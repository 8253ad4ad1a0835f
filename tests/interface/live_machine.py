"""A computer whose devices come and go, for a window that looks at its own: a tree in the place of /sys, and udev's
messages over a real netlink socket, both in namespaces that nothing else of this computer is in.

The program gets no hint that it is tested: it opens /sys and udev's socket as it does on any computer. Only root may
put a tree in the place of /sys and be believed as udev is; else the tests are skipped.
"""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

# Sends a line “ACTION SUBSYSTEM PATH” of its input as udev would, and answers with when it did.
SENDER = r"""
import socket, struct, sys, time
udev = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15)
for line in sys.stdin:
    messages = []
    for event in line.strip().split(";"):
        action, subsystem, path = event.split()
        properties = f"ACTION={action}\0DEVPATH={path}\0SUBSYSTEM={subsystem}\0SEQNUM=1\0".encode()
        messages.append(struct.pack(">8sI", b"libudev", 0xFEEDCAFE) + struct.pack("=7I", 40, 40, len(properties), 0, 0, 0, 0) + properties)
    for message in messages:
        try:
            udev.sendto(message, (0, 2))
        except ConnectionRefusedError:
            pass
    print(time.monotonic(), flush=True)
"""


class LiveMachine:
    """The tree, and what is told about it."""

    def __init__(self, folder, udev=True):
        if os.getuid() != 0:
            pytest.skip("only root can put a tree in the place of /sys")
        if shutil.which("unshare") is None or shutil.which("nsenter") is None:
            pytest.skip("unshare or nsenter is not installed")
        self.sys = folder / "sys"
        self.udev = udev
        self.sender = None
        for path in ("bus/pci/devices", "bus/pci/drivers", "kernel/iommu_groups", "devices/pci0000:00"):
            (self.sys / path).mkdir(parents=True)

    def within(self):
        """What the program is started with, so that it finds itself on this computer; it keeps its process id."""
        os.makedirs("/run/udev", exist_ok=True)
        control = "touch /run/udev/control && " if self.udev else ""
        script = f'mount --rbind "$1" /sys && mount -t tmpfs none /run/udev && {control}shift && exec "$@"'
        return ["unshare", "--mount", "--net", "sh", "-c", script, "sh", str(self.sys)]

    def watch(self, window):
        """Sends to this window from now on."""
        self.sender = subprocess.Popen(
            ["nsenter", f"--net=/proc/{window.process.pid}/ns/net", sys.executable, "-c", SENDER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def stop(self):
        if self.sender is not None:
            self.sender.stdin.close()
            self.sender.wait(10)

    def tell(self, *events):
        """Sends these events, each “ACTION SUBSYSTEM PATH”, at once; when that was."""
        self.sender.stdin.write(";".join(events) + "\n")
        self.sender.stdin.flush()
        return float(self.sender.stdout.readline())

    def path(self, address):
        return f"/devices/pci0000:00/{address}"

    def add(self, address, *, vendor, device, kind, group, driver=None):
        """A function that is there from now on."""
        folder = self.sys / self.path(address).lstrip("/")
        folder.mkdir()
        uevent = [f"PCI_CLASS={int(kind, 16):X}", f"PCI_ID={vendor}:{device}", "PCI_SUBSYS_ID=1AF4:1100"]
        uevent.append(f"PCI_SLOT_NAME={address}")
        for name, text in {
            "class": f"0x{kind}",
            "vendor": f"0x{vendor.lower()}",
            "device": f"0x{device.lower()}",
            "subsystem_vendor": "0x1af4",
            "subsystem_device": "0x1100",
            "revision": "0x00",
            "uevent": "\n".join(uevent),
        }.items():
            (folder / name).write_text(text + "\n")
        of_group = self.sys / f"kernel/iommu_groups/{group}"
        (of_group / "devices").mkdir(parents=True, exist_ok=True)
        (of_group / "type").write_text("DMA-FQ\n")
        (of_group / "devices" / address).symlink_to(f"../../../../devices/pci0000:00/{address}")
        (folder / "iommu_group").symlink_to(f"../../../kernel/iommu_groups/{group}")
        (self.sys / "bus/pci/devices" / address).symlink_to(f"../../../devices/pci0000:00/{address}")
        if driver:
            self.bind(address, driver)

    def bind(self, address, driver):
        """Another driver has it."""
        folder = self.sys / self.path(address).lstrip("/")
        (self.sys / "bus/pci/drivers" / driver).mkdir(exist_ok=True)
        link = folder / "driver"
        link.unlink(missing_ok=True)
        link.symlink_to(f"../../../bus/pci/drivers/{driver}")
        lines = [line for line in (folder / "uevent").read_text().splitlines() if not line.startswith("DRIVER=")]
        (folder / "uevent").write_text("\n".join([f"DRIVER={driver}", *lines]) + "\n")

    def remove(self, address):
        """It is there no more."""
        folder = self.sys / self.path(address).lstrip("/")
        group = pathlib.Path(os.path.realpath(folder / "iommu_group"))
        (self.sys / "bus/pci/devices" / address).unlink()
        (group / "devices" / address).unlink()
        if not any((group / "devices").iterdir()):
            shutil.rmtree(group)
        shutil.rmtree(folder)
