"""A computer of the tests' own with what guards it in earnest: a real system bus, a real polkit with our policy, the installed
service, started by the bus, and a user, “ada”, whose window it is. Nothing of it outlives the test (`real_system.sh`).

Only root can make it, in a mount namespace; where that is not possible the tests are skipped and say why.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import pytest
from accessible import Desktop
from gangway_window import PROGRAMS, Gangway
from gi.repository import Gio, GLib
from live_machine import LiveMachine
from packagekit import PackageKit
from polkit_agent import Agent

ADA = 1000
HERE = pathlib.Path(__file__).parent
DATA = HERE.parents[1] / "data"
POLKITD = "/usr/lib/polkit-1/polkitd"
FLAGS = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
BUS = "org.freedesktop.DBus"
POLKIT = "org.freedesktop.PolicyKit1"
# What a change may write to, and the records of it.
WRITTEN = ("etc", "boot", "var/lib", "sys")


class RealSystem:
    """The computer, its buses and its polkit; `stop` ends all of it."""

    def __init__(self):
        self._can_be_made()
        # Below /tmp, where its user may go: pytest's own folders are root's alone.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gw", dir="/tmp"))
        machine = LiveMachine(self.folder, udev=False)
        machine.add("0000:00:02.0", vendor="8086", device="3E92", kind="030000", group=2, driver="i915")
        (self.folder / "config/gtk-4.0").mkdir(parents=True)
        (self.folder / "run").mkdir(mode=0o700)
        settings = pathlib.Path(os.environ.get("XDG_CONFIG_HOME", "/nowhere")) / "gtk-4.0/settings.ini"
        if settings.is_file():
            shutil.copy(settings, self.folder / "config/gtk-4.0/settings.ini")
        subprocess.run(["chown", "-R", f"{ADA}:{ADA}", str(self.folder)], check=True)
        self.ends = []
        self.windows = []
        self.helpers = []
        self.warnings = []
        self.polkit = None
        self.holder = None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    @staticmethod
    def _can_be_made():
        if os.getuid() != 0:
            pytest.skip("only root can make a computer with a system bus")
        if os.environ.get("GANGWAY_INSIDE") != "debian13":
            pytest.skip("only the build root's system is nobody else's")
        for program in ("unshare", "nsenter", "setpriv", "dbus-daemon"):
            if shutil.which(program) is None:
                pytest.skip(f"{program} is not installed")
        if not pathlib.Path(POLKITD).exists():
            pytest.skip("polkitd is not installed")
        probe = (
            "mount -t tmpfs none /run && mkdir /run/u /run/w && mount -t overlay o -o lowerdir=/etc,upperdir=/run/u,workdir=/run/w /etc"
        )
        alone = ["unshare", "--mount", "--propagation", "private", "sh", "-c", probe]
        if subprocess.run(alone, capture_output=True).returncode != 0:
            pytest.skip("this system lets nobody put a layer over its folders")
        other = ["setpriv", f"--reuid={ADA}", f"--regid={ADA}", "--clear-groups", "true"]
        if subprocess.run(other, capture_output=True).returncode != 0:
            pytest.skip("this root cannot become another user")

    def _start(self):
        script = [str(HERE / "real_system.sh"), str(PROGRAMS.resolve()), str(DATA), str(self.folder), str(ADA)]
        with open(self.folder / "system.log", "w") as log:
            self.holder = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "sh", *script],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        for line in self.holder.stdout:
            if line == "ready\n":
                break
            self.ends.append(int(line.split()[1]))
        else:
            raise AssertionError(f"the computer did not come up: {(self.folder / 'system.log').read_text()}")
        self.root = pathlib.Path(f"/proc/{self.holder.pid}/root")
        self.address = f"unix:path={self.root}/run/dbus/system_bus_socket"
        self.user = ADA
        self.bus = Gio.DBusConnection.new_for_address_sync(self.address, FLAGS, None, None)
        self.start_polkit()
        # Who looks at the window, and the session that the window shows itself to.
        self.session = f"unix:path={self.folder}/session"
        self.desktop = Desktop(self.session)
        open_display_to_others()

    def stop(self):
        for window in self.windows:
            window.stop()
            self.warnings += window.warnings()
        for helper in self.helpers:
            helper.stop()
        self.stop_polkit()
        # The buses, and with them whatever they started.
        for process in self.ends:
            end(process)
        if self.holder is not None:
            self.holder.kill()
            self.holder.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def within(self, *command):
        """A command as root of this computer."""
        return ["nsenter", f"--mount=/proc/{self.holder.pid}/ns/mnt", "--", *command]

    def as_ada(self, *command):
        """The same as its user."""
        return self.within("setpriv", f"--reuid={ADA}", f"--regid={ADA}", "--init-groups", *command)

    # polkit

    def start_polkit(self):
        with open(self.folder / "polkit.log", "a") as log:
            self.polkit = subprocess.Popen(self.within(POLKITD, "--no-debug"), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.wait("polkit", lambda: self.owner(POLKIT))

    def stop_polkit(self):
        """polkit is gone, and nothing starts it again."""
        if self.polkit is not None and self.polkit.poll() is None:
            self.polkit.kill()
            self.polkit.wait(10)
            if self.holder.poll() is None:
                self.wait("the end of polkit", lambda: not self.owner(POLKIT))
        self.polkit = None

    def rule(self, result, action="org.gangway.helper."):
        """An administrator's rule for ada: “YES”, “NO” …"""
        text = 'polkit.addRule(function(action, subject) {{ if (action.id.indexOf("{}") == 0) return polkit.Result.{}; }});\n'
        self.stop_polkit()
        (self.root / "run/polkit-1/rules.d/10-test.rules").write_text(text.format(action, result))
        self.start_polkit()

    def agent(self, window, answer="right"):
        """Somebody who asks ada for a password."""
        agent = Agent(self, window, answer)
        self.helpers.append(agent)
        return agent

    def forget_membership(self):
        """ada is not in libvirt's group: making her computer ready gives her rights, too."""
        path = self.root / "etc/group"
        lines = path.read_text().splitlines()
        path.write_text("".join(f"{line.rpartition(':')[0]}:\n" if line.startswith("libvirt:") else f"{line}\n" for line in lines))

    # The tool that switches services on

    def hold(self):
        """It is slow: from now on it waits until it is let go."""
        (self.root / "run/imitation/holding").unlink(missing_ok=True)
        (self.root / "run/imitation/hold").touch()

    def wait_held(self):
        self.wait("the slow tool", lambda: (self.root / "run/imitation/holding").exists())

    def let_go(self, fail=False):
        if fail:
            (self.root / "run/imitation/fail").touch()
        (self.root / "run/imitation/hold").unlink()

    def packagekit(self, known, along=()):
        """A PackageKit that knows these."""
        kit = PackageKit(self, known, along)
        self.helpers.append(kit)
        return kit

    # Asking

    def owner(self, name):
        """Who has a name on the system bus."""
        asked = GLib.Variant("(s)", (name,))
        try:
            return self.bus.call_sync(BUS, "/", BUS, "GetNameOwner", asked, None, 0, 5000, None).unpack()[0]
        except GLib.Error:
            return None

    def wait(self, what, look):
        finish = time.monotonic() + 20
        while time.monotonic() < finish:
            found = look()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{what} did not come; {self.said()}")

    def said(self):
        """What its parts complained about."""
        return "\n".join(f"{path.name}: {path.read_text()}" for path in sorted(self.folder.glob("*.log")))

    def written(self):
        """Every file that a change could have written, with its content, but for the service's own secret and lock."""
        found = {}
        for top in WRITTEN:
            for folder, _, names in os.walk(self.root / top):
                for name in names:
                    path = pathlib.Path(folder) / name
                    inside = str(path.relative_to(self.root))
                    if inside in ("var/lib/gangway/secret", "var/lib/gangway/lock"):
                        continue
                    if path.is_symlink():
                        found[inside] = os.readlink(path)
                    elif path.is_file() and path.stat().st_size < 100_000:
                        found[inside] = path.read_bytes()
        return found

    def open(self, *arguments):
        """ada's window."""
        environment = {
            "DBUS_SESSION_BUS_ADDRESS": self.session,
            "AT_SPI_BUS_ADDRESS": self.desktop.address,
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "USER": "ada",
            "LOGNAME": "ada",
        }
        for kind in ("config", "cache", "data"):
            environment[f"XDG_{kind.upper()}_HOME"] = str(self.folder / kind)
        window = Gangway(
            self.folder,
            "--connect",
            "test:///default",
            *arguments,
            environment=environment,
            within=self.as_ada(),
            program="/run/gangway/gangway",
            desktop=self.desktop,
        )
        self.windows.append(window)
        return window


def end(process):
    """Ends a process of ours, and waits for its end where it is our child."""
    try:
        os.kill(process, signal.SIGTERM)
    except ProcessLookupError:
        pass


def open_display_to_others():
    """Lets other users of this computer show windows on the private display: the window is ada's, the display root's."""
    import ctypes

    library = ctypes.CDLL("libX11.so.6")
    library.XOpenDisplay.restype = ctypes.c_void_p
    display = library.XOpenDisplay(None)
    assert display, "there is no display"
    library.XDisableAccessControl(ctypes.c_void_p(display))
    library.XCloseDisplay(ctypes.c_void_p(display))
