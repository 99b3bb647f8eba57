"""Plays of their own, where time, the surroundings or the application's commands matter: spec/conformance/plays/*.json.

Still over real sockets and in real time. They end on facts; what must not happen is given a time to happen in.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wakeful_demo.conformance.cases import PACE, Case, Request
from wakeful_demo.conformance.reports import Inbox
from wakeful_demo.conformance.service import Refused, Service
from wakeful_demo.play import Play

# A timer of whole milliseconds may be that much early.
EARLY_MS = 20
# What the harness itself does to the process that runs the client: nothing to declare.
OF_THE_PROCESS = "process"
MEMBERS = {
    "name", "why", "clauses", "needs", "options", "pace", "connections", "script", "tokens", "messages", "resets",
    "requests", "floors", "delays", "spread_ms", "refused", "final", "outcome",
    "prefix",
}  # fmt: skip


@dataclass
class TimedCase(Case):
    """A case with a script: what is done and waited for, in order; README.md has the words.

    floors: {"request": 3, "ms": 1500}: that request came no sooner than so long after the last thing that the server
      did on the connection before, or on the one that `since` names.
    delays: the least and the most of each delay that was told.
    spread_ms: how far the longest of them and the shortest must be apart.
    prefix: other messages may follow those that are named.
    refused: what the error must name for which the stream is refused: the option, or its part (`headers|x-key`). It
      must not hold a word of a header's value.
    """

    script: list[dict[str, Any]] = field(default_factory=list)
    floors: list[dict[str, int]] = field(default_factory=list)
    delays: list[list[int]] = field(default_factory=list)
    spread_ms: int = 0
    prefix: bool = False
    refused: str = ""

    @property
    def alone(self) -> bool:
        """Whether it is done to the client's whole process or page, so that no other case may run in it."""
        return bool({OF_THE_PROCESS, "hints"} & self.needs)


def load_timed(folder: Path) -> list[TimedCase]:
    plays = [one for path in sorted(folder.glob("*.json")) for one in json.loads(path.read_text("utf-8"))]
    return [_case(one) for one in plays]


def _case(play: dict[str, Any]) -> TimedCase:
    unknown = set(play) - MEMBERS
    if unknown:
        raise ValueError(f"{play['name']}: unknown members {sorted(unknown)}")
    options = play.get("options", {})
    pace = {name: value for name, value in {**PACE, **play.get("pace", {})}.items() if name not in options}
    case = TimedCase(play["name"], play["clauses"], options, pace, {*options, *play.get("needs", [])} - {"url"})
    case.connections = [_operations(one) for one in play.get("connections", [])]
    case.tokens = play.get("tokens", [])
    case.messages = play.get("messages", [])
    case.resets = play.get("resets", [])
    case.requests = [_request(one) for one in play.get("requests", [])]
    case.script = play.get("script", [])
    case.floors = play.get("floors", [])
    case.delays = play.get("delays", [])
    case.spread_ms = play.get("spread_ms", 0)
    case.prefix = play.get("prefix", False)
    case.refused = play.get("refused", "")
    case.final = play.get("final", "open")
    case.outcome = play.get("outcome", "")
    _add_needs(case)
    return case


