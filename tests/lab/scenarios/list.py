"""`gangwayctl list` tells what the kernel has, under every IOMMU and under none; and so does the lab's own table."""

import pytest
from lab import kernel


@pytest.mark.full
@pytest.mark.iommu("intel")
def scenario_the_list_is_what_the_kernel_has(cold_machine):
    compare(cold_machine)


@pytest.mark.full
@pytest.mark.iommu("virtio", "none", "off")
def scenario_the_list_is_what_the_kernel_has_in_rarer_cases(cold_machine):
    compare(cold_machine)


def compare(machine):
    """Compares what our program lists with the kernel's own tree and with lspci."""
    functions, groups = kernel.walk(machine)
    assert bool(groups) == machine.variant.groups

    machine.step("every function, with its ids, class, driver and group")
    told = machine.user("theodore").gangwayctl("list", "--json").json()
    listed = {
        function["address"]: {
            "ids": f"{function['vendor']}:{function['device']}",
            "subsystem": function["subsystem"],
            "class": function["class"],
            "revision": function["revision"],
            "driver": function["driver"],
            "group": function["iommu_group"],
        }
        for function in told["functions"]
    }
    assert listed == functions

    machine.step("every group, with its type and members")
    assert {group["id"]: {"type": group["type"], "functions": group["functions"]} for group in told["groups"]} == groups

    machine.step("the same from lspci")
    seen = {
        address: {name: function[name] for name in ("ids", "driver", "group")} for address, function in listed.items()
    }
    assert seen == kernel.lspci(machine)

    machine.step("the list for people names every function and group")
    people = machine.user("theodore").gangwayctl("list").succeeds()
    people.says(*(address.removeprefix("0000:") for address in functions))
    people.says(*(f"Group {number} · " for number in groups))


def scenario_the_table_of_the_topology_is_true(machine):
    functions, groups = kernel.walk(machine)
    for part, function in machine.topology.functions(saved=True):
        seen = functions[function.address]
        assert (seen["ids"], seen["driver"] or "") == (function.ids, function.driver), function.name
        members = {each.address for each in part.functions} if part.shared else {function.address}
        assert groups[seen["group"]]["functions"] == sorted(members | set(part.bridges)), function.name


@pytest.mark.iommu("intel")
@pytest.mark.full
def scenario_the_nvme_of_the_topology_is_there(cold_machine):
    functions, groups = kernel.walk(cold_machine)
    nvme = cold_machine.topology["nvme"]
    seen = functions[nvme.address]
    assert (seen["ids"], seen["driver"]) == (nvme.ids, nvme.driver)
    assert groups[seen["group"]]["functions"] == ["0000:07:01.0", nvme.address]
