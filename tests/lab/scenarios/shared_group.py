"""A card that shares its IOMMU group goes with all of it or not at all."""

import pytest

#: The card that is chosen, who is in its group, and what our programs call the two.
GROUPS = {
    "no ACS": ("sharing card", "sharing network", "82574L Gigabit Network Connection (03:00.0)"),
    "conventional bridge": ("old card", "old sound", "82801AA AC'97 Audio Controller (05:02.0)"),
}


@pytest.mark.parametrize("part", ["no ACS", pytest.param("conventional bridge", marks=pytest.mark.full)])
def scenario_the_whole_group_goes_and_comes_back(machine, part):
    card, other, words = GROUPS[part]
    marguerite, workbench = machine.user("marguerite"), machine.nested("workbench")
    before = workbench.definition()

    machine.step("one member alone is refused, by the other's name")
    marguerite.gangwayctl("hand-over", machine.address(card), "--to", "workbench", "--method", "managed", "--yes").fails(1).says(
        f"Group {machine.group(card)} also holds {words}", "hand over the whole group"
    )
    assert workbench.definition() == before

    machine.step("the whole group goes")
    marguerite.gangwayctl("hand-over", machine.address(card), "--to", "workbench", "--method", "managed", "--whole-group", "--yes").succeeds().says(
        f"“workbench” gets {words}."
    )
    workbench.start().succeeds()
    assert machine.drivers(card, other) == ["vfio-pci", "vfio-pci"]
    assert workbench.groups_held() == [machine.group(card)]

    machine.step("and comes back")
    workbench.stop().succeeds()
    assert machine.drivers(card, other) == machine.own_drivers(card, other)
    marguerite.gangwayctl(
        "take-back", machine.address(card), machine.address(other), "--from", "workbench", "--yes"
    ).succeeds()
    assert workbench.definition() == before


@pytest.mark.full
def scenario_the_dialog_says_with_whom(machine):
    workbench = machine.nested("workbench")
    before = workbench.definition()
    window = machine.window("marguerite")
    window.see("workbench, Off")
    window.select("Display controller [1234:1111], 02:00.0")
    window.see("Hardware")

    machine.step("one member alone is refused, by the other's name")
    window.press("Hand Over…")
    window.see("Step 1 of 4")
    window.see("The IOMMU cannot keep 82574L Gigabit Network Connection apart")
    assert not window.enabled("Continue")
    window.picture("with-whom")

    machine.step("the whole group goes")
    window.keys("Tab", "space")
    window.press("Continue")
    window.see("Step 2 of 4")
    window.press("Continue")
    window.see("Step 3 of 4")
    window.choose("Only while the machine runs")
    window.press("Continue")
    window.see("What Will Happen")
    window.see("“workbench” gets 82574L Gigabit Network Connection (03:00.0).")
    window.picture("review")
    window.press("Apply")
    window.see("Handed Over")
    window.press("Take Back…")
    window.see("“workbench” loses")
    window.press("Apply")
    window.see("Taken Back")
    assert workbench.definition() == before
