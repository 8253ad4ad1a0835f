"""A window that looks at its own computer while devices come, go and change their drivers: /sys and udev's socket are
real to it (live_machine.py says how)."""

import time

import pytest
from live_machine import LiveMachine

CONNECT = ("--connect", "test:///default")


def begin(start, live, *arguments):
    window = start(*CONNECT, *arguments, within=live.within())
    window.see("GeForce RTX 3070")
    window.see("I210")
    window.see("Hardware")
    live.watch(window)
    return window


def row(window, name):
    """The row of the list whose name begins like this."""

    def look():
        rows = (widget for widget in window.widgets() if widget.role == "list item")
        return next((each for each in rows if each.name.startswith(name)), None)

    return window.wait(f"the row “{name}”", look)


def is_selected(window, name):
    return row(window, name).is_("selected")


def test_a_device_that_comes_and_goes_is_shown_and_the_place_is_kept(start, live):
    window = begin(start, live)
    window.select("I210")
    assert is_selected(window, "I210")
    window.see("0000:02:00.0")

    address = "0000:04:00.0"
    live.add(address, vendor="1B21", device="2142", kind="0C0330", group=12, driver="xhci_hcd")
    live.tell(f"add pci {live.path(address)}", f"bind pci {live.path(address)}")
    row(window, "ASM2142")
    assert is_selected(window, "I210")
    assert window.see("0000:02:00.0")

    live.remove(address)
    live.tell(f"remove pci {live.path(address)}")
    window.gone("ASM2142")
    assert is_selected(window, "I210")
    assert not window.warnings()


def test_a_graphics_card_that_comes_gets_its_verdict(start, live):
    window = begin(start, live)
    window.keys("ctrl+2")
    window.see("GeForce RTX 3070 (01:00.0)")
    address = "0000:05:00.0"
    live.add(address, vendor="10DE", device="21C4", kind="030000", group=13, driver="nouveau")
    live.tell(f"add pci {live.path(address)}", f"bind pci {live.path(address)}")
    window.find("Show Device · GeForce GTX 1660 SUPER")

    live.remove(address)
    live.tell(f"remove pci {live.path(address)}")
    window.gone("GeForce GTX 1660 SUPER")
    assert not window.warnings()


def test_a_device_that_gets_another_driver_is_painted_anew(start, live):
    window = begin(start, live)
    window.select("GeForce RTX 3070")
    window.see("driver nvidia")
    live.bind("0000:01:00.0", "vfio-pci")
    live.tell(f"unbind pci {live.path('0000:01:00.0')}", f"bind pci {live.path('0000:01:00.0')}")
    window.see("driver vfio-pci")
    window.gone("driver nvidia")


def test_the_topology_follows_and_keeps_selection_and_keyboard(start, live):
    window = begin(start, live)
    window.press("Topology")
    window.see("Devices by PCIe topology")
    window.select("I210")
    assert is_selected(window, "I210")

    def has_keyboard():
        focused = window.focused()
        return focused and focused.name.startswith("I210")

    def stays():
        assert is_selected(window, "I210")
        window.wait("the keyboard on its row", has_keyboard)
        assert window.see("0000:02:00.0")

    stays()
    # Above it in the tree, and folded with what comes.
    live.add("0000:01:00.1", vendor="10DE", device="228B", kind="040300", group=7, driver="snd_hda_intel")
    live.tell(f"add pci {live.path('0000:01:00.1')}", f"bind pci {live.path('0000:01:00.1')}")
    assert "2 functions" in row(window, "GeForce RTX 3070, 01:00.0–1").name
    stays()
    live.bind("0000:03:00.0", "vfio-pci")
    live.tell(f"unbind pci {live.path('0000:03:00.0')}", f"bind pci {live.path('0000:03:00.0')}")
    window.wait("the new driver", lambda: "driver vfio-pci" in row(window, "NVMe SSD Controller SM981").name)
    stays()
    live.remove("0000:01:00.1")
    live.tell(f"remove pci {live.path('0000:01:00.1')}")
    window.gone("01:00.0–1")
    row(window, "GeForce RTX 3070, 01:00.0")
    stays()
    assert not window.warnings()


