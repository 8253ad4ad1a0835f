"""The walk through the demo, which makes the pictures of every page: it comes to its end, and GTK warns of nothing."""

import os
import subprocess

import pytest
from gangway_window import PROGRAMS


@pytest.mark.skipif(os.geteuid() == 0, reason="the demo changes its computer as an ordinary user alone")
def test_the_demo_is_walked_without_a_warning(tmp_path):
    environment = dict(os.environ, GANGWAY_DEMO_STATE=str(tmp_path / "demo"), HOME=str(tmp_path), LC_ALL="C.UTF-8")
    pictures = tmp_path / "pictures"
    walk = subprocess.run(
        [str(PROGRAMS / "gangway"), "--demo", "--screenshots", str(pictures)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert walk.returncode == 0, walk.stderr
    assert len(list(pictures.glob("*.png"))) == len(walk.stdout.splitlines()) > 20, walk.stdout
