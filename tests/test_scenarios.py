"""The scenarios on this interpreter, and that they and the clauses cover each other."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from flatten import document, load
from portable.suite import run_suite

CLAUSES = Path(__file__).parent.parent / "spec" / "clauses.md"


def test_every_scenario_passes_however_it_is_fed() -> None:
    result = run_suite(document(), lambda line: None)
    print(f"lane cpython: {result.scenarios} scenarios, {result.feeds} feeds")
    assert result.mismatches == []


def test_names_are_unique_and_reasons_given() -> None:
    names = Counter(scenario["name"] for scenario in load())
    assert [name for name, count in names.items() if count > 1] == []
    assert [s["name"] for s in load() if len(s["why"]) < 20 or not s["clauses"]] == []


def test_every_clause_has_a_scenario_and_every_scenario_a_clause() -> None:
    listed = set(re.findall(r"^\| `([a-z0-9.-]+)` \|", CLAUSES.read_text("utf-8"), re.MULTILINE))
    used = {clause for scenario in load() for clause in scenario["clauses"]}
    assert listed - used == set()
    assert used - listed == set()
