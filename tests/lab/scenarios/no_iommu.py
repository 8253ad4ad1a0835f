"""Without an IOMMU nothing can be handed over: the program says that, and why, and offers nothing that cannot work."""

import pytest

#: What is missing, in the program's words.
REASONS = {
    "none": "this is a virtual machine without a virtual IOMMU",
    "off": "intel_iommu=off",
}
WINDOW = {
    "none": "This is a virtual machine without a virtual IOMMU.",
    "off": "A kernel argument switches it off",
}


@pytest.mark.iommu("off")
def scenario_nothing_is_offered(cold_machine):
    look_around(cold_machine)


@pytest.mark.full
@pytest.mark.iommu("none")
def scenario_nothing_is_offered_without_the_hardware(cold_machine):
    look_around(cold_machine)


def look_around(machine):
    """Asks for what cannot work, in the terminal and in the window."""
    marguerite, workbench = machine.user("marguerite"), machine.nested("workbench")
    before = workbench.definition()

    machine.step("the list says why")
    marguerite.gangwayctl("list").succeeds().says(REASONS[machine.variant.name]).says_nothing_of("Group ")

    machine.step("a card is refused")
    marguerite.gangwayctl("hand-over", machine.address("card"), "--to", "workbench", "--method", "managed", "--yes").fails(1).says("IOMMU")
    marguerite.gangwayctl("hand-over", machine.address("card"), "--to", "workbench", "--method", "managed", "--whole-group", "--yes").fails(1).says("IOMMU")
    assert workbench.definition() == before

    machine.step("the window says the same")
    window = machine.window("marguerite")
    window.see("The IOMMU Is Off")
    window.see(WINDOW[machine.variant.name])
    window.picture("why")
    window.press("Show Devices Anyway")
    window.write("Search devices", "GD 5446")
    window.select("GD 5446")
    window.see("Hardware")
    window.picture("devices")
    assert not window.enabled("Hand Over…")
