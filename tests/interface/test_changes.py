"""Changes of the host in the demo, which has a service of its own: a card bound now, progress, result, the record among the
changes, undo; differences before anything is written; what changed meanwhile; what stands in the way; no service."""

import os

import pytest
from gangway_window import computer, gangwayctl

# As root the demo changes nothing: `build-aux/lib/stages/interface.sh` runs these as somebody else.
pytestmark = pytest.mark.skipif(os.geteuid() == 0, reason="the demo changes its computer as an ordinary user alone")

CARD = "Keep GeForce RTX 3070 (01:00.0) for virtual machines"
PAGES = "Reserve 6144 huge pages of 2 MiB"
KEPT = "etc/sysctl.d/zz-gangway-huge-pages.conf"


def want_huge_pages(folder):
    """Has a virtual machine want memory that is not set aside, so that the page of readiness offers that."""
    gangwayctl(folder, "vm", "list")
    state = folder / "demo/workshop/node.xml"
    before, machine, after = state.read_text().partition("<name>win11</name>")
    assert machine, before
    after = after.replace("<os>", "<memoryBacking><hugepages/></memoryBacking>\n  <os>", 1)
    state.write_text(before + machine + after)


def review_huge_pages(start, folder):
    """The review of what sets memory aside, from the finding that asks for it."""
    want_huge_pages(folder)
    window = start("--demo")
    window.see("Readiness, ")
    window.keys("ctrl+2")
    window.see("“win11” needs 6144 huge pages of 2 MiB")
    window.click(window.find("“win11” needs 6144 huge pages", exact=False))
    window.press("Review what would be done about: “win11” needs 6144 huge pages", exact=False)
    window.see("What Will Happen")
    return window


def bind(start):
    window = start("--demo")
    window.see("Hand Over…")
    window.press("Bind to vfio-pci Now…")
    window.see("GeForce RTX 3070 (01:00.0) goes from its driver “nvidia” to “vfio-pci”.")
    return window


def test_a_card_is_bound_now_and_undo_gives_it_back(start):
    window = bind(start)
    window.see("It takes effect at once.")
    window.see("GeForce RTX 3070 (01:00.0) goes back to its driver “nvidia”.")
    window.picture("change-review")
    window.press("Apply")
    window.see(f"“{CARD}” is in effect.")
    window.press("Close")
    # The machine was read again by itself.
    window.see("Give Back to the Host Now…")
    window.see("vfio-pci")

    window.keys("ctrl+3")
    window.see("In effect")
    window.picture("changes")
    window.press(f"Details of {CARD}")
    window.see("What Became of It")
    window.see("The kernel module “vfio-pci” is loaded.")
    window.keys("Escape")
    window.gone("What Became of It")
    window.press(f"Undo {CARD}…")
    window.see("What Undo Will Do")
    window.press("Undo")
    window.see(f"“{CARD}” is undone.")
    window.press("Show Changes")
    window.see("It was undone.")
    window.keys("ctrl+1")
    window.see("Bind to vfio-pci Now…")
    assert '"nvidia"' in gangwayctl(window.folder, "show", "01:00.0", "--json")


def test_a_bound_card_is_given_back_now(start):
    window = bind(start)
    window.press("Apply")
    window.see("is in effect.")
    window.press("Close")
    window.press("Give Back to the Host Now…")
    window.see("GeForce RTX 3070 (01:00.0) goes from “vfio-pci” to the driver that the kernel finds for it.")
    window.press("Apply")
    window.see("is in effect.")
    window.press("Close")
    window.see("Bind to vfio-pci Now…")


def test_nothing_is_changed_by_looking(start):
    window = bind(start)
    window.press("Cancel")
    window.gone("What Will Happen")
    window.keys("ctrl+3")
    window.see("No Changes Yet")
    assert "Nothing was changed" in gangwayctl(window.folder, "host", "records")


