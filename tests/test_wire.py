"""Every scenario that a server can play, over real sockets, to both drivers of CPython."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

import wakeful
from portable.trace import event_line
from wakeful_demo.plays import PlayThread
from wire import WireCase, wire_cases

# A lane that plays fewer has lost some.
KNOWN_CASES = 60


@pytest.fixture(scope="module")
def plays() -> Iterator[PlayThread]:
    with PlayThread() as thread:
        yield thread


def post_play(plays: PlayThread, case: WireCase) -> dict[str, str]:
    body = json.dumps({"connections": case.connections}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{plays.url}/plays", body)) as response:
        play: dict[str, str] = json.load(response)
        return play


def read_journal(plays: PlayThread, play: dict[str, str], connections: int) -> dict[str, Any]:
    """Once that many connections have closed: a fact, not a time."""
    with urllib.request.urlopen(f"{plays.url}/plays/{play['id']}?closed={connections}") as response:
        journal: dict[str, Any] = json.load(response)
        return journal


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


def check(case: WireCase, got: list[str], state: str, attempts: int, journal: dict[str, Any]) -> None:
    assert got == case.messages
    assert state == case.state
    sent = [[c["method"], c["headers"].get("last-event-id", "")] for c in journal["connections"]]
    assert sent == case.requests
    assert attempts == len(journal["connections"])
    assert journal["extra"] == 0


@pytest.mark.parametrize("case", wire_cases("asyncio"), ids=lambda case: case.name)
def test_asyncio(plays: PlayThread, case: WireCase) -> None:
    play = post_play(plays, case)

    async def read() -> tuple[list[str], str, int]:
        got: list[str] = []
        async with wakeful.connect(play["url"], **arguments(case)) as stream:
            try:
                async for event in stream.events():
                    if isinstance(event, wakeful.Message):
                        got.append(event_line(event))
                    if case.state == "open" and is_last(case, got, stream.stats, event):
                        return got, stream.state, stream.stats.attempts
            except wakeful.StreamFailed:
                pass
            return got, stream.state, stream.stats.attempts

    got, state, attempts = asyncio.run(read())
    check(case, got, state, attempts, read_journal(plays, play, attempts))


@pytest.mark.parametrize("case", wire_cases("sync"), ids=lambda case: case.name)
def test_sync(plays: PlayThread, case: WireCase) -> None:
    play = post_play(plays, case)
    got: list[str] = []
    with wakeful.connect(play["url"], **arguments(case)) as stream:
        try:
            for event in stream.events():
                if isinstance(event, wakeful.Message):
                    got.append(event_line(event))
                if case.state == "open" and is_last(case, got, stream.stats, event):
                    break
        except wakeful.StreamFailed:
            pass
        state, attempts = stream.state, stream.stats.attempts
    check(case, got, state, attempts, read_journal(plays, play, attempts))


def is_last(case: WireCase, got: list[str], stats: wakeful.Stats, event: object) -> bool:
    """A stream that stays open is left once everything expected is in: the last message, over the last connection."""
    return len(got) >= len(case.messages) and stats.attempts >= len(case.requests) and stats.opens > 0
