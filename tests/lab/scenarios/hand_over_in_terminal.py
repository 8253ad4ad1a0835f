"""The isolated card goes to a stopped virtual machine and comes back, by `gangwayctl` as a plain user of libvirt's group."""


def scenario_the_card_goes_and_comes_back(machine):
    marguerite = machine.user("marguerite")
    card = machine.address("card")
    workbench = machine.nested("workbench")
    before = workbench.definition()

    machine.step("hand the card over")
    marguerite.gangwayctl("hand-over", card, "--to", "workbench", "--yes").succeeds()

    machine.step("start the virtual machine")
    workbench.start().succeeds()
    assert machine.drivers("card", "card's sound") == ["vfio-pci", "vfio-pci"]
