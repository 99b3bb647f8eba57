"""The replay log: ids, order, waiting, bounds, and what is left after kill -9."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from demo.demo_process import ENVIRONMENT
from wakeful_demo.log import ReplayLog, StreamEnded, UnknownStream

APPEND_UNTIL_KILLED = """
import sys
from pathlib import Path
from wakeful_demo.log import ReplayLog
log = ReplayLog(Path(sys.argv[1]))
log.create("s")
for n in range(1, 1_000_000):
    print(log.append("s", "", f"message {n}").id, flush=True)
"""


def test_ids_are_epoch_and_sequence_from_one(tmp_path: Path) -> None:
    log = ReplayLog(tmp_path / "log.sqlite")
    log.create("a")
    log.create("b")
    first, second, other = log.append("a", "", "x"), log.append("a", "tick", "y"), log.append("b", "", "z")
    assert (first.seq, second.seq, other.seq) == (1, 2, 1)
    assert first.id == f"{first.epoch}.1"
    assert first.epoch == second.epoch != other.epoch
    assert log.read_after("a", 0) == [first, second]
    assert log.read_after("a", 1) == [second]
    assert log.read_after("a", 0, limit=1) == [first]
    log.close()


def test_the_last_message_ends_a_stream(tmp_path: Path) -> None:
    log = ReplayLog(tmp_path / "log.sqlite")
    log.create("s")
    assert log.unfinished() == ["s"]
    log.append("s", "", "[DONE]", last=True)
    assert log.bounds("s").ended
    assert log.unfinished() == []
    with pytest.raises(StreamEnded):
        log.append("s", "", "more")
    with pytest.raises(UnknownStream):
        log.append("t", "", "more")
    log.close()


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    log = ReplayLog(tmp_path / "log.sqlite")
    log.create("s", {"script": "trip"})
    before = log.append("s", "", "é\n")
    log.close()
    log = ReplayLog(tmp_path / "log.sqlite")
    assert log.about("s") == {"script": "trip"}
    assert log.read_after("s", 0) == [before]
    assert log.append("s", "", "next").id == f"{before.epoch}.2"
    log.close()


def test_a_message_whose_append_returned_survives_kill_9(tmp_path: Path) -> None:
    command = [sys.executable, "-c", APPEND_UNTIL_KILLED, str(tmp_path / "log.sqlite")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        returned = [process.stdout.readline().strip() for _ in range(200)]
        process.kill()
        returned += [line.strip() for line in process.stdout if line.endswith("\n")]
    log = ReplayLog(tmp_path / "log.sqlite")
    logged = log.read_after("s", 0, limit=1_000_000)
    assert [entry.id for entry in logged][: len(returned)] == returned
    assert [entry.data for entry in logged] == [f"message {n}" for n in range(1, len(logged) + 1)]
    log.close()


def test_a_waiter_wakes_at_the_message_it_waits_for(tmp_path: Path) -> None:
    log = ReplayLog(tmp_path / "log.sqlite")
    log.create("s")

    async def wait_twice() -> list[str]:
        waiting = asyncio.ensure_future(log.wait_after("s", 1))
        log.append("s", "", "one")
        await asyncio.sleep(0)
        assert not waiting.done()
        log.append("s", "", "two")
        await waiting
        await log.wait_after("s", 1)
        return [entry.data for entry in log.read_after("s", 1)]

    assert asyncio.run(wait_twice()) == ["two"]
    log.close()


def test_nobody_waits_on_a_stream_that_ended_or_is_gone(tmp_path: Path) -> None:
    log = ReplayLog(tmp_path / "log.sqlite")
    log.create("s")
    log.append("s", "", "end", last=True)
    asyncio.run(log.wait_after("s", 1))
    asyncio.run(log.wait_after("never created", 0))
    log.close()


def test_streams_leave_by_age(tmp_path: Path) -> None:
    now = [0]
    log = ReplayLog(tmp_path / "log.sqlite", max_age_ms=1000, now_ms=lambda: now[0])
    log.create("old")
    log.append("old", "", "x")
    now[0] = 800
    log.create("young")
    now[0] = 1500
    log.create("new")
    with pytest.raises(UnknownStream):
        log.bounds("old")
    assert log.bounds("young").last == 0
    log.close()


def test_over_the_byte_limit_ended_streams_go_first_then_the_oldest_messages(tmp_path: Path) -> None:
    log = ReplayLog(tmp_path / "log.sqlite", max_bytes=100)
    for stream in ("ended", "running"):
        log.create(stream)
    log.append("ended", "", "x" * 60, last=True)
    log.append("running", "", "y" * 60)
    with pytest.raises(UnknownStream):
        log.bounds("ended")
    for _ in range(4):
        log.append("running", "", "y" * 30)
    bounds = log.bounds("running")
    assert bounds.first > 1
    assert bounds.last == 5
    assert sum(len(entry.data) for entry in log.read_after("running", 0)) <= 100
    log.close()
