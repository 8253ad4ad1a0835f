"""Devices are plugged in and out while the window is open: it shows that by itself, and keeps what is selected."""

PLUGGED = "Virtio 1.0 RNG"
STAYS = "GD 5446"


def scenario_a_device_comes_and_goes(machine):
    monitor = machine.process.monitor
    window = machine.window("marguerite")
    window.select(STAYS)
    window.see("The whole card leaves the host together.")

    machine.step("plug a device into the spare slot")
    monitor.execute("device_add", driver="virtio-rng-pci", id="plugged", bus="spare-port")
    window.see(PLUGGED)
    window.see("The whole card leaves the host together.")
    window.picture("plugged in")

    machine.step("unplug it")
    monitor.execute("device_del", id="plugged")
    window.gone(PLUGGED)
    window.see("The whole card leaves the host together.")


def scenario_what_is_selected_goes_and_comes_back(machine):
    monitor = machine.process.monitor
    window = machine.window("marguerite")
    window.select("82576")
    window.see("0000:0a:00.0")

    machine.step("unplug the network card")
    monitor.execute("device_del", id="sriov")
    window.see("No Longer There")
    window.picture("no longer there")

    machine.step("plug it in again")
    monitor.execute("device_add", driver="igb", id="sriov", bus="sriov-port", mac="52:54:00:6c:ab:0a")
    window.gone("No Longer There")
    window.see("Hardware")


def scenario_another_driver_is_shown(machine):
    address = machine.address("sr-iov")
    window = machine.window("marguerite")
    window.see("driver igb")

    machine.step("take the driver away")
    machine.run(f"echo {address} >/sys/bus/pci/drivers/igb/unbind").succeeds()
    window.gone("driver igb")

    machine.step("give it back")
    machine.run(f"echo {address} >/sys/bus/pci/drivers/igb/bind").succeeds()
    window.see("driver igb")
