"""A user who is not in libvirt's group sees the computer, is told what is missing, and changes nothing."""

import pytest


def scenario_the_terminal_says_what_to_do(machine):
    theodore, workbench = machine.user("theodore"), machine.nested("workbench")
    before = workbench.definition()
    theodore.gangwayctl("list").succeeds().says("GD 5446")
    for words in (
        ("vm", "list"),
        ("vm", "show", "workbench"),
        ("hand-over", machine.address("card"), "--to", "workbench", "--method", "managed", "--yes"),
        ("take-back", machine.address("card"), "--from", "workbench", "--yes"),
    ):
        machine.step(" ".join(words))
        theodore.gangwayctl(*words).fails(1).says("does not let you manage its virtual machines", "libvirt")
    assert workbench.definition() == before


@pytest.mark.full
def scenario_the_window_says_what_to_do(machine):
    machine.nested("workbench")
    window = machine.window("theodore")
    window.see("GD 5446")
    window.select("Locked")
    window.see("libvirt answers, but does not let “theodore” manage this computer’s virtual machines.")
    window.see("An administrator adds you to the group “libvirt”")
    window.see("sudo usermod --append --groups libvirt theodore")
    window.picture("not-allowed")
    assert not any("workbench" in name for name in window.names())
