"""Two virtual machines run at the same time, each with one of two equal cards: each holds its own, and both come back."""

import pytest

#: Which card each virtual machine gets.
SHARES = {"workbench": "first twin", "studio": "second twin"}


@pytest.mark.full
def scenario_each_holds_its_own(machine):
    marguerite = machine.user("marguerite")
    nested = {name: machine.nested(name) for name in SHARES}
    before = {name: nested[name].definition() for name in SHARES}
    twins = SHARES.values()
    assert machine.group("first twin") != machine.group("second twin")

    for name, twin in SHARES.items():
        machine.step(f"hand the {twin} to {name}")
        marguerite.gangwayctl("hand-over", machine.address(twin), "--to", name, "--method", "managed", "--yes").succeeds().says(
            f"The new definition of “{name}” is in place"
        )
    assert machine.drivers(*twins) == machine.own_drivers(*twins)

    machine.step("start both")
    for name in SHARES:
        nested[name].start().succeeds()
    for name, twin in SHARES.items():
        assert nested[name].is_running()
        assert nested[name].groups_held() == [machine.group(twin)]
    assert machine.drivers(*twins) == ["vfio-pci", "vfio-pci"]

    machine.step("one stops, the other keeps its card")
    nested["workbench"].stop().succeeds()
    assert machine.drivers(*twins) == [*machine.own_drivers("first twin"), "vfio-pci"]
    assert nested["studio"].is_running()
    nested["studio"].stop().succeeds()
    assert machine.drivers(*twins) == machine.own_drivers(*twins)

    for name, twin in SHARES.items():
        machine.step(f"take the {twin} back from {name}")
        marguerite.gangwayctl("take-back", machine.address(twin), "--from", name, "--yes").succeeds()
        assert nested[name].definition() == before[name]
