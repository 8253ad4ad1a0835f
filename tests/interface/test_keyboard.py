"""The same way with the keyboard alone."""

from gangway_window import without_reserving


def test_hand_over_and_take_back_without_a_mouse(start, tmp_path):
    without_reserving(tmp_path)
    window = start("--demo")
    window.see("win11, Off")
    window.see("Hardware")

    window.keys("ctrl+f")
    window.type("3070")
    window.gone("Radeon RX 6400")
    window.keys("Down")
    window.see("GeForce RTX 3070")
    window.keys("ctrl+h")
    window.see("Step 1 of 4")
    window.keys("ctrl+Return")
    window.see("Step 2 of 4")
    window.keys("ctrl+Return")
    window.see("Step 3 of 4")
    window.see("Hide KVM from the virtual machine")
    # Its driver holds on to it, so the way is the user's to choose, and to stand for.
    window.tab_to("Only while the machine runs")
    window.keys("space", "ctrl+Return")
    window.see("What Will Happen")
    window.tab_to("Type “gpu-compute” to take the risk")
    window.type("gpu-compute")

    # Ctrl+Return never applies.
    window.keys("ctrl+Return")
    window.see("What Will Happen")
    window.keys("alt+a")
    window.see("Handed Over")
    window.keys("Escape")
    window.gone("Handed Over")
    window.see("gpu-compute, Off · GeForce RTX 3070")

    window.keys("alt+1")
    window.see("From the Host")
    window.keys("ctrl+1")
    window.see("Devices by IOMMU group")
    window.keys("alt+t")
    window.see("“gpu-compute” loses")
    window.keys("alt+a")
    window.see("Taken Back")
    window.keys("Escape")
    window.gone("Taken Back")
    window.see("gpu-compute, Off")


def test_escape_leaves_a_dialog_without_a_change(start):
    window = start("--demo")
    window.see("win11, Off")
    window.see("Hardware")
    window.keys("ctrl+h")
    window.see("Step 1 of 4")
    window.keys("Escape")
    window.gone("Step 1 of 4")
    window.see("win11, Off")


def test_the_keys_are_listed(start):
    window = start("--demo")
    window.see("win11, Off")
    window.keys("ctrl+question")
    window.see("Hand over the selected device")


def test_tab_leaves_the_list(start):
    window = start("--demo")
    window.see("win11, Off")
    window.see("Hardware")
    window.keys("Tab")
    focused = window.wait("the focus", window.focused)
    assert "list item" not in focused.role or "01:00.1" not in focused.name, focused.name
