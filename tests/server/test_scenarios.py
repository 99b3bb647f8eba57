"""The scenarios of the server's half, and that they and the clauses match. tests/test_lanes.py runs them everywhere."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from flatten_server import flatten_server, load_server, server_cases
from portable.server_runner import run_server

ROOT = Path(__file__).parents[2]
CLAUSES = ROOT / "spec" / "clauses.md"
KNOWN_SCENARIOS = 72


def traces() -> list[str]:
    """Every line of what happens in them, and that each is as its scenario says."""
    lines: list[str] = []
    assert run_server(server_cases(), lines.append) == []
    return lines


def test_every_scenario_passes() -> None:
    ran = [line for line in traces() if line.startswith("scenario ")]
    print(f"lane cpython: {len(ran)} scenarios of the server")
    assert len(ran) >= KNOWN_SCENARIOS


def test_names_are_unique_and_reasons_given() -> None:
    names = Counter(scenario["name"] for scenario in load_server())
    assert [n for n, count in names.items() if count > 1 or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", n)] == []
    assert [s["name"] for s in load_server() if len(s["why"]) < 20 or not s["clauses"]] == []
    bodies = Counter(repr(flatten_server(scenario)[1:]) for scenario in load_server())
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
    lines = traces()
    source = (ROOT / "client_core" / "wakeful" / "server" / "records.py").read_text("utf-8")

    def words(name: str) -> set[str]:
        return set(re.findall(r'"([\w-]+)"', source.partition(f"{name} = Literal[")[2].partition("]")[0]))

    closed = {line.split(" ")[1] for line in lines if line.startswith("closed ")}
    assert words("CloseReason") == closed
    resets = {reason for line in lines for reason in re.findall(r'es\.reset \| data: .*?"reason":"(\w+)"', line)}
    assert words("ResetReason") == resets
    drains = {reason for line in lines for reason in re.findall(r'es\.drain \| data: .*?"reason":"(\w+)"', line)}
    assert words("DrainReason") == drains
