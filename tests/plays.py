"""To write a play, to post it, and to read its journal."""

from __future__ import annotations

import dataclasses
import json
import urllib.request
from collections.abc import Callable
from typing import Any

from wakeful_demo.plays import PlayThread
from wire import WireCase

# Operations of most plays: the head of an event stream; stay open until the client closes.
STREAM: dict[str, Any] = {"head": {"status": 200, "headers": {"content-type": "text/event-stream"}}}
HOLD: dict[str, Any] = {"hold": True}


def hello(**more: Any) -> dict[str, str]:
    """The operation that says es.hello, of the stream `run` in the epoch `k` unless told otherwise."""
    said = {"v": 1, "stream": "run", "epoch": "k", "next": 1, "onDisconnect": "continue", **more}
    return {"data": f"event: es.hello\ndata: {json.dumps(said)}\n\n"}


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


def attempt(case: WireCase, play_it: Callable[[WireCase], None]) -> None:
    """Play it; where it depends on the time and something went wrong, once more, with a long timer. A defect shows with
    either."""
    try:
        play_it(case)
    except (AssertionError, TimeoutError) as error:
        if not case.depends_on_time:
            raise
        print(f"{case.name} went wrong and depends on the time; it is played once more: {error}")
        play_it(case.slowly())


class Played:
    """Cases that tests/lanes/wire_host.py has played in one go, so many at once: its runtime takes seconds to start.

    call: of that runtime, see the tests' fixtures of this name.
    """

    def __init__(self, plays: PlayThread, call: Callable[[str, Any], Any], cases: list[WireCase], at_once: int) -> None:
        self._plays = plays
        self._call = call
        self._cases = cases
        self.results = self._play(cases, at_once)

    def check(self, case: WireCase) -> None:
        attempt(case, self._check)

    def _play(self, cases: list[WireCase], at_once: int) -> dict[str, dict[str, Any]]:
        """By name: what was got, and the "url" of the play."""
        posted = [{**dataclasses.asdict(case), "url": play(self._plays, *case.connections)} for case in cases]
        played = self._call("wire_host.play_cases", {"cases": posted, "at_once": at_once})
        results = {result["name"]: result for result in played}
        return {case["name"]: {**results[case["name"]], "url": case["url"]} for case in posted}

    def _check(self, case: WireCase) -> None:
        result = self.results[case.name] if case in self._cases else self._play([case], 1)[case.name]
        assert "error" not in result, result["error"]
        seen = journal(result["url"], closed=result["attempts"])
        check(case, result["messages"], result["state"], result["attempts"], seen)
