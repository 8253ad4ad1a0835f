"""Gangway's window in the guest, driven from here: every call goes through a port to `guest/window_server.py`, which runs as
the user, on a display of its own, and uses the same driver as the tests of the interface (`tests/interface`).

`window.press("Hand Over…")` does there what `Gangway.press` does; what did not appear fails here, with what was there instead.
"""

import pathlib
import shlex
import shutil
import subprocess
import time

from .wire import Broken, Refused, Wire

LIB = pathlib.Path(__file__).resolve().parent.parent
#: What the server needs, beside itself.
PARTS = (
    LIB / "guest/window_server.py",
    LIB.parent / "interface/gangway_window.py",
    LIB.parent / "interface/accessible.py",
    LIB.parent.parent / "build-aux/lib/display.sh",
)
#: Software emulation is some ten times as slow as the computer that it runs on.
PATIENCE = 90
CLICKS = {"press", "choose", "select"}


class Window:
    """One window of one user. Calls are those of `Gangway` in `gangway_window.py`, as far as the server lets them through."""

    def __init__(self, machine, user, *arguments, size="1100x760"):
        self.machine, self.user, self.is_closed = machine, user, False
        #: How often something was pressed or chosen.
        self.clicks = 0
        share = machine.evidence.folder / "share"
        for part in PARTS:
            shutil.copy(part, share / part.name)
        (share / "pictures").mkdir(exist_ok=True)
        (share / "pictures").chmod(0o777)
        words = (
            f". /lab/share/display.sh; GANGWAY_SCREEN={size} GANGWAY_ANIMATIONS=false GDK_DISABLE=gl,vulkan GSK_RENDERER=cairo PYTHONDONTWRITEBYTECODE=1 "
            "GANGWAY_PROGRAMS=/usr/bin GANGWAY_SCREENSHOTS=/lab/share/pictures LIBVIRT_DEFAULT_URI=qemu:///system "
            "with_display python3 /lab/share/window_server.py " + " ".join(arguments)
        )
        script = f"systemd-run --quiet --user --collect --unit=window --setenv=LANG=C.UTF-8 /bin/bash -c '{words}'"
        machine.user(user).run(script).succeeds()
        self.wire = Wire(machine.process.socket("window"))
        self._ask("ready", [], {}, 60)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        self.clicks += name in CLICKS
        return lambda *words, **named: self._ask(name, words, named, PATIENCE)

    def see_within(self, patience, text):
        """As `see`, for what takes minutes here."""
        end = time.monotonic() + patience
        while True:
            try:
                return self.see(text)
            except AssertionError:
                if time.monotonic() > end:
                    raise

    def has_agent(self, password):
        """From now on polkit's questions about this window are answered with this password, by its agent for a terminal."""
        machine, ready = self.machine, "$XDG_RUNTIME_DIR/gangway-lab-agent"
        shutil.copy(LIB / "guest/polkit_agent.py", machine.evidence.folder / "share/polkit_agent.py")
        words = f"python3 -B /lab/share/polkit_agent.py $(pidof -s gangway) {shlex.quote(password)}"
        user = machine.user(self.user)
        user.run(f"rm -f {ready}; systemd-run --quiet --user --collect --unit=agent {words}").succeeds()
        user.run(f"timeout 30 sh -c 'until [ -e {ready} ]; do sleep 0.2; done'").succeeds()

    def _ask(self, name, words, named, patience):
        self.machine.evidence.write(f"{self.user}’s window: {name} {' '.join(map(repr, words))}")
        self.wire.send({"do": name, "with": list(words), "named": named})
        answer = self.wire.receive(patience + 30)
        if "failed" in answer:
            self._picture("failed")
            raise AssertionError(f"{name} {' '.join(map(repr, words))}: {answer['failed']}")
        return answer["gave"]

    def hand_over_to(self, vm):
        """From the details of a card with a screen at it to the review of handing it to this virtual machine."""
        self.press("Hand Over…")
        self.see("Step 1 of 4")
        self.press("Continue")
        self.see("Step 2 of 4")
        self.choose(vm)
        self.press("Continue")
        self.see("Step 3 of 4")
        # With a screen at it, no way is chosen beforehand.
        self.choose("Only while the machine runs")
        self.press("Continue")
        self.see("What Will Happen")

    def picture(self, name):
        """Keeps a picture of the user's screen."""
        self._picture(name)

    def _picture(self, name):
        self.wire.send({"do": "picture", "with": [name], "named": {}})
        self.wire.receive(60)
        pictures = self.machine.evidence.folder / "share/pictures"
        for each in pictures.glob("*.png"):
            shutil.move(each, self.machine.evidence.folder / f"{name}.png")

    def close(self):
        """Closes the window, and everything that was started for it."""
        if self.is_closed:
            return
        self.is_closed = True
        try:
            self.machine.user(self.user).run("systemctl --user stop window agent", patience=30)
        except (AssertionError, Broken, Refused):
            pass  # the guest is gone, or will be
        self.wire.close()
