"""What a log takes for a name, a payload and a type: all that a stream can carry, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from server.conftest import MakeLog
from server.logs import read, texts, with_log
from wakeful.outcome import Problem
from wakeful.server import Entry, LogLimits, PayloadError, ReplayLog


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


def test_half_of_a_surrogate_pair_is_no_name_and_is_replaced_in_a_type(make_log: MakeLog) -> None:
    """No file and no connection can hold it: a log would raise an error that is none of its own."""

    async def test(log: ReplayLog) -> None:
        for name, principal, key in (("s\ud83d", "", ""), ("s", "\ud83d", ""), ("s", "", "\ud83d")):
            with pytest.raises(PayloadError, match="half of a surrogate pair"):
                await log.create(name, principal, key=key)
        run = await log.create("s")
        await run.append("x", "a\ud83d")
        assert await read(log, run) == [Entry(1, "a\ufffd", "x")]

    with_log(make_log, test)


def test_an_end_that_no_viewer_would_take_is_refused(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        with pytest.raises(PayloadError):
            await run.end("failed", Problem(detail="x" * 200))
        assert await run.end("failed") == 1

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


def test_half_a_surrogate_pair_does_not_lose_the_event(make_log: MakeLog) -> None:
    async def test(log: ReplayLog) -> None:
        run = await log.create("s")
        await run.append("a\ud83db")
        await run.append({"d": "a\ud83db"})
        assert await texts(log, run) == ["a\ufffdb", '{"d":"a\ufffdb"}']

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