def _operations(connection: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """{"times": 5, "do": [operations]} written out; a head without headers is that of a stream."""
    written: list[dict[str, Any]] = []
    for operation in connection:
        if "times" in operation:
            written += _operations(operation["do"]) * operation["times"]
        elif "head" in operation and "headers" not in operation["head"]:
            written.append({"head": {"headers": {"Content-Type": "text/event-stream"}, **operation["head"]}})
        else:
            written.append(operation)
    return written


def _request(said: dict[str, Any]) -> Request:
    """{"method", "target", and headers by their small names}: what must be there; "" for what must not."""
    headers = {name: value for name, value in said.items() if name not in ("method", "target", "body")}
    return Request(
        said.get("method", "GET"), said.get("target", ""), {"last-event-id": "", **headers}, said.get("body")
    )


def _add_needs(case: TimedCase) -> None:
    if "es." in json.dumps(case.connections):
        case.needs.add("profile")
    if len(case.requests) > 1:
        case.needs.add("reconnect")
    if case.tokens:
        case.needs.add("token")
    if case.delays or case.spread_ms:
        case.needs.add("delays")
    if case.outcome:
        case.needs.add("outcome")
    if case.refused:
        case.needs.add("option-errors")
    for step in case.script:
        if "command" in step:
            case.needs.add("hints" if step["command"] == "hint" else step["command"])
        if "refused" in step:
            case.needs.add("usage-errors")
        case.needs |= {
            need
            for word, need in (("hold", "backpressure"), ("read", "read"), ("sleep_ms", OF_THE_PROCESS))
            if word in step
        }


class Stuck(Exception):
    """What was waited for did not come, or was not what it had to be."""


class Script:
    """One run of a case's script. patience: how long to wait for each fact, in seconds."""

    def __init__(self, play: Play, inbox: Inbox, service: Service, stream: str, patience: float) -> None:
        self._play = play
        self._inbox = inbox
        self._service = service
        self._stream = stream
        self._patience = patience

    async def run(self, steps: list[dict[str, Any]]) -> None:
        """Raises Stuck, and ServiceFailed."""
        for step in steps:
            await self._step(step)

    async def _step(self, step: dict[str, Any]) -> None:
        if "until" in step:
            await self._until(step["until"])
        elif "command" in step:
            await self._command(step)
        elif "gate" in step:
            await self._play.open_gate(step["gate"])
        elif "release" in step:
            await self._inbox.release()
        elif "hold" in step:
            self._inbox.hold(step["hold"])
        elif "delete" in step:
            await self._service.close(self._stream)
        elif "pass_ms" in step:
            await asyncio.sleep(step["pass_ms"] / 1000)
        elif "sleep_ms" in step:
            self._service.signal(signal.SIGSTOP)
            try:
                await asyncio.sleep(step["sleep_ms"] / 1000)
            finally:
                self._service.signal(signal.SIGCONT)
        elif "read" in step:
            await self._read(step["read"])
        elif "stalled" in step:
            await self._stalled(step["stalled"])
        else:
            raise ValueError(f"unknown step {step}")

    async def _command(self, step: dict[str, Any]) -> None:
        word = step["command"]
        members = {name: value for name, value in step.items() if name not in ("command", "refused")}
        if word == "retry":
            self._inbox.final = ""
        try:
            await self._service.command(self._stream, word, **members)
        except Refused as refusal:
            if "refused" not in step:
                raise Stuck(f"{word} was refused: {refusal}") from None
            if step["refused"] not in refusal.message:
                raise Stuck(f"{word} was refused without the word {step['refused']}: {refusal.message}") from None
            return
        if "refused" in step:
            raise Stuck(f"{word} was not refused")

    async def _read(self, wanted: dict[str, Any]) -> None:
        got = await self._service.read(self._stream)
        for path, value in wanted.items():
            found: Any = got
            for name in path.split("."):
                found = found.get(name) if isinstance(found, dict) else None
            if found != value:
                raise Stuck(f"{path} is {found!r}, not {value!r}")

    async def _until(self, facts: dict[str, Any]) -> None:
        try:
            await asyncio.wait_for(self._facts(lambda: not self._missing(facts)), self._patience)
        except TimeoutError:
            raise Stuck(f"nothing came for {self._patience:g} s: {self._missing(facts)}") from None

    async def _facts(self, enough: Callable[[], bool]) -> None:
        while not enough() and not self._inbox.fault:
            news = [
                asyncio.ensure_future(self._inbox.until_news(self._inbox.facts)),
                asyncio.ensure_future(self._play.until_news(self._play.facts)),
                asyncio.ensure_future(asyncio.sleep(0.25)),  # an operation that begins is no fact of the journal
            ]
            await asyncio.wait(news, return_when=asyncio.FIRST_COMPLETED)
            for task in news:
                task.cancel()
            await asyncio.gather(*news, return_exceptions=True)

    def _missing(self, facts: dict[str, Any]) -> str:
        inbox, connections = self._inbox, self._play.connections
        counts = {
            "requests": len(connections),
            "closed": sum(one.closed_by is not None for one in connections),
            "left": sum(one.closed_by == "client" for one in connections),
            "messages": len(inbox.messages),
            "opens": inbox.opens,
            "resets": len(inbox.resets),
            "waits": inbox.waits,
        }
        missing = [
            f"{counts[name]} of {least} {name}" for name, least in facts.items() if counts.get(name, least) < least
        ]
        # "closed" is what a client says that cannot tell the two ends apart.
        if "final" in facts and inbox.final not in (facts["final"], "closed"):
            missing.append(f"it is {inbox.final or 'open'}, not {facts['final']}")
        return ", ".join(missing)

    async def _stalled(self, seconds: float) -> None:
        """The server's write on the last connection goes no further for so long, and is not done."""
        connection = self._play.connections[-1]
        written = -1
        while written != connection.written:
            written = connection.written
            await asyncio.sleep(seconds)
        if connection.begun_s and len(connection.begun_s) == len(connection.operations):
            raise Stuck(f"it read all {written} bytes while the application was at work")


def broken_times(case: TimedCase, play: Play, inbox: Inbox) -> str:
    """A request that came too soon, or a delay out of its bounds; "" if there is none."""
    for floor in case.floors:
        number = floor["request"]
        if len(play.connections) < number:
            continue
        before, request = play.connections[floor.get("since", number - 1) - 1], play.connections[number - 1]
        waited = int((request.accepted_s - before.begun_s[-1]) * 1000)
        if waited < floor["ms"] - EARLY_MS:
            return f"request {number} came after {waited} ms, sooner than {floor['ms']}"
    for at, (least, most) in enumerate(case.delays):
        if at >= len(inbox.delays) or not least <= inbox.delays[at] <= most:
            return f"delay {at + 1} of {inbox.delays} is not of {least} to {most} ms"
    if case.spread_ms and max(inbox.delays) - min(inbox.delays) < case.spread_ms:
        return f"the delays are all alike: {inbox.delays}"
    return ""


def refused_rightly(case: TimedCase, status: int, message: str) -> bool:
    """It names the option, in any language's spelling (connect_ms, connectMs), and repeats no header's value."""
    values = case.options.get("headers", {}).values()
    leaks = any(part in message for value in values for part in value.split())
    return (
        status == 400
        and case.refused != ""
        and any(name.replace("_", "") in message.lower().replace("_", "") for name in case.refused.split("|"))
        and not leaks
    )
