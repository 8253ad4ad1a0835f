"""Lines of JSON over a UNIX socket: QEMU's monitor (QMP), the guest's agent, and the driver of the window speak so.

What the lines mean is their own business; here is that every answer is waited for, and not for ever.
"""

import json
import socket
import time


class Broken(Exception):
    """The other end is gone, or did not answer in time."""


class Gone(Exception):
    """The guest will never answer."""


class Wire:
    """One connection, one question at a time."""

    def __init__(self, path, is_alive=lambda: True, patience=30.0):
        self.path = path
        self.rest = b""
        end = time.monotonic() + patience
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(str(path))
                return
            except OSError as cause:
                self.socket.close()
                if time.monotonic() > end or not is_alive():
                    raise Broken(f"nothing listens at {path}: {cause}") from cause
                time.sleep(0.05)

    def close(self):
        self.socket.close()

    def send(self, message):
        try:
            self.socket.settimeout(30)
            self.socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError as cause:
            raise Broken(f"{self.path} takes nothing: {cause}") from cause

    def receive(self, patience):
        """The next line's value."""
        end = time.monotonic() + patience
        while b"\n" not in self.rest:
            left = end - time.monotonic()
            if left <= 0:
                raise Broken(f"{self.path} did not answer within {patience:.0f} s")
            try:
                self.socket.settimeout(left)
                more = self.socket.recv(1 << 16)
            except TimeoutError:
                continue
            except OSError as cause:
                raise Broken(f"{self.path}: {cause}") from cause
            if not more:
                raise Broken(f"{self.path} was closed")
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line.lstrip(b"\xff"))


class Refused(Exception):
    """A monitor or an agent answered with an error."""


class Monitor(Wire):
    """QEMU's own monitor."""

    def __init__(self, path, is_alive):
        super().__init__(path, is_alive)
        self.receive(60)  # the greeting
        self.execute("qmp_capabilities")

    def execute(self, command, patience=60.0, **arguments):
        self.send({"execute": command, "arguments": arguments})
        while True:
            answer = self.receive(patience)
            if "error" in answer:
                raise Refused(f"{command}: {answer['error'].get('desc')}")
            if "return" in answer:
                return answer["return"]

    def human(self, line, patience=120.0):
        """A command of the human monitor, for what QMP has no name for."""
        return self.execute("human-monitor-command", patience, **{"command-line": line})


class Agent(Wire):
    """qemu-guest-agent."""

    def execute(self, command, patience=30.0, **arguments):
        self.send({"execute": command, "arguments": arguments} if arguments else {"execute": command})
        answer = self.receive(patience)
        if "error" in answer:
            raise Refused(f"{command}: {answer['error'].get('desc')}")
        return answer.get("return")

    def greet(self, patience, ended=lambda: None):
        """Waits until the agent answers, and forgets what it said before; `ended` tells why it never will."""
        end = time.monotonic() + patience
        while True:
            number = time.monotonic_ns() % 1_000_000_007
            self.send({"execute": "guest-sync", "arguments": {"id": number}})
            try:
                while self.receive(5).get("return") != number:
                    pass
                return
            except Broken:
                # A guest that restarts loses what was sent to it meanwhile.
                if time.monotonic() > end:
                    raise
                if why := ended():
                    raise Gone(why) from None
