"""A PackageKit that is imitated on the computer of `real_system.py`: it knows a few packages, asks the real polkit before it installs,
tells how far it is, and puts the files of what it installs into their places.

It speaks the interface of PackageKit 1.2 (`org.freedesktop.PackageKit.Transaction.xml`, `pk-enum.h`): a transaction is made, given hints,
runs one method, and ends with *Finished*; what goes wrong is told as *ErrorCode* before that, and not as an answer to the call.
"""

import threading

from bus_thread import BusThread
from gi.repository import GLib

NAME = "org.freedesktop.PackageKit"
PATH = "/org/freedesktop/PackageKit"
TRANSACTION = "org.freedesktop.PackageKit.Transaction"
PROPERTIES = "org.freedesktop.DBus.Properties"
SERVICE_XML = """<node><interface name="org.freedesktop.PackageKit">
<method name="CreateTransaction"><arg type="o" direction="out"/></method>
</interface></node>"""
TRANSACTION_XML = """<node><interface name="org.freedesktop.PackageKit.Transaction">
<method name="SetHints"><arg type="as" direction="in"/></method>
<method name="Cancel"/>
<method name="Resolve"><arg type="t" direction="in"/><arg type="as" direction="in"/></method>
<method name="InstallPackages"><arg type="t" direction="in"/><arg type="as" direction="in"/></method>
<signal name="Package"><arg type="u"/><arg type="s"/><arg type="s"/></signal>
<signal name="ItemProgress"><arg type="s"/><arg type="u"/><arg type="u"/></signal>
<signal name="ErrorCode"><arg type="u"/><arg type="s"/></signal>
<signal name="Finished"><arg type="u"/><arg type="u"/></signal>
<signal name="Destroy"/>
</interface></node>"""
POLICY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE policyconfig PUBLIC "-//freedesktop//DTD PolicyKit Policy Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/PolicyKit/1/policyconfig.dtd">
<policyconfig><action id="org.freedesktop.packagekit.package-install"><description>Install signed package</description>
<message>Authentication is required to install software</message><defaults><allow_any>auth_admin</allow_any>
<allow_inactive>auth_admin</allow_inactive><allow_active>auth_admin_keep</allow_active></defaults></action></policyconfig>
"""
ACTION = "org.freedesktop.packagekit.package-install"

# PkExitEnum, PkErrorEnum, PkInfoEnum, PkStatusEnum, PkTransactionFlagEnum and PkFilterEnum, as far as they are spoken here.
SUCCESS, FAILED = 1, 2
NO_NETWORK, DOWNLOAD_FAILED, CANNOT_GET_LOCK, NOT_AUTHORIZED = 2, 10, 26, 48
AVAILABLE, DOWNLOADING, INSTALLING = 2, 10, 12
STATUS_DOWNLOAD, STATUS_INSTALL = 8, 9
ONLY_TRUSTED, SIMULATE = 1 << 1, 1 << 2
NOT_INSTALLED = 1 << 3


class PackageKit:
    """It is there from now on. `known` are names with the file that each puts in place, or None."""

    def __init__(self, system, known, along=()):
        self.system = system
        self.known = dict(known)
        self.along = list(along)
        self.installed = []
        self.hints = []
        # An error that the next method ends with: its code and words.
        self.fails = None
        self.held = threading.Event()
        self.held.set()
        self.number = 0
        (system.root / "usr/share/polkit-1/actions/org.freedesktop.packagekit.policy").write_text(POLICY)
        self.thread = BusThread(system.address)
        self.thread.serve(PATH, SERVICE_XML, self._create)
        self.thread.own(NAME)

    def stop(self):
        self.held.set()
        self.thread.stop()

    def hold(self):
        """It gets no further than the first package, until it is let go."""
        self.held.clear()

    def let_go(self):
        self.held.set()

    def id(self, name):
        return f"{name};1.0-1;amd64;stable"

    def _create(self, _method, _arguments, invocation):
        self.number += 1
        path = f"/{self.number}_abcdabcd"
        transaction = Transaction(self, path, invocation.get_sender())
        # Objects are made in the thread that takes calls, which is this one.
        self.thread.register(path, TRANSACTION_XML, transaction.called)
        invocation.return_value(GLib.Variant("(o)", (path,)))


class Transaction:
    """One of its transactions, for one caller."""

    def __init__(self, kit, path, caller):
        self.kit, self.path, self.caller = kit, path, caller
        self.has_run = False

    def called(self, method, arguments, invocation):
        if method == "SetHints":
            self.kit.hints = arguments[0]
            return invocation.return_value(None)
        if method not in ("Resolve", "InstallPackages"):
            return invocation.return_dbus_error(f"{TRANSACTION}.NotSupported", method)
        if self.has_run:
            return invocation.return_dbus_error(f"{TRANSACTION}.InvalidState", "a transaction runs once")
        self.has_run = True
        invocation.return_value(None)
        # It may wait for polkit, which waits for the user.
        threading.Thread(target=self._run, args=(method, *arguments), daemon=True).start()
        return None

    def _run(self, method, flags, values):
        try:
            self._resolve(flags, values) if method == "Resolve" else self._install(flags, values)
        except GLib.Error:
            # The bus ended with the test.
            pass

    def _tell(self, signal, types, *values):
        self.kit.thread.tell(self.path, TRANSACTION, signal, GLib.Variant(f"({types})", values))

    def _is_at(self, percentage):
        changed = (TRANSACTION, {"Percentage": GLib.Variant("u", percentage)}, [])
        self.kit.thread.tell(self.path, PROPERTIES, "PropertiesChanged", GLib.Variant("(sa{sv}as)", changed))

    def _end(self, exit, error=None):
        if error is not None:
            self._tell("ErrorCode", "us", *error)
        self._tell("Finished", "uu", exit, 7)
        self._tell("Destroy", "")

    def _resolve(self, filters, names):
        assert filters & NOT_INSTALLED
        for name in names:
            if name in self.kit.known:
                self._tell("Package", "uss", AVAILABLE, self.kit.id(name), "")
        self._end(SUCCESS)

    def _install(self, flags, ids):
        assert flags & ONLY_TRUSTED
        coming = [*(self.kit.id(name) for name in self.kit.along), *ids]
        if flags & SIMULATE:
            for id in coming:
                self._tell("Package", "uss", INSTALLING, id, "")
            return self._end(SUCCESS)
        if not self._is_allowed():
            return self._end(FAILED, (NOT_AUTHORIZED, "Failed to obtain authentication."))
        self._is_at(101)
        for number, id in enumerate(coming):
            self._tell("Package", "uss", DOWNLOADING, id, "")
            self._tell("ItemProgress", "suu", id, STATUS_DOWNLOAD, 50)
            self._is_at(100 * number // len(coming))
            if self.kit.fails is not None:
                return self._end(FAILED, self.kit.fails)
            self.kit.held.wait(20)
        for id in coming:
            self._tell("Package", "uss", INSTALLING, id, "")
            self._tell("ItemProgress", "suu", id, STATUS_INSTALL, 100)
            path = self.kit.known.get(id.split(";")[0])
            if path is not None:
                file = self.kit.system.root / path
                file.write_text("#!/bin/sh\n")
                file.chmod(0o755)
        self.kit.installed.append(ids)
        self._is_at(100)
        return self._end(SUCCESS)

    def _is_allowed(self):
        """What the real polkit says, which asks the real agent of the caller."""
        polkit = "org.freedesktop.PolicyKit1"
        arguments = (("system-bus-name", {"name": GLib.Variant("s", self.caller)}), ACTION, {}, 1, "")
        asked = self.kit.thread.bus.call_sync(
            polkit,
            f"/{polkit.replace('.', '/')}/Authority",
            f"{polkit}.Authority",
            "CheckAuthorization",
            GLib.Variant("((sa{sv})sa{ss}us)", arguments),
            None,
            0,
            60_000,
            None,
        )
        return asked.unpack()[0][0]
