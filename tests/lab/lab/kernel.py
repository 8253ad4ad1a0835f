"""What the guest's kernel has, told by others than our programs: a walk over `/sys` of its own, and `lspci`.

Neither shares a line with Gangway, so that an answer of `gangwayctl` has something to be compared with.
"""

import json

WALK = r"""
import json, os
root = "/sys/bus/pci/devices"
def text(path):
    try:
        return open(path).read().strip()
    except OSError:
        return None
def link(path):
    return os.path.basename(os.readlink(path)) if os.path.islink(path) else None
functions = {}
for address in sorted(os.listdir(root)):
    at = f"{root}/{address}"
    group = link(f"{at}/iommu_group")
    functions[address] = {
        "ids": text(f"{at}/vendor")[2:] + ":" + text(f"{at}/device")[2:],
        "subsystem": text(f"{at}/subsystem_vendor")[2:] + ":" + text(f"{at}/subsystem_device")[2:],
        "class": text(f"{at}/class")[2:],
        "revision": text(f"{at}/revision")[2:],
        "driver": link(f"{at}/driver"),
        "group": None if group is None else int(group),
    }
groups = {}
for number in os.listdir("/sys/kernel/iommu_groups"):
    at = f"/sys/kernel/iommu_groups/{number}"
    groups[int(number)] = {"type": text(f"{at}/type"), "functions": sorted(os.listdir(f"{at}/devices"))}
print(json.dumps({"functions": functions, "groups": groups}))
"""


def walk(machine):
    """Functions by address and groups by number, from `/sys`."""
    answer = machine.run("python3 -", stdin=WALK, written=False).succeeds()
    told = json.loads(answer.out)
    return told["functions"], {int(number): group for number, group in told["groups"].items()}


def lspci(machine):
    """Driver and group of every function, as lspci tells."""
    told = {}
    for block in machine.run("lspci -D -vmm -n -k", written=False).succeeds().out.strip().split("\n\n"):
        fields = dict(line.split(":\t", 1) for line in block.splitlines() if ":\t" in line)
        group = fields.get("IOMMUGroup")
        told[fields["Slot"]] = {
            "ids": f"{fields['Vendor']}:{fields['Device']}",
            "driver": fields.get("Driver"),
            "group": None if group is None else int(group),
        }
    return told
