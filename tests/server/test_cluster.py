"""Two processes, one Redis, a real nginx: viewers move between them, drained or killed; nothing is lost or repeated."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

import wakeful
from demo.raw import RawClient
from server.cluster import Cluster
from server.logs import closing
from server.redis_process import PATIENCE_S
from wakeful.server import RedisLog, Run

if TYPE_CHECKING:
    from wakeful.options import Negotiate

pytestmark = pytest.mark.slow
TOTAL = 400


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder: Path = tmp_path_factory.mktemp("cluster")
    # Heartbeats that come together, twice, are those of a path that buffers: no pause of this machine may make them.
    with Cluster(folder, hb_ms=1_000, drain_window_ms=50, drain_deadline_ms=200, retry_ms=1) as running:
        yield running


class Viewer:
    """One client of ours, through nginx, until the end."""

    def __init__(self, url: str, negotiate: Negotiate) -> None:
        self.url = url
        self.negotiate: Negotiate = negotiate
        self.got: list[str] = []
        self.moved = asyncio.Event()

    async def read(self) -> None:
        async with wakeful.connect(self.url, negotiate=self.negotiate, base_ms=1, cap_ms=1_000) as stream:
            async for message in stream:
                self.got.append(message.data)
                self.moved.set()
            self.stats = stream.stats
            self.outcome = stream.outcome

    async def until(self, count: int) -> None:
        while len(self.got) < count:
            self.moved.clear()
            await self.moved.wait()


async def produce(run: Run, first: int, last: int) -> None:
    """Appends while everything around it goes down."""
    for n in range(first, last + 1):
        await run.append(f"event {n}")
        await asyncio.sleep(0.001)


@pytest.mark.clause("server.cluster", "server.resume", "server.drain", "server.close")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["drain", "kill"])
def test_viewers_move_between_processes_without_a_lost_or_repeated_message(
    cluster: Cluster, how: signal.Signals
) -> None:
    async def test() -> list[Viewer]:
        async with closing(RedisLog(cluster.redis.url)) as log:
            run = await log.create(f"moving-{how.name}")
            path = f"/runs/{run.stream}/events"
            asked: list[tuple[str, Negotiate]] = [("", "none"), ("", "header"), ("", "query"), ("/below", "header")]
            viewers = [Viewer(cluster.good + below + path, negotiate) for below, negotiate in asked]
            async with asyncio.TaskGroup() as tasks:
                for viewer in viewers:
                    tasks.create_task(viewer.read())
                # Each process is ended twice, in turn, and is back before the other goes.
                for turn in range(4):
                    worker = cluster.workers[turn % 2]
                    producing = tasks.create_task(produce(run, turn * 100 + 1, turn * 100 + 100))
                    await asyncio.gather(*(viewer.until(turn * 100 + 20) for viewer in viewers))
                    worker.send(how)
                    code = await asyncio.to_thread(worker.wait)
                    assert code == -how if how == signal.SIGKILL else code in (0, -how)
                    await asyncio.to_thread(worker.start)
                    await producing
                    await asyncio.gather(*(viewer.until(turn * 100 + 100) for viewer in viewers))
                await run.end()
        return viewers

    viewers = asyncio.run(test())
    drained = sum(viewer.stats.drains for viewer in viewers)
    assert drained >= 4 if how == signal.SIGTERM else drained == 0
    for viewer in viewers:
        assert viewer.got == [f"event {n}" for n in range(1, TOTAL + 1)]
        assert viewer.outcome is not None
        assert viewer.outcome.status == "completed"
        assert viewer.stats.opens > 1
        assert (viewer.stats.gaps, viewer.stats.resets, viewer.stats.warnings) == (0, 0, 0)


def test_both_processes_serve(cluster: Cluster) -> None:
    async def create() -> None:
        async with closing(RedisLog(cluster.redis.url)) as log:
            run = await log.create("both")
            await run.append("a")
            await run.end()

    asyncio.run(create())
    seen = {httpx.get(f"{cluster.good}/runs/both/events", timeout=PATIENCE_S).headers["x-served-by"] for _ in range(8)}
    assert seen == {"a", "b"}


def test_what_nginx_passes_on_at_once_and_what_it_holds_back(cluster: Cluster) -> None:
    """The same heartbeats, through the configuration of the manual and through one that buffers."""

    async def create() -> None:
        async with closing(RedisLog(cluster.redis.url)) as log:
            await log.create("quiet")

    asyncio.run(create())
    with RawClient(cluster.buffering) as buffering, RawClient(cluster.good) as one, RawClient(cluster.good) as other:
        buffering.get("/runs/quiet/events")
        # Of each process: whichever serves the path that buffers has sent some there as well.
        for good in (one, other):
            good.get("/runs/quiet/events")
        for good in (one, other):
            good.until(b": hb\n\n", 4)
        assert {one.headers["x-served-by"], other.headers["x-served-by"]} == {"a", "b"}
        buffering.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            buffering.socket.recv(1)  # not even the head
        # An end of the body brings all of it at once: a burst of heartbeats is what gives such a path away.
        buffering.socket.settimeout(PATIENCE_S)
        asyncio.run(end(cluster, "quiet"))
        buffering.until(b"es.end")
        assert buffering.received.count(b": hb\n\n") >= 2


async def end(cluster: Cluster, stream: str) -> None:
    async with closing(RedisLog(cluster.redis.url)) as log:
        await (await log.open(stream)).end()


def test_the_client_detects_the_path_that_buffers_and_polls_it(cluster: Cluster) -> None:
    """nginx keeps even the head: after two silences our client asks for one batch at a time, and misses nothing."""

    async def test() -> tuple[list[str], list[str], int]:
        async with closing(RedisLog(cluster.redis.url)) as log:
            run = await log.create("held-back")
            await run.append("event 0")
            got: list[str] = []
            failures: list[str] = []
            url = f"{cluster.buffering}/runs/{run.stream}/events"
            async with wakeful.connect(url, negotiate="header", connect_ms=1_000, base_ms=1, cap_ms=10) as stream:
                async for event in stream.events():
                    if isinstance(event, wakeful.StateChange) and event.failure is not None:
                        failures.append(event.failure.kind)
                    elif isinstance(event, wakeful.Message):
                        got.append(event.data)
                        if len(got) < 5:
                            await run.append(f"event {len(got)}")
                        else:
                            await run.end()
        assert stream.outcome is not None
        assert stream.outcome.status == "completed"
        return got, failures, stream.stats.gaps

    got, failures, gaps = asyncio.run(test())
    assert got == [f"event {n}" for n in range(5)]
    assert "buffered" in failures
    assert gaps == 0


@pytest.mark.clause("server.wait")
def test_a_long_poll_comes_through_a_path_that_buffers(cluster: Cluster) -> None:
    async def test() -> list[bytes]:
        async with closing(RedisLog(cluster.redis.url)) as log:
            run = await log.create("polled")
            await run.append("a")
            url = f"{cluster.buffering}/runs/polled/events?es=1&es.wait=60000"
            async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
                bodies = [(await client.get(url)).content]
                waiting = asyncio.create_task(client.get(f"{url}&es.last={run.epoch}.1"))
                await run.append("b")
                bodies.append((await waiting).content)
        return bodies

    first, second = asyncio.run(test())
    assert b"data: a\n\n" in first
    assert b"data: b\n\n" in second
    assert b"data: a\n\n" not in second


def test_a_process_that_is_gone_is_passed_over(cluster: Cluster) -> None:
    asyncio.run(make(cluster, "passed-over"))
    worker = cluster.workers[0]
    worker.stop()
    with socket.socket() as taken:  # nobody else may answer on its port
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", worker.port))
        answers = [httpx.get(f"{cluster.good}/runs/passed-over/events", timeout=PATIENCE_S) for _ in range(4)]
    assert {(answer.status_code, answer.headers["x-served-by"]) for answer in answers} == {(200, "b")}
    worker.start()


async def make(cluster: Cluster, stream: str) -> None:
    async with closing(RedisLog(cluster.redis.url)) as log:
        await (await log.create(stream)).end()
