"""A card of a kept machine that is reserved by its address: how that is asked for, and how a start with it, and one without,
is told from inside the guest by what the kernel says.
"""

TITLE = "Devices reserved for virtual machines (Gangway)"
#: The first one is reserved; the others have its ids, the screen of the firmware among them.
TWIN = "first twin"
OTHERS = ("second twin", "boot display", "sharing card")


class Reservation:
    """The first twin, for the start of the guest that comes next and, once it is kept, for those after it."""

    def __init__(self, machine):
        self.machine, self.record = machine, None
        self.address = machine.address(TWIN)

    def arm(self):
        """Reserves the card alone, with no virtual machine."""
        self.record = self.machine.apply("reserve", self.address)
        self.stands("waiting")

    def status(self):
        """How it stands, in the terminal's own words for programs."""
        return self.machine.run("gangwayctl status --json", patience=120).json_whatever_its_end()

    def stands(self, how):
        """Holds what the terminal says against what is expected, and gives the rest of what it says."""
        status = self.status()
        assert status["standing"] == how, status
        return status

    def is_in_force(self):
        """This start is with it, and only the card that was meant is concerned."""
        machine = self.machine
        assert f"gangway.reserve={self.address}=1234:1111" in machine.words(), machine.words()
        assert f"reserved {self.address}" in machine.read("/run/gangway/early")
        assert machine.drivers(TWIN) == ["vfio-pci"]
        assert machine.drivers(*OTHERS) == machine.own_drivers(*OTHERS)

    def is_not_in_force(self):
        """This start is as every one was before."""
        machine = self.machine
        assert not any(word.startswith("gangway.") for word in machine.words()), machine.words()
        assert machine.drivers(TWIN, *OTHERS) == machine.own_drivers(TWIN, *OTHERS)

    def holds(self):
        """Every promise of it is kept in this start, as the program compares them."""
        broken = [part for part in self.status()["parts"] if part["outcome"] != "holds"]
        assert not broken, broken

    def undo(self, before):
        """Takes it back; every file is as it was `before`."""
        self.machine.undo(self.record)
        self.record = None
        self.stands("none")
        assert self.machine.changed_since(before) == {}
