"""The card is in use: by a virtual machine that runs with it, or wanted for one that runs already."""

import pytest

CARD = ("card", "card's sound")


def scenario_another_machine_runs_with_it(machine):
    marguerite, card = machine.user("marguerite"), machine.address("card")
    other, workbench = machine.nested("other"), machine.nested("workbench")
    before = workbench.definition()
    marguerite.gangwayctl("hand-over", card, "--to", "other", "--method", "managed", "--yes").succeeds()
    other.start().succeeds()

    machine.step("a second machine does not get it")
    marguerite.gangwayctl("hand-over", card, "--to", "workbench", "--method", "managed", "--yes").fails(1).says(
        "GD 5446 (01:00.0) belongs to “other” already: take it back from there first."
    )
    assert workbench.definition() == before
    assert other.groups_held() == [machine.group("card")]

    machine.step("taking it back says that the running machine keeps it until it is shut down")
    marguerite.gangwayctl("take-back", card, "--from", "other", "--yes").succeeds().says(
        "“other” runs now: the change takes effect when it is shut down and started again."
    )
    assert other.is_running()
    assert machine.drivers(*CARD) == ["vfio-pci", "vfio-pci"]
    marguerite.gangwayctl("show", card).succeeds().says("The virtual machine “other” is using it")
    machine.run(f"gangwayctl host give-back {card} --yes").fails().says("qemu-system")

    marguerite.gangwayctl("take-back", card, "--yes").fails(1).says("“other” runs with", "shut it down")

    machine.step("and then the host has it again")
    other.stop().succeeds()
    assert machine.drivers(*CARD) == machine.own_drivers(*CARD)
    marguerite.gangwayctl("hand-over", card, "--to", "workbench", "--method", "managed", "--yes").succeeds()


@pytest.mark.full
def scenario_another_program_attaches_one_to_a_running_machine(machine):
    marguerite, network = machine.user("marguerite"), machine.address("sr-iov")
    other, workbench = machine.nested("other"), machine.nested("workbench")
    other.start().succeeds()
    saved = other.definition()
    bus = network.split(":")[1]
    machine.write(
        "/run/network.xml",
        "<hostdev mode='subsystem' type='pci' managed='yes'><source>"
        f"<address domain='0' bus='0x{bus}' slot='0' function='0'/></source></hostdev>",
    )
    other.virsh("attach-device", "other", "/run/network.xml", "--live").succeeds()
    assert machine.drivers("sr-iov") == ["vfio-pci"]

    machine.step("its saved definition does not know, and yet it is said who has the device")
    assert other.definition() == saved
    marguerite.gangwayctl("show", network).succeeds().says("The virtual machine “other” is using it")
    words = ("hand-over", network, "--to", "workbench", "--method", "managed", "--yes")
    marguerite.gangwayctl(*words).succeeds().says("“other” runs with", "no other virtual machine can start with that device")
    workbench.start().fails()

    machine.step("and nobody has it any more once that machine stops")
    other.stop().succeeds()
    assert machine.drivers("sr-iov") == machine.own_drivers("sr-iov")
    marguerite.gangwayctl("show", network).succeeds().says_nothing_of("“other”")
    workbench.start().succeeds()
    assert machine.drivers("sr-iov") == ["vfio-pci"]


def scenario_the_machine_that_gets_it_runs(machine):
    marguerite, card = machine.user("marguerite"), machine.address("card")
    workbench = machine.nested("workbench")
    workbench.start().succeeds()

    machine.step("hand the card over while it runs")
    marguerite.gangwayctl("hand-over", card, "--to", "workbench", "--method", "managed", "--yes").succeeds().says(
        "“workbench” runs now: the change takes effect when it is shut down and started again."
    )
    assert workbench.is_running()
    assert machine.drivers(*CARD) == machine.own_drivers(*CARD), "the running machine is left alone"

    machine.step("start it again")
    workbench.stop().succeeds()
    workbench.start().succeeds()
    assert machine.drivers(*CARD) == ["vfio-pci", "vfio-pci"]
    assert workbench.groups_held() == [machine.group("card")]
