"""Wakeful reads one answer through each fault, and gets it whole and once; where no client could, it says so.

As plain SSE, like EventSource, and by the protocol, which the same URL speaks to those who ask.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

import wakeful
from demo.demo_process import AskedRun, DemoProcess
from wakeful_demo.faults import FAULTS
from wakeful_demo.viewing import RETRY_ATTEMPTS

# Only where a fault's own default would make the test wait for nothing.
QUICKER = {
    "slow-first-byte": {"ms": 100},
    "age-limit": {"ms": 500},
    "too-many-seconds": {"seconds": 1},
    "too-many-date": {"seconds": 1},
}
# The fault is ordered after some messages, and the run is cancelled some behind what it can have struck.
MESSAGES_BEFORE, MESSAGES_BEHIND = 10, 30
# All of it takes a minute: a busy machine may need some seconds for what is over in one.
SPEED = 0.5
MODES = {"plain": "none", "protocol": "header"}


@dataclass
class Reading:
    ids: list[str]
    noise: int
    attempts: int
    end: str
    journal: dict[str, Any]
    gaps: int


def seq_of(id: str) -> int:
    return int(id.rpartition(".")[2])


async def read_through(run: AskedRun, fault: str, mode: str) -> Reading:
    """Read the run to its end, which comes some messages after the fault."""
    label = f"{mode}-through-{fault}"
    url = f"{run.demo.url}{run.events}?client={label}"
    ids: list[str] = []
    noise = last = 0
    # No fault holds back an answer's head for long, a busy machine may: the server would never hear of such a request.
    waits: dict[str, Any] = {"idle_ms": 7000, "connect_ms": 120_000, "base_ms": 50, "cap_ms": 200}
    waits["attempts"] = RETRY_ATTEMPTS  # eight are used up where it takes long to start the server again
    async with wakeful.connect(
        url, end_data="[DONE]", negotiate=MODES[mode], token=lambda _: "t0ken", **waits
    ) as stream:
        async for message in stream:
            if message.type == "x.noise":
                noise += 1
                continue
            ids.append(message.last_event_id)
            if len(ids) == MESSAGES_BEFORE:
                order = {"fault": fault, **QUICKER.get(fault, {})}
                answer = await asyncio.to_thread(run.demo.post, f"/faults/{label}", order)
                assert answer.status_code == 200, answer.text
                last = len(await asyncio.to_thread(run.ids)) + MESSAGES_BEHIND
            if len(ids) > MESSAGES_BEFORE and seq_of(ids[-1]) >= last:
                await asyncio.to_thread(run.cancel)
        attempts, end, gaps = stream.stats.attempts, stream.state, stream.stats.gaps
    await asyncio.to_thread(run.cancel)
    journal = await asyncio.to_thread(run.demo.get, f"/journal/{label}", accepted=attempts)
    return Reading(ids, noise, attempts, end, journal.json(), gaps)


@pytest.fixture(scope="module", params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def readings(demo: DemoProcess, mode: str) -> dict[str, tuple[Reading, list[str]]]:
    """All faults at once, each with a run and a reader of its own: what was read, and what was logged."""
    faults = [name for name in FAULTS if name != "restart" and name not in demo.unavailable]
    runs = {name: demo.ask("bug", SPEED) for name in faults}

    async def read_all() -> list[Reading]:
        return await asyncio.gather(*(read_through(run, name, mode) for name, run in runs.items()))

    read = asyncio.run(read_all())
    return {name: (one, run.ids()) for (name, run), one in zip(runs.items(), read, strict=True)}


WHOLE = [name for name in FAULTS if name not in ("restart", "no-content", "gap", "buffering")]


@pytest.mark.parametrize("fault", WHOLE)
def test_the_answer_is_whole_and_comes_once(readings: dict[str, tuple[Reading, list[str]]], fault: str) -> None:
    reading, logged = readings[fault]
    assert reading.ids == logged[:-1]  # the end marker is not delivered
    assert reading.end == "ended"


def test_the_server_saw_as_many_connections_as_the_client_made(
    readings: dict[str, tuple[Reading, list[str]]],
) -> None:
    assert {name: one.journal["accepted"] for name, (one, _) in readings.items()} == {
        name: one.attempts for name, (one, _) in readings.items()
    }


def test_every_fault_struck(readings: dict[str, tuple[Reading, list[str]]]) -> None:
    for name, (reading, _) in readings.items():
        assert name in [fault for request in reading.journal["requests"] for fault in request["faults"]]


def test_foreign_messages_are_delivered_as_they_are(readings: dict[str, tuple[Reading, list[str]]]) -> None:
    assert {name for name, (one, _) in readings.items() if one.noise} == {"broken-utf8", "huge-message"}


def test_buffering_delays_and_loses_nothing(demo: DemoProcess, readings: dict[str, tuple[Reading, list[str]]]) -> None:
    if "buffering" in demo.unavailable:
        assert "buffering" not in readings
        return
    reading, logged = readings["buffering"]
    assert reading.ids == logged[:-1]


def test_204_ends_the_stream_although_it_is_not_whole(readings: dict[str, tuple[Reading, list[str]]]) -> None:
    reading, logged = readings["no-content"]
    assert reading.ids == logged[: len(reading.ids)]
    assert len(reading.ids) < len(logged) - 1
    assert reading.end == "ended"


def test_a_gap_is_filled_by_the_protocol_and_is_no_wider_than_it_was_without(
    readings: dict[str, tuple[Reading, list[str]]], mode: str
) -> None:
    """Plain SSE has no way to tell a client of it: ids are opaque there."""
    reading, logged = readings["gap"]
    if mode == "protocol":
        assert reading.ids == logged[:-1]
        assert reading.gaps == 1
        return
    missing = [one for one in logged[:-1] if one not in reading.ids]
    assert len(missing) == FAULTS["gap"].parameters["count"]
    assert reading.ids == [one for one in logged[:-1] if one not in missing]


def test_a_restart_of_the_server_is_survived(demo: DemoProcess, mode: str) -> None:
    run = demo.ask("bug", SPEED)
    reading = asyncio.run(read_through(run, "restart", mode))
    assert reading.ids == run.ids()[:-1]
    assert "gone" in [request["how"] for request in reading.journal["requests"]]