def test_a_finding_leads_to_differences_and_others_edits_stop_undo(start, tmp_path):
    window = review_huge_pages(start, tmp_path)
    window.find("Difference of /" + KEPT)
    window.see("“/" + KEPT + "” is removed.")
    window.press("Apply")
    window.see(f"“{PAGES}” is in effect.")
    kept = computer(tmp_path) / KEPT
    assert "vm.nr_hugepages = 6144" in kept.read_text()
    window.press("Close")
    window.gone("“win11” needs 6144 huge pages")

    kept.write_text("vm.nr_hugepages = 7\n")
    window.keys("ctrl+3")
    window.press(f"Undo {PAGES}…")
    window.see("What Undo Would Do")
    window.see("In the Way")
    window.see("“/" + KEPT + "” was changed by somebody else")
    window.picture("undo-stopped")
    assert not [widget for widget in window.widgets() if widget.name == "Undo" and "button" in widget.role]
    assert kept.read_text() == "vm.nr_hugepages = 7\n"


def test_a_machine_that_changed_is_reviewed_anew(start, tmp_path):
    window = review_huge_pages(start, tmp_path)
    window.see("now there are 0")
    count = computer(tmp_path) / "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
    count.write_text("5\n")
    window.press("Apply")
    window.see("This computer changed since you looked")
    window.see("now there are 5")
    assert not (computer(tmp_path) / KEPT).exists()
    window.press("Apply")
    window.see(f"“{PAGES}” is in effect.")


def test_what_fails_is_taken_back_and_says_why(start, tmp_path):
    window = review_huge_pages(start, tmp_path)
    folder = (computer(tmp_path) / KEPT).parent
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o555)
    window.press("Apply")
    window.see("everything is as it was before")
    window.picture("change-failed")
    window.leave_dialog()
    window.keys("ctrl+3")
    window.see("It failed, and everything is as it was before.")
    folder.chmod(0o755)


def test_what_libvirt_did_to_its_network_is_undone_here_too(start, tmp_path):
    gangwayctl(tmp_path, "host", "apply", "make-ready", "--yes")
    window = start("--demo")
    window.see("win11, Off")
    window.keys("ctrl+3")
    window.see("By libvirt")
    window.press("Undo libvirt’s network “default”…")
    window.see("libvirt’s network “default” no longer starts with libvirt.")
    window.press("Undo")
    window.see("is undone.")
    window.press("Show Changes")
    window.see("No Changes Yet")


def test_a_refusal_says_what_can_be_done_by_hand(start, tmp_path):
    root = computer(tmp_path)
    (root / "etc/modprobe.d/vfio.conf").write_text("options vfio-pci ids=10de:2484,10de:228b\n")
    (modules,) = root.glob("lib/modules/*/modules.dep")
    modules.write_text("kernel/drivers/net/tun.ko.xz:\n")
    window = start("--demo")
    window.see("Readiness, ")
    window.keys("ctrl+2")
    window.press("What to Do · GeForce RTX 3070")
    window.press("Review what would be done about: GeForce RTX 3070", exact=False)
    window.see("This Cannot Be Done")
    window.see("has no module “vfio-pci”")
    window.see("Into “/etc/initramfs-tools/modules”")
    window.picture("change-refused")
    window.press("Copy the command")
    window.find("Review Again")


def test_without_a_service_everything_can_be_looked_at(start, tmp_path):
    captured = tmp_path / "workshop.host"
    gangwayctl(tmp_path, "capture", str(captured))
    window = start("--machine", str(captured), "--connect", "test:///default")
    window.press("Bind to vfio-pci Now…")
    window.see("GeForce RTX 3070 (01:00.0) goes from its driver “nvidia” to “vfio-pci”.")
    window.see("nothing can be changed from here")
    window.find("Save as Script…")
    assert not [widget for widget in window.widgets() if widget.name == "Apply"]
    window.keys("Escape")
    window.gone("What Will Happen")
    window.keys("ctrl+3")
    window.see("This Is Another Computer")


def test_a_service_that_is_not_installed_has_a_page_that_says_how(start):
    # The session's bus stands in for the system's: there is no such service on it.
    bus = {"DBUS_SYSTEM_BUS_ADDRESS": os.environ["DBUS_SESSION_BUS_ADDRESS"]}
    window = start("--connect", "test:///default", environment=bus)
    window.see("test, Running")
    window.keys("ctrl+3")
    window.see("No Service for Changes")
    window.see("cargo xtask install")
    window.see("not on the system bus")
    window.picture("no-service")
    window.press("Try Again")
    window.see("No Service for Changes")
