"""Scenario files to plain lists of words: what tests/portable/runner.py reads in every runtime."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCENARIOS = Path(__file__).parent.parent / "spec" / "scenarios"

STARTED: list[dict[str, Any]] = [{"do": "start"}]
OPENED: list[dict[str, Any]] = [*STARTED, {"response": 200}]
MEMBERS = {"name", "why", "clauses", "options", "given", "feeds", "wire", "steps"}
DONE = {"start", "close", "cancel", "restart", "retry", "timeout"}


def load() -> list[dict[str, Any]]:
    """All scenarios, each a dict as in its file, with the file's name under "file"."""
    scenarios = []
    for path in sorted(SCENARIOS.glob("*.json")):
        for scenario in json.loads(path.read_text("utf-8")):
            unknown = set(scenario) - MEMBERS
            if unknown:
                raise ValueError(f"{path.name}: {scenario.get('name')}: unknown members {sorted(unknown)}")
            scenarios.append({**scenario, "file": path.name})
    return scenarios


def flatten(scenario: dict[str, Any]) -> list[list[str]]:
    """[[name, "feeds" or "whole"], ["option", name, value], …, then the steps]."""
    flat = [[scenario["name"], "feeds" if scenario.get("feeds", True) else "whole"]]
    for name, value in scenario.get("options", {}).items():
        if name == "headers":
            flat += [["option", f"header:{header}", text] for header, text in value.items()]
        else:
            flat.append(["option", name, _word(value)])
    given = scenario.get("given")
    for step in {None: [], "start": STARTED, "open": OPENED}[given]:
        flat += _step(step)
    if given:
        flat.append(["given"])
    for step in scenario["steps"]:
        flat += _step(step)
    return flat


def document() -> list[list[list[str]]]:
    return [flatten(scenario) for scenario in load()]


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _step(step: dict[str, Any]) -> list[list[str]]:
    flat: list[list[str]] = []
    rest = dict(step)
    if "at" in rest:
        flat.append(["at", str(rest.pop("at"))])
    if "wait" in rest:
        flat.append(["wait", str(rest.pop("wait"))])
    if "response" in rest:
        headers = rest.pop("headers", {"content-type": "text/event-stream"})
        words = ["response", str(rest.pop("response")), rest.pop("location", ""), str(rest.pop("wall_s", 0))]
        for name, value in headers.items():
            words += [name.lower(), value]
        flat.append(words)
    elif "check" in rest:
        flat += [["check", name, _word(value)] for name, value in rest.pop("check").items()]
    elif rest:
        word, value = rest.popitem()
        flat.append(_plain(word, value))
    if rest:
        raise ValueError(f"more than one thing in a step: {step}")
    return flat


def _plain(word: str, value: Any) -> list[str]:
    if word == "do" and value in DONE:
        return [value]
    if word in ("data", "old_data"):
        return [word.replace("_", "-"), "text", value]
    if word == "hex":
        return ["data", "bytes", " ".join(str(byte) for byte in bytes.fromhex(value))]
    if word in ("eof", "old_eof") and value is True:
        return [word.replace("_", "-")]
    if word == "expect":
        return ["expect", *value]
    if word in ("hint", "error", "token", "token_error", "deadline", "take"):
        return [word.replace("_", "-"), str(value)]
    raise ValueError(f"unknown step {word}: {value}")
