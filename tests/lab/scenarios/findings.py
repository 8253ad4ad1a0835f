"""`gangwayctl check` says what stands in the way, under every IOMMU and under none: what is known of the topology from its
construction is found, with evidence that is there."""

import json

import pytest

#: The verdict of the whole machine, as the exit status tells it: something to do, or not possible.
TO_DO, NOT_POSSIBLE = 3, 4
REASONS = {
    "none": "This computer is itself a virtual machine, and has no IOMMU.",
    "off": "intel_iommu=off",
}


def scenario_what_stands_in_the_way_is_found(machine):
    look_around(machine)


@pytest.mark.full
@pytest.mark.iommu("virtio", "none", "off")
def scenario_what_stands_in_the_way_is_found_in_other_cases(cold_machine):
    look_around(cold_machine)


def look_around(machine):
    marguerite = machine.user("marguerite")

    machine.step("check the whole machine")
    answer = marguerite.gangwayctl("check", "--json")
    told = json.loads(answer.fails(TO_DO if machine.variant.groups else NOT_POSSIBLE).out)
    findings = [finding for finding in told["findings"] if finding["outcome"] != "ok"]

    machine.step("what is evidence is there, and what is said not to be there is not")
    shown = [evidence.partition(": ") for finding in findings for evidence in finding["evidence"]]
    there = {path for path, _, value in shown if value and value != "not there"}
    missing = {path for path, _, value in shown if value == "not there"}
    assert there, findings
    words = " ".join(f"'{path}'" for path in sorted(there) if "*" not in path)
    machine.run(f"ls -d {words}", written=False).succeeds()
    words = " ".join(f"'{path}'" for path in sorted(missing))
    assert not machine.run(f"ls -d {words} /none", written=False).out, missing

    if not machine.variant.groups:
        machine.step("without an IOMMU it says that, and why")
        marguerite.gangwayctl("check").says(REASONS[machine.variant.name])
        assert all(card["verdict"] == "not-possible" for card in told["cards"]), told["cards"]
        return

    machine.step("cards are told apart")
    verdicts = {card["address"]: card["verdict"] for card in told["cards"]}
    for name in ("card", "sharing card", "old card", "first twin", "second twin", "boot display"):
        assert machine.address(name) in verdicts, f"no verdict of {name}: {verdicts}"
    about = {}
    for finding in findings:
        for address in finding["about"]:
            about.setdefault(address, set()).add(finding["check"])

    machine.step("what is known of the topology is found")
    for name, check in (
        ("sharing card", "group-viable"),
        ("first twin", "graphics-twin"),
        ("second twin", "graphics-twin"),
        ("boot display", "graphics-boot-display"),
    ):
        assert check in about.get(machine.address(name), ()), f"{check} is not told of {name}: {about}"
    assert "group-viable" not in about.get(machine.address("card"), ()), about
