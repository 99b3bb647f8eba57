"""The scenarios that a server can play, for the tests of our drivers; wakeful_demo.conformance.cases derives them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flatten import SCENARIOS, load
from wakeful_demo.conformance.cases import NO_ANSWER, SCALED_MS, Case, Operation, load_cases

HOSTS = ("asyncio", "sync", "page", "worker")

# A lane that plays fewer has lost some.
KNOWN_CASES = {"asyncio": 181, "sync": 181, "page": 175, "worker": 175}

# A request that gets no response: the server closes the socket. Firefox repeats such a request by itself, where
# nobody can count it; in a page, fetch fails as well when it is sent to another origin, which it was told not to go to.
NO_ANSWER_IN_A_PAGE: Operation = {"head": {"status": 302, "headers": {"Location": "http://elsewhere.test/"}}}


@dataclass
class WireCase:
    """What one scenario is on the wire.

    connections: for POST /plays. options: for the client, by the core's names. tokens: what the application gives, in
    order; None is a failure. gates: how many messages open each. messages, state, requests: what the client must have
    got, be in, and have sent ([method, Last-Event-ID or ""] for each connection).
    """

    name: str
    options: dict[str, Any]
    hosts: tuple[str, ...]
    connections: list[list[Operation]]
    tokens: list[str | None]
    gates: dict[str, int]
    messages: list[str]
    state: str
    requests: list[list[str]]

    @property
    def timer(self) -> str:
        """The option whose timer is under test, "" if none is."""
        return next((name for name, value in self.options.items() if value == SCALED_MS), "")

    @property
    def depends_on_time(self) -> bool:
        """A machine that stops for some seconds makes a short timer fire although the server has answered, and a client
        whose timer is late by seconds has slept: it is owed one attempt more."""
        return self.timer != "" or "attempts" in self.options

    def slowly(self) -> WireCase:
        """The same with that timer at a minute."""
        return replace(self, options={**self.options, self.timer: 60_000}) if self.timer else self


def wire_cases(host: str) -> list[WireCase]:
    """The cases that this kind of client is played; host is one of HOSTS."""
    marks = {scenario["name"]: scenario["wire"] for scenario in load() if scenario.get("wire")}
    cases = [_wire_case(case, marks[case.name]) for case in load_cases(SCENARIOS)]
    if host in ("page", "worker"):
        for case in cases:
            case.connections = [
                [NO_ANSWER_IN_A_PAGE] if operations == [NO_ANSWER] else operations for operations in case.connections
            ]
    return [case for case in cases if host in case.hosts]


def _wire_case(case: Case, mark: bool | list[str]) -> WireCase:
    options = {**case.options, **case.pace}
    if "token" in case.needs:
        options["has_token"] = True
    return WireCase(
        name=case.name,
        options=options,
        hosts=HOSTS if mark is True else tuple(mark or ()),
        connections=case.connections,
        tokens=case.tokens,
        gates={name: gate.messages for name, gate in case.gates.items()},
        messages=case.messages,
        state=case.final,
        requests=[[request.method, request.last_event_id] for request in case.requests],
    )
