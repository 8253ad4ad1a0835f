"""The change that tests over a real system bus make: a fresh Debian is made ready for virtual machines, which switches libvirt's two
units on."""

FINDING = "libvirt is installed, but its daemon does not listen."
TITLE = "Make this computer ready for virtual machines"
SERVICE = "org.gangway.Helper1"
UNIT = "etc/systemd/system/multi-user.target.wants/libvirtd.service"


def review(real):
    """The review, from the finding that asks for it."""
    window = real.open()
    window.see("test, Running")
    window.keys("ctrl+2")
    window.see(FINDING)
    window.click(window.find(FINDING, roles=("list item",)))
    window.press(f"Review what would be done about: {FINDING}")
    window.see("What Will Happen")
    window.find("Apply")
    return window


def done(real, window):
    """Applies what is reviewed, which nothing stands against."""
    window.press("Apply")
    window.see(f"“{TITLE}” is in effect.")
    assert (real.root / UNIT).is_symlink()


def begin(real):
    """A window whose change has begun, and is held by a slow tool."""
    window = review(real)
    real.agent(window)
    real.hold()
    window.press("Apply")
    real.wait_held()
    return window
