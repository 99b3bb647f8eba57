"""Redis as it is on a bad day: restarted and empty, stopped, gone while viewers wait; and what clients repeat."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest
from redis.asyncio.cluster import RedisCluster

from server.logs import closing
from server.redis_process import RedisProcess
from wakeful import OptionError
from wakeful.server import LogLost, LogUnavailable, RedisLog, UnknownStream
from wakeful.server.logs import redis as redis_log

T = TypeVar("T")


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisProcess]:
    with RedisProcess(tmp_path) as process:
        yield process


def test_a_redis_that_is_not_there_is_said(own_redis: RedisProcess) -> None:
    async def test() -> None:
        async with closing(RedisLog(own_redis.url)) as log:
            run = await log.create("s")
            own_redis.stop()
            for asked in (
                run.append("a"),
                run.end(),
                log.info("s"),
                log.open("s"),
                log.create("t"),
                log.wait_after("s", 0),
            ):
                with pytest.raises(LogUnavailable, match="Redis does not answer"):
                    await asked

    asyncio.run(test())


@pytest.mark.clause("server.log.lost")
def test_a_redis_that_forgot_everything_is_said(own_redis: RedisProcess) -> None:
    """Without persistence a restart loses the log: the producer is told, and what follows has an epoch of its own."""

    async def test() -> None:
        async with closing(RedisLog(own_redis.url)) as log:
            run = await log.create("s")
            await run.append("a")
            waiting = asyncio.create_task(log.wait_after("s", 1))
            await watched(log, "s")
            own_redis.stop()
            with pytest.raises(LogUnavailable):
                await waiting
            own_redis.start()
            with pytest.raises(UnknownStream):
                await run.append("b")
            replaced = await log.create("s")
            assert replaced.epoch != run.epoch
            with pytest.raises(LogLost):
                await run.append("b")
            waiting = asyncio.create_task(log.wait_after("s", 0))
            await watched(log, "s")
            assert await replaced.append("c") == 1
            assert (await waiting).last == 1

    asyncio.run(test())


@pytest.mark.clause("server.log.lost")
def test_a_log_that_redis_has_evicted_is_gone(own_redis: RedisProcess) -> None:
    """Its hash was there still: viewers waited for ever, and after the next event they were reset without end."""

    async def test() -> None:
        async with closing(RedisLog(own_redis.url)) as log:
            run = await log.create("s", principal="ada", key="k")
            await run.append("a")
            await log._redis.delete(log._keys("s")[1])
            for asked in (log.info("s"), log.read_after("s", run.epoch, 0, 1 << 20), run.append("b"), log.open("s")):
                with pytest.raises(UnknownStream):
                    await asked
            assert await log.unfinished() == []
            replaced = await log.create("s", principal="ada", key="k")
            assert replaced.created
            assert await replaced.append("c") == 1
            with pytest.raises(UnknownStream):
                await log.read_after("s", run.epoch, 0, 1 << 20)

    asyncio.run(test())


@pytest.mark.clause("server.log.once")
def test_what_was_not_acknowledged_is_appended_once_however_often_it_is_tried(
    own_redis: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        async with closing(RedisLog(own_redis.url)) as patient:
            await (await patient.create("s")).append("a")
            monkeypatch.setattr(redis_log, "TIMEOUT_S", 2.0)
            async with closing(RedisLog(own_redis.url)) as log:
                run = await until_available(lambda: log.open("s"))
                own_redis.send(signal.SIGSTOP)
                with pytest.raises(LogUnavailable):
                    await run.append("b")  # written to the socket: it is done when the process goes on
                own_redis.send(signal.SIGCONT)
                assert await until_available(lambda: run.append("b")) == 2
                assert await until_available(lambda: run.append("b")) == 3  # another one of the same text
                entries, _ = await patient.read_after("s", run.epoch, 0, 1 << 20)
                assert [entry.data for entry in entries] == ["a", "b", "b"]

    asyncio.run(test())


def test_watchers_go_on_when_the_connection_of_the_notices_is_lost(own_redis: RedisProcess) -> None:
    async def test() -> None:
        async with closing(RedisLog(own_redis.url)) as log:
            run = await log.create("s")
            waiting = [asyncio.create_task(log.wait_after("s", 0)) for _ in range(3)]
            await watched(log, "s")
            assert await log._redis.client_kill_filter(_type="pubsub") == 1
            await run.append("a")
            assert [info.last for info in await asyncio.gather(*waiting)] == [1, 1, 1]

    asyncio.run(test())


def test_two_processes_worth_of_logs_share_one_redis(own_redis: RedisProcess) -> None:
    async def test() -> None:
        async with closing(RedisLog(own_redis.url)) as one, closing(RedisLog(own_redis.url)) as other:
            run = await one.create("s")
            waiting = asyncio.create_task(other.wait_after("s", 0))
            await watched(other, "s")
            await run.append("a")
            assert (await waiting).last == 1
            assert await (await other.open("s")).append("b") == 2
            assert await run.append("c") == 3

    asyncio.run(test())


async def until_available(work: Callable[[], Awaitable[T]]) -> T:
    """Where this machine itself takes longer for an answer than the log waits."""
    while True:
        with suppress(LogUnavailable):
            return await work()


async def watched(log: RedisLog, stream: str) -> None:
    """Wait until the log's connection is subscribed to this stream."""
    ready = log._notices._ready
    while not ((future := ready.get(log._channel(stream))) and future.done()):
        await asyncio.sleep(0.001)


def test_a_cluster_of_a_client_without_pub_sub_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No viewer would be woken, and the first would wait for ever."""
    monkeypatch.delattr(RedisCluster, "pubsub", raising=False)
    with pytest.raises(OptionError, match=r"before 8\.0"):
        RedisLog(RedisCluster(host="127.0.0.1"))
