"""What an application asks of both drivers of CPython over real sockets: to connect anew, to try again, a token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

import wakeful
from plays import HOLD, STREAM, hello, journal, play, requests_of
from wakeful.bindings.asyncio import AsyncStream
from wakeful.bindings.sync import Stream
from wakeful_demo.plays import PlayThread

FIRST: list[dict[str, Any]] = [STREAM, {"data": "id: 1\ndata: a\n\n"}, HOLD]
SECOND: list[dict[str, Any]] = [STREAM, {"data": "id: 2\ndata: b\n\ndata: [DONE]\n\n"}]
FAILING: dict[str, Any] = {"head": {"status": 503, "headers": {}}}

# What a test does with each message, and once the stream has failed.
Then = Callable[[AsyncStream | Stream, wakeful.Message], object]


def nothing(stream: AsyncStream | Stream, message: wakeful.Message) -> None:
    pass


def read_plainly(url: str, then: Then = nothing, retries: int = 0, **options: Any) -> list[str]:
    got = []
    with wakeful.connect(url, end_data="[DONE]", base_ms=0, **options) as stream:
        while True:
            try:
                for message in stream:
                    got.append(message.data)
                    then(stream, message)
                return got
            except wakeful.StreamFailed:
                if retries == 0:
                    raise
                retries -= 1
                stream.retry()


def read_with_asyncio(url: str, then: Then = nothing, retries: int = 0, **options: Any) -> list[str]:
    async def read() -> list[str]:
        got, left = [], retries
        async with wakeful.connect(url, end_data="[DONE]", base_ms=0, **options) as stream:
            while True:
                try:
                    async for message in stream:
                        got.append(message.data)
                        then(stream, message)
                    return got
                except wakeful.StreamFailed:
                    if left == 0:
                        raise
                    left -= 1
                    stream.retry()

    return asyncio.run(read())


Read = Callable[..., list[str]]
both = pytest.mark.parametrize("read", [read_plainly, read_with_asyncio])


@both
def test_restart_drops_the_connection_and_resumes(plays: PlayThread, read: Read) -> None:
    url = play(plays, FIRST, SECOND)
    got = read(url, lambda stream, message: message.data == "a" and stream.restart())
    assert got == ["a", "b"]
    connections = journal(url, closed=2)
    assert requests_of(connections) == [["GET", ""], ["GET", "1"]]
    assert connections[0]["closed_by"] == "client"


@both
def test_retry_goes_on_behind_what_was_received(plays: PlayThread, read: Read) -> None:
    url = play(plays, [*FIRST[:2], {"cut": True}], [FAILING], [FAILING], SECOND)
    assert read(url, retries=1, attempts=3) == ["a", "b"]
    assert requests_of(journal(url, closed=4)) == [["GET", ""], ["GET", "1"], ["GET", "1"], ["GET", "1"]]


@both
def test_a_token_that_is_no_text_is_said(plays: PlayThread, read: Read) -> None:
    def token(reason: str) -> Any:
        return None

    with pytest.raises(wakeful.StreamFailed, match=r"token\(\) must give a str, not NoneType"):
        read(play(plays, SECOND), token=token, attempts=1)


def test_a_token_may_be_waited_for_with_asyncio_only(plays: PlayThread) -> None:
    async def token(reason: str) -> str:
        await asyncio.sleep(0)
        return f"for-{reason}"

    url = play(plays, SECOND)
    assert read_with_asyncio(url, token=token) == ["b"]
    assert journal(url, closed=1)[0]["headers"]["authorization"] == "Bearer for-connect"


@pytest.mark.parametrize("asked", [1, 2], ids=["left", "too-late"])
def test_nobody_waits_for_a_token_that_does_not_come(plays: PlayThread, asked: int) -> None:
    """too-late: it did not come within connect_ms, and was asked for anew."""
    log: list[str] = []
    all_asked = asyncio.Event()

    async def token(reason: str) -> str:
        log.append("asked")
        if log.count("asked") >= asked:
            all_asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cancelled")
        return ""

    async def leave() -> None:
        connect_ms = 1 if asked > 1 else 120_000
        async with asyncio.timeout(120), wakeful.connect(play(plays), token=token, connect_ms=connect_ms, base_ms=0):
            await all_asked.wait()

    asyncio.run(leave())
    assert log.count("cancelled") == log.count("asked") >= asked


@both
def test_nobody_on_the_way_is_asked_to_compress_or_to_store(plays: PlayThread, read: Read) -> None:
    """A proxy that compresses holds small writes back. What the application says counts more."""
    for own, wanted in (({}, "identity"), ({"accept-encoding": "br"}, "br")):
        url = play(plays, SECOND)
        assert read(url, headers=own) == ["b"]
        headers = journal(url, closed=1)[0]["headers"]
        assert (headers["accept-encoding"], headers["cache-control"]) == (wanted, "no-store")


RESET = {"data": 'id: k.1\ndata: a\n\nevent: es.reset\ndata: {"epoch":"k","reason":"slow","base":4}\n\n'}
WHOLE = {"data": 'id: k.4\ndata: whole\n\nid: k.5\nevent: es.end\ndata: {"status":"completed"}\n\n'}


def read_over_a_reset(url: str) -> list[str]:
    got = []
    with wakeful.connect(url) as stream:
        try:
            for message in stream:
                got.append(message.data)
        except wakeful.StreamReset as error:
            got.append(f"{error.reset.reason} {error.reset.base}")
        got += [message.data for message in stream]
    return got


async def read_over_a_reset_with_asyncio(url: str) -> list[str]:
    got = []
    async with wakeful.connect(url) as stream:
        try:
            async for message in stream:
                got.append(message.data)
        except wakeful.StreamReset as error:
            got.append(f"{error.reset.reason} {error.reset.base}")
        got += [message.data async for message in stream]
    return got


def test_a_loop_over_messages_does_not_run_on_over_a_reset(plays: PlayThread) -> None:
    given = ["a", "slow 4", "whole"]
    assert read_over_a_reset(play(plays, [STREAM, hello(), RESET, WHOLE])) == given
    assert asyncio.run(read_over_a_reset_with_asyncio(play(plays, [STREAM, hello(), RESET, WHOLE]))) == given


def test_leaving_closes_the_socket_of_a_client_that_stays_open(plays: PlayThread) -> None:
    url = play(plays, FIRST)
    with httpx2.Client() as client:
        with wakeful.connect(url, client=client) as stream:
            assert next(iter(stream)).data == "a"
        assert journal(url, closed=1)[0]["closed_by"] == "client"


@pytest.mark.parametrize("high_water", [1, 1_000_000], ids=["full", "reading"])
@pytest.mark.parametrize("cancelled", [False, True], ids=["left", "cancelled"])
def test_so_does_leaving_with_asyncio_and_to_be_cancelled(plays: PlayThread, cancelled: bool, high_water: int) -> None:
    """high_water: whether a read is pending meanwhile, which would close the socket by itself."""
    url = play(plays, [STREAM, {"data": "id: 1\ndata: a\n\nid: 2\ndata: b\n\n"}, HOLD])

    async def read(client: httpx2.AsyncClient, began: asyncio.Event) -> None:
        async with wakeful.connect(url, client=client, high_water=high_water) as stream:
            async for _ in stream:
                began.set()
                if not cancelled:
                    return
                await asyncio.Event().wait()  # at work on the message

    async def leave() -> str:
        began = asyncio.Event()
        async with httpx2.AsyncClient() as client:
            reading = asyncio.create_task(read(client, began))
            await began.wait()
            if cancelled:
                reading.cancel()
            await asyncio.wait([reading])
            assert reading.cancelled() == cancelled
            seen = await asyncio.to_thread(journal, url, closed=1)
        return str(seen[0]["closed_by"])

    assert asyncio.run(leave()) == "client"
