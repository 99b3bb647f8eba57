"""The ASGI response under a real uvicorn: what goes over the wire, who gets it, and what a viewer does to others."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.requests import Request

import wakeful
from demo.raw import RawClient
from server.live import LiveServer
from wakeful.bindings.asyncio import AsyncStream
from wakeful.errors import OptionError
from wakeful.server import (
    EventStreamResponse,
    LogLimits,
    LogUnavailable,
    MemoryLog,
    Run,
    ServerOptions,
    Snapshot,
    StreamEnded,
    StreamInfo,
    drain,
)
from wakeful.server.bindings import asgi

if TYPE_CHECKING:
    from wakeful.options import Negotiate


def options(**values: Any) -> ServerOptions:
    made = ServerOptions()
    for name, value in values.items():
        assert hasattr(made, name)
        setattr(made, name, value)
    return made


@pytest.fixture
def server() -> Iterator[LiveServer]:
    with LiveServer(MemoryLog) as live:
        yield live


@pytest.fixture(autouse=True)
def no_drain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "_draining", None)


def view(server: LiveServer, run: str = "r", cursor: str = "", user: str = "", query: str = "") -> RawClient:
    headers = {"Connection": "close", "Authorization": f"Bearer {user}"}
    if cursor:
        headers["Last-Event-ID"] = cursor
    return RawClient(server.url).get(f"/runs/{run}/events{query}", headers)


def ids(body: bytes) -> list[int]:
    """The seqs of whole events."""
    return [int(seq) for seq in re.findall(rb"^id: \w+\.(\d+)$", body[: body.rfind(b"\n\n")], re.MULTILINE)]


@pytest.mark.clause("server.flush", "server.headers")
def test_the_head_and_the_first_bytes(server: LiveServer) -> None:
    server.create()
    with RawClient(server.url).get("/runs/r/events") as viewer:
        viewer.until(b": ok\n\n")
        assert viewer.status == 200
        headers = viewer.headers
        assert headers["content-type"] == "text/event-stream"
        assert headers["cache-control"] == "no-store, no-transform"
        assert headers["x-accel-buffering"] == "no"
        assert headers["incremental"] == "?1"
        assert headers["location"] == "/runs/r/events"
        assert headers["event-stream-params"].startswith("v=1, epoch=")
        assert "connection" not in headers
        assert "content-length" not in headers
        # A write of its own each: the chunks of the transfer coding show them.
        assert viewer.raw_body.startswith(b"6\r\n: es\n\n\r\n")
        assert viewer.raw_body.endswith(b"6\r\n: ok\n\n\r\n")


def test_a_query_of_the_applications_own_is_kept_for_resuming(server: LiveServer) -> None:
    server.create()
    for query, kept in (
        ("?room=5&es=1&es.last=k.1&q=a%20b&es.wait=1", "?room=5&q=a%20b"),
        ("?esp=1&v=es&x", "?esp=1&v=es&x"),
        ("?es.hb=event&es", ""),
    ):
        answer = httpx.get(f"{server.url}/runs/none/events{query}")
        assert answer.status_code == 404
        with RawClient(server.url).send("HEAD", f"/runs/r/events{query.replace('&es.last=k.1', '')}") as viewer:
            viewer.until_closed()
            assert viewer.headers["location"] == f"/runs/r/events{kept}"


def test_a_viewer_gets_what_is_logged_and_then_what_is_appended(server: LiveServer) -> None:
    run = server.create()
    server.append(run, "a", {"type": "b"})
    with view(server) as viewer:
        viewer.until(b'data: {"type":"b"}\n\n')
        server.append(run, "c")
        viewer.until(b"data: c\n\n")
        server.do(run.end())
        assert viewer.until_closed() == "closed"
        body, whole = viewer.body()
        assert whole
        assert ids(body) == [1, 2, 3, 4]
        assert body.endswith(f'id: {run.epoch}.4\nevent: es.end\ndata: {{"status":"completed"}}\n\n'.encode())


@pytest.mark.clause("server.resume")
def test_every_place_to_resume_from(server: LiveServer) -> None:
    run = server.create()
    server.append(run, *[f"d{n}" for n in range(1, 8)])
    server.do(run.end())
    for seq in range(8):
        with view(server, cursor=f"{run.epoch}.{seq}") as viewer:
            viewer.until_closed()
            assert ids(viewer.body()[0]) == list(range(seq + 1, 9))
    with view(server, cursor=f"{run.epoch}.8") as viewer:
        assert viewer.status == 204


@pytest.mark.clause("server.authorise")
def test_every_replay_is_authorised(server: LiveServer) -> None:
    run = server.create(principal="ada")
    server.append(run, "secret")
    server.do(run.end())
    for cursor in ("", f"{run.epoch}.0", f"{run.epoch}.2"):
        refused = []
        for name, user in (("r", "eve"), ("r", ""), ("no-such-run", "eve")):
            headers = {"Authorization": f"Bearer{user and ' ' + user}", "Last-Event-ID": cursor}
            refused.append(httpx.get(f"{server.url}/runs/{name}/events", headers=headers))
        assert [answer.status_code for answer in refused] == [404, 404, 404]
        assert len({answer.text for answer in refused}) == 1
    with view(server, user="ada") as viewer:
        viewer.until_closed()
        assert b"secret" in viewer.received


def stop(server: LiveServer, user: str) -> int:
    return httpx.delete(f"{server.url}/runs/r", headers={"Authorization": f"Bearer {user}"}).status_code


def test_options_are_given_by_name_or_whole_and_a_name_that_is_none_is_refused() -> None:
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
    made = options(hb_ms=5_000, cancel="/runs/1")
    answer = EventStreamResponse(MemoryLog(), "r", request, principal="", options=made, hb_ms=7_000)
    assert (answer.options.hb_ms, answer.options.cancel, made.hb_ms) == (7_000, "/runs/1", 5_000)
    with pytest.raises(OptionError, match="heartbeat_ms is not an option"):
        EventStreamResponse(MemoryLog(), "r", request, principal="", heartbeat_ms=1)  # type: ignore[call-arg]
    made.cancell = "/runs/1"  # type: ignore[attr-defined]
    with pytest.raises(OptionError, match="cancell is not an option"):
        EventStreamResponse(MemoryLog(), "r", request, principal="", options=made)
    with pytest.raises(OptionError, match="hb_ms must be 10"):
        EventStreamResponse(MemoryLog(), "r", request, principal="", hb_ms=9)


@pytest.mark.clause("server.cancel")
def test_a_delete_cancels_the_producer_and_ends_every_viewer(server: LiveServer) -> None:
    run = server.create(principal="ada")
    server.append(run, "a")
    with view(server, user="ada") as viewer:
        viewer.until(b"data: a\n\n")
        assert stop(server, "eve") == 404
        assert stop(server, "ada") == 204
        viewer.until_closed()
        assert b'event: es.end\ndata: {"status":"cancelled"}\n\n' in viewer.body()[0]
    assert stop(server, "ada") == 204
    with pytest.raises(StreamEnded):
        server.append(run, "b")


@pytest.mark.clause("server.log.once")
def test_a_creation_with_a_key_is_done_once(server: LiveServer) -> None:
    answers = [
        httpx.post(f"{server.url}/runs", json={"run": run}, headers={"Idempotency-Key": '"k"'}) for run in ("a", "b")
    ]
    assert [answer.json() for answer in answers] == [{"run": "a", "created": True}, {"run": "a", "created": False}]
    assert {answer.headers["location"] for answer in answers} == {"/runs/a/events"}


@pytest.mark.clause("server.headers")
def test_a_post_is_a_stream_that_is_resumed_by_get(server: LiveServer) -> None:
    body = json.dumps({"run": "r"}).encode()
    with RawClient(server.url).send("POST", "/ask", {"Content-Type": "application/json"}, body) as viewer:
        viewer.until(b": ok\n\n")
        assert viewer.headers["location"] == "/runs/r/events"
        assert b'"resume":"/runs/r/events"' in viewer.received
        run = server.do(server.log.open("r"))
        server.append(run, "a")
        viewer.until(b"data: a\n\n")
    with view(server, cursor=f"{run.epoch}.1") as viewer:
        server.append(run, "b")
        viewer.until(b"data: b\n\n")
        assert ids(viewer.body()[0]) == [2]


def test_what_the_application_adds_to_the_head_is_sent() -> None:
    with LiveServer(MemoryLog) as server:
        server.create()
        with view(server) as viewer:
            assert "x-served-by" in viewer.headers


def test_a_head_request_gets_the_head_only(server: LiveServer) -> None:
    server.create()
    answer = httpx.head(f"{server.url}/runs/r/events")
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "text/event-stream", b"")


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
        httpx.stream("GET", f"{server.url}/runs/r/events", headers={"Last-Event-ID": cursor}) as response,
    ):
        for part in response.iter_bytes():
            parts.append(part)
    return b"".join(parts)


@pytest.mark.clause("server.wait")
def test_a_long_poll_ends_after_one_batch(server: LiveServer) -> None:
    run = server.create()
    server.append(run, "a", "b")
    first = httpx.get(f"{server.url}/runs/r/events?es=1&es.wait=30000")
    assert ids(first.content) == [1, 2]

    async def poll() -> bytes:
        async with httpx.AsyncClient() as client:
            url = f"{server.url}/runs/r/events?es=1&es.wait=30000&es.last={run.epoch}.2"
            waiting = asyncio.create_task(client.get(url, timeout=60))
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
        answer = httpx.get(f"{server.url}/runs/r/events", headers={"Last-Event-ID": f"{run.epoch}.3"})
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
        answer = httpx.get(f"{server.url}/runs/r/events")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["retry"] == "resume"
        log.away = False
        with view(server) as viewer:
            viewer.until(b"data: a\n\n")


@pytest.mark.slow
@pytest.mark.parametrize("negotiate", ["none", "header", "query"])
@pytest.mark.clause("server.rotate", "server.resume")
def test_wakefuls_own_client_reads_to_the_end_over_rotations(negotiate: Negotiate) -> None:
    """The server drains the viewer again and again; the client gets each event once, and the end."""
    settings = options(drain_window_ms=5, drain_deadline_ms=1_000, rotate_ms=30, retry_ms=1)
    with LiveServer(MemoryLog, options=settings) as server:
        run = server.create()
        server.append(run, "d0")

        async def read() -> tuple[list[str], AsyncStream]:
            got = []
            async with wakeful.connect(f"{server.url}/runs/r/events", negotiate=negotiate) as stream:
                async for message in stream:
                    got.append(message.data)
                    work = server.append if len(got) <= 200 else end
                    await asyncio.to_thread(work, run, f"d{len(got)}")
                return got, stream

        def end(run: Run, _: str) -> None:
            server.do(run.end())

        got, stream = asyncio.run(read())
        assert got == [f"d{n}" for n in range(201)]
        assert stream.outcome is not None
        assert stream.outcome.status == "completed"
        assert stream.stats.drains > 1
        assert (stream.stats.gaps, stream.stats.resets, stream.stats.warnings) == (0, 0, 0)
        assert stream.hello is not None
        assert stream.hello.resume == f"{server.url}/runs/r/events"


@pytest.mark.clause("server.reset", "server.epoch")
def test_wakefuls_own_client_is_reset_by_a_snapshot_and_by_a_log_that_begins_anew() -> None:
    snapshots: list[Snapshot | None] = [Snapshot(9, ["the first nine"])]
    with LiveServer(lambda: MemoryLog(LogLimits(max_bytes=20)), snapshot=lambda: snapshots[0]) as server:
        run = server.create()
        server.append(run, *[f"text {n:04}" for n in range(1, 11)])

        async def read() -> list[str]:
            seen = []
            url = f"{server.url}/runs/r/events"
            async with wakeful.connect(url, last_event_id=f"{run.epoch}.3", base_ms=1) as stream:
                async for event in stream.events():
                    if isinstance(event, wakeful.Reset):
                        seen.append(f"reset {event.reason} {event.base}")
                    if not isinstance(event, wakeful.Message):
                        continue
                    seen.append(event.data)
                    if event.data == "text 0010":
                        await asyncio.to_thread(begin_anew)
                    elif event.data == "new":
                        await asyncio.to_thread(server.do, replaced[0].end())
            return seen

        replaced: list[Run] = []

        def begin_anew() -> None:
            snapshots[0] = None
            server.do(server.log.delete("r"))
            replaced.append(server.create())
            server.append(replaced[0], "new")

        assert asyncio.run(read()) == ["reset expired 9", "the first nine", "text 0010", "reset epoch 0", "new"]


class Relogged:
    """A stream of two messages, whose log is lost behind the first and begins anew."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.run = server.create()
        self.url = f"{server.url}/runs/r/events"
        server.append(self.run, "old")

    def begin_anew(self) -> None:
        self.server.do(self.server.log.delete("r"))
        self.run = self.server.create()
        self.server.append(self.run, "new")

    def end(self) -> None:
        self.server.do(self.run.end())


