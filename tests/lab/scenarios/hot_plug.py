"""Devices are unplugged and plugged in while the window is open: it shows that by itself, and keeps what is selected."""

from lab.window import Window

NETWORK = "82576"
RANDOM = "Virtio 1.0 RNG"


def at_the_slot(machine):
    """A window that lists what sits in the network card's slot: few rows are looked through quickly."""
    window = Window(machine, "marguerite")
    machine.windows.append(window)
    window.write("Search devices", machine.address("sr-iov"))
    return window


def scenario_a_pci_device_goes_and_comes(machine):
    address = machine.address("sr-iov")
    monitor = machine.process.monitor
    window = at_the_slot(machine)
    window.see(NETWORK)
    window.gone("Group 0")

    machine.step("unplug the network card")
    monitor.execute("device_del", id="sriov")
    window.see("No Device Found")
    assert not machine.run(f"ls /sys/bus/pci/devices | grep {address}").out

    machine.step("plug another device into the same port")
    monitor.execute("device_add", driver="virtio-rng-pci", id="guest", bus="sriov-port")
    window.see(RANDOM)

    machine.step("select it, and unplug it")
    window.select(RANDOM)
    monitor.execute("device_del", id="guest")
    window.see("No Longer There")
    window.see("No Device Found")

    machine.step("plug the network card in again")
    monitor.execute("device_add", driver="igb", id="sriov", bus="sriov-port", mac="52:54:00:6c:ab:0a")
    window.see(f"{NETWORK} Gigabit Network Connection")
    window.picture("plugged in again")


def scenario_another_driver_is_shown(machine):
    address = machine.address("sr-iov")
    window = at_the_slot(machine)
    window.see("driver igb")

    machine.step("take the driver away")
    machine.run(f"echo {address} >/sys/bus/pci/drivers/igb/unbind").succeeds()
    window.see("no driver")

    machine.step("give it back")
    machine.run(f"echo {address} >/sys/bus/pci/drivers/igb/bind").succeeds()
    window.see("driver igb")
