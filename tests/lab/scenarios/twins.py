"""Two cards with the same ids: the one that was chosen goes, the other stays."""

import pytest

BOTH_WAYS = [
    ("second twin", "first twin"),
    pytest.param("first twin", "second twin", marks=pytest.mark.full),
]


@pytest.mark.parametrize(("chosen", "other"), BOTH_WAYS)
def scenario_the_chosen_one_goes(machine, chosen, other):
    marguerite, workbench = machine.user("marguerite"), machine.nested("workbench")
    before = workbench.definition()

    machine.step(f"hand over the {chosen}")
    marguerite.gangwayctl("hand-over", machine.address(chosen), "--to", "workbench", "--method", "managed", "--yes").succeeds()
    workbench.start().succeeds()
    assert machine.drivers(chosen, other) == ["vfio-pci", *machine.own_drivers(other)]
    assert workbench.groups_held() == [machine.group(chosen)]

    machine.step("the other one does not come back in its place")
    short = machine.address(other).removeprefix("0000:")
    marguerite.gangwayctl("take-back", machine.address(other), "--from", "workbench", "--yes").fails(1).says("does not have", short)

    machine.step("take it back")
    workbench.stop().succeeds()
    assert machine.drivers(chosen, other) == machine.own_drivers(chosen, other)
    marguerite.gangwayctl("take-back", machine.address(chosen), "--from", "workbench", "--yes").succeeds()
    assert workbench.definition() == before
