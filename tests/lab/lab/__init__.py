"""The lab: a QEMU guest with an emulated IOMMU and a set of PCI devices, in which a scenario lets our programs do the work.

`topology` names the devices, `qemu` starts the guest, `saved` keeps one that is up already, `machine` is what a scenario
talks to: users, commands, files, drivers, nested virtual machines (`nested`) and the window (`window`). `evidence` writes
down what happened. Nothing here knows a scenario.
"""

from .machine import Machine
from .topology import TOPOLOGY, VARIANTS

__all__ = ["Machine", "TOPOLOGY", "VARIANTS"]
