"""Packages that are missing, installed from the review through a PackageKit that is imitated, with the real polkit in between; and what
the window says where that is refused, fails, or is not there."""

import packagekit
import pytest
from making_ready import UNIT, review

COMMAND = "sudo apt install swtpm swtpm-tools"
INSTALL = "Install what is missing"
THESE = "Install these packages"
KNOWN = {"swtpm": "usr/bin/swtpm", "swtpm-tools": None}
LACKS = "There is no TPM for virtual machines (swtpm)."
AGAIN = "Try again to install what is missing"


@pytest.fixture
def lacking(real):
    """A computer on which the software TPM is missing."""
    for name in ("swtpm", "swtpm_setup", "swtpm_ioctl"):
        (real.root / "usr/bin" / name).unlink(missing_ok=True)
    return real


def offered(window):
    """What PackageKit would install is shown, and nothing is installed by that."""
    window.see("Missing Packages")
    window.see(COMMAND)
    window.press(INSTALL)
    window.see("These packages are installed: libtpms0 1.0-1, swtpm 1.0-1 and swtpm-tools 1.0-1.")


def stands_still(lacking, kit):
    """The window while it installs, and does not get on with it."""
    window = review(lacking)
    lacking.agent(window)
    offered(window)
    kit.hold()
    window.press(THESE)
    window.see("PackageKit is installing: it is at libtpms0.")
    return window


def not_installed(lacking, kit, window, sentence):
    """The window says why, shows the command, and can try again."""
    window.see(sentence)
    window.see(COMMAND)
    window.see("What Will Happen")
    window.find("Apply")
    window.find(AGAIN)
    assert kit is None or kit.installed == []
    assert not (lacking.root / "usr/bin/swtpm").exists()


def test_what_is_missing_is_installed(lacking):
    kit = lacking.packagekit(KNOWN, along=["libtpms0"])
    window = review(lacking)
    agent = lacking.agent(window, "wait")
    offered(window)
    assert kit.installed == [], "looking installs nothing"
    assert agent.asked == []
    window.picture("packages-offered")
    kit.hold()
    window.press(THESE)
    window.see("PackageKit is about to install them; it may ask for your password.")
    window.gone(COMMAND)
    lacking.wait("the question", lambda: agent.asked)
    assert agent.asked[0][0] == packagekit.ACTION
    agent.say("right")
    window.see("PackageKit is installing: it is at libtpms0.")
    window.find("Installing packages", roles=("progress bar",))
    window.picture("packages-installing")
    kit.let_go()
    window.gone("Missing Packages")
    assert [sorted(ids) for ids in kit.installed] == [sorted([kit.id("swtpm"), kit.id("swtpm-tools")])]
    assert "interactive=true" in kit.hints
    # The rest of the review is still there, made anew.
    window.see("What Will Happen")
    window.press("Apply")
    lacking.wait("the next question", lambda: len(agent.asked) == 2)
    agent.say("right")
    window.see("is in effect.")
    assert (lacking.root / UNIT).is_symlink()


def test_installing_goes_on_when_its_dialog_is_left(lacking):
    kit = lacking.packagekit(KNOWN, along=["libtpms0"])
    window = stands_still(lacking, kit)
    window.press("Cancel")
    window.gone("What Will Happen")
    window.see(LACKS)
    kit.let_go()
    # The window reads the computer anew by itself.
    window.gone(LACKS)
    assert len(kit.installed) == 1


@pytest.mark.parametrize("answer", ["close", "wrong"])
def test_permission_is_not_given(lacking, answer):
    kit = lacking.packagekit(KNOWN, along=["libtpms0"])
    window = review(lacking)
    agent = lacking.agent(window, answer)
    offered(window)
    window.press(THESE)
    sentence = "Permission to install packages was not given (Failed to obtain authentication), so nothing was installed: try again"
    not_installed(lacking, kit, window, sentence)
    window.picture("packages-refused")
    agent.answer = "right"
    window.press(AGAIN)
    window.press(THESE)
    window.gone("Missing Packages")
    assert len(kit.installed) == 1


def test_a_package_that_is_not_known(lacking):
    kit = lacking.packagekit({"swtpm": None})
    window = review(lacking)
    window.see(COMMAND)
    window.press(INSTALL)
    not_installed(lacking, kit, window, "PackageKit knows no package swtpm-tools: have the lists of packages updated")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ((packagekit.NO_NETWORK, "Cannot download packages whilst offline"), "The packages could not be fetched (Cannot download packages"),
        ((packagekit.DOWNLOAD_FAILED, "deb.debian.org: timeout"), "see to the connection to the network, then try again"),
        ((packagekit.CANNOT_GET_LOCK, "apt runs"), "Another program is changing packages (apt runs): wait until it has ended"),
    ],
)
def test_what_goes_wrong_says_what_to_do(lacking, error, sentence):
    kit = lacking.packagekit(KNOWN, along=["libtpms0"])
    window = review(lacking)
    lacking.agent(window)
    offered(window)
    kit.fails = error
    window.press(THESE)
    not_installed(lacking, kit, window, sentence)
    kit.fails = None
    window.press(AGAIN)
    window.press(THESE)
    window.gone("Missing Packages")


def test_packagekit_goes_away_while_it_installs(lacking):
    kit = lacking.packagekit(KNOWN, along=["libtpms0"])
    window = stands_still(lacking, kit)
    kit.thread.stop()
    not_installed(lacking, kit, window, "PackageKit went away before it told how it ended")


@pytest.mark.parametrize(
    ("distribution", "command"),
    [("debian", COMMAND), ("fedora", "sudo dnf install swtpm"), ("arch", "sudo pacman -S swtpm")],
)
def test_without_packagekit_the_command_is_told(lacking, distribution, command):
    release = lacking.root / "etc/os-release"
    release.unlink()
    release.write_text(f"ID={distribution}\n")
    window = review(lacking)
    window.press(INSTALL)
    window.see("PackageKit, which would install packages from here, is not on this computer.")
    window.see("This command installs what is missing:")
    label = window.find(command, roles=("label",))
    window.picture(f"packages-absent-{distribution}")
    # It can be marked and copied by hand, too.
    assert "org.a11y.atspi.Text" in label.interfaces
    window.press("Copy the command")
    window.see("Copied")


def test_an_image_gets_its_packages_by_its_own_command(lacking):
    (lacking.root / "run/ostree-booted").touch()
    window = review(lacking)
    window.find("rpm-ostree install swtpm", exact=False)
    assert window.count(INSTALL) == 0 and not [w for w in window.widgets() if w.name == INSTALL]
