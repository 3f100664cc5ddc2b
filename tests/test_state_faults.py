"""The trials of scripts/try-faults: a few of each kind."""

from __future__ import annotations

import subprocess
import sys

import pytest

from paths import PROJECT


@pytest.mark.slow
def test_a_state_survives_being_killed_wherever_it_writes():
    script = PROJECT / "scripts" / "try-faults"
    tried = subprocess.run(
        [sys.executable, script, "--random", "2", "--at-once", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.returncode == 0, tried.stderr
    assert "as one clean run counts them" in tried.stdout
