"""The power is cut at random instants of a reservation: while it is applied, on trial, and while it is undone.

Every start after that comes up, no record is left half-way, and in the end every file is what it was. How many cuts is
`GANGWAY_LAB_CUTS`; what is drawn is in the evidence, and `GANGWAY_LAB_SEED` draws the same again.
"""

import os
import random
import time

import pytest

from lab.reservation import Reservation

#: In seconds; where a change took its time on a computer with nothing else to do, and longer.
LONGEST = 50.0
#: What a record may be once the system is up: never something in between.
SETTLED = {"applied", "undone", "rolled-back"}


class Cuts:
    """One machine through many cuts."""

    def __init__(self, machine, draw):
        self.machine, self.draw = machine, draw
        self.before = machine.files()
        self.reservation = Reservation(machine)

    def cut_during(self, what):
        """Begins this, and pulls the plug at some instant of it, or after it."""
        instant = self.draw.uniform(0, LONGEST)
        self.machine.evidence.write(f"{instant:.1f} s of “{what}”")
        self.machine.run(f"systemd-run --quiet --unit=change --setenv=LANG=C.UTF-8 {what}").succeeds()
        time.sleep(instant)
        self.machine.cut_power()
        self.machine.power_on()

    def armed(self):
        """The reservation that is applied now, if there is one."""
        return next((each["id"] for each in self.machine.records() if each["state"] == "applied"), None)

    def is_right(self):
        """The records are settled, and where nothing is applied, nothing is left."""
        records = self.machine.records()
        assert {each["state"] for each in records} <= SETTLED, records
        if self.armed() is None:
            self.reservation.stands("none")
            assert self.machine.changed_since(self.before) == {}

    def cut_of_applying(self):
        self.cut_during(f"gangwayctl host apply reserve {self.reservation.address} --yes")
        # A request that was complete when the power went may be granted: then this start is the trial.
        if self.reservation.status()["standing"] == "on-trial":
            self.reservation.is_in_force()
        else:
            self.reservation.is_not_in_force()
        self.is_right()

    def cut_of_the_trial(self):
        self.machine.go_down("reboot")
        instant = self.draw.uniform(0, 1.5 * LONGEST)
        self.machine.evidence.write(f"{instant:.1f} s after the restart was asked for")
        time.sleep(instant)
        self.machine.cut_power()
        self.machine.power_on()
        # Where the plug was pulled before the loader ran, the request is still there, and granted now.
        if self.reservation.status()["standing"] == "on-trial":
            self.reservation.is_in_force()
            self.machine.restart()
        self.reservation.is_not_in_force()
        self.reservation.stands("over")
        self.is_right()

    def cut_of_undoing(self):
        self.cut_during(f"gangwayctl host undo {self.armed()} --yes")
        self.reservation.is_not_in_force()
        self.is_right()

    def all_back(self):
        record = self.armed()
        if record:
            self.machine.undo(record)
        self.is_right()


@pytest.mark.full
@pytest.mark.starts_by("grub", "initramfs-tools")
def scenario_every_start_after_a_cut_comes_up(kept_machine):
    seed = int(os.environ.get("GANGWAY_LAB_SEED", time.time_ns() % 1_000_000))
    kept_machine.evidence.write(f"GANGWAY_LAB_SEED={seed}")
    cuts = Cuts(kept_machine, random.Random(seed))
    for number in range(int(os.environ.get("GANGWAY_LAB_CUTS", "3"))):
        kind = (cuts.cut_of_applying, cuts.cut_of_the_trial, cuts.cut_of_undoing)[number % 3]
        kept_machine.step(f"cut {number + 1}: {kind.__name__.replace('_', ' ')}")
        if kind != cuts.cut_of_applying and cuts.armed() is None:
            cuts.reservation.arm()
        kind()
        if kind == cuts.cut_of_undoing:
            cuts.all_back()
    kept_machine.step("everything is as it was")
    cuts.all_back()
