"""A person who runs the lanes sees what they ran."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_what_lanes_print_is_shown_at_the_end() -> None:
    chosen = "tests/server/test_scenarios.py::test_every_scenario_passes"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", chosen]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    shown = done.stdout.partition("= lanes =")[2].splitlines()[1]
    assert shown.startswith("lane cpython: ")
    assert shown.endswith(" scenarios of the server")
