"""What the host would lose is named: the disk that it runs from, its only keyboard, its way into the network."""

import pytest

DISK, NETWORK = "0000:00:03.0", "0000:00:1c.0"


def scenario_the_disk_of_the_system_stays(machine):
    marguerite, workbench = machine.user("marguerite"), machine.nested("workbench")
    before = workbench.definition()

    machine.step("its controller says what is on it")
    marguerite.gangwayctl("show", DISK).succeeds().says("/")
    marguerite.gangwayctl("check", DISK).fails(4).says("This computer runs from a disk on")

    machine.step("it is refused by name")
    marguerite.gangwayctl("hand-over", DISK, "--to", "workbench", "--method", "managed", "--yes").fails(1).says("“/”", "00:03.0")
    assert workbench.definition() == before


@pytest.mark.full
def scenario_the_only_keyboard_is_named(machine):
    marguerite, usb = machine.user("marguerite"), machine.address("usb")

    machine.step("the controller says which keyboard hangs on it, and that there is no other")
    marguerite.gangwayctl("show", usb).succeeds().says("QEMU USB Keyboard")
    marguerite.gangwayctl("check", usb).fails(3).says("QEMU USB Keyboard")
    marguerite.gangwayctl("usb").succeeds().says("QEMU USB Keyboard", "QEMU USB Tablet", "QEMU USB HARDDRIVE")

    machine.step("with another keyboard on another controller it is the only one no more")
    machine.process.monitor.execute("device_add", driver="usb-kbd", id="another", bus="second-usb.0")
    machine.wait(
        "the second keyboard",
        lambda: marguerite.gangwayctl("usb", written=False).out.count("QEMU USB Keyboard") == 2,
    )
    marguerite.gangwayctl("check", usb).says_nothing_of("the only keyboard")


@pytest.mark.full
def scenario_the_way_into_the_network_is_named(machine):
    marguerite = machine.user("marguerite")
    marguerite.gangwayctl("check", NETWORK, "--json").says_nothing_of("default route through")

    machine.step("give the computer a default route")
    name = machine.run(f"ls /sys/bus/pci/devices/{NETWORK}/virtio*/net").succeeds().out.strip()
    machine.run(
        f"ip address add 10.0.2.15/24 dev {name} && ip link set {name} up && ip route replace default via 10.0.2.2"
    ).succeeds()

    machine.step("its network card says so")
    marguerite.gangwayctl("show", NETWORK).succeeds().says("default route", name)
    marguerite.gangwayctl("check", NETWORK).fails(3).says(name)


@pytest.mark.full
def scenario_the_window_says_it_too(machine):
    window = machine.window("marguerite")
    window.write("Search devices", "00:03.0")
    window.select("Virtio block device, 00:03.0")
    window.see("Holds /")
    window.see("of the running host")
    assert not window.enabled("Hand Over…")
    window.picture("disk of the system")
