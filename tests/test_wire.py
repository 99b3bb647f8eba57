"""Every scenario that a server can play, over real sockets, to both drivers of CPython."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import wakeful
from plays import Gates, attempt, check, journal, play
from portable.trace import event_line
from wakeful.bindings.asyncio import AsyncStream
from wakeful.bindings.sync import Stream
from wakeful_demo.plays import PlayThread
from wire import HOSTS, KNOWN_CASES, WireCase, wire_cases


@pytest.mark.parametrize("host", HOSTS)
def test_no_case_was_lost(host: str) -> None:
    cases = wire_cases(host)
    print(f"lane {host}: {len(cases)} scenarios on the wire")
    assert len(cases) >= KNOWN_CASES[host]


def arguments(case: WireCase) -> dict[str, Any]:
    options = dict(case.options)
    if options.pop("has_token", False):
        tokens = list(case.tokens)

        def token(reason: str) -> str:
            given = tokens.pop(0)
            if given is None:
                raise RuntimeError("no token today")
            return given

        options["token"] = token
    if "body" in options:
        options["content"] = options.pop("body")
    return options


@pytest.mark.parametrize("case", wire_cases("asyncio"), ids=lambda case: case.name)
def test_asyncio(plays: PlayThread, case: WireCase) -> None:
    attempt(case, lambda case: play_with_asyncio(plays, case))


def play_with_asyncio(plays: PlayThread, case: WireCase) -> None:
    url = play(plays, *case.connections)
    gates = Gates(url, case)

    async def read() -> tuple[list[str], str, int]:
        got: list[str] = []
        async with wakeful.connect(url, **arguments(case)) as stream:
            try:
                async for event in stream.events():
                    if isinstance(event, wakeful.Message):
                        got.append(event_line(event))
                    await asyncio.to_thread(gates.report, len(got), stream.state)
                    if is_last(case, got, stream):
                        return got, stream.state, stream.stats.attempts
            except wakeful.StreamFailed:
                pass
            return got, stream.state, stream.stats.attempts

    got, state, attempts = asyncio.run(read())
    check(case, got, state, attempts, journal(url, closed=attempts))


@pytest.mark.parametrize("case", wire_cases("sync"), ids=lambda case: case.name)
def test_sync(plays: PlayThread, case: WireCase) -> None:
    attempt(case, lambda case: play_plainly(plays, case))


def play_plainly(plays: PlayThread, case: WireCase) -> None:
    url = play(plays, *case.connections)
    gates = Gates(url, case)
    got: list[str] = []
    with wakeful.connect(url, **arguments(case)) as stream:
        try:
            for event in stream.events():
                if isinstance(event, wakeful.Message):
                    got.append(event_line(event))
                gates.report(len(got), stream.state)
                if is_last(case, got, stream):
                    break
        except wakeful.StreamFailed:
            pass
        state, attempts = stream.state, stream.stats.attempts
    check(case, got, state, attempts, journal(url, closed=attempts))


def is_last(case: WireCase, got: list[str], stream: AsyncStream | Stream) -> bool:
    """A stream that stays open is left once everything expected is in: the last message, over the last connection."""
    settled = stream.state == "open" and stream.stats.attempts >= len(case.requests)
    return case.state == "open" and settled and len(got) >= len(case.messages)
