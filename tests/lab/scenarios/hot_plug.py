"""Devices are plugged in and out while the window is open: it shows that by itself, and keeps what is selected.

A search leaves only the rows that matter, so that they are in sight on a small screen.
"""

import pytest

PLUGGED = "Virtio 1.0 RNG"
NETWORK = "82576"
ABOUT_THE_CARD = "The whole card leaves the host together."


@pytest.mark.full
def scenario_a_device_comes_and_goes(machine):
    monitor = machine.process.monitor
    window = machine.window("marguerite")
    window.select("GD 5446")
    window.see(ABOUT_THE_CARD)
    window.write("Search devices", PLUGGED)
    window.see("No Device Found")

    machine.step("plug a device into the spare slot")
    monitor.execute("device_add", driver="virtio-rng-pci", id="plugged", bus="spare-port")
    window.see(PLUGGED)
    window.see(ABOUT_THE_CARD)
    window.picture("plugged in")

    machine.step("unplug it")
    monitor.execute("device_del", id="plugged")
    window.see("No Device Found")
    window.see(ABOUT_THE_CARD)


@pytest.mark.full
def scenario_what_is_selected_goes_and_comes_back(machine):
    monitor = machine.process.monitor
    window = machine.window("marguerite")
    window.write("Search devices", NETWORK)
    window.select(NETWORK)
    window.see(machine.address("sr-iov"))

    machine.step("unplug the network card")
    monitor.execute("device_del", id="sriov")
    window.see("No Longer There")
    window.picture("no longer there")

    machine.step("plug it in again")
    monitor.execute("device_add", driver="igb", id="sriov", bus="sriov-port", mac="52:54:00:6c:ab:0a")
    window.gone("No Longer There")
    window.see("Hardware")


@pytest.mark.full
def scenario_another_driver_is_shown(machine):
    address = machine.address("sr-iov")
    window = machine.window("marguerite")
    window.write("Search devices", NETWORK)
    window.see("driver igb")

    machine.step("take the driver away")
    machine.run(f"echo {address} >/sys/bus/pci/drivers/igb/unbind").succeeds()
    window.see("no driver")

    machine.step("give it back")
    machine.run(f"echo {address} >/sys/bus/pci/drivers/igb/bind").succeeds()
    window.see("driver igb")


@pytest.mark.full
def scenario_a_usb_device_comes_and_goes(machine):
    monitor = machine.process.monitor
    window = machine.window("marguerite")
    window.keys("ctrl+u")
    window.see("QEMU USB Keyboard")
    window.write("Search devices", "Mouse")
    window.see("No Device Found")

    machine.step("plug a mouse into the empty controller")
    monitor.execute("device_add", driver="usb-mouse", id="mouse", bus="second-usb.0")
    window.see("QEMU USB Mouse")
    window.picture("mouse plugged in")

    machine.step("unplug it")
    monitor.execute("device_del", id="mouse")
    window.see("No Device Found")