@pytest.mark.clause("server.epoch")
def test_a_loop_over_messages_does_not_run_on_over_a_reset() -> None:
    with LiveServer(MemoryLog) as server:
        relogged = Relogged(server)

        async def read() -> list[str]:
            seen = []
            async with wakeful.connect(relogged.url, base_ms=1) as stream:
                messages = aiter(stream)
                seen.append((await anext(messages)).data)
                await asyncio.to_thread(relogged.begin_anew)
                with pytest.raises(wakeful.StreamReset, match=r"begins anew \(epoch\)") as raised:
                    await anext(messages)
                assert (raised.value.reset.reason, raised.value.reset.base) == ("epoch", 0)
                async for message in stream:
                    seen.append(message.data)
                    await asyncio.to_thread(relogged.end)
            return seen

        assert asyncio.run(read()) == ["old", "new"]


@pytest.mark.clause("server.epoch")
def test_a_plain_loop_does_not_either_and_a_stored_position_counts_as_messages_given_out() -> None:
    with LiveServer(MemoryLog) as server:
        relogged = Relogged(server)
        position = f"{relogged.run.epoch}.1"
        relogged.begin_anew()
        with wakeful.connect(relogged.url, last_event_id=position, base_ms=1) as stream:
            with pytest.raises(wakeful.StreamReset, match="events\\(\\)"):
                next(iter(stream))
            message = next(iter(stream))
            relogged.end()
            assert (message.data, list(stream)) == ("new", [])


@pytest.mark.clause("server.reset")
def test_a_loop_that_has_given_nothing_out_goes_on_over_a_reset() -> None:
    with LiveServer(MemoryLog, snapshot=lambda: Snapshot(1, ["all of it"])) as server:
        relogged = Relogged(server)
        with wakeful.connect(relogged.url, negotiate="header", open_from="snapshot") as stream:
            messages = iter(stream)
            assert next(messages).data == "all of it"
            relogged.end()
            assert list(messages) == []
            assert stream.stats.resets == 1
