"""The window over a real libvirt daemon: the whole way, and what happens when something goes wrong underneath it."""

import os

from gangway_window import without_reserving

os.environ["LIBVIRT_AUTOSTART"] = "0"
NAME = "workbench"


def to_the_review(window):
    """From the list to the review of the first graphics card."""
    without_reserving(window.folder)
    window.see(f"{NAME}, Off")
    window.see("Hardware")
    window.press("Hand Over…")
    window.see("Step 1 of 4")
    window.press("Continue")
    window.see("Step 2 of 4")
    window.press("Continue")
    window.see("Step 3 of 4")
    # The driver of the card holds on to it.
    window.choose("Only while the machine runs")
    window.press("Continue")
    window.see("What Will Happen")
    window.take_the_risk(NAME)


def test_a_device_goes_and_comes_back(start, daemon):
    before = daemon.definition(NAME)
    window = start("--demo", "--connect", daemon.uri)
    to_the_review(window)
    window.press("Apply")
    window.see("Handed Over")
    given = daemon.definition(NAME)
    assert given.count("<hostdev ") == 4 and "hunter2" in given
    # Straight back from the last page.
    window.press("Take Back…")
    window.see(f"“{NAME}” loses GeForce RTX 3070")
    window.press("Apply")
    window.see("Taken Back")
    window.press("Close")
    window.see(f"{NAME}, Off")
    assert daemon.definition(NAME) == before


def test_a_daemon_that_dies_is_said_and_found_again(start, daemon):
    window = start("--demo", "--connect", daemon.uri)
    window.see(f"{NAME}, Off")
    daemon.kill()
    window.see("Not connected")
    window.see("GeForce RTX 3070")
    daemon.start()
    window.see(f"{NAME}, Off")


def test_a_review_outlives_the_daemon(start, daemon):
    window = start("--demo", "--connect", daemon.uri)
    to_the_review(window)
    daemon.kill()
    window.see("Not connected")
    window.press("Apply")
    window.see("Not Applied")
    daemon.start()
    window.see(f"{NAME}, Off")
    window.press("Review Again")
    window.see("What Will Happen")
    window.take_the_risk(NAME)
    window.press("Apply")
    window.see("Handed Over")
    assert "<hostdev " in daemon.definition(NAME)


def test_a_definition_that_changed_is_reviewed_again(start, daemon):
    window = start("--demo", "--connect", daemon.uri)
    to_the_review(window)
    daemon.virsh("desc", NAME, "--config", "--new-desc", "changed by another client")
    window.press("Apply")
    window.see("Not Applied")
    window.see(f"“{NAME}” was changed")
    assert "<hostdev " not in daemon.definition(NAME)
    window.press("Review Again")
    window.see("What Will Happen")
    window.take_the_risk(NAME)
    window.press("Apply")
    window.see("Handed Over")
    definition = daemon.definition(NAME)
    assert "changed by another client" in definition and "<hostdev " in definition


def test_a_machine_that_is_deleted_meanwhile_is_said(start, daemon):
    window = start("--demo", "--connect", daemon.uri)
    to_the_review(window)
    daemon.virsh("undefine", NAME)
    window.press("Apply")
    window.see("Not Applied")
    window.see(NAME)
    window.press("Review Again")
    window.see("This Cannot Be Done")
    # Back at the choice, it is not offered any more, and nobody chose another one.
    daemon.define("other")
    window.press("Back")
    window.press("Back")
    window.see("Step 2 of 4")
    window.find("other", roles=("radio button",))
    assert not window.is_sensitive(window.find("Continue", roles=("button", "push button")))
    window.keys("Escape")
    window.gone("Step 2 of 4")
    window.see("other, Off")


def test_names_are_no_markup(start, daemon):
    name = "a <b>bold & very " + "long " * 30 + "name 🚀"
    daemon.define(name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    window = start("--demo", "--connect", daemon.uri)
    window.see(f"{name}, Off")
    window.keys("alt+1")
    window.see("It has no device of the host.")
    window.keys("ctrl+1")
    without_reserving(window.folder)
    window.keys("ctrl+h")
    window.see("Step 1 of 4")
    window.keys("ctrl+Return")
    window.see("Step 2 of 4")
    window.keys("ctrl+Return")
    window.see("Step 3 of 4")
    window.choose("Only while the machine runs")
    window.keys("ctrl+Return")
    window.take_the_risk(name)
    window.see(f"“{name}” gets GeForce RTX 3070")
    window.keys("alt+a")
    window.see("Handed Over")
    window.picture("long-name")
    window.keys("Escape")
    window.see(f"given to “{name}”")
    daemon.virsh("undefine", name)
    window.gone(name)
    assert "Gtk-WARNING" not in window.log.read_text(), window.log.read_text()
    assert "Pango" not in window.log.read_text(), window.log.read_text()
