"""Plays one case to the client under test and says whether it did what the scenario requires."""

from __future__ import annotations

import asyncio
import contextlib
import json
from itertools import zip_longest
from typing import Any

from wakeful_demo.conformance.cases import Case, Command, Request
from wakeful_demo.conformance.reports import Inbox, ReportServer
from wakeful_demo.conformance.service import Refused, Service
from wakeful_demo.conformance.timed import OF_THE_PROCESS, Script, Stuck, TimedCase, broken_times, refused_rightly
from wakeful_demo.conformance.verdict import Verdict
from wakeful_demo.play import Play
from wakeful_demo.plays import PlayServer

# How long a client that is to stay open may take to report one message more than it should have.
SURPLUS_S = 0.5


class Judge:
    """plays: under `abroad` the same plays, as another origin.

    patience: after so many seconds without a report or a connection, nothing more is expected to come.
    """

    def __init__(
        self, plays: PlayServer, abroad: PlayServer, reports: ReportServer, service: Service, patience: float
    ) -> None:
        self._plays = plays
        self._abroad = abroad
        self._reports = reports
        self._service = service
        self._patience = patience

    async def judge(self, case: Case) -> Verdict:
        """Raises ServiceFailed if the service itself does not work."""
        missing = case.needs - self._service.description.capabilities
        if self._service.command_line:
            missing.discard(OF_THE_PROCESS)
        if missing:
            return Verdict(case, "not supported", ", ".join(sorted(missing)))
        if isinstance(case, TimedCase) and case.alone and self._service.command_line:
            async with self._service.another() as service:
                reason = await self._play(case, service)
        else:
            reason = await self._play(case, self._service)
        return Verdict(case, "fail", reason) if reason else Verdict(case, "pass")

    async def _play(self, case: Case, service: Service) -> str:
        """What was wrong."""
        play = self._create(case)
        report_url, inbox = self._reports.open(case.tokens)
        try:
            stream = await service.open(self._order(case, play, report_url))
        except Refused as refusal:
            right = isinstance(case, TimedCase) and refused_rightly(case, refusal.status, refusal.message)
            return "" if right else f"open was refused: {refusal}"
        if isinstance(case, TimedCase) and case.refused:
            await service.close(stream)
            return f"{case.refused} was taken"
        try:
            reason = ""
            if isinstance(case, TimedCase):
                await Script(play, inbox, service, stream, self._patience).run(case.script)
                await inbox.release()
            reason = await self._watch(case, play, inbox, service, stream)
        except Stuck as error:
            reason = str(error)
        finally:
            await inbox.release()
            await service.close(stream)
        reason = reason or self._difference(case, play, inbox)
        if isinstance(case, TimedCase):
            reason = reason or broken_times(case, play, inbox)
        return reason or await self._left_open(play)

    def _create(self, case: Case) -> Play:
        """In a play {base} is the path of its own stream, {abroad} its URL at the other origin."""
        path = f"/plays/{len(self._plays.plays) + 1}/stream"
        text = json.dumps({"connections": case.connections})
        text = text.replace("{base}", path).replace("{abroad}", self._abroad.url + path)
        return self._plays.create(text.encode())

    def _order(self, case: Case, play: Play, report_url: str) -> dict[str, Any]:
        return {
            "url": self._plays.url_of(play),
            "report": report_url,
            "types": case.types,
            "token": "token" in case.needs,
            "options": case.options,
            "pace": case.pace,
        }

    async def _watch(self, case: Case, play: Play, inbox: Inbox, service: Service, stream: str) -> str:
        """Wait until nothing more can make a difference; meanwhile open the gates and give the commands.

        What is wrong if that does not come.
        """
        gates, commands = dict(case.gates), list(case.commands)
        while not _settled(case, play, inbox):
            seen = inbox.facts, play.facts
            for name, gate in list(gates.items()):
                if len(inbox.messages) >= gate.messages and inbox.opens >= gate.opens:
                    del gates[name]
                    await play.open_gate(name)
            while commands and _is_due(commands[0], play, inbox):
                await service.command(stream, commands.pop(0).word)
            news = [asyncio.ensure_future(inbox.until_news(seen[0])), asyncio.ensure_future(play.until_news(seen[1]))]
            done, _ = await asyncio.wait(news, timeout=self._patience, return_when=asyncio.FIRST_COMPLETED)
            for task in news:
                task.cancel()
            await asyncio.gather(*news, return_exceptions=True)
            if not done:
                return self._stuck(case, play, inbox)
        if case.final == "open":
            # Nothing follows a message too many that could be waited for, and closing would hide it.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(_surplus(case, inbox), SURPLUS_S)
        return ""

    def _stuck(self, case: Case, play: Play, inbox: Inbox) -> str:
        what = self._difference(case, play, inbox)
        return f"nothing came for {self._patience:g} s" + (f"; {what}" if what else "")

    async def _left_open(self, play: Play) -> str:
        """A client that is closed leaves no connection."""
        accepted = len(play.connections)
        try:
            await asyncio.wait_for(play.until(accepted, accepted), self._patience)
        except TimeoutError:
            return "it was closed and left a connection open"
        return ""

    def _difference(self, case: Case, play: Play, inbox: Inbox) -> str:
        if inbox.fault:
            return inbox.fault
        connections = play.journal()["connections"]
        requests = [_request(play, one, asked) for one, asked in zip_longest(connections, case.requests) if one]
        messages = inbox.messages
        if isinstance(case, TimedCase) and case.prefix:
            messages = messages[: len(case.messages)]
        pairs = [
            ("message", case.messages, messages),
            ("reset", case.resets, inbox.resets),
            ("request", [_line(request) for request in case.requests], requests),
        ]
        if "comments" in case.needs:
            pairs.append(("comment", case.comments, _without_ours(case, inbox.comments)))
        for what, expected, got in pairs:
            difference = _first_difference(what, expected, got)
            if difference:
                return difference
        final = inbox.final or "open"
        if final != case.final and (final != "closed" or case.final == "open"):
            return f"it is {final}, not {case.final}"
        return (
            "" if inbox.outcome == case.outcome or not case.outcome else f"its outcome is {inbox.outcome or 'unsaid'}"
        )


