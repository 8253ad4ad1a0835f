"""The whole way in the demo: find a card, hand it over, see it in the virtual machine, take it back."""

from gangway_window import gangwayctl, without_reserving


def test_a_card_goes_to_a_virtual_machine_and_comes_back(start, tmp_path):
    without_reserving(tmp_path)
    window = start("--demo")
    window.see("win11, Off")

    window.write("Search devices", "rtx 3070")
    window.gone("Radeon RX 6400")
    window.select("GeForce RTX 3070, 01:00.0")
    window.see("The whole card leaves the host together.")
    window.picture("card")
    window.press("Hand Over…")

    window.see("Step 1 of 4")
    window.see("Stays With the Host")
    window.press("Continue")
    window.see("Step 2 of 4")
    window.choose("win11")
    window.press("Continue")
    # Its driver holds on to it, and it cannot be reserved: the risk is the user's.
    window.see("Only while the machine runs")
    window.see("Not safe here")
    window.see("Reserve at boot")
    window.see("Hide KVM from the virtual machine")
    assert not window.is_sensitive(window.find("Continue", roles=("button", "push button")))
    window.picture("method")
    window.choose("Only while the machine runs")
    window.press("Continue")
    window.see("What Will Happen")
    window.see("Your Own Risk")
    assert not window.is_sensitive(window.find("Apply", roles=("button", "push button")))
    window.take_the_risk("win11")
    window.see("What a Virtual Machine Can Do With It")
    window.see("“win11” gets GeForce RTX 3070 (01:00.0) as one device with 4 functions.")
    window.picture("review")
    assert "01:00.0" not in gangwayctl(window.folder, "vm", "show", "win11"), "nothing is written before Apply"
    window.press("Apply")
    window.see("Handed Over")
    window.press("Close")

    # The list, the sidebar and gangwayctl tell the same.
    window.see("given to “win11”")
    window.see("win11, Off · GeForce RTX 3070")
    assert "01:00.0" in gangwayctl(window.folder, "vm", "show", "win11")

    window.keys("alt+3")
    window.see("with HDMI audio, USB-C controller and USB-C power (UCSI)")
    window.picture("machine")
    window.press("Take back GeForce RTX 3070")
    window.see("“win11” loses GeForce RTX 3070")
    window.press("Apply")
    window.see("Taken Back")
    window.press("Close")
    window.see("It has no device of the host.")
    window.see("win11, Off")
    assert "01:00.0" not in gangwayctl(window.folder, "vm", "show", "win11")


def test_a_refusal_says_why_and_offers_nothing(start):
    window = start("--demo=studio")
    window.see("win11, Off")
    window.select("GeForce GTX 1660 SUPER")
    window.see("is the last graphics card of this host")
    button = window.find("Hand Over…", roles=("button", "push button"))
    assert not window.is_sensitive(button)


def test_a_change_from_outside_is_seen(start):
    window = start("--demo")
    window.see("gpu-compute, Off")
    gangwayctl(window.folder, "hand-over", "01:00.0", "--to", "gpu-compute", "--method", "managed", "--yes")
    window.see("gpu-compute, Off · GeForce RTX 3070")
    window.see("given to “gpu-compute”")


def test_a_shared_group_goes_whole_or_not_at_all(start):
    window = start("--demo")
    window.see("win11, Off")
    window.see("Hardware")
    window.write("Search devices", "02:00.0")
    window.gone("FCH SMBus Controller")
    window.select("400 Series Chipset USB 3.1")
    window.press("Hand Over…")
    window.see("The IOMMU cannot keep I211 Gigabit Network Connection apart")
    assert not window.is_sensitive(window.find("Continue", roles=("button", "push button")))
    # From here on with the keyboard, which stays with the switch while the page around it changes.
    window.keys("Tab", "space")
    window.see("The host’s way to the network goes through enp4s0")
    window.keys("space")
    window.wait("the end of Continue", lambda: not window.is_sensitive(window.find("Continue", roles=("button", "push button"))))
    window.keys("space", "ctrl+Return")
    window.see("Step 2 of 4")
    window.choose("win11")
    window.press("Continue")
    window.choose("Only while the machine runs")
    window.press("Continue")
    window.see("What Will Happen")
    window.take_the_risk("win11")
    window.press("Apply")
    window.see("Handed Over")
    window.press("Close")
    said = gangwayctl(window.folder, "vm", "show", "win11")
    assert all(address in said for address in ("02:00.0", "02:00.1", "04:00.0")), said


def test_a_former_definition_is_put_back(start):
    window = start("--demo")
    window.see("win11, Off")
    gangwayctl(window.folder, "hand-over", "01:00.0", "--to", "win11", "--method", "managed", "--yes")
    window.see("win11, Off · GeForce RTX 3070")
    window.keys("alt+3")
    window.click(window.find("Former Definitions"))
    window.see("Has no device of the host.")
    window.press("Put back the definition of", exact=False)
    window.see("“win11” loses GeForce RTX 3070")
    window.picture("put-back")
    window.press("Apply")
    window.see("“win11” has its former definition again.")
    window.press("Close")
    window.see("It has no device of the host.")
    assert "01:00.0" not in gangwayctl(window.folder, "vm", "show", "win11")
    # What it replaced is the last of the former ones now.
    window.click(window.find("Former Definitions"))
    window.see("Has GeForce RTX 3070.")
