"""Viewers that wait, read nothing, come too late or leave, under a real uvicorn, and what becomes of their streams."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message, Scope

from server.live import PATIENCE_S, LiveServer, ids, options, view
from wakeful.server import (
    EventStreamResponse,
    LogLimits,
    LogUnavailable,
    MemoryLog,
    Snapshot,
    StreamEnded,
    StreamInfo,
    drain,
    drain_on_shutdown,
)
from wakeful.server.bindings import asgi

pytestmark = pytest.mark.usefixtures("no_drain")


@pytest.mark.clause("server.hb", "server.hb-interval")
def test_heartbeats_come_in_silence() -> None:
    with LiveServer(MemoryLog, options=options(hb_ms=20)) as server:
        run = server.create()
        with view(server) as viewer:
            viewer.until(b": hb\n\n", 2)
            server.append(run, "a")
            viewer.until(f": hb {run.epoch}.1\n\n".encode(), 2)


@pytest.mark.clause("server.drain", "server.close")
def test_a_drain_asks_whoever_understands_and_closes_whoever_does_not() -> None:
    with LiveServer(MemoryLog, options=options(control="asked", drain_deadline_ms=50)) as server:
        run = server.create()
        with view(server) as plain, view(server, query="?es=1") as asked:
            plain.until(b"retry:")
            asked.until(b": ok\n\n")
            server.append(run, "a")
            plain.until(b"data: a\n\n")
            server.until(lambda: len(asgi._open) == 2)
            assert server.call(drain) == 2
            plain.until_closed()
            assert b"es." not in plain.body()[0]
            asked.until_closed()
            body, whole = asked.body()
            assert b'event: es.drain\ndata: {"reason":"deploy","window":[0,50],"deadline":50}\n\n' in body
            assert b"es.end" not in body
            assert whole
        with view(server, cursor=f"{run.epoch}.1", query="?es=1") as again:
            again.until(b"es.drain")  # who still comes is drained as well


def test_another_thread_may_drain() -> None:
    """As where a server runs beside the main thread. asyncio's debug mode refuses what only its own thread may do."""
    with LiveServer(MemoryLog) as server:
        server.create()
        server.call(lambda: asyncio.get_running_loop().set_debug(True))
        with view(server) as viewer:
            viewer.until(b": ok\n\n")
            server.until(lambda: len(asgi._open) == 1)
            assert drain() == 1
            viewer.until(b"event: es.drain")


def test_an_application_that_starts_drains_nobody() -> None:
    """After one that had ended in the same process, as in a notebook, each viewer was drained as soon as it came."""

    async def start_again() -> None:
        drain()
        async with drain_on_shutdown():
            assert asgi._draining is None

    asyncio.run(start_again())


def test_a_viewer_that_leaves_as_its_stream_ends_is_no_error() -> None:
    """Servers raise OSError for what is sent to one who has left."""

    async def show() -> list[bytes]:
        log = MemoryLog()
        run = await log.create("s")
        await run.end()
        written = []

        async def receive() -> Message:
            await asyncio.Event().wait()
            raise AssertionError("an event that nobody sets")

        async def send(message: Message) -> None:
            if message.get("more_body") is False:
                raise OSError("gone")
            written.append(message.get("body", b""))

        scope: Scope = {"type": "http", "method": "GET", "path": "/s", "query_string": b"", "headers": []}
        await EventStreamResponse(log, "s", Request(scope, receive), principal="")(scope, receive, send)
        return written

    assert b"es.end" in asyncio.run(show())[-1]


@pytest.mark.clause("server.slow", "server.producer")
def test_a_viewer_that_reads_nothing_costs_the_producer_nothing_and_is_closed() -> None:
    log_limits = LogLimits(max_bytes=1 << 28, max_total_bytes=1 << 29)
    with LiveServer(lambda: MemoryLog(log_limits), options=options(unsent_ms=200)) as server:
        run = server.create()
        with view(server) as slow:
            slow.until(b": ok\n\n")
            for _ in range(64):
                server.append(run, *["x" * 65_536] * 4)  # 16 MiB in all, more than sockets hold
            assert server.do(server.log.info("r")).last == 256
            server.until(lambda: len(asgi._open) == 0)
            slow.until_closed()
            got = ids(slow.received)
            assert got == list(range(1, len(got) + 1))
            assert len(got) < 256
            assert b"es.end" not in slow.received
        server.do(run.end())
        while got[-1] < 257:  # closed again where this machine is slow, and resumed again
            got += ids(read_some(server, f"{run.epoch}.{got[-1]}"))
        assert got == list(range(1, 258))


def read_some(server: LiveServer, cursor: str) -> bytes:
    """What one connection brings, whole or not."""
    parts = []
    with (
        suppress(httpx.RemoteProtocolError),
        httpx.stream(
            "GET", f"{server.url}/runs/r/events", headers={"Last-Event-ID": cursor}, timeout=PATIENCE_S
        ) as response,
    ):
        for part in response.iter_bytes():
            parts.append(part)
    return b"".join(parts)


