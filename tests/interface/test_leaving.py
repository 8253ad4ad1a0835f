"""A change that is being made when who began it leaves: the dialog, or the whole window. It goes on, its progress and its result are
in Changes, and what became of it is told to whoever looks then. The tool that takes so long is an imitated one."""

from making_ready import TITLE, UNIT, begin, done, review

SHOW = f"Show {TITLE}"


def test_the_dialog_is_left(real):
    window = begin(real)
    window.see("Step 1 of 2")
    window.see("This may be closed: the change goes on, and is in Changes.")
    window.leave_dialog()
    window.keys("ctrl+3")
    window.see("Step 1 of 2")
    window.find(SHOW)
    window.picture("leaving-dialog")
    assert window.count("In progress") == 0, "it is shown once"
    window.press(SHOW)
    window.see("This may be closed")
    window.see("What the Tools Say")
    window.leave_dialog()
    real.let_go()
    window.see(f"Done: {TITLE}")
    window.see("In effect")
    assert (real.root / UNIT).is_symlink()


def test_the_window_is_closed_and_opened_again(real):
    close(real, begin(real))
    window = changes(real)
    window.find(SHOW)
    window.see("Step 1 of 2")
    window.picture("leaving-window")
    assert window.count("In progress") == 0, "it is shown once"
    window.press(SHOW)
    window.see("The service “libvirtd.service” is switched on for every start, and started.")
    window.see("Do not switch the computer off.")
    real.let_go()
    window.see(f"“{TITLE}” is in effect.")
    assert (real.root / UNIT).is_symlink()
    window.leave_dialog()
    window.see("In effect")
    window.see("by ada")
    window.find(f"Undo {TITLE}…")


def test_it_ends_while_nobody_looks(real):
    close(real, begin(real))
    real.let_go()
    real.wait("its end", lambda: (real.root / UNIT).is_symlink())
    window = changes(real)
    window.see("In effect")
    window.gone("Step ")
    window.find(f"Undo {TITLE}…")


def test_it_fails_after_the_window_was_closed(real):
    before = real.written()
    close(real, begin(real))
    window = changes(real)
    window.see("Step 1 of 2")
    real.let_go(fail=True)
    window.see("and everything is as it was before.")
    window.see("Failed")
    window.see("libvirtd.socket is masked")
    window.picture("leaving-failed")
    after = {name: text for name, text in real.written().items() if not name.startswith("var/lib/gangway/")}
    assert after == before


def test_a_window_that_is_killed_ends_nothing(real):
    window = begin(real)
    window.process.kill()
    window.process.wait(10)
    window = changes(real)
    window.see("Step 1 of 2")
    # One change at a time, whoever makes it.
    window.keys("ctrl+2")
    real.let_go()
    window.see(f"Done: {TITLE}")
    window.keys("ctrl+3")
    window.see("In effect")


def test_an_undo_goes_on_too(real):
    window = review(real)
    real.agent(window)
    done(real, window)
    window.press("Undo…")
    window.see("What Undo Will Do")
    real.hold()
    window.press("Undo")
    real.wait_held()
    close(real, window)
    window = changes(real)
    window.find(SHOW)
    window.see("Step ")
    window.press(SHOW)
    window.see("Undoing")
    real.let_go()
    window.see(f"“{TITLE}” is undone.")
    assert not (real.root / UNIT).exists()
    window.press("Show Changes")
    window.see("It was undone.")


def close(real, window):
    """Closes the window as a person does."""
    window.leave_dialog()
    window.keys("ctrl+q")
    window.process.wait(10)
    assert window.process.returncode == 0


def changes(real):
    """Another window, at its page of changes."""
    window = real.open()
    window.see("test, Running")
    window.keys("ctrl+3")
    return window
