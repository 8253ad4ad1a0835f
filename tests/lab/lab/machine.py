"""The guest as a scenario sees it: users who run commands, devices with their drivers, files, a restart, a power cut.

Everything is done by the guest's own agent, as root or as one of the two users, and written into the evidence. Every
wait ends, and says what it waited for.
"""

import base64
import json
import shlex
import subprocess
import time

from .nested import Nested
from .topology import TOPOLOGY
from .window import Window
from .wire import Agent, Broken, Refused

#: From power on to a system that has nothing left to start: a minute, or ten where others keep the computer busy.
BOOT = 900


class Answer:
    """What a command said, and how it ended."""

    def __init__(self, words, status, out, err):
        self.words, self.status, self.out, self.err = words, status, out, err

    @property
    def said(self):
        return self.out + self.err

    def succeeds(self):
        assert self.status == 0, f"“{self.words}” ended with {self.status}:\n{self.said}"
        return self

    def fails(self, status=None):
        assert self.status != 0, f"“{self.words}” should have failed, and said:\n{self.said}"
        assert status in (None, self.status), f"“{self.words}” ended with {self.status} instead of {status}:\n{self.said}"
        return self

    def says(self, *texts):
        for text in texts:
            assert text in self.said, f"“{self.words}” does not say “{text}”, but:\n{self.said}"
        return self

    def says_nothing_of(self, *texts):
        for text in texts:
            assert text not in self.said, f"“{self.words}” says “{text}”:\n{self.said}"
        return self

    def json(self):
        return json.loads(self.succeeds().out)

    def json_whatever_its_end(self):
        """For a command whose end tells how things stand, not whether it could say so."""
        return json.loads(self.out)


class User:
    """One who sits at the guest. “marguerite” is in libvirt's group, “theodore” is not."""

    def __init__(self, machine, name):
        self.machine, self.name = machine, name

    def run(self, words, **more):
        return self.machine.run(words, user=self.name, **more)

    def gangwayctl(self, *words, **more):
        """Our program, as a person at a terminal of this user starts it."""
        return self.run(shlex.join(["gangwayctl", *words]), **more)

    def virsh(self, *words, **more):
        return self.run(shlex.join(["virsh", "-c", "qemu:///system", *words]), **more)


