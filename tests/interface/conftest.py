"""What every test of the window gets: a folder of its own, and programs that end with it."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from gangway_window import Gangway  # noqa: E402
from libvirt_daemon import Daemon  # noqa: E402


@pytest.fixture
def start(tmp_path):
    """Starts Gangway with these arguments; all of them end with the test."""
    running = []

    def begin(*arguments, environment=None):
        window = Gangway(tmp_path, *arguments, environment=environment)
        running.append(window)
        return window

    yield begin
    for window in running:
        window.stop()
    for window in running:
        assert not window.warnings()


@pytest.fixture
def daemon():
    """A libvirt daemon with one virtual machine, “workbench”."""
    daemon = Daemon()
    try:
        daemon.define("workbench")
        yield daemon
    finally:
        daemon.stop()
