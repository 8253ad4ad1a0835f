"""Things change underneath an open dialog: the definition, the daemon. The window says so, and the way goes on."""

import pytest


def to_the_review(window):
    window.see("workbench, Off")
    window.select("GD 5446, 01:00.0")
    window.see("The whole card leaves the host together.")
    window.hand_over_to("workbench")


@pytest.mark.full
def scenario_the_definition_changes_under_the_review(machine):
    workbench = machine.nested("workbench")
    window = machine.window("marguerite")
    to_the_review(window)

    machine.step("somebody else changes the definition")
    workbench.virsh("desc", "workbench", "--config", "--new-desc", "'changed by somebody else'").succeeds()
    window.press("Apply")
    window.see("Not Applied")
    window.see("“workbench” was changed")
    window.picture("not-applied")
    assert "<hostdev " not in workbench.definition()

    machine.step("review again, and apply")
    window.press("Review Again")
    window.see("What Will Happen")
    window.press("Apply")
    window.see("Handed Over")
    definition = workbench.definition()
    assert "changed by somebody else" in definition and "<hostdev " in definition


@pytest.mark.full
def scenario_the_daemon_dies_and_comes_back(machine):
    workbench = machine.nested("workbench")
    window = machine.window("marguerite")
    to_the_review(window)

    machine.step("the daemon is killed, and cannot start again")
    machine.run("systemctl mask --runtime --now libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket").succeeds()
    machine.run("systemctl kill --signal=KILL libvirtd; systemctl mask --runtime libvirtd; systemctl stop libvirtd")
    window.see("Not connected")
    machine.user("marguerite").gangwayctl("vm", "list").fails(1).says("qemu:///system")
    window.press("Apply")
    window.see("Not Applied")
    window.picture("not-applied")

    machine.step("it comes back, and the window finds it by itself")
    machine.run("systemctl unmask --runtime libvirtd libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket").succeeds()
    machine.run("systemctl reset-failed; systemctl start libvirtd.socket libvirtd").succeeds()
    window.see("workbench, Off")
    window.press("Review Again")
    window.see("What Will Happen")
    window.press("Apply")
    window.see("Handed Over")
    assert "<hostdev " in workbench.definition()
