"""What a scenario leaves behind: every step, command and answer in `steps.log`, the console, the guest's journal, pictures.

One folder a scenario, emptied when it starts. Nothing here decides whether a scenario passed.
"""

import shutil
import time


class Evidence:
    """The folder of one scenario."""

    def __init__(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder = folder
        self.began = time.monotonic()
        self.current = "starting"
        self.log = open(folder / "steps.log", "w", buffering=1)

    def step(self, what):
        """A new step begins."""
        self.current = what
        self.write(f"── {what}")

    def write(self, text):
        self.log.write(f"{time.monotonic() - self.began:7.1f}  {text}\n")

    def command(self, user, words, answer):
        """A command and all that came of it."""
        self.write(f"{user}$ {words}")
        for line in answer.said.splitlines():
            self.log.write(f"         │ {line}\n")
        if answer.status != 0:
            self.log.write(f"         └ status {answer.status}\n")

    def keep(self, name, content):
        """A file of its own, beside the steps."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def close(self):
        self.log.close()
