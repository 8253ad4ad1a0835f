"""A virtual machine inside the guest: defined in its libvirt, started there under software emulation once more.

It has 64 MiB and no disk: its firmware comes up and finds nothing to start, which is all that a passed-through card needs.
"""

import re

DEFINITION = """<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
  </os>
  <features>
    <acpi/>
  </features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <memballoon model='none'/>
  </devices>
</domain>
"""


class Nested:
    """One of them. What is done to it, root does with virsh, so that it does not depend on what is tested."""

    def __init__(self, machine, name, definition=DEFINITION):
        self.machine, self.name = machine, name
        machine.write(f"/run/{name}.xml", definition.format(name=name))
        self.virsh("define", f"/run/{name}.xml").succeeds()

    def virsh(self, verb, *words, patience=120):
        return self.machine.run(" ".join(["LC_ALL=C virsh -c qemu:///system", verb, *words]), patience=patience)

    def definition(self):
        """The definition that it will start with the next time."""
        return self.virsh("dumpxml --inactive --security-info", self.name).succeeds().out

    def start(self):
        return self.virsh("start", self.name)

    def stop(self):
        """Pulls its plug, and waits until the host's drivers have their devices again."""
        answer = self.virsh("destroy", self.name)
        self.machine.run("timeout 60 udevadm settle", patience=70)
        return answer

    def is_running(self):
        return self.virsh("domstate", self.name).out.strip() == "running"

    def sees(self):
        """The ids of the PCI devices in it, as its QEMU tells."""
        told = self.virsh("qemu-monitor-command", self.name, "--hmp", "'info pci'").succeeds().out
        return re.findall(r"PCI device ([0-9a-f]{4}:[0-9a-f]{4})", told)

    def groups_held(self):
        """The IOMMU groups that its QEMU has open, as the kernel tells."""
        script = f"""for each in /proc/$(cat /run/libvirt/qemu/{self.name}.pid)/fd/*; do readlink $each; done"""
        return re.findall(r"/dev/vfio/(\d+)", self.machine.run(script).out)

    def log(self):
        return self.machine.run(f"tail -n 20 /var/log/libvirt/qemu/{self.name}.log").out
