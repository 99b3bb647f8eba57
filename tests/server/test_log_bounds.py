"""What leaves a log, and when; and how much of it is read at a time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.conftest import MakeLog, WallClock
from server.logs import ALL, closing, read, texts, with_log
from wakeful.errors import OptionError
from wakeful.server import LogLimits, MemoryLog, ReplayLog, SQLiteLog, UnknownStream

# What is kept for seconds leaves Redis by the real clock, too, where this machine stops for as long.
MINUTE_MS = 60_000


def test_a_batch_is_cut_by_bytes_and_holds_one_at_least(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        for text in ("aaaa", "bbbb", "cccc"):
            await run.append(text)
        for most, wanted, more in ((8, 2, True), (1, 1, True), (12, 3, False)):
            entries, left = await log.read_after("s", run.epoch, 0, most)
            assert (len(entries), left) == (wanted, more)

    with_log(make_log, test)


def test_a_long_log_is_read_in_batches_without_a_hole(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        for n in range(600):
            await run.append(f"n{n}")
        seqs: list[int] = []
        more = True
        while more:
            entries, more = await log.read_after("s", run.epoch, len(seqs), ALL)
            seqs += [entry.seq for entry in entries]
        assert seqs == list(range(1, 601))

    with_log(make_log, test)


@pytest.mark.clause("server.log.bounds")
def test_the_oldest_leave_beyond_the_bytes_of_a_stream(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        for n in range(10):
            await run.append(f"{n}" * 10)
        info = await log.info("s")
        assert (info.first, info.last) == (8, 10)
        assert [entry.seq for entry in await read(log, run)] == [8, 9, 10]
        await run.append("x" * 50)
        assert [entry.seq for entry in await read(log, run)] == [11]

    with_log(make_log, test, LogLimits(max_bytes=30))


@pytest.mark.clause("server.log.bounds")
def test_the_oldest_leave_by_age(make_log: MakeLog, clock: WallClock) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        await run.append("old")
        clock.ms += 6 * MINUTE_MS
        await run.append("young")
        clock.ms += 6 * MINUTE_MS
        await run.append("new")
        assert await texts(log, run) == ["young", "new"]
        assert (await log.info("s")).first == 2

    with_log(make_log, test, LogLimits(max_age_ms=10 * MINUTE_MS))


@pytest.mark.clause("server.log.bounds")
def test_an_ended_stream_stays_for_the_window(make_log: MakeLog, clock: WallClock) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        await run.append("a")
        clock.ms += 50 * MINUTE_MS
        await run.end()
        clock.ms += 10 * MINUTE_MS
        assert await texts(log, run) == ["a", '{"status":"completed"}']
        clock.ms += 1
        with pytest.raises(UnknownStream):
            await log.info("s")
        with pytest.raises(UnknownStream):
            await read(log, run)
        assert (await log.create("s")).epoch != run.epoch

    with_log(make_log, test, LogLimits(window_ms=10 * MINUTE_MS, max_age_ms=100 * MINUTE_MS))


def test_a_stream_without_an_event_for_too_long_is_gone(make_log: MakeLog, clock: WallClock) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        clock.ms += 100 * MINUTE_MS + 1
        with pytest.raises(UnknownStream):
            await run.append("a")
        assert await log.unfinished() == []

    with_log(make_log, test, LogLimits(window_ms=10 * MINUTE_MS, max_age_ms=100 * MINUTE_MS))


def test_a_limit_that_is_no_int_is_refused() -> None:
    """Redis takes no other, and was blamed for it at the first event."""
    with pytest.raises(OptionError, match="window_ms must be an int, not float"):
        MemoryLog(LogLimits(window_ms=1e6))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["memory", "sqlite"])  # in Redis it is the server's own limit
def test_over_the_limit_of_all_streams_ended_ones_go_first(kind: str, tmp_path: Path) -> None:
    async def fill() -> None:
        limits = LogLimits(max_total_bytes=1_000)
        made = MemoryLog(limits) if kind == "memory" else SQLiteLog(tmp_path / "log.sqlite", limits)
        async with closing(made) as log:
            ended, running = await log.create("ended"), await log.create("running")
            await ended.append("x" * 600)
            await ended.end()
            for _ in range(20):
                await running.append("y" * 100)
            info = await log.info("running")
            entries = await read(log, running, info.first - 1)
            assert 0 < sum(len(entry.data) for entry in entries) <= 1_100
            assert [entry.seq for entry in entries] == list(range(info.first, 21))
            assert await log.unfinished() == ["running"]
            with pytest.raises(UnknownStream):
                await log.info("ended")
            await running.append("z" * 2_000)  # the newest event stays, whatever its size
            assert [entry.seq for entry in await read(log, running, 20)] == [21]

    asyncio.run(fill())
