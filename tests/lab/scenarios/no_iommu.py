"""Without an IOMMU nothing can be handed over: the program says that, and why, and offers nothing that cannot work."""

import pytest

#: What is missing, in the program's words.
REASONS = {
    "none": "IOMMU",
    "off": "intel_iommu=off",
}


@pytest.mark.iommu(*REASONS)
def scenario_nothing_is_offered(cold_machine):
    machine = cold_machine
    marguerite, workbench = machine.user("marguerite"), machine.nested("workbench")
    before = workbench.definition()

    machine.step("the list says why")
    marguerite.gangwayctl("list").succeeds().says(REASONS[machine.variant.name]).says_nothing_of("Group ")

    machine.step("a card is refused")
    marguerite.gangwayctl("hand-over", machine.address("card"), "--to", "workbench", "--yes").fails(1).says("IOMMU")
    marguerite.gangwayctl("hand-over", machine.address("card"), "--to", "workbench", "--whole-group", "--yes").fails(1).says("IOMMU")
    assert workbench.definition() == before

    machine.step("the window says the same")
    window = machine.window("marguerite")
    window.see("IOMMU")
    window.picture("devices")
    window.select("GD 5446")
    assert not window.enabled("Hand Over…")
