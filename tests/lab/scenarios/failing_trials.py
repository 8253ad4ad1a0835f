"""Every way down from a trial leads to the start before it, and the program says which it was."""

import pytest

from lab.reservation import TITLE, Reservation

CUSTOM = "/boot/grub/custom.cfg"
IMAGE = "/boot/gangway/initrd.img-$(uname -r)"
#: What an `/init` of our own is put over the image's with: the kernel unpacks archives one after the other.
PUT_OVER = """
    set -e
    mkdir -p /run/over && cd /run/over
    printf '#!/bin/sh\\n%s\\n' '{script}' >init && chmod 755 init
    size=$(stat -c %s {image}) && truncate -s $(((size + 511) / 512 * 512)) {image}
    echo init | cpio --quiet -o -H newc >>{image}
"""


def armed(machine):
    before = machine.files()
    reservation = Reservation(machine)
    reservation.arm()
    return reservation, before


def spoil(machine, script):
    """The image of the trial starts with this in place of its own first program."""
    machine.run(PUT_OVER.format(script=script, image=IMAGE)).succeeds()


def came_back(reservation, before, why):
    """The former system runs, the program knows that the trial failed and how, and everything can be undone."""
    reservation.is_not_in_force()
    status = reservation.stands("over")
    assert status["failure"] == why, status
    reservation.machine.run("gangwayctl status", patience=120).fails(4)
    reservation.undo(before)


def loses_its_power(reservation, before):
    """Its power goes and comes back, and the trial is over by that."""
    reservation.machine.cut_power()
    reservation.machine.power_on()
    came_back(reservation, before, "died")


@pytest.mark.full
@pytest.mark.starts_by("grub", "initramfs-tools")
def scenario_a_trial_that_cannot_start_ends_by_itself(kept_machine):
    machine = kept_machine

    machine.step("its image is not there: the gate does not choose it")
    reservation, before = armed(machine)
    machine.run(f"rm {IMAGE}").succeeds()
    machine.restart()
    reservation.is_not_in_force()
    assert TITLE not in machine.console()
    reservation.stands("over")
    machine.run(f"gangwayctl host undo {reservation.record} --yes").succeeds()
    assert machine.changed_since(before) == {}

    machine.step("its image is cut short: the kernel panics, and starts anew")
    reservation, before = armed(machine)
    machine.run(f"truncate -s 1M {IMAGE}").succeeds()
    machine.restart()
    machine.says_on_console(TITLE)
    came_back(reservation, before, "died")

    machine.step("its first program ends: the kernel panics, and starts anew")
    reservation, before = armed(machine)
    spoil(machine, "exit 1")
    machine.restart()
    machine.says_on_console(TITLE)
    came_back(reservation, before, "died")

    machine.step("its root is not found")
    reservation, before = armed(machine)
    nowhere = "s/root=UUID=[0-9a-f-]*/root=UUID=00000000-0000-4000-8000-000000000000/"
    machine.run(f"cp -a {CUSTOM} /var/tmp/custom && sed -i '/linux.*gangway[.]reserve/{nowhere}' {CUSTOM}").succeeds()
    machine.restart()
    machine.says_on_console(TITLE)
    machine.run(f"cp -a /var/tmp/custom {CUSTOM}").succeeds()
    came_back(reservation, before, "died")


@pytest.mark.full
@pytest.mark.starts_by("grub", "initramfs-tools")
def scenario_a_trial_that_stands_still_ends_with_a_press_of_the_button(kept_machine):
    machine = kept_machine

    machine.step("the power goes while the loader starts the trial")
    reservation, before = armed(machine)
    machine.restart_until(f"Booting `{TITLE}'")
    loses_its_power(reservation, before)

    machine.step("it hangs before there is a desktop")
    reservation, before = armed(machine)
    spoil(machine, "echo It hangs. >/dev/console; while :; do :; done")
    machine.restart_until("It hangs.")
    loses_its_power(reservation, before)


@pytest.mark.full
@pytest.mark.starts_by("grub", "initramfs-tools")
def scenario_a_trial_that_nobody_keeps_ends(kept_machine):
    machine = kept_machine
    reservation, before = armed(machine)

    machine.step("nobody is there, and its time is over: it is restarted")
    machine.run("mkdir -p /etc/systemd/system/gangway-trial-end.timer.d").succeeds()
    machine.write("/etc/systemd/system/gangway-trial-end.timer.d/sooner.conf", "[Timer]\nOnActiveSec=\nOnActiveSec=4min\n")
    machine.restart()
    reservation.is_in_force()
    machine.restarts_by_itself()
    machine.run("rm -r /etc/systemd/system/gangway-trial-end.timer.d").succeeds()
    came_back(reservation, before, "gave-up")

    machine.step("somebody restarts without keeping it")
    reservation, before = armed(machine)
    machine.restart()
    reservation.is_in_force()
    machine.restart()
    reservation.is_not_in_force()
    reservation.stands("over")
    reservation.undo(before)
