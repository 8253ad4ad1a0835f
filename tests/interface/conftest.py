"""What every test of the window gets: a folder of its own, and programs that end with it."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from gangway_window import Gangway  # noqa: E402
from libvirt_daemon import Daemon  # noqa: E402
from live_machine import LiveMachine  # noqa: E402
from real_system import RealSystem  # noqa: E402


@pytest.fixture
def start(tmp_path):
    """Starts Gangway with these arguments; all of them end with the test."""
    running = []

    def begin(*arguments, environment=None, within=()):
        window = Gangway(tmp_path, *arguments, environment=environment, within=within)
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


@pytest.fixture
def live(tmp_path):
    """A computer with a graphics card, a network card and a disk, which can be changed."""
    machine = LiveMachine(tmp_path)
    machine.add("0000:00:02.0", vendor="8086", device="3E92", kind="030000", group=2, driver="i915")
    machine.add("0000:01:00.0", vendor="10DE", device="2484", kind="030000", group=7, driver="nvidia")
    machine.add("0000:02:00.0", vendor="8086", device="1533", kind="020000", group=8, driver="igb")
    machine.add("0000:03:00.0", vendor="144D", device="A808", kind="010802", group=9, driver="nvme")
    yield machine
    machine.stop()


@pytest.fixture
def real():
    """A computer with a real system bus, a real polkit and the installed service, and its user."""
    system = RealSystem()
    try:
        yield system
    finally:
        system.stop()
    assert not system.warnings
