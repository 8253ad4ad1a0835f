"""What `gangwayctl capture` writes in the guest reads the same outside, and tells nobody whose computer it was."""

import json
import os
import pathlib
import re
import subprocess

#: Names and serial numbers of this guest which are nobody's business: `image` and `qemu` gave them to it.
PRIVATE = ("hollyhock", "marguerite", "theodore", "MACHINESERIAL4402", "DISKSERIAL9920", "STICKSERIAL7731")


def scenario_the_capture_is_the_machine_without_its_owner(machine):
    marguerite = machine.user("marguerite")
    here = marguerite.gangwayctl("list", "--json").json()
    people = marguerite.gangwayctl("list").succeeds().out

    machine.step("capture")
    marguerite.gangwayctl("capture", "/tmp/guest.host").succeeds()
    machine.run("cp /tmp/guest.host /lab/share/").succeeds()
    captured = machine.evidence.folder / "share/guest.host"

    machine.step("read it on the outside")
    assert of_the_host(json.loads(outside("--machine", captured, "list", "--json"))) == of_the_host(here)
    assert outside("--machine", captured, "list") == people

    machine.step("look for what is private")
    text = captured.read_text()
    private = [*PRIVATE, machine.read("/etc/machine-id").strip(), *uuids(machine), *mac_addresses(machine)]
    found = [each for each in private if each.lower() in text.lower()]
    assert not found, found
    assert not re.search(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", text, re.IGNORECASE), "a MAC address"
    assert not re.search(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", text, re.IGNORECASE), "a UUID"


def of_the_host(told):
    """What was told without what only libvirt knows: outside, nobody asks it."""
    assert all("virtual_machines" in function for function in told["functions"])
    functions = [{name: each[name] for name in each if name != "virtual_machines"} for each in told["functions"]]
    return {**told, "functions": functions}


def uuids(machine):
    found = machine.run("lsblk --noheadings --output UUID,PARTUUID; cat /sys/class/dmi/id/product_uuid", written=False).out.split()
    assert found, "the guest has a disk and a board"
    return found


def mac_addresses(machine):
    found = machine.run("cat /sys/class/net/*/address", written=False).out.split()
    assert len(found) >= 4
    return [each for each in found if each != "00:00:00:00:00:00"]


def outside(*words):
    """Our program where the lab runs, with the same build."""
    program = pathlib.Path(os.environ["GANGWAY_LAB_PROGRAMS"]) / "usr/bin/gangwayctl"
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=60, env={"LANG": "C.UTF-8"})
    assert done.returncode == 0, done.stderr
    return done.stdout
