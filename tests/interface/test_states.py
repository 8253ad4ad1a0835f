"""The pages that stand where something is missing, and the names of what can be pressed."""

from gangway_window import BUTTONS


def test_a_daemon_that_does_not_answer_has_a_page_with_a_way_on(start, tmp_path):
    uri = f"qemu+unix:///system?socket={tmp_path}/nowhere.sock"
    window = start("--demo", "--connect", uri)
    window.see("GeForce RTX 3070")
    window.see("Not connected")
    window.select("Not connected")
    window.keys("Return")
    window.see("libvirt Does Not Answer")
    window.see("Try Again")
    window.picture("not-reachable")
    window.click(window.find("Try Again", roles=BUTTONS))
    window.see("Tried again at ")
    window.find("Try Again", roles=BUTTONS)
    assert window.focused().name == "Try Again"
    window.picture("tried-again")


def test_a_captured_machine_that_is_none_is_said(start, tmp_path):
    broken = tmp_path / "broken.host"
    broken.write_text("gangway-host 1\nthis is no entry\n")
    window = start("--machine", str(broken), "--connect", "test:///default")
    window.see("The Machine Cannot Be Read")
    window.see("broken.host")


def test_a_search_without_result_says_so(start):
    window = start("--demo")
    window.see("GeForce RTX 3070")
    window.write("Search devices", "no such device anywhere")
    window.see("No Device Found")
    window.write("Search devices", "")
    window.see("GeForce RTX 3070")


def test_an_empty_machine_says_so(start, tmp_path):
    (tmp_path / "empty").mkdir()
    window = start("--root", str(tmp_path / "empty"), "--connect", "test:///default")
    window.see("No PCI Devices")


def test_everything_that_can_be_pressed_has_a_name(start):
    window = start("--demo")
    window.see("win11, Off")
    window.see("Hand Over…")
    nameless = []
    for widget in window.widgets():
        role = widget.role
        if role in (*BUTTONS, "list item", "switch", "radio button", "entry") and not widget.name:
            if not widget.has_action():
                continue
            nameless.append((role, widget.parent.name))
    assert not nameless


def test_another_machine_is_not_searched_for_the_old_words(start):
    window = start("--demo")
    window.see("win11, Off")
    window.write("Search devices", "3070")
    window.gone("Group 17")
    window.press("Machine: workshop")
    # Where the menu begins depends on where the pointer happens to be.
    for _ in range(7):
        at = window.focused()
        if at is not None and "single graphics card" in at.name:
            break
        window.keys("Down")
    window.keys("Return")
    window.see("GeForce GTX 1660 SUPER")
    window.see("Group 2")


def test_scanning_again_leaves_the_keyboard_where_it_is(start):
    window = start("--demo")
    window.see("win11, Off")
    window.see("Hardware")
    window.keys("ctrl+f", "ctrl+r")
    window.type("3070")
    window.gone("Group 17")
    assert window.focused().role in ("entry", "text"), window.focused().role
