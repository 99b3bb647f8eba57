"""The server's scenario files to plain lists of words: what tests/portable/server_runner.py reads in every runtime."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from portable.server_runner import canonical

SCENARIOS = Path(__file__).parent.parent / "spec" / "scenarios" / "server"

MEMBERS = {"name", "why", "clauses", "options", "log", "request", "query", "method", "steps"}


def load_server() -> list[dict[str, Any]]:
    """All scenarios, each a dict as in its file."""
    scenarios = []
    for path in sorted(SCENARIOS.glob("*.json")):
        for scenario in json.loads(path.read_text("utf-8")):
            unknown = set(scenario) - MEMBERS
            if unknown:
                raise ValueError(f"{path.name}: {scenario.get('name')}: unknown members {sorted(unknown)}")
            scenarios.append(scenario)
    return scenarios


def flatten_server(scenario: dict[str, Any]) -> list[list[str]]:
    """[["scenario", name], ["option", name, value], …, ["open"], then the steps]."""
    flat = [["scenario", scenario["name"]]]
    flat += [["option", name, str(value)] for name, value in scenario.get("options", {}).items()]
    log = scenario.get("log", {})
    if log is None:
        flat.append(["no-stream"])
    else:
        flat += _log(log)
    flat += [["header", name.lower(), value] for name, value in scenario.get("request", {}).items()]
    flat.append(["query", scenario.get("query", "")])
    for step in scenario["steps"]:
        if len(step) != 1:
            raise ValueError(f"a step has one member: {step}")
        [(word, value)] = step.items()
        flat += _step(word, value)
    return flat


def server_cases() -> list[list[str]]:
    return [row for scenario in load_server() for row in flatten_server(scenario)]


def _log(log: dict[str, Any]) -> list[list[str]]:
    """epoch, first, last (d1, d2 … are the payloads), then payloads of its own, and the end."""
    flat = [["log", log.get("epoch", "k3f9"), str(log.get("first", 1)), str(log.get("last", 0))]]
    flat += [["append", payload] for payload in log.get("payloads", [])]
    if "ended" in log:
        flat.append(["end", log["ended"]])
    return flat


def _step(word: str, value: Any) -> list[list[str]]:
    if word in ("open", "stuck", "taken", "timeout", "log-away") and value is True:
        return [[word]]
    if word in ("at", "deadline", "trim", "drain", "end"):
        return [[word, str(value)]]
    if word == "append":
        return [["append", payload] for payload in value]
    if word == "snapshot":
        return [["snapshot", str(value["seq"]), *value["payloads"]]]
    if word == "expect":
        return [["expect", *value]]
    if word == "check":
        return [
            ["check", name, wanted if isinstance(wanted, str) else canonical(wanted)] for name, wanted in value.items()
        ]
    raise ValueError(f"unknown step {word}: {value}")
