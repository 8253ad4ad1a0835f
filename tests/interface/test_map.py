"""The map of the PCI tree: found by name, walked with the arrows, and left for the list with Enter."""

CARD = "GeForce RTX 3070 01:00.0"


def boxes(window):
    """The names of the boxes that are seen."""
    return [widget.name for widget in window.widgets() if widget.role == "list item" and "behind" in widget.name]


def focused_on(window, text):
    def look():
        focused = window.focused()
        return focused if focused and text in focused.name else None

    return window.wait(f"the focus on “{text}”", look)


def test_every_box_has_a_name_that_says_all(start):
    window = start("--demo")
    window.see("win11, Off")
    window.press("Map")
    card = window.see(CARD)
    for part in ("with HDMI audio 01:00.1", "link 3.0 ×8 of 4.0 ×16", "group 14: Isolated", "behind Root port 00:01.1"):
        assert part in window.see(part).name
    assert card.role == "list item"
    window.see("Dell U2720Q")
    window.see("group 15: Shared by 2 devices")
    window.see("5 empty ports 03:01.0 – 03:07.0")
    assert len(boxes(window)) > 10
    window.picture("map")


def test_arrows_walk_the_tree_and_enter_shows_the_device(start):
    window = start("--demo")
    window.see("win11, Off")
    window.see("Hardware")
    window.keys("ctrl+m")
    window.see(CARD)
    focused_on(window, CARD)
    window.keys("Left")
    focused_on(window, "Root port 00:01.1")
    window.keys("Left")
    focused_on(window, "Root complex")
    window.keys("Right", "Home")
    focused_on(window, "Root complex")
    window.keys("End")
    focused_on(window, "host bridges")
    window.keys("Home", "Right", "Right")
    window.keys("Return")
    window.see("Devices by IOMMU group")
    window.see("What the Host Loses")


def test_a_device_of_the_map_is_shown_in_the_list_whatever_was_searched(start):
    window = start("--demo")
    window.see("win11, Off")
    window.write("Search devices", "samsung")
    window.gone("Radeon RX 6400")
    window.keys("ctrl+m")
    card = window.see("Radeon RX 6400")
    # What assistive technologies can start without a mouse.
    assert card.press()
    window.see("Devices by IOMMU group")
    window.see("Dell U2720Q")


def test_the_zoom_is_said_and_tab_leaves(start):
    window = start("--demo")
    window.see("win11, Off")
    window.see("Hardware")
    window.keys("ctrl+m")
    focused_on(window, CARD)
    window.keys("ctrl+0")
    window.see("100 %")
    window.keys("ctrl+plus")
    window.see("125 %")
    window.keys("ctrl+minus", "ctrl+minus")
    window.see("80 %")
    focused_on(window, CARD)
    window.keys("Tab")
    left = window.wait("the focus", window.focused)
    assert "behind" not in left.name
