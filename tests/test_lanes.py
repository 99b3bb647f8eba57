"""The lanes that run in Node (compiled, MicroPython, Pyodide) find what CPython finds, to the last byte of a trace."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cases import KNOWN_ROWS, KNOWN_SCENARIOS, cases
from flatten import document
from lanes.host import run

LANES = Path(__file__).parent / "lanes"
SEEDS = 1_000


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the lanes read."""
    path = tmp_path_factory.mktemp("lanes") / "input.json"
    # Not escaped: MicroPython's JSON does not join the two halves of an escaped character beyond U+FFFF.
    path.write_text(json.dumps({"scenarios": document(), "cases": cases()}, ensure_ascii=False), "utf-8")
    return path


@pytest.fixture(scope="module")
def cpython() -> dict[str, Any]:
    return report(run("cpython", document(), cases(), SEEDS))


def report(result: dict[str, Any]) -> dict[str, Any]:
    rows = {section: int(counted.split(" ")[0]) for section, counted in result["cases"].items()}
    print(
        f"lane {result['lane']}: {result['scenarios']} scenarios, {result['feeds']} feeds, {SEEDS} simulated runs,"
        f" digests {result['suite'][:12]} {result['simulation'][:12]}, rows {rows}"
    )
    assert result["mismatches"] == []
    assert result["scenarios"] >= KNOWN_SCENARIOS
    assert {section: known for section, known in KNOWN_ROWS.items() if rows.get(section, 0) < known} == {}
    return result


def in_node(lane: str, given: Path) -> dict[str, Any]:
    done = subprocess.run(
        ["node", str(LANES / f"{lane}.mjs"), str(given), str(SEEDS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return report(result)


def test_cpython(cpython: dict[str, Any]) -> None:
    assert cpython["feeds"] > cpython["scenarios"]


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.parametrize("lane", ["compiled", "micropython", "pyodide"])
def test_lane_equals_cpython(lane: str, given: Path, cpython: dict[str, Any]) -> None:
    result = in_node(lane, given)
    assert {**result, "lane": "cpython"} == cpython
