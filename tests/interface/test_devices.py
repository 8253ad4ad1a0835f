"""The other ways to look at the devices, by topology and by USB port, folded with the keyboard; the parts of the details."""


def row(window, name):
    """The row of the list whose name begins like this."""

    def look():
        rows = (widget for widget in window.widgets() if widget.role == "list item")
        return next((each for each in rows if each.name.startswith(name)), None)

    return window.wait(f"the row “{name}”", look)


def test_the_topology_says_what_is_behind_what_and_folds_with_the_arrows(start):
    window = start("--demo")
    window.see("win11, Off")
    window.see("Hardware")
    window.press("Topology")
    window.see("Devices by PCIe topology")
    card = row(window, "GeForce RTX 3070, 01:00.0–3")
    for part in ("4 functions", "driver nvidia", "Group 14", "behind Root port 00:01.1", "collapsed"):
        assert part in card.name, card.name
    window.select("GeForce RTX 3070, 01:00.0–3")
    window.keys("Right")
    audio = row(window, "HDMI audio, 01:00.1")
    assert "behind GeForce RTX 3070" in audio.name
    window.find("Hide what is behind GeForce RTX 3070 01:00.0–3")
    window.keys("Left")
    window.gone("HDMI audio, 01:00.1")
    window.find("Show what is behind GeForce RTX 3070 01:00.0–3")
    window.keys("Left", "Left")
    window.gone("GeForce RTX 3070, 01:00.0–3")
    assert not window.warnings()


def test_what_is_on_usb_is_named_with_who_uses_it(start):
    window = start("--demo")
    window.see("win11, Off")
    window.see("Hardware")
    window.keys("ctrl+u")
    window.see("Devices by USB port")
    keyboard = row(window, "Cherry Keyboard")
    for part in ("3-1", "keyboard", "1.5 Mbit/s", "behind Matisse USB 3.0 Host Controller 0b:00.3"):
        assert part in keyboard.name, keyboard.name
    window.select("Cherry Keyboard")
    window.see("The only keyboard")
    window.see("Vendor and product")

    # The class and the search are looked at together, and what is above a device stays.
    window.write("Search devices", "bluetooth")
    window.gone("Cherry Keyboard, 3-1")
    row(window, "400 Series Chipset")
    row(window, "AX200 Bluetooth")
    assert not window.warnings()


def test_the_rows_say_what_the_full_look_found_and_the_details_fold(start):
    window = start("--demo")
    window.see("win11, Off")
    window.see("Link now")
    # Claims are searched, too.
    window.write("Search devices", "keyboard and pointer")
    window.gone("GeForce RTX 3070, 01:00.0")
    assert "Keyboard and pointer" in row(window, "Matisse USB 3.0 Host Controller").name
    window.gone("Way from the root")
    window.press("Identity")
    window.see("Way from the root")
    window.press("Hardware")
    window.gone("Full name")
    window.press("Copy the Details")
    assert not window.warnings()
