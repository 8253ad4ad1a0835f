"""A guest that starts by a loader of its own: GRUB or systemd-boot, with an initramfs of this or that generator.

Its disk and the variables of its firmware stay between starts: it can be restarted, its power can be cut at any moment,
and it can be started again with what is on the disk then. What it starts with first is a settled disk (`settled`).
"""

import shlex

from . import files
from .machine import BOOT, Machine
from .settled import VARIANT
from .wire import Agent

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
        # What else a package would set off at once, and systemd with the next start: it notes that /usr is another one.
        self.run("systemctl daemon-reload && systemctl reload dbus && /usr/lib/systemd/systemd-update-done").succeeds()

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

    def restarts_by_itself(self):
        """Waits until it has been restarted by something in it."""
        self.console_before = len(self._whole_console())
        self.comes_up_after(self.boot())

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
