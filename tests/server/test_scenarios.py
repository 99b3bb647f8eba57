"""The scenarios of the server's half, here, compiled and on MicroPython; and that they and the clauses match."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from flatten_server import load_server, server_document
from lanes.server_host import run

ROOT = Path(__file__).parents[2]
CLAUSES = ROOT / "spec" / "clauses.md"
KNOWN_SCENARIOS = 68


def report(lane: str, result: dict[str, Any]) -> dict[str, Any]:
    print(f"lane {lane}: {len(load_server())} scenarios of the server, digest {result['digest'][:12]}")
    assert result["mismatches"] == []
    return result


def test_every_scenario_passes() -> None:
    report("cpython", run(server_document()))
    assert len(load_server()) >= KNOWN_SCENARIOS


@pytest.mark.node
@pytest.mark.parametrize("lane", ["compiled", "micropython"])
def test_lane_equals_cpython(lane: str, tmp_path: Path) -> None:
    document = tmp_path / "scenarios.json"
    document.write_text(json.dumps(server_document(), ensure_ascii=False), "utf-8")
    script = ROOT / "tests" / "lanes" / f"server_{lane}.mjs"
    done = subprocess.run(["node", str(script), str(document)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4_000:]
    assert report(lane, json.loads(done.stdout.strip().splitlines()[-1])) == run(server_document())


def test_names_are_unique_and_reasons_given() -> None:
    names = Counter(scenario["name"] for scenario in load_server())
    assert [n for n, count in names.items() if count > 1 or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", n)] == []
    assert [s["name"] for s in load_server() if len(s["why"]) < 20 or not s["clauses"]] == []
    bodies = Counter(repr(scenario[1:]) for scenario in server_document())
    assert [body for body, count in bodies.items() if count > 1] == []


def clauses_of_tests() -> set[str]:
    """The ids in `@pytest.mark.clause("…")`: what needs a real log, a real process or a real proxy has a test."""
    found = set()
    for file in [*ROOT.glob("tests/server/test_*.py"), *ROOT.glob("e2e/test_*.py")]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.clause":
                found |= {ast.literal_eval(argument) for argument in node.args}
    return found


def test_every_clause_has_a_scenario_or_a_test_and_each_of_them_a_clause() -> None:
    listed = re.findall(r"^\| `(server\.[a-z0-9.-]+)` \|", CLAUSES.read_text("utf-8"), re.MULTILINE)
    used = {clause for scenario in load_server() for clause in scenario["clauses"]} | clauses_of_tests()
    assert [clause for clause, count in Counter(listed).items() if count > 1] == []
    assert set(listed) - used == set()
    assert used - set(listed) == set()


def test_every_reason_to_close_and_to_reset_occurs() -> None:
    lines: list[str] = []
    from portable.server_runner import run_server_suite

    run_server_suite(server_document(), lines.append)
    source = (ROOT / "client_core" / "wakeful" / "server" / "records.py").read_text("utf-8")

    def words(name: str) -> set[str]:
        return set(re.findall(r'"([\w-]+)"', source.partition(f"{name} = Literal[")[2].partition("]")[0]))

    closed = {line.split(" ")[1] for line in lines if line.startswith("closed ")}
    assert words("CloseReason") == closed
    resets = {reason for line in lines for reason in re.findall(r'es\.reset \| data: .*?"reason":"(\w+)"', line)}
    assert words("ResetReason") == resets
    drains = {reason for line in lines for reason in re.findall(r'es\.drain \| data: .*?"reason":"(\w+)"', line)}
    assert words("DrainReason") == drains
