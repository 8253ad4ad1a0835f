"""Drives the real window through its accessibility names: starts the program, finds, presses, waits, types.

Every wait ends; what did not appear is named together with what was on the screen instead.
"""

import os
import pathlib
import subprocess
import time

from accessible import Desktop
from gi.repository import GLib

PROGRAMS = pathlib.Path(os.environ.get("GANGWAY_PROGRAMS", "target/debug"))
PATIENCE = 20.0
BUTTONS = ("button", "push button", "toggle button")


def gangwayctl(folder, *arguments):
    """What gangwayctl says of the demo whose state is in this folder."""
    done = subprocess.run(
        [str(PROGRAMS / "gangwayctl"), "--demo", *arguments],
        env={"GANGWAY_DEMO_STATE": str(folder / "demo"), "LC_ALL": "C.UTF-8", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def computer(folder):
    """The demo's computer, as the folder that its service changes."""
    gangwayctl(folder, "host", "records")
    (root,) = (folder / "demo/workshop").glob("root-*")
    return root


def without_reserving(folder):
    """Has the demo start in a way that is not known well enough to reserve a card, so that its driver's risk is the user's."""
    # As root it has no service that could reserve anything.
    if os.geteuid() != 0:
        (computer(folder) / "boot/grub/grub.cfg").write_text("")


class Gangway:
    """One running Gangway with a state folder of its own."""

    def __init__(self, folder, *arguments, environment=None, within=(), program=PROGRAMS / "gangway", desktop=None):
        self.desktop = desktop or Desktop()
        self.folder = folder
        self.log = folder / "gangway.log"
        env = dict(os.environ)
        env.update(
            GANGWAY_DEMO_STATE=str(folder / "demo"),
            XDG_STATE_HOME=str(folder / "state"),
            HOME=str(folder),
            LC_ALL="C.UTF-8",
        )
        env.update(environment or {})
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [*within, str(program), *arguments], env=env, stdout=log, stderr=log
            )

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def warnings(self):
        """What GTK and its libraries warned of: each is a defect of ours."""
        libraries = ("Gtk-", "Gdk-", "Gsk-", "Adwaita-", "GLib-")
        kinds = ("WARNING", "CRITICAL", "ERROR")
        # GTK's own: it is told so where somebody looked at a widget just while it was out of the window (gtk_widget_root).
        looked_at = "gtk_at_context_set_accessible_role: assertion '!self->realized' failed"
        said = (line.partition("): ")[2] for line in self.log.read_text().splitlines())
        told = [text for text in said if text.startswith(libraries) and any(kind in text for kind in kinds)]
        return [text for text in told if looked_at not in text]

    # Looking

    def widgets(self):
        """Everything that can be seen, from the top; what lies over the rest comes last."""
        try:
            return self.desktop.widgets(self.process.pid)
        except GLib.Error:
            # The tree changed while it was told: the next look sees it whole.
            return []

    def wait(self, what, look):
        """The first thing that `look` gives which is not None or False."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process.poll() is None, f"Gangway ended: {self.log.read_text()}"
            try:
                found = look()
            except GLib.Error:
                found = None
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{what} did not appear; there was: {self.names()}")

    def names(self):
        return [f"{w.role}: {w.name}" for w in self.widgets() if w.name]

    def find(self, name, roles=None, exact=True):
        """The topmost widget with this name; waits for it."""

        def fits(widget):
            if roles and widget.role not in roles:
                return False
            return widget.name == name if exact else name in widget.name

        def look():
            found = [widget for widget in self.widgets() if fits(widget)]
            return found[-1] if found else None

        return self.wait(f"“{name}”", look)

    def see(self, text):
        return self.find(text, exact=False)

    def gone(self, text):
        def look():
            widgets = self.widgets()
            return widgets and not any(text in widget.name for widget in widgets)

        self.wait(f"the end of “{text}”", look)

    def count(self, text):
        """How many labels have this text."""
        return sum(widget.role == "label" and widget.name == text for widget in self.widgets())

    def focused(self):
        """What the keyboard is at."""
        return next((widget for widget in self.widgets() if widget.is_("focused")), None)

    def is_sensitive(self, widget):
        return widget.is_("sensitive")

    # Doing

    def press(self, name, exact=True):
        """Presses a button that can be pressed."""

        def look():
            for widget in reversed(self.widgets()):
                named = widget.name == name if exact else name in widget.name
                if named and widget.role in BUTTONS and self.is_sensitive(widget):
                    # Within the wait: it may be gone by now, and another one in its place.
                    return widget.press()
            return None

        self.wait(f"the button “{name}”", look)
        # GTK shows a press for a quarter of a second before it counts.
        time.sleep(0.4)

    def leave_dialog(self):
        """Closes the dialog, and waits until it is gone: keys that are pressed meanwhile are nobody's."""
        self.press("Close")

        def look():
            widgets = self.widgets()
            return widgets and not any(widget.role == "dialog" for widget in widgets)

        self.wait("the end of the dialog", look)

    def choose(self, name):
        """Chooses a radio button or turns a switch."""
        roles = ("radio button", "check box", "switch", "toggle button")
        self._click_into(f"“{name}”", lambda: self.find(name, roles=roles))

    def write(self, name, text):
        """Puts text into an entry."""
        roles = ("entry", "text", "search box")
        self.wait(f"“{name}” to write into", lambda: self.find(name, roles=roles).write(text))

    def take_the_risk(self, name):
        """Types the name that a review asks for, where what it does is the user's own risk."""
        self.write(f"Type “{name}” to take the risk", name)

    def select(self, name):
        """Selects the row of a list whose name begins like this."""

        def look():
            for widget in self.widgets():
                if widget.role == "list item" and widget.name.startswith(name):
                    return widget
            return None

        self._click_into(f"the row “{name}”", look)

    def click(self, widget):
        """Clicks into a widget as a mouse would: GTK has no accessible action for rows."""
        self._click_at(*widget.place())

    def _click_into(self, what, look):
        """Clicks into the widget that `look` finds, where it is then: it may be gone while it is asked for its place."""

        def place():
            widget = look()
            return widget and widget.place()

        self._click_at(*self.wait(what, place))

    def _click_at(self, left, top, width, height):
        windows = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid)],
            capture_output=True,
            text=True,
            timeout=10,
        ).stdout.split()
        assert windows, "the window is not on the screen"
        x, y = left + min(width // 2, 120), top + height // 2
        subprocess.run(
            ["xdotool", "mousemove", "--window", windows[-1], str(x), str(y), "click", "1"],
            check=True,
            timeout=10,
        )
        time.sleep(0.3)

    def keys(self, *keys):
        """Presses keys as a keyboard would."""
        for key in keys:
            subprocess.run(["xdotool", "key", "--clearmodifiers", key], check=True, timeout=10)
            time.sleep(0.35)

    def type(self, text):
        subprocess.run(["xdotool", "type", "--delay", "30", text], check=True, timeout=20)
        time.sleep(0.5)

    def tab_to(self, name):
        """Goes with the Tab key until the keyboard is at something with this name."""
        for _ in range(40):
            at = self.focused()
            if at and name in at.name:
                return
            self.keys("Tab")
        raise AssertionError(f"the Tab key does not lead to “{name}”; there was: {self.names()}")

    def picture(self, name):
        """Keeps a picture of the screen where the tests were asked to."""
        folder = os.environ.get("GANGWAY_SCREENSHOTS")
        if folder:
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
            path = str(pathlib.Path(folder) / f"interface-{name}.png")
            subprocess.run(["import", "-window", "root", path], check=False, timeout=20)
