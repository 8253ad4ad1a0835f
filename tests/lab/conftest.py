"""How a scenario gets its guest, which scenarios belong to the quick tier, and what is shown of one that failed.

`GANGWAY_LAB_IMAGE` (the guest's disk), `GANGWAY_LAB_PROGRAMS` (what `xtask install` made) and `GANGWAY_LAB_EVIDENCE` come
from the test stage `lab`; `GANGWAY_LAB_FULL` asks for every scenario.
"""

import os
import pathlib
import re
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from lab import VARIANTS, Machine  # noqa: E402
from lab.evidence import Evidence  # noqa: E402
from lab.kept import KeptMachine  # noqa: E402
from lab.qemu import Process  # noqa: E402
from lab.saved import VARIANT, resumed_disk  # noqa: E402
from lab.settled import disk_of, process_of  # noqa: E402


def folder_of(name):
    return pathlib.Path(os.environ[name]).resolve()


def pytest_configure(config):
    config.addinivalue_line("markers", "full: takes long; runs with --full, and when it is named")
    config.addinivalue_line("markers", "starts_by(loader, generator, …): what starts the guest of `kept_machine`, what makes its initramfs, and parts of its image besides")
    config.addinivalue_line("markers", "iommu(*names): once with each of these IOMMU variants, from power on")
    # The stage's time limit ends pytest so. An ended guest, the step in the evidence and the report are worth the moment.
    signal.signal(signal.SIGTERM, ended_from_outside)


def ended_from_outside(_signal, _frame):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt("ended from outside, as a time limit does")


def pytest_collection_modifyitems(config, items):
    # Who names a scenario gets it, whatever its tier.
    if os.environ.get("GANGWAY_LAB_FULL") or config.option.keyword or any("::" in each or each.endswith(".py") for each in config.args):
        return
    slow = [item for item in items if item.get_closest_marker("full")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]


def pytest_generate_tests(metafunc):
    mark = metafunc.definition.get_closest_marker("iommu")
    if mark:
        metafunc.parametrize("iommu", mark.args)


@pytest.fixture
def iommu():
    """The IOMMU of a machine that is started from power on; a scenario with the mark of that name gets each of its."""
    return VARIANT.name


@pytest.fixture
def evidence(request):
    name = f"{request.node.path.stem}-{re.sub(r'^scenario_', '', request.node.name)}"
    evidence = Evidence(folder_of("GANGWAY_LAB_EVIDENCE") / re.sub(r"[^\w.-]+", "-", name).strip("-"))
    request.node.evidence = evidence
    yield evidence
    if not hasattr(request.node, "reported"):
        evidence.write(f"BROKEN OFF in the step “{evidence.current}”")
    evidence.close()


def start(request, evidence, variant, **more):
    image = folder_of("GANGWAY_LAB_IMAGE")
    process = Process(
        variant, image, folder_of("GANGWAY_LAB_PROGRAMS"), evidence.folder / "share", evidence.folder / "console.log", **more
    )
    try:
        machine = Machine(process, evidence, variant, saved=more.get("saved", False))
    except BaseException:
        process.forget()
        raise
    request.node.machine = machine
    return machine


@pytest.fixture
def machine(request, evidence):
    """A guest with the Intel IOMMU that is up already, with our programs in it. It cannot have an NVMe disk."""
    image = folder_of("GANGWAY_LAB_IMAGE")
    machine = start(
        request, evidence, VARIANT, make_disk=lambda folder: resumed_disk(image.parent, image, folder), resume=True, saved=True
    )
    try:
        machine.resumed()
        machine.install_programs()
        yield machine
    finally:
        machine.close()


@pytest.fixture
def cold_machine(request, evidence, iommu):
    """A guest that was started from power on, with our programs in it."""
    machine = start(request, evidence, VARIANTS[iommu])
    try:
        machine.come_up()
        machine.install_programs()
        yield machine
    finally:
        machine.close()


def image_of_kind(*parts):
    """The image of a guest that starts so; the stage has made it, or could not."""
    for line in os.environ.get("GANGWAY_LAB_KINDS", "").splitlines():
        kind, _, folder = line.partition(" ")
        if kind == "+".join(parts) and folder:
            return pathlib.Path(folder).resolve()
    lack = f"there is no image of a guest that starts by {' and '.join(parts)}"
    if os.environ.get("CI") == "true":
        pytest.fail(lack)
    pytest.skip(lack)


@pytest.fixture
def kept_machine(request, evidence):
    """A guest that starts by a loader of its own, as its mark `starts_by` says; its disk stays between starts."""
    loader, generator, *more = request.node.get_closest_marker("starts_by").args
    image = image_of_kind(loader, generator, *more)
    programs, share = folder_of("GANGWAY_LAB_PROGRAMS"), evidence.folder / "share"
    cache = folder_of("GANGWAY_LAB_IMAGE").parent
    process = process_of(
        image, loader, programs, share, evidence.folder / "console.log", lambda folder: disk_of(cache, image, loader, folder)
    )
    try:
        machine = request.node.machine = KeptMachine(process, evidence, loader, generator)
    except BaseException:
        process.forget()
        raise
    try:
        machine.switched_on()
        yield machine
    finally:
        machine.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed scenario names its step and shows the end of the guest's log, which is asked for while there is a guest."""
    report = yield
    evidence = getattr(item, "evidence", None)
    if call.when == "call" or report.failed:
        item.reported = True
    if evidence and report.failed:
        evidence.write(f"FAILED: {call.excinfo.exconly() if call.excinfo else ''}")
        report.sections.append(("the step that failed", f"{evidence.current}\n(everything is in {evidence.folder})"))
        machine = getattr(item, "machine", None)
        if machine is not None:
            report.sections.append(("the end of the guest's log", guest_log(machine)))
    return report


def guest_log(machine):
    """The journal where the guest still answers, else its console and what QEMU said."""
    console = machine.evidence.folder / "console.log"
    try:
        if machine.process.is_running():
            machine.agent.greet(15)  # the scenario may have failed between a question and its answer
            journal = machine.journal(lines=400)
            machine.evidence.keep("journal.log", journal)
            machine.evidence.keep("nested.log", machine.run("tail -n 60 /var/log/libvirt/qemu/*.log", written=False).said)
            return "\n".join(journal.splitlines()[-40:])
        told = "the guest is not running"
    except Exception as cause:  # a guest that does not answer is a finding, not an error of the report
        told = f"the guest's journal could not be read: {type(cause).__name__}: {cause}"
    tail = console.read_text(errors="replace")[-4000:] if console.exists() else ""
    return f"({told}; this is what its QEMU and its console said)\n{machine.process.last_words()}\n{tail}"
