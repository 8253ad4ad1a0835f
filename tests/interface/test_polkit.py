"""Changes of the host over a real system bus, with a real polkit: allowed, refused in every way that there is, and what the window
says then. What is planned is what makes a fresh Debian ready for virtual machines: libvirt's two units, switched on."""

from making_ready import SERVICE, TITLE, UNIT, done, review

CHANGE = "org.gangway.helper.change-system"


def groups(real):
    """Who is in libvirt's group."""
    lines = (real.root / "etc/group").read_text().splitlines()
    return next(line for line in lines if line.startswith("libvirt:")).rpartition(":")[2].split(",")


def test_what_is_allowed_is_done_by_the_installed_service(real):
    window = review(real)
    agent = real.agent(window)
    window.press("Apply")
    window.see(f"“{TITLE}” is in effect.")
    assert (real.root / UNIT).is_symlink()
    ((action, message, details),) = agent.asked
    assert action == CHANGE
    assert "change the running system: " in message and "libvirtd.socket" in message, message
    window.picture("polkit-allowed")
    window.leave_dialog()
    window.keys("ctrl+3")
    window.see("In effect")
    window.see("by ada")
    window.press(f"Undo {TITLE}…")
    window.see("What Undo Will Do")
    window.press("Undo")
    window.see("is undone.")
    assert not (real.root / UNIT).exists()
    assert [action for action, _, _ in agent.asked] == [CHANGE, "org.gangway.helper.undo"]


def refused(real, window, sentence, press="Apply", picture=None):
    """Applying is refused: the window says why, the review is still there, and nothing was written."""
    before = real.written()
    window.press(press)
    window.see(sentence)
    window.see("What Will Happen")
    window.find("Apply")
    if picture:
        window.picture(picture)
    assert real.written() == before
    assert not (real.root / UNIT).exists()


def test_a_closed_question(real):
    window = review(real)
    agent = real.agent(window, "close")
    refused(real, window, "The question for a password was closed, so nothing was changed: try again", picture="polkit-dismissed")
    agent.answer = "right"
    done(real, window)


def test_a_wrong_password(real):
    window = review(real)
    agent = real.agent(window, "wrong")
    refused(real, window, "Permission was not given, so nothing was changed: try again, or ask whoever administers")
    agent.answer = "right"
    done(real, window)


def test_an_administrators_rule_that_says_no(real):
    window = review(real)
    agent = real.agent(window)
    real.rule("NO")
    refused(real, window, "Permission was not given, so nothing was changed", picture="polkit-denied")
    assert agent.asked == [], "there is nothing to ask"
    real.rule("YES")
    done(real, window)


def test_nobody_who_could_ask(real):
    window = review(real)
    sentence = "nothing here asks for it, so nothing was changed: start the desktop’s authentication agent"
    refused(real, window, sentence, picture="polkit-no-agent")
    real.agent(window)
    done(real, window)


def test_polkit_is_gone(real):
    window = review(real)
    real.stop_polkit()
    refused(real, window, "polkit, which says who may change this computer, does not answer", picture="polkit-gone")
    window.see("so nothing was changed: see that its service runs, then try again")
    real.start_polkit()
    real.agent(window)
    done(real, window)


def test_polkit_goes_while_its_question_is_open(real):
    window = review(real)
    agent = real.agent(window, "wait")
    before = real.written()
    window.press("Apply")
    window.see("Waiting for Permission")
    window.see("Nothing is changed before permission is given.")
    real.wait("the question", lambda: agent.asked)
    real.stop_polkit()
    window.see("polkit, which says who may change this computer, does not answer")
    window.find("Apply")
    assert real.written() == before


def test_the_second_of_two_rights_is_refused(real):
    real.forget_membership()
    window = review(real)
    agent = real.agent(window)
    agent.answers["org.gangway.helper.give-rights"] = "close"
    refused(real, window, "The question for a password was closed, so nothing was changed")
    assert [action for action, _, _ in agent.asked] == [CHANGE, "org.gangway.helper.give-rights"]
    assert "libvirt:x:103:\n" in (real.root / "etc/group").read_text() or "ada" not in groups(real)
    agent.answers.clear()
    window.press("Apply")
    window.see("takes effect when you log in again")
    assert "ada" in groups(real)


def test_an_undo_that_is_refused_undoes_nothing(real):
    window = review(real)
    agent = real.agent(window)
    done(real, window)
    window.press("Undo…")
    window.see("What Undo Will Do")
    agent.answer = "close"
    before = real.written()
    window.press("Undo")
    window.see("The question for a password was closed, so nothing was changed")
    window.see("What Undo Will Do")
    assert real.written() == before
    agent.answer = "right"
    window.press("Undo")
    window.see("is undone.")
    assert not (real.root / UNIT).exists()


def test_a_window_that_is_closed_takes_its_question_back(real):
    window = review(real)
    agent = real.agent(window, "wait")
    before = real.written()
    window.press("Apply")
    real.wait("the question", lambda: agent.asked)
    window.stop()
    real.wait("the end of the question", lambda: agent.taken_back)
    assert real.written() == before
    # The service is there for the next one, who has to ask anew.
    again = review(real)
    again.keys("Escape")
    again.gone("What Will Happen")
    again.keys("ctrl+3")
    again.see("No Changes Yet")
    assert real.owner(SERVICE)