def test_the_selected_device_that_goes_is_said_to_be_gone(start, live):
    window = begin(start, live)
    window.select("I210")
    live.remove("0000:02:00.0")
    live.tell(f"remove pci {live.path('0000:02:00.0')}")
    window.see("No Longer There")
    window.see("at 0000:02:00.0 has left this computer")
    window.picture("gone")
    live.add("0000:02:00.0", vendor="8086", device="1533", kind="020000", group=8, driver="igb")
    live.tell(f"add pci {live.path('0000:02:00.0')}")
    window.gone("No Longer There")
    assert is_selected(window, "I210")


def test_a_dialog_about_a_device_that_goes_says_so(start, live):
    window = begin(start, live)
    window.see("test, Running")
    window.select("GeForce RTX 3070")
    window.press("Hand Over…")
    window.see("Step 1 of 4")
    # Another device goes: the dialog stays.
    live.remove("0000:03:00.0")
    live.tell(f"remove pci {live.path('0000:03:00.0')}")
    window.gone("SM981")
    window.see("Step 1 of 4")
    window.press("Continue")
    window.see("Step 2 of 4")
    live.remove("0000:01:00.0")
    live.tell(f"remove pci {live.path('0000:01:00.0')}")
    window.see("Nothing was changed.")
    window.picture("dialog-gone")
    window.press("Close")
    window.gone("Nothing was changed.")


def test_what_is_typed_and_what_has_the_keyboard_stays(start, live):
    window = begin(start, live)
    window.keys("ctrl+f")
    window.type("i210")
    window.gone("GeForce RTX 3070, ")
    live.add("0000:04:00.0", vendor="1B21", device="2142", kind="0C0330", group=12)
    live.tell(f"add pci {live.path('0000:04:00.0')}")
    # It is there, and not among what was searched for.
    time.sleep(0.5)
    window.type("x")
    window.see("No Device Found")
    window.keys("ctrl+a", "BackSpace")
    row(window, "ASM2142")


def test_where_nothing_is_heard_the_page_says_so(start, tmp_path):
    machine = LiveMachine(tmp_path, udev=False)
    machine.add("0000:01:00.0", vendor="10DE", device="2484", kind="030000", group=7, driver="nvidia")
    window = start(*CONNECT, within=machine.within())
    window.see("GeForce RTX 3070")
    window.see("Devices that come or go are not noticed")
    window.picture("not-noticed")
    machine.add("0000:02:00.0", vendor="8086", device="1533", kind="020000", group=8)
    window.press("Scan Again")
    row(window, "I210")


def test_a_change_is_on_the_screen_within_a_tenth_of_a_second(start, live):
    window = begin(start, live, "--measure-changes")
    address = "0000:04:00.0"
    for _ in range(20):
        live.add(address, vendor="1B21", device="2142", kind="0C0330", group=12, driver="xhci_hcd")
        live.tell(f"add pci {live.path(address)}")
        time.sleep(0.2)
        live.remove(address)
        live.tell(f"remove pci {live.path(address)}")
        time.sleep(0.2)
    lines = window.log.read_text().splitlines()
    times = sorted(float(line.split()[1]) for line in lines if line.startswith("change "))
    assert len(times) >= 36, times
    p95 = times[int(len(times) * 0.95)]
    print(f"from an event to the painted frame: median {times[len(times) // 2]} ms, p95 {p95} ms")
    # The aim is 100 ms; here the computer may be busy with something else.
    assert times[len(times) // 2] < 100, times
    if p95 >= 100:
        pytest.skip(f"p95 is {p95} ms: the computer is too busy to measure")
