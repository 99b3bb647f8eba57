"""The server's scenarios, played to a real server: a strict viewer over a socket, and the application by REST.

From a scenario's text follow what the service is told, and which blocks must come, in order. How blocks are put into
writes, and the clock, are not compared: only timers under test are scaled, and every wait ends on what has come.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wakeful_demo.conformance.folds import canonical
from wakeful_demo.conformance.service import Refused, Service
from wakeful_demo.conformance.verdict import Verdict
from wakeful_demo.conformance.viewer import Viewer

# What the scenarios call the stream, its log and its address.
STREAM, EPOCH, PATH = "run_7", "k3f9", "/runs/7/events"
# Of these a transport that takes no more is part, or a clock: they have plays of their own, in server_plays.py.
IN_PROCESS = ("stuck", "taken", "trim")
# Timers under test, by the clause; and how the numbers read that follow from them.
SCALED: dict[str, dict[str, int]] = {
    "server.hb": {"hb_ms": 1_000},
    "server.hb-event": {"hb_ms": 1_000},
    "server.rotate": {"rotate_ms": 2_000, "drain_deadline_ms": 3_000, "drain_window_ms": 500},
}
# How long a body that is to stay open may take to end all the same.
QUIET_S = 0.3


@dataclass(frozen=True)
class ServerCase:
    """One scenario of scenarios/server/*.json that a server can be asked for."""

    name: str
    clauses: list[str]
    scenario: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def needs(self) -> set[str]:
        words = {word for step in self.scenario["steps"] for word in step}
        found = {
            need
            for word, need in (("snapshot", "snapshot"), ("drain", "drain"), ("log-away", "log-away"))
            if word in words
        }
        return found | ({"bounds"} if self.scenario.get("log") and self.scenario["log"].get("first", 1) > 1 else set())

    @property
    def timed(self) -> bool:
        """Whether a timer is waited for."""
        return any("deadline" in step for step in self.scenario["steps"])

    @property
    def heartbeats(self) -> bool:
        """Whether one that comes is the server's doing. Else it says only that the machine is slow."""
        return self.timed or self.options.get("hb_ms") == 0

    @property
    def scaled(self) -> list[tuple[str, str]]:
        """Texts of the scenario, and what they become."""
        changes = [("es.wait=10000", "es.wait=2000")]
        if "drain_deadline_ms" in self.options:
            changes += [("30000", "3000"), ("[0,5000]", "[0,500]")]
        return changes


def load_servers(folder: Path) -> list[ServerCase]:
    scenarios = [one for path in sorted(folder.glob("*.json")) for one in json.loads(path.read_text("utf-8"))]
    return [_case(one) for one in scenarios if _can_be_played(one)]


def _can_be_played(scenario: dict[str, Any]) -> bool:
    words = {word for step in scenario["steps"] for word in step}
    lines = [line for step in scenario["steps"] for line in step.get("expect", [])]
    mistakes = any(line.startswith("error ") for line in lines)  # of the application, which its own logs show
    # Minutes until a credential lapses: the scenario of six seconds shows the same.
    return not words & set(IN_PROCESS) and not mistakes and scenario["name"] != "a-credential-lapses"


def _case(scenario: dict[str, Any]) -> ServerCase:
    case = ServerCase(scenario["name"], scenario["clauses"], scenario, {**scenario.get("options", {})})
    for clause in scenario["clauses"]:
        if case.timed:
            case.options.update(SCALED.get(clause, {}))
    return case


async def judge_server(case: ServerCase, service: Service, patience: float) -> Verdict:
    """Raises ServiceFailed if the service itself does not work."""
    missing = case.needs - service.description.capabilities
    if missing:
        return Verdict(case, "not supported", ", ".join(sorted(missing)))
    try:
        await Performance(case, service, patience).perform()
    except (Differs, OSError, EOFError) as error:
        return Verdict(case, "fail", str(error))
    return Verdict(case, "pass")


class Differs(Exception):
    """What the server did otherwise."""


class Performance:
    """One case, once."""

    def __init__(self, case: ServerCase, service: Service, patience: float) -> None:
        self._case = case
        self._service = service
        self._patience = patience
        self._names: list[tuple[str, str]] = []
        self._run = ""
        self._viewer: Viewer | None = None
        self._wanted: list[str] = []
        self._problem = ""

    async def perform(self) -> None:
        scenario = self._case.scenario
        lines = [line for step in scenario["steps"] for line in step.get("expect", [])]
        try:
            said = await self._create()
        except Refused as refusal:
            if not any(line.startswith(f"option-error {refusal.message.split(' ')[0]}") for line in lines):
                raise Differs(f"it was refused: {refusal}") from None
            return
        if any(line.startswith("option-error") for line in lines):
            raise Differs("an option out of range was taken")
        if scenario.get("log", {}) is None:
            said = {**said, "path": "/runs/no-such-run/events"}
        method = scenario.get("method", "GET")
        async with Viewer(self._url(said), self._headers(), method, self._case.heartbeats) as viewer:
            self._viewer = viewer.read()
            for step in scenario["steps"]:
                await self._step(step)
            await self._nothing_more(any(line.startswith("closed") for line in lines))

    async def _create(self) -> dict[str, Any]:
        scenario = self._case.scenario
        log = scenario.get("log") or {}
        order: dict[str, Any] = {"options": self._case.options}
        order["payloads"] = [f"d{seq}" for seq in range(1, log.get("last", 0) + 1)] + log.get("payloads", [])
        if log.get("first", 1) > 1:
            order["first"] = log["first"]
        if "ended" in log:
            order["ended"] = log["ended"]
        for step in scenario["steps"]:
            if "open" in step:
                break
            if "snapshot" in step:
                order["snapshot"] = step["snapshot"]
        said: dict[str, Any] = await self._service.ask("POST", "/runs", order)
        self._run = f"/runs/{said['run']}"
        self._names = [(log.get("epoch", EPOCH), said["epoch"]), (STREAM, said["run"]), (PATH, said["path"])]
        return said

    def _url(self, said: dict[str, Any]) -> str:
        query = self._real(self._case.scenario.get("query", ""))
        return self._service.url + quote(said["path"]) + (f"?{query}" if query else "")

    def _headers(self) -> dict[str, str]:
        return {name: self._real(value) for name, value in self._case.scenario.get("request", {}).items()}

    def _real(self, text: str) -> str:
        """With the names of the real stream, and the scaled times."""
        for said, real in [*self._names, *self._case.scaled]:
            text = text.replace(said, real)
        return text

    async def _step(self, step: dict[str, Any]) -> None:
        [(word, value)] = step.items()
        if word == "expect":
            await self._expect(value)
        elif word == "check":
            self._check(value)
        elif word in ("append", "end", "drain"):
            await self._service.ask("POST", self._run, {word: value})
        elif word == "log-away":
            await self._service.ask("POST", self._run, {"away": True})

    async def _expect(self, lines: list[str]) -> None:
        viewer = self._viewer
        assert viewer is not None
        for line in lines:
            word, _, rest = line.partition(" ")
            if word == "head":
                self._head(rest)
            elif word == "write":
                self._wanted += [_plain(block) for block in self._real(rest).split(" || ")]
        if viewer.status == 200:
            await viewer.until_blocks(len(self._wanted), self._patience)
        else:
            await viewer.until_closed(self._patience)
        got = [_block(block) for block in viewer.blocks]
        for place, wanted in enumerate(self._wanted):
            found = got[place] if place < len(got) else "nothing"
            if found != wanted:
                raise Differs(f"block {place + 1} is {found}, not {wanted}")
        if viewer.fault:
            raise Differs(viewer.fault)
        if any(line.startswith("closed") for line in lines) and not await viewer.until_closed(self._patience):
            raise Differs(f"the body did not end within {self._patience:g} s")

    def _head(self, wanted: str) -> None:
        viewer = self._viewer
        assert viewer is not None
        if viewer.status != int(wanted.split(" ")[0]):
            raise Differs(f"the status is {viewer.status}, not {wanted}")
        if viewer.status == 200 and viewer.headers.get("content-type") != "text/event-stream":
            raise Differs(f"the type is {viewer.headers.get('content-type')}")
        self._problem = wanted

    def _check(self, wanted: dict[str, Any]) -> None:
        viewer = self._viewer
        assert viewer is not None
        for name, value in wanted.items():
            if name == "hello":
                hello = next((block for block in viewer.blocks if "es.hello" in block), "")
                found: Any = canonical(json.loads(hello.partition("data: ")[2] or "null"))
                value = self._real(canonical(value))
            elif name == "body":
                found, value = canonical(_json(viewer.text)), canonical(value)
            elif name in ("deadline", "seq", "ends_run"):
                continue  # of the driver's loop: no viewer can read them
            else:
                found = viewer.headers.get(name.lower(), "none")
                value = self._real(value) if self._real(value) == found else value
            if found != value:
                raise Differs(f"{name} is {found}, not {value}")

    async def _nothing_more(self, closed: bool) -> None:
        """Of what the scenario has not said: no other block, no end that it did not tell of."""
        viewer = self._viewer
        assert viewer is not None
        if viewer.status != 200:
            await viewer.until_closed(self._patience)
            self._check_problem(viewer)
            return
        if not closed:
            await viewer.until_closed(QUIET_S)
        more = [block for block in viewer.blocks[len(self._wanted) :] if not block.startswith(": hb")]
        if more:
            raise Differs(f"one block too many: {_block(more[0])}")
        if viewer.closed != closed:
            raise Differs("the body has ended" if viewer.closed else "the body has not ended")

    def _check_problem(self, viewer: Viewer) -> None:
        wanted = re.match(r'(\d+) "(.*?)"(?: first=(\d+))?', self._problem)
        if wanted is None:
            return
        problem = _json(viewer.text) or {}
        if problem.get("type") != wanted[2] or problem.get("first") != (int(wanted[3]) if wanted[3] else None):
            raise Differs(f"the problem is {viewer.text}")


def _plain(block: str) -> str:
    """As `expect` has it, its lines joined by " | "."""
    return " | ".join(_line(line) for line in block.split(" | "))


def _block(block: str) -> str:
    if "event: es.hello" in block:
        next_seq = json.loads(block.partition("data: ")[2])["next"]
        return " | ".join([*block.split("\n")[:-1], f"next {next_seq}"])
    return " | ".join(_line(line) for line in block.split("\n"))


def _line(line: str) -> str:
    if not line.startswith("data: "):
        return line
    try:
        return f"data: {canonical(json.loads(line[6:]))}"
    except ValueError:
        return line


def _json(text: str) -> Any:
    """None if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None
