"""The driver over fetch in Node, on MicroPython and on Pyodide. In browsers: e2e/test_python.py."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from plays import check_played, journal, play, post_cases
from wakeful_demo.plays import PlayThread
from wire import KNOWN_CASES, WireCase, wire_cases

LANES = Path(__file__).parent / "lanes"
RUNTIMES = ("micropython", "pyodide")
HEAD: dict[str, Any] = {"head": {"status": 200, "headers": {"content-type": "text/event-stream"}}}

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
    "OptionError: url must be an absolute http or https URL without spaces, not ftp://a.test/",
    "UsageError: a page cannot wait without async: write `async with` and `async for`",
]

Played = dict[str, dict[str, Any]]
Call = Callable[[str, Any], Any]

pytestmark = [pytest.mark.node, pytest.mark.slow]


@pytest.fixture(scope="module")
def plays() -> Iterator[PlayThread]:
    with PlayThread() as thread:
        yield thread


@pytest.fixture(scope="module", params=RUNTIMES)
def call(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Call:
    """Awaits a coroutine function of a lane's host in this runtime, in a process of its own."""
    file = tmp_path_factory.mktemp("call") / "argument.json"

    def call(function: str, argument: Any) -> Any:
        file.write_text(json.dumps(argument, ensure_ascii=False), "utf-8")
        command = ["node", "--expose-gc", str(LANES / "call.mjs"), request.param, function, str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stderr[-4_000:]
        return json.loads(done.stdout.rstrip("\n").split("\n")[-1])

    return call


@pytest.fixture(scope="module")
def played(call: Call, plays: PlayThread) -> Played:
    """By name: what was got, and the URL. All cases by one process, many at once: a runtime takes seconds to start."""
    posted = post_cases(plays, list(CASES.values()))
    results = {result["name"]: result for result in call("wire_host.play_cases", {"cases": posted, "at_once": AT_ONCE})}
    print(f"over Node's fetch: {len(results)} scenarios on the wire")
    return {case["name"]: {**results[case["name"]], "url": case["url"]} for case in posted}


def test_no_case_was_lost(played: Played) -> None:
    assert len(played) >= KNOWN_CASES["asyncio"]


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_on_the_wire(played: Played, case: WireCase) -> None:
    check_played(case, played[case.name])


def test_leaving_closes_the_socket(call: Call, plays: PlayThread) -> None:
    check_leaving(plays, lambda urls: call("fetch_host.leave", urls))


def check_leaving(plays: PlayThread, leave: Callable[[dict[str, str]], dict[str, str]]) -> None:
    stream: list[dict[str, Any]] = [HEAD, {"data": "data: a\n\n"}, {"hold": True}]
    urls = {way: play(plays, [{"hold": True}] if way == "before the head" else stream) for way in LEFT}
    assert leave(urls) == LEFT
    closed_by = {way: journal(url, closed=1)[0]["closed_by"] for way, url in urls.items()}
    assert closed_by == dict.fromkeys(LEFT, "client")


def test_a_loop_over_messages_does_not_run_on_over_a_reset(call: Call, plays: PlayThread) -> None:
    frames = [
        'event: es.hello\ndata: {"v":1,"stream":"run","epoch":"k","next":1}',
        "id: k.1\ndata: a",
        'event: es.reset\ndata: {"epoch":"k","reason":"slow","base":4}',
        "id: k.4\ndata: whole",
        'id: k.5\nevent: es.end\ndata: {"status":"completed"}',
    ]
    url = play(plays, [HEAD, {"data": "\n\n".join([*frames, ""])}])
    assert call("fetch_host.over_a_reset", url) == ["a", "slow 4", "whole"]


def test_what_makes_no_sense_here_is_refused(call: Call) -> None:
    assert call("fetch_host.refusals", None) == REFUSALS


def test_bytes_cross_the_border_exactly(call: Call) -> None:
    assert call("fetch_host.inexact_bytes", 500) == []


def test_memory_stays_flat(call: Call, plays: PlayThread) -> None:
    """Over 100,000 messages, most of them in writes of their own."""
    tenth: dict[str, Any] = {"data": 'data: {"delta":"flüssig "}\n\n', "repeat": 9_999}
    mark: dict[str, Any] = {"data": "data: mark\n\n"}
    url = play(plays, [HEAD, *[tenth, mark] * 11, {"data": "data: [DONE]\n\n"}])
    used = call("fetch_host.memory", url)
    print(used)
    assert [line.pop("messages") for line in used] == [10_000 * (n + 1) for n in range(11)]
    warm, last = used[0], used[-1]
    # Of each kind less than one for 20 messages more, and less than a byte for each: what waits in the buffer differs.
    for name in warm:
        assert last[name] - warm[name] < (1_500_000 if name == "bytes" else 5_000), (name, warm, last)