class Machine:
    """A running guest."""

    def __init__(self, process, evidence, variant, saved=False):
        self.process, self.evidence, self.variant, self.saved = process, evidence, variant, saved
        self.topology = TOPOLOGY
        self.agent = Agent(process.socket("agent"))
        self.windows = []

    # The way through a scenario

    def step(self, what):
        """Says what comes next; a failure names the step that it happened in."""
        self.evidence.step(what)

    def wait(self, what, look, patience=30.0):
        """The first thing that `look` gives which is not None, False or empty."""
        end = time.monotonic() + patience
        while True:
            found = look()
            if found:
                return found
            assert time.monotonic() < end, f"{what}: not within {patience:.0f} s"
            time.sleep(0.2)

    # Up and down

    def come_up(self):
        """Waits until the system has started and has nothing left to do, and mounts what came along."""
        self.agent.greet(BOOT, self.process.ended)
        self.run(f"timeout {BOOT - 90} systemctl is-system-running --wait; timeout 60 udevadm settle", patience=BOOT)

    def resumed(self):
        """What a machine that slept needs first: the time."""
        self.agent.greet(60)
        self.agent.execute("guest-set-time", time=time.time_ns())

    def install_programs(self):
        """Mounts the shares and puts our programs where `xtask install` puts them."""
        script = """
            for each in share programs; do
                mkdir -p /lab/$each && mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=none $each /lab/$each
            done
            cp -a --no-preserve=ownership /lab/programs/usr/. /usr/
        """
        self.run(f"set -e\n{script}", patience=90).succeeds()

    def restart(self):
        """Restarts the guest as its users would, and waits for it."""
        before = self.boot()
        self.go_down("reboot")
        self.comes_up_after(before)

    def boot(self):
        """Which start this is."""
        return self.run("cat /proc/sys/kernel/random/boot_id").out

    def comes_up_after(self, before):
        """Waits until it is up in another start than this one, however many it takes."""
        end = time.monotonic() + BOOT
        while True:
            assert time.monotonic() < end, f"the guest did not restart within {BOOT} s"
            try:
                self.agent.greet(BOOT, self.process.ended)
                if self.boot() != before:
                    break
            except (Broken, Refused, AssertionError):
                pass  # on its way down or up
            time.sleep(0.5)
        self.come_up()
        self.mount_share()

    def go_down(self, verb):
        """Asks systemd to go down, which may take the agent along before it can say how that ended."""
        try:
            self.run(f"systemctl --no-block {verb}")
        except (Broken, Refused, AssertionError) as cause:
            self.evidence.write(f"the agent went before it could say how that ended: {cause}")

    def mount_share(self):
        self.run("mkdir -p /lab/share && mount -t 9p -o trans=virtio,version=9p2000.L,cache=none share /lab/share").succeeds()

    # Doing

    def user(self, name):
        return User(self, name)

    def run(self, words, user="root", stdin="", patience=60, written=True):
        """Runs a line of shell in the guest, and waits for its end; it is written into the evidence unless that is told not to."""
        shell = ["/bin/bash", "-c", words]
        if user != "root":
            # With the session of that user: systemd keeps one for each of them.
            number = {"marguerite": 1000, "theodore": 1001}[user]
            shell = [
                *("/usr/sbin/runuser", "-u", user, "--", "/usr/bin/env", f"--chdir=/home/{user}", f"HOME=/home/{user}"),
                *(f"XDG_RUNTIME_DIR=/run/user/{number}", f"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{number}/bus"),
                *(f"USER={user}", *shell),
            ]
        began = self.agent.execute(
            "guest-exec",
            **{
                "path": "/usr/bin/timeout",
                "arg": ["--kill-after=5", str(patience), *shell],
                "env": ["LANG=C.UTF-8", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=dumb", "HOME=/root"],
                "input-data": base64.b64encode(stdin.encode()).decode(),
                "capture-output": True,
            },
        )
        answer = self._answer(words, began["pid"], patience)
        if written:
            self.evidence.command(user, words.strip(), answer)
        assert answer.status not in (124, 137), f"“{words}” did not end within {patience} s; it said:\n{answer.said}"
        return answer

    def _answer(self, words, pid, patience):
        end, pause = time.monotonic() + patience + 15, 0.02
        while time.monotonic() < end:
            state = self.agent.execute("guest-exec-status", pid=pid)
            if state["exited"]:
                out, err = (base64.b64decode(state.get(name, "")).decode(errors="replace") for name in ("out-data", "err-data"))
                return Answer(words, state.get("exitcode", 128 + state.get("signal", 0)), out, err)
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        raise AssertionError(f"“{words}” neither ended nor could be ended within {patience} s")

    def write(self, path, content, user="root"):
        """Puts a file into the guest."""
        self.run(f"cat >{shlex.quote(path)}", user=user, stdin=content).succeeds()

    def read(self, path):
        return self.run(f"cat {shlex.quote(path)}").succeeds().out

    def nested(self, name, **more):
        """Defines a virtual machine in the guest's libvirt."""
        return Nested(self, name, **more)

    def window(self, user, *arguments, **more):
        """Opens Gangway's window as this user. There is one port for it, so another one has to be closed first."""
        assert all(window.is_closed for window in self.windows), "there is a window already: close it first"
        window = Window(self, user, *arguments, **more)
        self.windows.append(window)
        return window

    # Looking

    def address(self, name):
        return self.topology[name].address

    def drivers(self, *names):
        """What drives these devices, in their order; nothing is “”, and a device that is not there is a failure."""
        script = " && ".join(
            f'cd /sys/bus/pci/devices/{self.address(name)} && basename "$(readlink driver)"' for name in names
        )
        return self.run(script).succeeds().out.splitlines()

    def group(self, name):
        """The number of this device's IOMMU group, as text."""
        return self.run(f"basename $(readlink /sys/bus/pci/devices/{self.address(name)}/iommu_group)").succeeds().out.strip()

    def own_drivers(self, *names):
        """What drives these devices when nobody has taken them."""
        return [self.topology[name].driver for name in names]

    def journal(self, lines):
        return self.run(f"journalctl --boot --no-pager --lines={lines}", written=False).out

    def picture(self, name):
        """Keeps what the guest's own screen shows."""
        path = self.evidence.folder / f"{name}.ppm"
        self.process.monitor.execute("screendump", filename=str(path))
        subprocess.run(["convert", str(path), str(path.with_suffix(".png"))], check=False, timeout=30)
        path.unlink(missing_ok=True)

    def close(self):
        try:
            for window in self.windows:
                window.close()
            self.agent.close()
        finally:
            self.process.forget()
