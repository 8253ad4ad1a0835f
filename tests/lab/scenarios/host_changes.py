"""Changes of the running host, by Gangway's root service on the real bus, with the real polkit and kernel; and back."""

import pytest

CARD = ("card", "card's sound")


def start_of(machine):
    """The programs came into a running system: its bus and systemd look at what they brought."""
    machine.run("systemctl daemon-reload && systemctl reload dbus").succeeds()


def only_record(machine, state):
    records = [each for each in machine.run("gangwayctl host records --json").json() if each["state"] == state]
    assert len(records) == 1, records
    return records[0]["id"]


def scenario_a_card_is_kept_for_machines_and_given_back(machine):
    start_of(machine)
    marguerite, theodore = machine.user("marguerite"), machine.user("theodore")
    card = machine.address("card")

    machine.step("who is not allowed changes nothing")
    for user in (marguerite, theodore):
        user.gangwayctl("host", "bind", card, "--yes").fails().says("A password would be needed")
    assert machine.drivers(*CARD) == machine.own_drivers(*CARD)
    assert machine.run("gangwayctl host records --json").json() == []

    machine.step("the plan can be looked at by everybody")
    theodore.gangwayctl("host", "plan", "bind", card).succeeds().says("GD 5446", "vfio-pci")

    machine.step("root keeps the card")
    machine.run(f"gangwayctl host bind {card} --yes").succeeds()
    assert machine.drivers(*CARD) == ["vfio-pci", "vfio-pci"]
    machine.run(f"gangwayctl host bind {card} --yes").says("All is as wanted already")

    machine.step("a virtual machine gets it, and vfio-pci keeps it afterwards")
    workbench = machine.nested("workbench")
    marguerite.gangwayctl("hand-over", card, "--to", "workbench", "--method", "managed", "--yes").succeeds()
    workbench.start().succeeds()
    machine.run(f"gangwayctl host give-back {card} --yes").fails().says("qemu-system")
    workbench.stop().succeeds()
    marguerite.gangwayctl("take-back", card, "--from", "workbench", "--yes").succeeds()

    machine.step("undo gives both functions back to their drivers")
    machine.run(f"gangwayctl host undo {only_record(machine, 'applied')} --yes").succeeds()
    assert machine.drivers(*CARD) == machine.own_drivers(*CARD)
    overrides = machine.run(f"cat /sys/bus/pci/devices/{card}/driver_override").succeeds().out.strip()
    assert overrides in ("", "(null)"), overrides


@pytest.mark.full
def scenario_what_shares_its_group_is_not_torn_apart(machine):
    start_of(machine)
    machine.step("one member alone is refused by name")
    address, other = machine.address("sharing card"), machine.address("sharing network")
    machine.run(f"gangwayctl host bind {address} --yes").fails().says("82574L")
    assert machine.drivers("sharing card", "sharing network") == machine.own_drivers("sharing card", "sharing network")

    machine.step("the disk of the system is refused, with its whole group as well")
    machine.run("gangwayctl host bind 00:03.0 --whole-group --yes").fails().says("/")

    machine.step("the group goes as a whole")
    machine.run(f"gangwayctl host bind {address} --whole-group --yes").succeeds()
    assert machine.drivers("sharing card", "sharing network") == ["vfio-pci", "vfio-pci"]
    for each in (address, other):
        machine.run(f"gangwayctl host give-back {each} --yes").succeeds()
    assert machine.drivers("sharing card", "sharing network") == machine.own_drivers("sharing card", "sharing network")
