"""A scenario as a server plays it over real sockets, and what a client must then have got.

Both are derived from the same steps: the server's operations from its inputs, the expectation from running the core on
them in process. Nothing is written down twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from flatten import flatten, load
from portable.runner import WHOLE, ScenarioRun, to_bytes

Operation = dict[str, Any]

# The timer under test on the wire: long enough for a busy machine to answer in, short enough to wait for.
SCALED_MS = 4_000
# Every other timer: it must not fire.
CALM_MS = 120_000
HOSTS = ("asyncio", "sync", "page", "worker")

# A request that gets no response: the server closes the socket. Firefox repeats such a request by itself, where
# nobody can count it; in a page, fetch fails as well when it is sent to another origin, which it was told not to go to.
NO_ANSWER: Operation = {"cut": True}
NO_ANSWER_IN_A_PAGE: Operation = {"head": {"status": 302, "headers": {"Location": "http://elsewhere.test/"}}}


@dataclass
class WireCase:
    """What one scenario is on the wire.

    connections: for POST /plays. options: for the client, by the core's names. tokens: what the application gives, in
    order; None is a failure. messages, state, requests: what the client must have got, be in, and have sent
    ([method, Last-Event-ID or ""] for each connection).
    """

    name: str
    options: dict[str, Any]
    hosts: tuple[str, ...]
    connections: list[list[Operation]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    gates: dict[str, int] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    state: str = ""
    requests: list[list[str]] = field(default_factory=list)


def wire_cases(host: str) -> list[WireCase]:
    """The cases that this kind of client is played; host is one of HOSTS."""
    cases = [_derive(scenario) for scenario in load() if scenario.get("wire")]
    if host in ("page", "worker"):
        for case in cases:
            case.connections = [
                [NO_ANSWER_IN_A_PAGE] if operations == [NO_ANSWER] else operations for operations in case.connections
            ]
    return [case for case in cases if host in case.hosts]


def _derive(scenario: dict[str, Any]) -> WireCase:
    marked = scenario["wire"]
    case = WireCase(scenario["name"], _calm(scenario.get("options", {})), HOSTS if marked is True else tuple(marked))
    lines: list[str] = []
    run = ScenarioRun(case.name, WHOLE, lines.append)
    steps = flatten(scenario)[1:]
    run.begin(steps)
    for step in steps:
        before = run.state
        if step[0] == "error" and before == "open":
            run.step(["given"])
            _gate(case, sum(line.startswith("message ") for line in lines))
        run.step(["given"] if step[0] == "expect" else step)
        _play(case, step, before)
    run.step(["given"])
    case.state = run.state
    if case.state not in ("open", "ended", "failed"):
        raise ValueError(f"{case.name} ends in {case.state}: on the wire it must end open, ended or failed")
    if case.state == "open":
        _hold(case)
    for line in lines:
        _expect(case, line)
    return case


def _calm(options: dict[str, Any]) -> dict[str, Any]:
    """Delays are short, as they are not what is tested; timers are long, but for the one that a step waits for."""
    calm = {name: value for name, value in options.items() if name not in ("die", "url")}
    calm.update(connect_ms=CALM_MS, idle_ms=CALM_MS, pause_ms=CALM_MS, base_ms=1, cap_ms=20)
    return calm


def _play(case: WireCase, step: list[str], state: str) -> None:
    """What the server does at this step. state: the client's, before it."""
    word = step[0]
    if word == "response":
        _connection(case, "head").append({"head": {"status": int(step[1]), "headers": _headers(step)}})
    elif word == "data":
        _connection(case, "").append({"hex": to_bytes(step[1:]).hex()})
    elif word == "eof":
        _connection(case, "").append({"eof": True})
    elif word == "error":
        if state == "connecting":
            _connection(case, "head").append(NO_ANSWER)
        else:
            _connection(case, "").append({"reset": True})
    elif word == "token":
        case.tokens.append(step[1])
    elif word == "token-error":
        case.tokens.append(None)
    elif word == "deadline":
        _wait(case, state)
    elif word not in ("option", "start", "given", "expect", "check", "at", "wait", "take"):
        raise ValueError(f"{case.name}: {word} cannot be played on the wire")


def _gate(case: WireCase, messages: int) -> None:
    name = f"g{len(case.gates)}"
    case.gates[name] = messages
    _connection(case, "").append({"gate": name})


def _wait(case: WireCase, state: str) -> None:
    """The steps go to a deadline: the server is silent until the client gives the connection up."""
    if state == "waiting":
        return  # the delay before the next attempt
    if state == "connecting":
        case.options["connect_ms"] = SCALED_MS
        _connection(case, "head").append({"hold": True})
    elif state == "open":
        case.options["idle_ms"] = SCALED_MS
        _hold(case)
    else:
        raise ValueError(f"{case.name}: a deadline in state {state} cannot be played on the wire")


def _hold(case: WireCase) -> None:
    """Stay open. Firefox tells of a response only with its first byte, so a head alone is followed by a comment."""
    operations = _connection(case, "")
    if "head" in operations[-1]:
        operations.append({"data": ":\n"})
    operations.append({"hold": True})


def _connection(case: WireCase, begins: str) -> list[Operation]:
    """The operations of the current connection; a head, or what comes instead of one, begins another."""
    if begins:
        case.connections.append([])
    return case.connections[-1]


def _headers(step: list[str]) -> dict[str, str]:
    headers = {step[at]: step[at + 1] for at in range(4, len(step) - 1, 2)}
    if step[2]:
        headers["location"] = step[2].replace("http://a.test/s", "")  # "?again" is relative to the play's own URL
    return headers


def _expect(case: WireCase, line: str) -> None:
    if line.startswith("message "):
        case.messages.append(line)
    elif line.startswith("connect "):
        found = re.search(r' last-event-id="(.*?)"(?: |$)', line)
        case.requests.append([line.split(" ")[2], found[1] if found else ""])
