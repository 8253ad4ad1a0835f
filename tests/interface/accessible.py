"""What a program shows, as assistive technologies are told: the whole tree of its widgets in one question over D-Bus.

libatspi asks for every name, role and state one by one, which is slow, and under software emulation (`tests/lab`) too slow to
be of use. The protocol is at-spi2-core's (`xml/Cache.xml`, `Accessible.xml`, `Action.xml` …).
"""

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

ROOT = "/org/a11y/atspi/accessible/root"
TIMEOUT = 20_000


class Widget:
    """One widget as it was when the tree was asked for."""

    def __init__(self, bus, item):
        self.bus = bus
        self.at, _, self.parent_at, self.index, self.count, self.interfaces, self.name, role, _, self.states = item
        self.role = Atspi.role_get_name(Atspi.Role(role))
        self.parent = None
        self.children = []

    def is_(self, state):
        """Whether it has this state, by its name in AT-SPI: “visible”, “sensitive”, “focused”."""
        bit = int(getattr(Atspi.StateType, state.upper()))
        return bool(self.states[bit // 32] >> bit % 32 & 1)

    def has_action(self):
        """Whether an assistive technology can do something with it."""
        if "org.a11y.atspi.Action" not in self.interfaces:
            return False
        properties = "org.freedesktop.DBus.Properties"
        asked = GLib.Variant("(ss)", ("org.a11y.atspi.Action", "NActions"))
        return self._call(properties, "Get", asked)[0] > 0

    def press(self):
        """Does the first thing that it offers."""
        return self._call("org.a11y.atspi.Action", "DoAction", GLib.Variant("(i)", (0,)))[0]

    def write(self, text):
        """Replaces its text."""
        return self._call("org.a11y.atspi.EditableText", "SetTextContents", GLib.Variant("(s)", (text,)))[0]

    def place(self):
        """Its left, top, width and height in the window."""
        window = int(Atspi.CoordType.WINDOW)
        return self._call("org.a11y.atspi.Component", "GetExtents", GLib.Variant("(u)", (window,)))[0]

    def _call(self, interface, method, arguments):
        return call(self.bus, *self.at, interface, method, arguments)


def call(bus, owner, path, interface, method, arguments=None):
    return bus.call_sync(owner, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, TIMEOUT, None).unpack()


class Desktop:
    """The accessibility bus of this session, or of the one at an address."""

    def __init__(self, session=None):
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        if session is None:
            session = Gio.bus_get_sync(Gio.BusType.SESSION)
        else:
            session = Gio.DBusConnection.new_for_address_sync(session, flags, None, None)
        (self.address,) = call(session, "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")
        self.bus = Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)
        self.owners = {}

    def owner(self, process):
        """The name on the bus of a process that shows itself there."""
        if process not in self.owners:
            shown = call(self.bus, "org.a11y.atspi.Registry", ROOT, "org.a11y.atspi.Accessible", "GetChildren")[0]
            for owner, _ in shown:
                asked = GLib.Variant("(s)", (owner,))
                bus = "org.freedesktop.DBus"
                number = call(self.bus, bus, "/org/freedesktop/DBus", bus, "GetConnectionUnixProcessID", asked)[0]
                self.owners[number] = owner
        return self.owners.get(process)

    def widgets(self, process):
        """Everything of this process that can be seen, from the top; what lies over the rest comes last."""
        owner = self.owner(process)
        if owner is None:
            return []
        asked = set()
        while True:
            found, incomplete = self._look(owner)
            incomplete -= asked
            if not incomplete:
                return found
            asked |= incomplete
            for at in incomplete:
                self._children(at)

    def _children(self, at):
        return call(self.bus, *at, "org.a11y.atspi.Accessible", "GetChildren")[0]

    def _look(self, owner):
        """What GTK tells unasked, which is only what somebody has asked for before; and which of it have more below them."""
        (items,) = call(self.bus, owner, "/org/a11y/atspi/cache", "org.a11y.atspi.Cache", "GetItems")
        known = {item[0]: Widget(self.bus, item) for item in items}
        for widget in known.values():
            widget.parent = known.get(widget.parent_at)
            # What a list keeps for later is told, too, with a place behind the last.
            if widget.parent is not None and 0 <= widget.index < widget.parent.count:
                widget.parent.children.append(widget)
        found, incomplete = [], set()

        def walk(widget):
            if not widget.is_("visible"):
                return
            found.append(widget)
            if len(widget.children) < widget.count:
                incomplete.add(widget.at)
            for child in sorted(widget.children, key=lambda each: each.index):
                walk(child)

        # The root tells no number of windows.
        for window in self._children((owner, ROOT)):
            if window in known:
                walk(known[window])
            else:
                incomplete.add(window)
        return found, incomplete
