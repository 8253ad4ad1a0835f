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
    window.see("Then Gangway asks whether “gpu-compute” gets the card.")
    window.see("The demo imitates the restart.")
    window.picture("reserve-done")


def restart(window):
    """At any time, as one starts a computer again; it is in the menu of machines, too."""
    window.keys("ctrl+shift+r")
    window.see("this is its next start")


def to_the_trial(window):
    """A reservation on trial, with its question on the screen."""
    reserve(window, Clicks(window))
    window.press("Restart Now")
    window.see("The Trial Works")


def driver(window):
    return gangwayctl(window.folder, "show", "01:00.0", "--json")


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
    window.see("which keeps them when “gpu-compute” stops.")
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


def test_what_is_kept_is_there_with_every_start_and_one_review_takes_both_sides_back(start):
    window = start("--demo")
    to_the_trial(window)
    window.press("Give to “gpu-compute”…")
    window.press("Apply")
    window.see("Handed Over")
    window.press("Close")
    window.see("gpu-compute, Off · GeForce RTX 3070")
    # The banner asks on every page until somebody answers.
    window.press("Keep…")
    window.see("The Trial Works")
    window.picture("trial-with-machine")
    window.press("Keep…")
    window.see("Every start is asked for with the entry")
    window.picture("keep-review")
    window.press("Apply")
    window.see("Every start has the reservation from now on.")
    window.picture("kept")
    window.press("Close")
    window.gone("This start is a trial")

    restart(window)
    window.see("gpu-compute, Off · GeForce RTX 3070")
    window.gone("This start is a trial")
    assert "vfio-pci" in driver(window)

    window.see("Hardware")
    window.press("Take Back…")
    window.see("The virtual machine comes first, then the host.")
    window.see("“gpu-compute” loses GeForce RTX 3070")
    window.see("“/boot/grub/custom.cfg” is removed.")
    window.picture("take-back-review")
    window.press("Apply")
    window.see("Taken Back")
    window.see("“gpu-compute” no longer has GeForce RTX 3070")
    window.picture("taken-back")
    assert "01:00.0" not in gangwayctl(window.folder, "vm", "show", "gpu-compute")
    window.press("Restart Now")
    window.see("this is its next start")
    window.see("driver nvidia")
    window.see("Bind to vfio-pci Now…")
    assert '"nvidia"' in driver(window)
    said = gangwayctl(window.folder, "host", "records")
    assert said.count("undone") == 2 and "in effect" not in said, said


def test_a_trial_that_nobody_keeps_is_over_with_the_next_start(start):
    window = start("--demo")
    to_the_trial(window)
    window.keys("Escape")
    window.gone("The Trial Works")
    restart(window)
    window.see("ended without being kept.")
    assert '"nvidia"' in driver(window)
    window.picture("trial-over-banner")
    window.press("Show…")
    window.see("The Trial Is Over")
    window.picture("trial-over")
    window.press("Undo…")
    window.see("What Undo Will Do")
    window.press("Undo")
    window.see("Undone")
    window.press("Close")
    window.gone("ended without being kept.")
    window.see("gpu-compute, Off")
    window.find("Hand Over…")


def test_a_trial_is_undone_from_its_question(start):
    window = start("--demo")
    to_the_trial(window)
    window.press("Undo…")
    window.see("What Undo Will Do")
    window.press("Undo")
    window.see("Undone")
    window.picture("trial-undone")
    window.press("Restart Now")
    window.see("driver nvidia")
    window.gone("This start is a trial")
    assert '"nvidia"' in driver(window)


def test_the_whole_way_with_the_keyboard_alone(start):
    window = start("--demo")
    window.see("win11, Off")
    window.see("Hardware")
    window.keys("ctrl+f")
    window.type("3070")
    window.gone("Radeon RX 6400")
    window.keys("Down")
    window.keys("ctrl+h")
    for step in ("Step 1 of 4", "Step 2 of 4"):
        window.see(step)
        window.keys("ctrl+Return")
    window.see("Reserve at boot")
    window.keys("ctrl+Return")
    window.see("What Will Happen")
    window.keys("alt+a")
    window.see("Ready After a Restart")
    # What comes next has the keyboard.
    window.keys("alt+r")
    window.see("The Trial Works")
    window.keys("alt+g")
    window.see("“gpu-compute” gets GeForce RTX 3070")
    window.keys("alt+a")
    window.see("Handed Over")
    window.keys("alt+s")
    window.see("gpu-compute, Running")
    window.keys("ctrl+f")
    window.tab_to("Keep…")
    window.keys("space")
    window.see("The Trial Works")
    window.keys("alt+k")
    window.see("Every start is asked for with the entry")
    window.keys("alt+a")
    window.see("Every start has the reservation from now on.")
    window.keys("Escape")
    window.gone("This start is a trial")
    window.keys("ctrl+1", "alt+t")
    window.see("The virtual machine comes first, then the host.")
    window.keys("alt+a")
    window.see("Taken Back")
    window.keys("alt+r")
    window.see("driver nvidia")
