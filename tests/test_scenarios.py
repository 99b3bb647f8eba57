"""The scenarios on this interpreter, and that they, the clauses and the words of the core cover each other."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import wakeful
from cases import KNOWN_SCENARIOS, load_patches, load_payload
from flatten import document, load
from portable.suite import SuiteResult, run_suite
from wakeful.states import TRANSITIONS

CLAUSES = Path(__file__).parent.parent / "spec" / "clauses.md"
CORE = Path(wakeful.__file__).parent
# As many as a server can play are marked so (`wire`).
KNOWN_ON_THE_WIRE = 202


@cache
def played() -> tuple[SuiteResult, frozenset[str]]:
    """The outcome of all scenarios, and every line of their traces."""
    lines: set[str] = set()
    return run_suite(document(), lines.add), frozenset(lines)


def words(module: str, name: str) -> set[str]:
    """The words of a Literal type, read from the source: at run time it does not exist."""
    for node in ast.walk(ast.parse((CORE / module).read_text("utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            found = ast.walk(node.value)
            return {part.value for part in found if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    raise AssertionError(f"no {name} in {module}")


def test_every_scenario_passes_however_it_is_fed() -> None:
    result, _ = played()
    print(f"lane cpython: {result.scenarios} scenarios, {result.feeds} feeds")
    assert result.mismatches == []
    assert result.scenarios >= KNOWN_SCENARIOS


def test_names_are_unique_and_reasons_given() -> None:
    names = Counter(scenario["name"] for scenario in [*load(), *load_payload(), *load_patches()])
    assert [
        name for name, count in names.items() if count > 1 or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    ] == []
    assert [s["name"] for s in load() if len(s["why"]) < 20 or not s["clauses"]] == []


def test_no_two_scenarios_are_the_same() -> None:
    bodies = Counter(repr(scenario[1:]) for scenario in document())
    assert [body for body, count in bodies.items() if count > 1] == []


def test_enough_scenarios_can_be_played_by_a_server() -> None:
    assert sum(1 for scenario in load() if scenario.get("wire")) >= KNOWN_ON_THE_WIRE


def test_every_clause_has_a_scenario_and_every_scenario_a_clause() -> None:
    listed = re.findall(r"^\| `((?!server\.)[a-z0-9.-]+)` \|", CLAUSES.read_text("utf-8"), re.MULTILINE)
    used = {clause for scenario in [*load(), *load_payload(), *load_patches()] for clause in scenario["clauses"]}
    assert [clause for clause, count in Counter(listed).items() if count > 1] == []
    assert set(listed) - used == set()
    assert used - set(listed) == set()


def test_every_transition_of_the_table_occurs_and_no_other() -> None:
    changes = [re.match(r"([a-z]+) -> ([a-z]+) ", line) for line in played()[1]]
    seen = {(change[1], change[2]) for change in changes if change}
    assert seen == {(state, following) for state, all_of_it in TRANSITIONS.items() for following in all_of_it}


def test_every_reason_occurs() -> None:
    changes = [re.match(r"[a-z]+ -> [a-z]+ ([a-z-]+)", line) for line in played()[1]]
    assert {change[1] for change in changes if change} == words("records.py", "Reason")


def test_every_kind_of_failure_occurs() -> None:
    failures = [re.search(r"-> [a-z]+ [a-z-]+(?: delay=\d+)? \(([a-z-]+) ", line) for line in played()[1]]
    assert {failure[1] for failure in failures if failure} == words("records.py", "FailureKind")


def test_every_hint_and_command_is_given() -> None:
    hints = {step["hint"] for scenario in load() for step in scenario["steps"] if "hint" in step}
    assert hints == words("client.py", "Hint")
    commands = {step["do"] for scenario in load() for step in scenario["steps"] if "do" in step}
    assert commands == {"start", "close", "cancel", "restart", "retry", "timeout"}
