"""Who asks ada for a password: an agent that polkit knows for her window, and that answers what a test wants.

It speaks what real agents speak (`org.freedesktop.PolicyKit1.AuthenticationAgent`). A right password is what polkit's own setuid
program would say once PAM had let it pass: `AuthenticationAgentResponse2`, which polkit takes from root alone.
"""

import threading

from bus_thread import BusThread
from gi.repository import GLib

POLKIT = "org.freedesktop.PolicyKit1"
AUTHORITY = (POLKIT, "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority")
PATH = "/org/gangway/TestAgent"
INTERFACE = """<node><interface name="org.freedesktop.PolicyKit1.AuthenticationAgent">
<method name="BeginAuthentication"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
<arg type="a{ss}" direction="in"/><arg type="s" direction="in"/><arg type="a(sa{sv})" direction="in"/></method>
<method name="CancelAuthentication"><arg type="s" direction="in"/></method>
</interface></node>"""


class Agent:
    """The agent of one window. `answer` is what it does when it is asked: “right”, “wrong”, “close” or “wait”."""

    def __init__(self, system, window, answer="right"):
        self.answer = answer
        # Other answers for these actions.
        self.answers = {}
        self.user = system.user
        self.asked = []
        self.taken_back = []
        self.waiting = {}
        self.thread = BusThread(system.address)
        self.thread.serve(PATH, INTERFACE, self._called)
        subject = {
            "pid": GLib.Variant("u", window.process.pid),
            "start-time": GLib.Variant("t", started(window.process.pid)),
            "uid": GLib.Variant("i", system.user),
        }
        self._tell("RegisterAuthenticationAgent", GLib.Variant("((sa{sv})ss)", (("unix-process", subject), "C", PATH)))

    def stop(self):
        self.thread.stop()

    def _tell(self, method, arguments):
        owner, path, interface = AUTHORITY
        self.thread.bus.call_sync(owner, path, interface, method, arguments, None, 0, 10_000, None)

    def _called(self, method, arguments, invocation):
        if method == "CancelAuthentication":
            (cookie,) = arguments
            self.taken_back.append(cookie)
            held = self.waiting.pop(cookie, None)
            invocation.return_value(None)
            if held is not None:
                held[0].return_dbus_error(f"{POLKIT}.Error.Cancelled", "taken back")
            return
        action, message, _, details, cookie, identities = arguments
        self.asked.append((action, message, details))
        self.waiting[cookie] = (invocation, identities)
        answer = self.answers.get(action, self.answer)
        if answer != "wait":
            self._say(cookie, answer)

    def _say(self, cookie, answer):
        invocation, identities = self.waiting.pop(cookie)

        def work():
            if answer == "right":
                kind, who = identities[0]
                # Their values are plain by now.
                who = {name: GLib.Variant("u", value) for name, value in who.items()}
                self._tell("AuthenticationAgentResponse2", GLib.Variant("(us(sa{sv}))", (self.user, cookie, (kind, who))))
            if answer == "close":
                invocation.return_dbus_error(f"{POLKIT}.Error.Cancelled", "the user closed the question")
            else:
                invocation.return_value(None)

        # The answer is a call of its own, and this is the thread that takes calls.
        threading.Thread(target=work).start()

    def say(self, answer):
        """Answers the question that waits."""
        (cookie,) = self.waiting
        self._say(cookie, answer)


def started(process):
    """When a process started, on the kernel's clock: the 22nd field, counted from behind the name."""
    with open(f"/proc/{process}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[19])
