"""Serves an object on a bus from a thread, while the test goes on: for imitations of what the window speaks with."""

import threading

from gi.repository import Gio, GLib

FLAGS = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION


class BusThread:
    """A connection with a thread that takes its calls."""

    def __init__(self, address):
        self.context = GLib.MainContext.new()
        self.loop = GLib.MainLoop.new(self.context, False)
        self.bus = Gio.DBusConnection.new_for_address_sync(address, FLAGS, None, None)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        self.context.push_thread_default()
        self.loop.run()
        self.context.pop_thread_default()

    def do(self, work):
        """Does something in the thread, and gives what came of it."""
        done, outcome = threading.Event(), []

        def begin(*_):
            try:
                outcome.append(work())
            finally:
                done.set()
            return False

        source = GLib.Idle()
        source.set_callback(begin)
        source.attach(self.context)
        assert done.wait(20), "the thread of a bus does not answer"
        return outcome[0]

    def serve(self, path, interfaces, called):
        """Has `called(method, arguments, invocation)` answer at a path."""
        self.do(lambda: self.register(path, interfaces, called))

    def register(self, path, interfaces, called):
        """The same, for whoever is in the thread already."""

        def method_call(_bus, _sender, _path, _interface, method, arguments, invocation):
            called(method, arguments.unpack(), invocation)

        for interface in Gio.DBusNodeInfo.new_for_xml(interfaces).interfaces:
            self.bus.register_object_with_closures2(path, interface, method_call, None, None)

    def own(self, name):
        """Takes a name."""
        bus = "org.freedesktop.DBus"
        self.bus.call_sync(bus, "/", bus, "RequestName", GLib.Variant("(su)", (name, 4)), None, 0, 10_000, None)

    def tell(self, path, interface, signal, arguments):
        self.bus.emit_signal(None, path, interface, signal, arguments)

    def stop(self):
        if not self.bus.is_closed():
            self.bus.close_sync(None)
        self.loop.quit()
        self.thread.join(10)
