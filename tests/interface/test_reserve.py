"""Over a restart, which the demo imitates: a card is reserved for a virtual machine and goes to it on trial, is kept, and is
taken back; a trial that nobody keeps is over with the next start. By clicks, which are counted, and by keys."""

import os

import pytest
from gangway_window import gangwayctl

# As root the demo changes nothing: `build-aux/lib/stages/interface.sh` runs these as somebody else.
pytestmark = pytest.mark.skipif(os.geteuid() == 0, reason="the demo changes its computer as an ordinary user alone")

CARD = "GeForce RTX 3070 (01:00.0)"


class Clicks:
    """A window whose clicks are counted."""

    def __init__(self, window):
        self.window = window
        self.count = 0

    def press(self, name):
        self.window.press(name)
        self.count += 1

    def choose(self, name):
        self.window.choose(name)
        self.count += 1


def reserve(window, clicks):
    """From the list of devices to the reservation that waits for the restart."""
    window.see("win11, Off")
    window.see("Hand Over…")
    clicks.press("Hand Over…")
    window.see("Step 1 of 4")
    clicks.press("Continue")
    window.see("Step 2 of 4")
    clicks.press("Continue")
    window.see("Step 3 of 4")
    window.see("Recommended")
    window.see("Reserve at boot")
    window.picture("reserve-method")
    clicks.press("Continue")
    # Both sides in one review: the host's steps and files, and the definition that comes after the restart.
    window.see("What Will Happen")
    window.see("Definition of the virtual machine, after the restart")
    window.find("gpu-compute.xml")
    window.find("/boot/grub/custom.cfg")
    window.see("“gpu-compute” gets it; Gangway asks once more then.")
    window.picture("reserve-review")
    clicks.press("Apply")
    window.see("Ready After a Restart")
    window.see("The demo imitates the restart.")
    window.picture("reserve-done")


def restart_from_menu(window):
    window.press("Machine: workshop")
    window.press_item("Restart the Demo’s Computer")


def test_a_card_is_reserved_goes_to_a_machine_on_trial_and_that_starts_in_nine_clicks(start):
    window = start("--demo")
    clicks = Clicks(window)
    reserve(window, clicks)
    assert "01:00.0" not in gangwayctl(window.folder, "vm", "show", "gpu-compute"), "only after the restart"
    clicks.press("Restart Now")
    window.see("this is its next start")
    # The question is asked by itself.
    window.see("The Trial Works")
    window.see("What Was Promised")
    window.picture("trial")
    clicks.press("Give to “gpu-compute”…")
    window.see("What Will Happen")
    window.picture("trial-give")
    clicks.press("Apply")
    window.see("Handed Over")
    window.picture("trial-given")
    clicks.press("Start “gpu-compute”")
    window.see("gpu-compute, Running")
    window.see("“gpu-compute” is starting.")
    window.picture("trial-running")
    assert clicks.count < 10, f"{clicks.count} clicks"
    assert "01:00.0" in gangwayctl(window.folder, "vm", "show", "gpu-compute")
