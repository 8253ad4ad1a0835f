"""The whole way in the window, as a plain user whose questions polkit's own agent answers: a card is reserved for a virtual
machine, tried with a restart, given to it, kept, and taken back. Every click is counted.
"""

import pytest

from lab.reservation import Reservation

PASSWORD = "only in the lab"


def opened(machine):
    window = machine.window("marguerite")
    window.has_agent(PASSWORD)
    return window


def choose_card(window, reservation):
    window.write("Search devices", reservation.address[5:])
    window.gone("GD 5446")
    window.select(f"Display controller [1234:1111], {reservation.address[5:]}")


@pytest.mark.full
@pytest.mark.starts_by("grub", "initramfs-tools")
def scenario_a_plain_user_reserves_a_card(kept_machine):
    machine = kept_machine
    # One who may become root by a password, which is what polkit asks such users for.
    machine.run(f"usermod -aG sudo marguerite && echo 'marguerite:{PASSWORD}' | chpasswd").succeeds()
    workbench = machine.nested("workbench")
    definition, before = workbench.definition(), machine.files()
    reservation = Reservation(machine)

    machine.step("reserve the card")
    window = opened(machine)
    window.see("workbench, Off")
    choose_card(window, reservation)
    window.press("Hand Over…")
    window.see("Step 1 of 4")
    window.press("Continue")
    window.see("Step 2 of 4")
    window.choose("workbench")
    window.press("Continue")
    window.see("Step 3 of 4")
    window.picture("method")
    window.choose("Reserve at boot")
    window.press("Continue")
    window.see("What Will Happen")
    window.picture("review")
    assert machine.changed_since(before) == {}, "nothing is written before Apply"
    window.press("Apply")
    window.see_within(600, "Ready After a Restart")
    window.picture("ready")
    assert workbench.definition() == definition
    start = machine.boot()
    window.press("Restart Now")
    clicks = window.clicks
    machine.comes_up_after(start)
    window.close()

    machine.step("on trial the question comes by itself")
    reservation.is_in_force()
    window = opened(machine)
    window.see("The Trial Works")
    window.picture("trial")
    window.press("Give to “workbench”…")
    window.see("What Will Happen")
    window.press("Apply")
    window.see("Handed Over")
    window.press("Start “workbench”")
    window.see_within(180, "workbench, Running")
    window.picture("running")
    clicks += window.clicks
    machine.evidence.write(f"{clicks} clicks and one restart, from the window to a virtual machine that runs with the card")
    assert workbench.groups_held() == [machine.group("first twin")]
    workbench.stop().succeeds()

    machine.step("keep it")
    window.press("Keep…")
    window.see("The Trial Works")
    window.press("Keep…")
    window.see("Every start is asked for with the entry")
    window.press("Apply")
    window.see_within(300, "Every start has the reservation from now on.")
    window.press("Close")
    reservation.stands("confirmed")

    machine.step("take it back, in one review")
    choose_card(window, reservation)
    window.press("Take Back…")
    window.see("The virtual machine comes first, then the host.")
    window.picture("take-back")
    window.press("Apply")
    window.see_within(300, "Taken Back")
    window.close()
    assert workbench.definition() == definition
    assert machine.changed_since(before) == {}
    machine.restart()
    reservation.is_not_in_force()
