"""The isolated card goes to a stopped virtual machine and comes back, in the window of a plain user of libvirt's group."""

CARD = ("card", "card's sound")


def scenario_the_card_goes_and_comes_back(machine):
    workbench = machine.nested("workbench")
    before = workbench.definition()

    machine.step("the window shows the card and the virtual machine")
    window = machine.window("marguerite")
    window.see("workbench, Off")
    window.select("GD 5446, 01:00.0")
    window.see("The whole card leaves the host together.")
    window.picture("card")

    machine.step("hand the card over")
    window.hand_over_to("workbench")
    window.see("“workbench” gets GD 5446 (01:00.0) as one device with 2 functions.")
    window.picture("review")
    assert workbench.definition() == before, "nothing is written before Apply"
    window.press("Apply")
    window.see("Handed Over")
    window.press("Close")
    window.see("given to “workbench”")

    machine.step("start the virtual machine")
    workbench.start().succeeds()
    assert machine.drivers(*CARD) == ["vfio-pci", "vfio-pci"]
    assert workbench.groups_held() == [machine.group("card")]
    window.see("workbench, Running")
    window.picture("running")

    machine.step("stop it")
    workbench.stop().succeeds()
    assert machine.drivers(*CARD) == machine.own_drivers(*CARD)
    window.see("workbench, Off")

    machine.step("take the card back")
    window.keys("alt+1")
    window.press("Take back GD 5446")
    window.see("“workbench” loses GD 5446 (01:00.0) with all of its 2 functions.")
    window.press("Apply")
    window.see("Taken Back")
    window.press("Close")
    assert workbench.definition() == before
