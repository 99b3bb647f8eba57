"""What every replay log does, in memory, in a SQLite file and in Redis: one suite for the three."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from server.conftest import MakeLog, WallClock
from wakeful.outcome import Problem
from wakeful.server import (
    Entry,
    LogLimits,
    LogLost,
    PayloadError,
    ReplayLog,
    Run,
    StreamEnded,
    StreamExists,
    UnknownStream,
)
from wakeful.server.logs.interface import Append

ALL = 1 << 30


def with_log(make_log: MakeLog, test: Callable[[ReplayLog], Awaitable[None]], limits: LogLimits | None = None) -> None:
    async def run() -> None:
        log = make_log(limits)
        try:
            await test(log)
        finally:
            await log.close()

    asyncio.run(run())


async def read(log: ReplayLog, run: Run, seq: int = 0, most_bytes: int = ALL) -> list[Entry]:
    return (await log.read_after(run.stream, run.epoch, seq, most_bytes))[0]


async def texts(log: ReplayLog, run: Run, seq: int = 0) -> list[str]:
    return [entry.data for entry in await read(log, run, seq)]


@pytest.mark.clause("server.log.seq")
def test_seqs_rise_by_one_in_each_stream(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        one, other = await log.create("one"), await log.create("other")
        assert [await one.append("a"), await one.append({"d": "é😀"}), await other.append("c")] == [1, 2, 1]
        assert one.epoch != other.epoch
        assert await read(log, one) == [Entry(1, "", "a"), Entry(2, "", '{"d":"é😀"}')]
        assert await read(log, one, 1) == [Entry(2, "", '{"d":"é😀"}')]
        assert await read(log, one, 2) == []
        info = await log.info("one")
        assert (info.epoch, info.first, info.last, info.ended) == (one.epoch, 1, 2, False)

    with_log(make_log, test)


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


def test_producers_at_the_same_time_get_seqs_of_their_own(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        await log.create("s")
        runs = [await log.open("s") for _ in range(8)]
        seqs = await asyncio.gather(*(run.append(f"r{n}") for n, run in enumerate(runs)))
        assert sorted(seqs) == list(range(1, 9))
        assert [entry.seq for entry in await read(log, runs[0])] == list(range(1, 9))

    with_log(make_log, test)


def test_the_end_is_logged_and_final(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        await run.append("a")
        assert await log.unfinished() == ["s"]
        assert await run.end("failed", Problem(title="Overloaded", status=529, retry="restart")) == 2
        assert (await log.info("s")).ended
        assert await log.unfinished() == []
        with pytest.raises(StreamEnded):
            await run.append("b")
        assert await run.end() == 2  # idempotent
        [entry] = await read(log, run, 1)
        assert entry.type == "es.end"
        assert '"status":"failed"' in entry.data
        assert '"retry":"restart"' in entry.data

    with_log(make_log, test)


def test_what_is_not_there_is_said(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        for asked in (log.info("s"), log.open("s"), log.read_after("s", "e", 0, 1), log.cancel("s")):
            with pytest.raises(UnknownStream):
                await asked
        run = await log.create("s")
        with pytest.raises(StreamExists):
            await log.create("s")
        with pytest.raises(UnknownStream):
            await log.read_after("s", "another-epoch", 0, 1)
        assert (await log.info("s")).epoch == run.epoch

    with_log(make_log, test)


@pytest.mark.parametrize(
    "payload", ["", "two\nlines", "two\rlines", "nul\0", float("nan"), {"x": float("inf")}, {"x": object()}, "x" * 200]
)
def test_what_is_no_payload_is_refused_and_the_stream_goes_on(make_log: MakeLog, payload: Any) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        with pytest.raises(PayloadError):
            await run.append(payload)
        assert await run.append("next") == 1

    with_log(make_log, test, LogLimits(max_event_bytes=100))


@pytest.mark.parametrize("type", ["es.end", "es.anything", "error", "open", "a\nb"])
def test_an_event_type_of_the_protocols_or_of_eventsources_is_refused(make_log: MakeLog, type: str) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        with pytest.raises(PayloadError):
            await run.append("x", type)
        assert await run.append("x", "message_start") == 1
        assert await read(log, run) == [Entry(1, "message_start", "x")]

    with_log(make_log, test)


FOREIGN = [("message", "x"), ("output", ""), ("error", "a\nb"), ("open", "nul\0"), ("ping", "\n")]


def test_a_foreign_stream_is_relayed_as_it_is(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        for seq, (type, data) in enumerate(FOREIGN, 1):
            assert await run.relay(data, type) == seq
        for type, data in (("es.end", "x"), ("a\nb", "x"), ("", "a\rb"), ("", "x" * 200)):
            with pytest.raises(PayloadError):
                await run.relay(data, type)
        logged = [(one.type or "message", one.data) for one in await read(log, run)]
        assert logged == FOREIGN
        half = await run.relay("a\ud83d")
        assert [one.data for one in await read(log, run, half - 1)] == ["a\ufffd"]

    with_log(make_log, test, LogLimits(max_event_bytes=100))


def test_it_is_known_when_an_event_was_logged(make_log: MakeLog, clock: WallClock) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        began = clock.ms
        for n in range(3):
            clock.ms = began + 7 * n
            await run.append(f"n{n}")
        assert [one.at_ms - began for one in await read(log, run)] == [0, 7, 14]

    with_log(make_log, test)


def test_half_a_surrogate_pair_does_not_lose_the_event(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        await run.append("a\ud83db")
        await run.append({"d": "a\ud83db"})
        assert await texts(log, run) == ["a\ufffdb", '{"d":"a\ufffdb"}']

    with_log(make_log, test)


@pytest.mark.clause("server.cancel")
def test_principal_and_note_are_kept(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        await log.create("s", principal="ada", about='{"prompt": "é"}')
        info = await log.info("s")
        assert (info.principal, info.about) == ("ada", '{"prompt": "é"}')
        with pytest.raises(UnknownStream):
            await log.cancel("s", principal="eve")
        await log.cancel("s", principal="ada")
        await log.cancel("s", principal="ada")
        assert (await log.info("s")).ended

    with_log(make_log, test)


@pytest.mark.clause("server.log.once")
def test_an_idempotency_key_creates_once(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        first = await log.create("a", principal="ada", key="k")
        again = await log.create("b", principal="ada", key="k")
        other = await log.create("c", principal="eve", key="k")
        assert [(run.stream, run.created) for run in (first, again, other)] == [("a", True), ("a", False), ("c", True)]
        with pytest.raises(UnknownStream):
            await log.info("b")
        await log.delete("a")
        assert (await log.create("d", principal="ada", key="k")).stream == "d"

    with_log(make_log, test)


@pytest.mark.clause("server.log.once")
def test_an_append_that_is_repeated_is_logged_once(make_log: MakeLog) -> None:
    """What a client library does when the answer was lost, and what an application does after LogUnavailable."""

    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        event = Append(run.epoch, "", "x", 0, "token")
        assert [await log.append("s", event), await log.append("s", event)] == [1, 1]
        assert await texts(log, run) == ["x"]
        end = Append(run.epoch, "es.end", "{}", 1, "another")
        assert [await log.append("s", end), await log.append("s", end)] == [2, 2]

    with_log(make_log, test)


@pytest.mark.clause("server.log.lost")
def test_a_log_that_lost_what_it_acknowledged_says_so(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        await run.append("a")
        run.last = 7
        with pytest.raises(LogLost):
            await run.append("b")
        await log.delete("s")
        replaced = await log.create("s")
        assert replaced.epoch != run.epoch
        run.last = 0
        with pytest.raises(LogLost):
            await run.append("b")
        assert await texts(log, replaced) == []

    with_log(make_log, test)


def test_watchers_are_woken_by_appends_the_end_and_deletion(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        await log.create("other")
        assert (await woken_by(log, run.append("a"))).last == 1
        assert (await woken_by(log, run.end())).ended
        changed = asyncio.Event()
        async with log.watch("s", changed.set):
            changed.clear()
            await log.delete("s")
            await changed.wait()

    with_log(make_log, test)


async def woken_by(log: ReplayLog, work: Coroutine[Any, Any, int]) -> Any:
    seq = (await log.info("s")).last
    waiting = asyncio.create_task(log.wait_after("s", seq))
    while "s" not in watched(log):
        await asyncio.sleep(0)
    await work
    return await waiting


def watched(log: Any) -> Any:
    return log._watchers if hasattr(log, "_watchers") else log._notices._watchers


def test_many_watch_one_stream_and_one_many(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        runs = [await log.create(f"s{n}") for n in range(5)]
        waiting = [asyncio.create_task(log.wait_after(run.stream, 0)) for run in runs for _ in range(20)]
        for run in runs:
            await run.append("x")
        assert {info.last for info in await asyncio.gather(*waiting)} == {1}
        assert not watched(log)

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
        clock.ms += 600
        await run.append("young")
        clock.ms += 600
        await run.append("new")
        assert await texts(log, run) == ["young", "new"]
        assert (await log.info("s")).first == 2

    with_log(make_log, test, LogLimits(max_age_ms=1_000))


@pytest.mark.clause("server.log.bounds")
def test_an_ended_stream_stays_for_the_window(make_log: MakeLog, clock: WallClock) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        await run.append("a")
        clock.ms += 5_000
        await run.end()
        clock.ms += 1_000
        assert await texts(log, run) == ["a", '{"status":"completed"}']
        clock.ms += 1
        with pytest.raises(UnknownStream):
            await log.info("s")
        with pytest.raises(UnknownStream):
            await read(log, run)
        assert (await log.create("s")).epoch != run.epoch

    with_log(make_log, test, LogLimits(window_ms=1_000, max_age_ms=10_000))


def test_a_stream_without_an_event_for_too_long_is_gone(make_log: MakeLog, clock: WallClock) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        clock.ms += 10_001
        with pytest.raises(UnknownStream):
            await run.append("a")
        assert await log.unfinished() == []

    with_log(make_log, test, LogLimits(window_ms=1_000, max_age_ms=10_000))


def test_open_takes_a_stream_up_again(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        await run.append("a")
        again = await log.open("s")
        assert (again.epoch, again.last, again.created) == (run.epoch, 1, False)
        assert await again.append("b") == 2

    with_log(make_log, test)


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 600])
def test_a_name_that_cannot_be_one_is_refused(make_log: MakeLog, name: str) -> None:
    async def test(log: ReplayLog) -> None:
        with pytest.raises(PayloadError):
            await log.create(name)

    with_log(make_log, test)


@pytest.mark.parametrize("name", ["a:b", "{a}b", "a*b", "é 😀", "'; DROP TABLE streams; --"])
def test_odd_names_are_names(make_log: MakeLog, name: str) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create(name)
        await run.append("a")
        assert await texts(log, run) == ["a"]
        assert await log.unfinished() == [name]

    with_log(make_log, test)
