"""Wakeful's own client against the ASGI response under a real uvicorn: rotations, resets, a log that begins anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

import wakeful
from server.live import LiveServer, options
from wakeful.bindings.asyncio import AsyncStream
from wakeful.server import LogLimits, MemoryLog, Run, Snapshot

if TYPE_CHECKING:
    from wakeful.options import Negotiate

pytestmark = pytest.mark.usefixtures("no_drain")


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
        assert stream.hello.resume == ""  # it knows its own URL


@pytest.mark.slow
@pytest.mark.clause("server.hello")
def test_wakefuls_own_client_takes_the_largest_event_that_the_log_does() -> None:
    with LiveServer(lambda: MemoryLog(LogLimits(max_event_bytes=100))) as server:
        run = server.create()
        server.append(run, "x" * 100)
        server.do(run.relay("y" * 49 + "\n" + "z" * 50))
        server.do(run.end())
        with wakeful.connect(f"{server.url}/runs/r/events") as stream:
            assert [len(message.data) for message in stream] == [100, 100]


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
            replaced.append(server.replace("new"))

        assert asyncio.run(read()) == ["reset expired 9", "the first nine", "text 0010", "reset epoch 0", "new"]


class Relogged:
    """A stream of two messages, whose log is lost behind the first and begins anew."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.run = server.create()
        self.url = f"{server.url}/runs/r/events"
        server.append(self.run, "old")

    def begin_anew(self) -> None:
        self.run = self.server.replace("new")

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
