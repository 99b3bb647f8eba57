"""What the drivers of CPython make of a server that speaks the profile: what it says, resets, the end, and cancel."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest

import wakeful
from plays import HOLD, STREAM, hello, journal, play
from portable.trace import event_line
from wakeful_demo.plays import PlayThread

GONE = {"head": {"status": 204, "headers": {}}}


async def read_async(url: str, stop_at: str, **options: Any) -> tuple[list[str], Any]:
    lines: list[str] = []
    async with wakeful.connect(url, **options) as stream:
        async for event in stream.events():
            lines.append(event_line(event))
            if lines[-1].startswith(stop_at):
                stream.cancel()
    return lines, stream


def read_plain(url: str, stop_at: str, **options: Any) -> tuple[list[str], Any]:
    lines: list[str] = []
    with wakeful.connect(url, **options) as stream:
        for event in stream.events():
            lines.append(event_line(event))
            if lines[-1].startswith(stop_at):
                stream.cancel()
    return lines, stream


def read(driver: str, url: str, stop_at: str = "never", **options: Any) -> tuple[list[str], Any]:
    if driver == "asyncio":
        return asyncio.run(read_async(url, stop_at, **options))
    return read_plain(url, stop_at, **options)


@pytest.mark.parametrize("driver", ["asyncio", "plain"])
def test_cancel_reaches_the_server(plays: PlayThread, driver: str) -> None:
    run = play(plays, [GONE])
    url = play(plays, [STREAM, hello(cancel=urlsplit(run).path), {"data": "id: k.1\ndata: a\n\n"}, HOLD])
    lines, stream = read(driver, url, 'message "a"', headers={"X-CSRF": "c"}, negotiate="header")
    assert lines[-1] == "open -> closed cancel"
    assert stream.state == "closed"
    assert stream.outcome == wakeful.Outcome("cancelled")
    [told] = journal(run, accepted=1)
    assert told["method"] == "DELETE"
    assert told["headers"]["x-csrf"] == "c"
    assert "event-stream-params" not in told["headers"]
    assert journal(url, closed=1)[0]["headers"]["event-stream-params"] == "v=1"


@pytest.mark.parametrize("driver", ["asyncio", "plain"])
def test_cancel_of_a_server_that_does_not_answer(plays: PlayThread, driver: str) -> None:
    run = play(plays, [{"cut": True}])
    url = play(plays, [STREAM, hello(cancel=urlsplit(run).path), {"data": "id: k.1\ndata: a\n\n"}, HOLD])
    lines, _ = read(driver, url, 'message "a"')
    assert lines[-1] == "open -> closed cancel"
    assert journal(run, accepted=1)[0]["method"] == "DELETE"


@pytest.mark.parametrize("driver", ["asyncio", "plain"])
def test_cancel_waits_for_no_body(plays: PlayThread, driver: str) -> None:
    """It was read to its end, and none of its pauses is as long as a time-out."""
    drip: list[dict[str, Any]] = [{"silence_ms": 1_000}, {"data": ": hb\n\n"}]
    run = play(plays, [STREAM, *drip * 30])
    url = play(plays, [STREAM, hello(cancel=urlsplit(run).path), {"data": "id: k.1\ndata: a\n\n"}, HOLD])
    read(driver, url, 'message "a"')
    assert journal(run, closed=1)[0]["closed_by"] == "client"


@pytest.mark.parametrize("driver", ["asyncio", "plain"])
def test_what_the_server_says_is_there(plays: PlayThread, driver: str) -> None:
    reset = 'event: es.reset\ndata: {"epoch":"m","reason":"expired","base":4}\n\nid: m.4\ndata: whole\n\n'
    end = 'id: m.5\nevent: es.end\ndata: {"status":"failed","problem":{"title":"T","retry":"restart"}}\n\n'
    url = play(plays, [STREAM, hello(epoch="m", next=5, ttl="x"), {"data": reset + end}, HOLD])
    lines, stream = read(driver, url)
    assert [line for line in lines if "->" not in line] == [
        'warning es.hello "malformed or missing: ttl"',
        'reset "expired" "m" 4',
        'message "whole" id="m.4"',
    ]
    assert stream.hello.epoch == "m"
    assert stream.hello.said["stream"] == "run"
    assert stream.outcome.status == "failed"
    assert stream.outcome.problem.retry == "restart"
    assert stream.last_event_id == "m.5"
    assert stream.stats.warnings == 1