@pytest.mark.clause("server.wait")
def test_a_long_poll_ends_after_one_batch(server: LiveServer) -> None:
    run = server.create()
    server.append(run, "a", "b")
    first = httpx.get(f"{server.url}/runs/r/events?es=1&es.wait=30000", timeout=PATIENCE_S)
    assert ids(first.content) == [1, 2]

    async def poll() -> bytes:
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            url = f"{server.url}/runs/r/events?es=1&es.wait=30000&es.last={run.epoch}.2"
            waiting = asyncio.create_task(client.get(url))
            await asyncio.to_thread(server.until, lambda: len(asgi._open) == 1)
            await asyncio.to_thread(server.append, run, "c")
            return (await waiting).content

    assert ids(asyncio.run(poll())) == [3]


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.clause("server.reset", "server.expired")
def test_a_snapshot_replaces_what_has_left_the_log(is_async: bool) -> None:
    def snapshot() -> Snapshot:
        return Snapshot(9, ['{"type":"snapshot"}'])

    async def later() -> Snapshot:
        return snapshot()

    settings = {"snapshot": later if is_async else snapshot}
    with LiveServer(lambda: MemoryLog(LogLimits(max_bytes=20)), **settings) as server:
        run = server.create()
        server.append(run, *[f"text {n:04}" for n in range(1, 11)])
        with view(server, cursor=f"{run.epoch}.3") as viewer:
            viewer.until(b"data: text 0010\n\n")
            reset = f'event: es.reset\ndata: {{"epoch":"{run.epoch}","reason":"expired","base":9}}\n\n'
            assert reset + f'id: {run.epoch}.9\ndata: {{"type":"snapshot"}}\n\n' in viewer.body()[0].decode()


@pytest.mark.clause("server.expired")
def test_without_a_snapshot_an_expired_cursor_is_a_problem() -> None:
    with LiveServer(lambda: MemoryLog(LogLimits(max_bytes=20))) as server:
        run = server.create()
        server.append(run, *[f"text {n:04}" for n in range(1, 11)])
        answer = httpx.get(
            f"{server.url}/runs/r/events", headers={"Last-Event-ID": f"{run.epoch}.3"}, timeout=PATIENCE_S
        )
        assert answer.status_code == 410
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"].endswith(":cursor-expired")
        assert answer.json()["first"] == 9


def test_losing_the_socket_cancels_where_that_was_said() -> None:
    with LiveServer(MemoryLog, options=options(on_disconnect="cancel")) as server:
        run = server.create()
        with view(server) as viewer:
            viewer.until(b'"onDisconnect":"cancel"')
        server.do(server.log.wait_after("r", 0))
        with pytest.raises(StreamEnded):
            server.append(run, "a")


@pytest.mark.clause("server.rotate", "server.drain")
def test_a_viewer_that_was_asked_to_leave_cancels_nothing() -> None:
    """Or the server's own rotation would end each run that lasts longer."""
    settings = options(on_disconnect="cancel", rotate_ms=1, drain_window_ms=1)
    with LiveServer(MemoryLog, options=settings) as server:
        run = server.create()
        for n in range(3):
            with view(server) as viewer:
                viewer.until(b"event: es.drain")
            server.until(lambda: not asgi._open)
            server.append(run, f"d{n}")


@pytest.mark.clause("server.close")
def test_a_stream_that_is_deleted_closes_its_viewers_without_an_end(server: LiveServer) -> None:
    run = server.create()
    server.append(run, "a")
    with view(server) as viewer:
        viewer.until(b"data: a\n\n")
        server.do(server.log.delete("r"))
        viewer.until_closed()
        assert b"es.end" not in viewer.received
    replaced = server.create()
    server.append(replaced, "b")
    with view(server, cursor=f"{run.epoch}.1") as viewer:
        viewer.until(b"data: b\n\n")
        assert b'"reason":"epoch"' in viewer.received


class FailingLog(MemoryLog):
    """A log that can be away."""

    away = False

    async def info(self, stream: str, epoch: str = "") -> StreamInfo:
        if self.away:
            raise LogUnavailable("away")
        return await super().info(stream, epoch)

    async def read_after(self, stream: str, epoch: str, seq: int, most_bytes: int) -> Any:
        if self.away:
            raise LogUnavailable("away")
        return await super().read_after(stream, epoch, seq, most_bytes)


@pytest.mark.clause("server.close")
def test_a_log_that_is_away_is_said_and_closes_its_viewers_without_an_end() -> None:
    log = FailingLog()
    with LiveServer(lambda: log) as server:
        run = server.create()
        with view(server) as viewer:
            viewer.until(b": ok\n\n")
            log.away = True
            server.append(run, "a")
            viewer.until_closed()
            assert b"es.end" not in viewer.received
        answer = httpx.get(f"{server.url}/runs/r/events", timeout=PATIENCE_S)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["retry"] == "resume"
        log.away = False
        with view(server) as viewer:
            viewer.until(b"data: a\n\n")
