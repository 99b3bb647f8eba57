"""The driver over fetch in Node, on MicroPython and on Pyodide. In browsers: e2e/test_python.py."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from plays import HOLD, STREAM, Played, journal, play
from wakeful_demo.plays import PlayThread
from wire import KNOWN_CASES, WireCase, wire_cases

LANES = Path(__file__).parent / "lanes"
RUNTIMES = ("micropython", "pyodide")
DATA = "data: a\n\n"

# Node's fetch shows redirects, as httpx does: it is played what asyncio is played.
CASES = {case.name: case for case in wire_cases("asyncio")}
AT_ONCE = 16
LEFT = {
    "break": "closed",
    "exception": "closed, the application's",
    "cancelling": "closed, cancelled",
    "close": "closed",
    "before the head": "closed",
}

REFUSALS = [
    "OptionError: client, transport and auth are for httpx: a page has the browser's fetch; use token or headers",
    "OptionError: client, transport and auth are for httpx: a page has the browser's fetch; use token or headers",
    "OptionError: body is not an option of connect()",
    "OptionError: idle_ms must be an int, not str",
    'OptionError: url must be an absolute http or https URL without spaces, not "ftp://a.test/"',
    "UsageError: a page cannot wait without async: write `async with` and `async for`",
]

Call = Callable[[str, Any], Any]

pytestmark = [pytest.mark.node, pytest.mark.slow]


@pytest.fixture(scope="module", params=RUNTIMES)
def call(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Call:
    """Awaits a coroutine function of a lane's host in this runtime, in a process of its own."""
    file = tmp_path_factory.mktemp("call") / "argument.json"

    def call(function: str, argument: Any) -> Any:
        file.write_text(json.dumps(argument, ensure_ascii=False), "utf-8")
        command = ["node", "--expose-gc", str(LANES / "call.mjs"), request.param, function, str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3_600)
        assert done.returncode == 0, done.stderr[-4_000:]
        return json.loads(done.stdout.rstrip("\n").split("\n")[-1])

    return call


@pytest.fixture(scope="module")
def played(call: Call, plays: PlayThread) -> Played:
    return Played(plays, call, list(CASES.values()), AT_ONCE)


def test_no_case_was_lost(played: Played, request: pytest.FixtureRequest) -> None:
    print(f"lane {request.node.callspec.id} over Node's fetch: {len(played.results)} scenarios on the wire")
    assert len(played.results) >= KNOWN_CASES["asyncio"]


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_on_the_wire(played: Played, case: WireCase) -> None:
    played.check(case)


def test_leaving_closes_the_socket(call: Call, plays: PlayThread) -> None:
    check_leaving(plays, lambda urls: call("fetch_host.leave", urls))


def check_leaving(plays: PlayThread, leave: Callable[[dict[str, str]], dict[str, str]]) -> None:
    stream: list[dict[str, Any]] = [STREAM, {"data": DATA}, HOLD]
    urls = {way: play(plays, [HOLD] if way == "before the head" else stream) for way in LEFT}
    assert leave(urls) == LEFT
    closed_by = {way: journal(url, closed=1)[0]["closed_by"] for way, url in urls.items()}
    assert closed_by == dict.fromkeys(LEFT, "client")


def test_leaving_as_the_body_ends(call: Call, plays: PlayThread) -> None:
    """A matter of Node's fetch, whose read would never end. (Firefox tells of no head before the body has begun.)"""
    headers = {**STREAM["head"]["headers"], "content-length": str(len(DATA))}
    whole: dict[str, Any] = {"head": {"status": 200, "headers": headers}}
    urls = [play(plays, [whole, {"gate": "head"}, {"data": DATA}]) for _ in range(50)]
    assert call("fetch_host.leave_as_they_end", urls) == ["closed"] * 50


def test_a_loop_over_messages_does_not_run_on_over_a_reset(call: Call, plays: PlayThread) -> None:
    frames = [
        'event: es.hello\ndata: {"v":1,"stream":"run","epoch":"k","next":1}',
        "id: k.1\ndata: a",
        'event: es.reset\ndata: {"epoch":"k","reason":"slow","base":4}',
        "id: k.4\ndata: whole",
        'id: k.5\nevent: es.end\ndata: {"status":"completed"}',
    ]
    url = play(plays, [STREAM, {"data": "\n\n".join([*frames, ""])}])
    assert call("fetch_host.over_a_reset", url) == ["a", "slow 4", "whole"]


def test_what_makes_no_sense_here_is_refused(call: Call) -> None:
    assert call("fetch_host.refusals", None) == REFUSALS


def test_bytes_cross_the_border_exactly(call: Call) -> None:
    assert call("fetch_host.inexact_bytes", 500) == []


def test_memory_stays_flat(call: Call, plays: PlayThread) -> None:
    check_memory(plays, lambda url: call("fetch_host.memory", url), 100_000)


def check_memory(plays: PlayThread, measure: Callable[[str], list[dict[str, int]]], messages: int) -> None:
    """Over so many messages after a tenth of that, most of them in writes of their own."""
    tenth: dict[str, Any] = {"data": 'data: {"delta":"flüssig "}\n\n', "repeat": messages // 10 - 1}
    mark: dict[str, Any] = {"data": "data: mark\n\n"}
    used = measure(play(plays, [STREAM, *[tenth, mark] * 11, {"data": "data: [DONE]\n\n"}]))
    print(used)
    assert [line["messages"] for line in used] == [messages // 10 * (n + 1) for n in range(11)]
    assert leaks(used) == {}


def leaks(used: list[dict[str, int]]) -> dict[str, float]:
    """What mounts up with the messages, and by how much with each: 15 bytes, or one of a kind with 20 messages.

    By the median tenth: a leak shows in every one. A collector that takes the machine's stack for pointers keeps
    something large now and then (MicroPython: 1.5 MB, come or gone from one tenth to the next); that is one step.
    """
    grown = {}
    for name in used[0]:
        tenths = [(then[name] - now[name]) / (then["messages"] - now["messages"]) for now, then in pairwise(used)]
        if name != "messages" and median(tenths) >= (15 if name == "bytes" else 0.05):
            grown[name] = median(tenths)
    return grown


def test_a_leak_is_told_from_a_step() -> None:
    step = [{"messages": n * 2_000, "bytes": 988_176 + 1_525_000 * (n > 2), "proxies": 400 - n % 3} for n in range(11)]
    assert leaks(step) == {}
    leak = [{"messages": n * 2_000, "bytes": 988_176 + n * 32_000, "proxies": 400 + n * 100} for n in range(11)]
    assert leaks(leak) == {"bytes": 16, "proxies": 0.05}
