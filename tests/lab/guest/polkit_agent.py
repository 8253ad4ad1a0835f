"""Runs in the guest, as the user that a program runs for: polkit's own agent for a terminal, which answers every question
about that program with this password, until the program ends.
"""

import os
import pty
import sys
import time

READY = "/run/user/{user}/gangway-lab-agent"


def main():
    process, password = sys.argv[1:]
    ready = READY.format(user=os.getuid())
    heard, told = os.pipe()
    child, terminal = pty.fork()
    if child == 0:
        os.set_inheritable(told, True)
        os.execvp("pkttyagent", ["pkttyagent", "--process", process, "--notify-fd", str(told)])
    os.close(told)
    os.read(heard, 1)  # closed by the agent as soon as polkit knows it
    open(ready, "w").close()
    asked = b""
    try:
        while True:
            more = os.read(terminal, 4096)
            if not more:
                break
            sys.stdout.buffer.write(more)
            sys.stdout.flush()
            asked += more
            if asked.rstrip().endswith(b"Password:"):
                # It asks first, and then throws away what was typed before it stopped showing it.
                time.sleep(3)
                os.write(terminal, password.encode() + b"\n")
                asked = b""
    except OSError:
        pass  # the agent ended, and its terminal with it
    finally:
        os.unlink(ready)


if __name__ == "__main__":
    main()
