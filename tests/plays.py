"""To post a play and to read its journal."""

from __future__ import annotations

import dataclasses
import json
import urllib.request
from typing import Any

from wakeful_demo.plays import PlayThread
from wire import WireCase


def play(plays: PlayThread, *connections: list[dict[str, Any]]) -> str:
    """Post a play; the URL of its stream."""
    body = json.dumps({"connections": connections}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{plays.url}/plays", body)) as response:
        url: str = json.load(response)["url"]
        return url


def journal(url: str, accepted: int = 0, closed: int = 0) -> list[dict[str, Any]]:
    """The connections of that play, once so many have come and gone: a fact, not a time."""
    # A client that made fewer would keep this waiting: better a failure than a hang.
    facts = f"{url.removesuffix('/stream')}?accepted={accepted}&closed={closed}"
    with urllib.request.urlopen(facts, timeout=120) as response:
        connections: list[dict[str, Any]] = json.load(response)["connections"]
        return connections


def post_cases(plays: PlayThread, cases: list[WireCase]) -> list[dict[str, Any]]:
    """Each case with the "url" of its play: what tests/lanes/wire_host.py plays in one go."""
    return [{**dataclasses.asdict(case), "url": play(plays, *case.connections)} for case in cases]


def requests_of(connections: list[dict[str, Any]]) -> list[list[str]]:
    """[method, Last-Event-ID] of each connection. The journal reads a header as Latin-1; an id goes as UTF-8."""
    return [
        [one["method"], one["headers"].get("last-event-id", "").encode("latin-1").decode("utf-8")]
        for one in connections
    ]


class Gates:
    """Opens a play's gates as the client reports what it has."""

    def __init__(self, url: str, case: WireCase) -> None:
        self._url = url.removesuffix("/stream") + "/gates"
        self._waiting = dict(case.gates)

    def report(self, messages: int, state: str) -> None:
        for name, needed in list(self._waiting.items()):
            if state == "open" and messages >= needed:
                del self._waiting[name]
                urllib.request.urlopen(urllib.request.Request(f"{self._url}/{name}", b"", method="POST")).close()
                return  # the next one is of a later connection


def check(case: WireCase, got: list[str], state: str, attempts: int, seen: list[dict[str, Any]]) -> None:
    assert got == case.messages
    assert state == case.state
    assert requests_of(seen) == case.requests
    assert attempts == len(seen)
    assert not any(connection["extra"] for connection in seen)


def check_played(case: WireCase, result: dict[str, Any]) -> None:
    """What wire_host.py says of a case that it played, with its play's "url"."""
    assert "error" not in result, result["error"]
    seen = journal(result["url"], closed=result["attempts"])
    check(case, result["messages"], result["state"], result["attempts"], seen)