def _is_due(command: Command, play: Play, inbox: Inbox) -> bool:
    enough = len(inbox.messages) >= command.messages and inbox.opens >= command.opens
    return enough and len(play.connections) >= command.requests


def _settled(case: Case, play: Play, inbox: Inbox) -> bool:
    if inbox.fault or inbox.final or len(inbox.messages) > len(case.messages):
        return True
    if len(play.connections) > len(case.requests):
        return True
    everything = len(inbox.messages) == len(case.messages) and len(play.connections) == len(case.requests)
    everything = everything and len(inbox.resets) >= len(case.resets)
    if "comments" in case.needs:
        everything = everything and len(inbox.comments) >= len(case.comments)
    return case.final == "open" and everything and inbox.opens >= case.opens


async def _surplus(case: Case, inbox: Inbox) -> None:
    """Return when there are more messages than there should be, or what was said is wrong."""
    while len(inbox.messages) <= len(case.messages) and not inbox.fault:
        await inbox.until_news(inbox.facts)


def _request(play: Play, connection: dict[str, Any], expected: Request | None) -> str:
    """A request as the server saw it, less the headers that no scenario speaks of."""
    target = connection["target"].removeprefix(f"/plays/{play.id}/stream")
    names = ("last-event-id",) if expected is None else tuple(expected.headers)
    headers = {name: _header(connection["headers"].get(name, "")) for name in names}
    return _line(Request(connection["method"], target, headers, connection["body"] or None))


def _header(value: str) -> str:
    """The bytes of a header are read as Latin-1; what clients send in it is UTF-8."""
    return value.encode("latin-1").decode("utf-8", "replace")


def _line(request: Request) -> str:
    parts = [request.method, request.target, *(f'{name}="{value}"' for name, value in request.headers.items() if value)]
    return " ".join(part for part in (*parts, request.body) if part)


def _without_ours(case: Case, comments: list[str]) -> list[str]:
    """Less the empty comment that holds a connection open (cases.py)."""
    surplus = len(comments) - len(case.comments)
    return comments[:-1] if surplus == 1 and comments[-1] == 'comment ""' else comments


def _first_difference(what: str, expected: list[str], got: list[str]) -> str:
    for place, (one, other) in enumerate(zip(expected, got, strict=False), 1):
        if one != other:
            return f"{what} {place} is {_show(other)}, not {_show(one)}"
    if len(got) < len(expected):
        return f"{what} {len(got) + 1} of {len(expected)} is missing: {_show(expected[len(got)])}"
    if len(got) > len(expected):
        return f"{what} {len(expected) + 1} is one too many: {_show(got[len(expected)])}"
    return ""


def _show(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:97]}…"
