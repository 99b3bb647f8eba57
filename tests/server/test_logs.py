"""What every replay log does, in memory, in a SQLite file and in Redis: one suite for the three, with test_log_texts.py
and test_log_bounds.py."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from server.conftest import MakeLog, WallClock
from server.logs import read, texts, with_log
from wakeful.outcome import Problem
from wakeful.server import Entry, LogError, LogLost, ReplayLog, StreamEnded, StreamExists, UnknownStream
from wakeful.server.logs.interface import Append


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


def test_producers_at_the_same_time_get_seqs_of_their_own(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        await log.create("s")
        runs = [await log.open("s") for _ in range(8)]
        seqs = await asyncio.gather(*(run.append(f"r{n}") for n, run in enumerate(runs)))
        assert sorted(seqs) == list(range(1, 9))
        assert [entry.seq for entry in await read(log, runs[0])] == list(range(1, 9))

    with_log(make_log, test)


@pytest.mark.clause("server.log.once")
def test_tasks_that_share_a_run_append_each_event_in_the_order_of_their_calls(make_log: MakeLog) -> None:
    """In Redis the same text, appended by two tasks at once, was taken for one try and its repeat: one was lost."""

    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        wanted = ["same"] * 5 + [f"n{n}" for n in range(40)]  # more than Redis has connections
        seqs = await asyncio.gather(*(run.append(text) for text in wanted))
        assert list(seqs) == list(range(1, 46))
        assert await texts(log, run) == wanted

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


def test_it_is_known_when_an_event_was_logged(make_log: MakeLog, clock: WallClock) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        began = clock.ms
        for n in range(3):
            clock.ms = began + 7 * n
            await run.append(f"n{n}")
        assert [one.at_ms - began for one in await read(log, run)] == [0, 7, 14]

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
        named_alike = await log.create("a", principal="ada", key="k")
        assert (named_alike.epoch, named_alike.created) == (first.epoch, False)
        with pytest.raises(UnknownStream):
            await log.info("b")
        await log.delete("a")
        assert (await log.create("d", principal="ada", key="k")).stream == "d"
        assert (await log.create("e", principal="org", key="ada:k")).created
        assert (await log.create("f", principal="org:ada", key="k")).created

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


def test_open_takes_a_stream_up_again(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        await run.append("a")
        again = await log.open("s")
        assert (again.epoch, again.last, again.created) == (run.epoch, 1, False)
        assert await again.append("b") == 2

    with_log(make_log, test)


@pytest.mark.parametrize("kind", [UnknownStream, StreamExists, StreamEnded])
def test_an_error_of_a_log_crosses_to_another_process_as_it_is(kind: Callable[[str], LogError]) -> None:
    error = kind("s")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (kind, str(error))
