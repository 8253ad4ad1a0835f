"""The isolated card goes to a stopped virtual machine and comes back, by `gangwayctl` as a plain user of libvirt's group."""

CARD = ("card", "card's sound")


def scenario_the_card_goes_and_comes_back(machine):
    marguerite, card = machine.user("marguerite"), machine.address("card")
    workbench = machine.nested("workbench")
    before = workbench.definition()
    assert machine.drivers(*CARD) == machine.own_drivers(*CARD)

    machine.step("nothing is written without an answer")
    marguerite.gangwayctl("hand-over", card, "--to", "workbench", "--method", "managed").fails(1).says("--yes")
    assert workbench.definition() == before

    machine.step("hand the card over")
    marguerite.gangwayctl("hand-over", card, "--to", "workbench", "--method", "managed", "--yes").succeeds().says(
        "“workbench” gets GD 5446 (01:00.0) as one device with 2 functions.",
        "When “workbench” starts, libvirt takes the devices from the host, and gives them back when it stops.",
        "The new definition of “workbench” is in place",
    )
    marguerite.gangwayctl("vm", "show", "workbench").succeeds().says("Off", "GD 5446 (01:00.0)")
    assert machine.drivers(*CARD) == machine.own_drivers(*CARD), "a definition alone takes nothing from the host"

    machine.step("start the virtual machine")
    workbench.start().succeeds()
    assert machine.drivers(*CARD) == ["vfio-pci", "vfio-pci"]
    assert workbench.groups_held() == [machine.group("card")]
    assert {"1013:00b8", "8086:2668"} <= set(workbench.sees())
    marguerite.gangwayctl("vm", "show", "workbench").succeeds().says("Running", "GD 5446 (01:00.0)")
    marguerite.gangwayctl("list").succeeds().says("vfio-pci")

    machine.step("stop it")
    workbench.stop().succeeds()
    assert machine.drivers(*CARD) == machine.own_drivers(*CARD)

    machine.step("take the card back")
    marguerite.gangwayctl("take-back", card, "--from", "workbench", "--yes").succeeds().says("“workbench” loses GD 5446 (01:00.0) with all of its 2 functions.")
    assert workbench.definition() == before
