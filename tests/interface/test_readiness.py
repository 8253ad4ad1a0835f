"""The page of readiness: verdicts, findings that open, and the ways on from them."""

import subprocess

from gangway_window import BUTTONS, PROGRAMS


def begin(start):
    window = start("--demo")
    window.see("win11")
    window.see("Readiness, ")
    window.keys("ctrl+2")
    window.see("Checked at ")
    return window


def test_the_sidebar_counts_what_stands_in_the_way(start):
    window = start("--demo")
    window.see("Readiness, 1 point needs attention")
    window.select("Readiness")
    window.see("Needs Attention")
    window.see("This computer can hand over GeForce RTX 3070 (01:00.0).")
    window.picture("readiness")


def test_a_verdict_leads_to_its_finding_with_evidence_and_way_out(start):
    window = begin(start)
    assert not [widget for widget in window.widgets() if widget.name == "Evidence"]
    window.press("What to Do · Radeon RX 6400/6500 XT/6500M")
    window.see("Evidence")
    window.see("/sys/class/drm/")
    window.see("Connect a screen to a graphics card that stays with the host.")
    assert window.focused() is not None


def test_what_is_open_stays_open_when_the_machine_is_scanned_again(start):
    window = begin(start)
    window.press("What to Do · Radeon RX 6400/6500 XT/6500M")
    window.see("Evidence")
    before = window.see("Checked at ").name

    window.keys("ctrl+r")
    window.wait("a later time", lambda: window.see("Checked at ").name != before)
    window.see("Evidence")


def test_a_ready_card_is_handed_over_from_here(start):
    window = begin(start)
    window.press("Hand Over… · GeForce RTX 3070")
    window.see("Step 1 of 4")
    window.keys("Escape")
    window.gone("Step 1 of 4")
    window.see("Needs Attention")


def test_a_card_is_shown_among_the_devices(start):
    window = begin(start)
    window.press("Show Device · Radeon RX 6400/6500 XT/6500M")
    window.see("Devices by IOMMU group")
    window.gone("Needs Attention")
    window.see("What the Host Loses")


def test_what_could_not_be_told_is_said_to_be_unknown(start, tmp_path):
    (tmp_path / "empty").mkdir()
    window = start("--root", str(tmp_path / "empty"), "--connect", "test:///default")
    window.see("No PCI Devices")
    window.keys("ctrl+2")
    window.see("Could Not Tell")
    window.see("could not be told")


def test_a_machine_that_cannot_be_read_is_said_here_too(start, tmp_path):
    broken = tmp_path / "broken.host"
    broken.write_text("gangway-host 1\nthis is no entry\n")
    window = start("--machine", str(broken), "--connect", "test:///default")
    window.see("The Machine Cannot Be Read")
    window.keys("ctrl+2")
    window.see("Readiness")
    window.see("broken.host")
    window.find("This Computer", roles=BUTTONS)


def test_a_report_is_shown_before_it_is_saved(start):
    window = begin(start)
    window.keys("ctrl+s")
    window.find("Save…", roles=BUTTONS)
    window.find("The report")
    window.picture("report")
    window.keys("Escape")
    window.gone("The report")
    window.see("Needs Attention")


def test_what_is_missing_leads_to_a_review_that_names_how_to_install_it(start, tmp_path):
    captured = subprocess.run(
        [str(PROGRAMS / "gangwayctl"), "--demo", "capture"], capture_output=True, text=True, timeout=60, check=True
    ).stdout.splitlines()
    kept = [line for line in captured if not line.startswith("/usr/bin/qemu-system-x86_64 ")]
    assert len(kept) == len(captured) - 1
    # The last line counts the entries.
    word, count = kept[-1].rsplit(" ", 1)
    kept[-1] = f"{word} {int(count) - 1}"
    machine = tmp_path / "without-qemu.host"
    machine.write_text("\n".join(kept) + "\n")
    window = start("--machine", str(machine), "--connect", "test:///default")
    window.see("Readiness, ")
    window.keys("ctrl+2")
    window.press("What to Do · GeForce RTX 3070")
    window.press("Review what would be done about: ", exact=False)
    window.see("Missing Packages")
    window.see("qemu")
    window.picture("packages-missing")
    window.press("Copy the command")
