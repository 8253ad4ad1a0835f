"""Runs in the guest, as a plain user: starts Gangway and drives it as the lab asks through a port of the machine.

A line of JSON names a call of `Gangway` (`gangway_window.py`) and its arguments; the answer is a line with what it gave,
as far as that can be said in JSON, or with why it failed. What may be asked is listed here.
"""

import json
import pathlib
import sys

import gangway_window

PORT = "/dev/virtio-ports/org.gangway.lab.window"
CALLS = {"press", "choose", "write", "select", "see", "gone", "keys", "type", "picture", "names", "find"}

# Under software emulation everything takes longer.
gangway_window.PATIENCE = 80.0


def serve(window, port):
    """Answers until the other end is gone."""
    for line in port:
        asked = json.loads(line)
        name = asked["do"]
        try:
            if name == "ready":
                window.wait("the window", window.names)
                gave = None
            elif name == "enabled":
                gave = window.is_sensitive(window.find(*asked["with"], roles=gangway_window.BUTTONS))
            elif name in CALLS:
                gave = getattr(window, name)(*asked["with"], **asked["named"])
            else:
                raise AssertionError(f"the window's driver knows no “{name}”")
            answer = {"gave": gave if isinstance(gave, (str, list, bool, int)) else None}
        except Exception as cause:  # the lab shall hear of it, whatever it is
            answer = {"failed": f"{type(cause).__name__}: {cause}" if str(cause) else repr(cause)}
        port.write(json.dumps(answer).encode() + b"\n")


def main():
    # What the window remembers is there with the next one, after a restart of the guest as well.
    folder = pathlib.Path.home() / "gangway-lab"
    folder.mkdir(exist_ok=True)
    window = gangway_window.Gangway(folder, *sys.argv[1:])
    try:
        with open(PORT, "r+b", buffering=0) as raw:
            serve(window, Lines(raw))
    finally:
        window.stop()


class Lines:
    """A port gives what there is, not lines; and it is at its end only while nobody listens."""

    def __init__(self, raw):
        self.raw = raw

    def __iter__(self):
        rest = b""
        while True:
            more = self.raw.read(65536)
            if not more:
                continue
            rest += more
            while b"\n" in rest:
                line, rest = rest.split(b"\n", 1)
                yield line

    def write(self, data):
        while data:
            data = data[self.raw.write(data):]


if __name__ == "__main__":
    main()
