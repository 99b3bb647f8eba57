"""The log in a file, and other processes: what kill -9 leaves, what another process appends, what a bad file says."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from server.logs import closing
from server.surroundings import ENVIRONMENT
from wakeful.server import EventStreamResponse, LogLimits, LogUnavailable, SQLiteLog
from wakeful.server.logs import sqlite as sqlite_log

APPEND_UNTIL_KILLED = """
import asyncio, sys
from wakeful.server import SQLiteLog
async def main():
    log = SQLiteLog(sys.argv[1])
    run = await log.create("s", principal="ada")
    for n in range(1, 1_000_000):
        print(await run.append(f"message {n}"), flush=True)
asyncio.run(main())
"""

APPEND_TOGETHER = """
import asyncio, sys
from wakeful.server import SQLiteLog
from wakeful.server.logs import sqlite
sqlite.BUSY_S = 120.0  # a machine that stops for five seconds says nothing
async def main():
    log = SQLiteLog(sys.argv[1])
    run = await log.open("s")
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(200):
        await run.append(f"{sys.argv[2]} {n}")
    await log.close()
asyncio.run(main())
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=ENVIRONMENT,
    )  # fmt: skip


@pytest.mark.clause("server.log.durable")
def test_every_acknowledged_append_survives_kill_9(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"
    with start(APPEND_UNTIL_KILLED, str(file)) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(300)]
        process.kill()
        acknowledged += [int(line) for line in process.stdout if line.endswith("\n")]

    async def look() -> None:
        async with closing(SQLiteLog(file)) as log:
            run = await log.open("s")
            entries, more = await log.read_after("s", run.epoch, 0, 1 << 30)
            assert not more
            assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
            assert [entry.data for entry in entries] == [f"message {n}" for n in range(1, len(entries) + 1)]
            assert acknowledged == list(range(1, len(acknowledged) + 1))
            assert len(entries) >= len(acknowledged)
            assert (await log.info("s")).principal == "ada"
            assert await log.unfinished() == ["s"]
            assert await run.append("next") == len(entries) + 1

    asyncio.run(look())


@pytest.mark.clause("server.log.seq")
def test_two_processes_append_to_one_file_while_a_third_watches(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"

    async def watch(processes: ExitStack) -> list[str]:
        async with closing(SQLiteLog(file)) as log:
            run = await log.create("s")
            others = [processes.enter_context(start(APPEND_TOGETHER, str(file), name)) for name in ("a", "b")]
            for other in others:
                assert other.stdout is not None
                assert await asyncio.to_thread(other.stdout.readline) == "ready\n"
            for other in others:
                assert other.stdin is not None
                other.stdin.write("go\n")
                other.stdin.flush()
            seen: list[str] = []
            seqs: list[int] = []
            while len(seen) < 400:
                await log.wait_after("s", len(seen))
                entries, _ = await log.read_after("s", run.epoch, len(seen), 1 << 30)
                seqs += [entry.seq for entry in entries]
                seen += [entry.data for entry in entries]
            for other in others:
                other.communicate()
                assert other.returncode == 0
            assert seqs == list(range(1, 401))
        return seen

    with ExitStack() as processes:
        seen = asyncio.run(watch(processes))
    for name in ("a", "b"):
        assert [text for text in seen if text.startswith(name)] == [f"{name} {n}" for n in range(200)]


@contextmanager
def write_lock(file: Path) -> Iterator[None]:
    """Another's write transaction: which connection holds the lock makes no difference to SQLite, nor which process."""
    other = sqlite3.connect(file, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


def test_the_event_loop_goes_on_while_another_process_writes(tmp_path: Path) -> None:
    """SQLite's own wait held up the thread: a producer and all viewers of the process stood still for up to 5 s."""
    file = tmp_path / "log.sqlite"

    async def look() -> None:
        async with closing(SQLiteLog(file)) as log:
            run, old = await log.create("s"), await log.create("old")
            with write_lock(file):
                appends = [asyncio.create_task(run.append(text)) for text in ("a", "b", "c")]
                others = [
                    asyncio.create_task(each) for each in (log.create("new"), log.delete("old"), old.append("late"))
                ]
                for _ in range(10):
                    await asyncio.sleep(0)
                    assert (await log.info("s")).last == 0  # viewers read on
                assert not any(each.done() for each in appends + others)
            assert await asyncio.gather(*appends) == [1, 2, 3]
            assert [entry.data for entry in (await log.read_after("s", run.epoch, 0, 1 << 30))[0]] == ["a", "b", "c"]
            await asyncio.gather(*others, return_exceptions=True)
            assert sorted(await log.unfinished()) == ["new", "s"]

    asyncio.run(look())


def test_a_file_that_stays_locked_is_said_and_the_append_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "log.sqlite"

    async def look() -> None:
        async with closing(SQLiteLog(file)) as log:
            run = await log.create("s")
            monkeypatch.setattr(sqlite_log, "BUSY_S", 0.0)
            with write_lock(file), pytest.raises(LogUnavailable, match="cannot be used now: database is locked"):
                await run.append("a")
            assert await run.append("a") == 1

    asyncio.run(look())


def test_a_log_that_is_closed_ends_the_wait_for_its_lock(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"

    async def look() -> None:
        async with closing(SQLiteLog(file)) as log:
            run = await log.create("s")
            with write_lock(file):
                waiting = asyncio.create_task(run.append("a"))
                await asyncio.sleep(0)
                await log.close()
                with pytest.raises(LogUnavailable, match="closed database"):
                    await waiting

    asyncio.run(look())


def test_a_file_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailable, match="/no/such/folder cannot be used now: unable to open"):
        SQLiteLog(tmp_path / "no" / "such" / "folder")
    (tmp_path / "text").write_text("this is no database, however long it may be" * 100)
    with pytest.raises(LogUnavailable, match="not a database"):
        SQLiteLog(tmp_path / "text")


def test_a_log_that_survives_a_loss_of_power_syncs(tmp_path: Path) -> None:
    async def look() -> None:
        for power_safe, level in ((False, 1), (True, 2)):
            async with closing(SQLiteLog(tmp_path / f"{level}.sqlite", power_safe=power_safe)) as log:
                assert log._one("PRAGMA synchronous") == (level,)

    asyncio.run(look())


def test_an_append_to_a_full_log_costs_the_same_however_much_it_holds(tmp_path: Path) -> None:
    """All that was kept was added up again for each event: 9 ms in a log of 4 MB, and the loop stood still."""

    async def steps(events: int) -> int:
        async with closing(SQLiteLog(tmp_path / f"{events}.sqlite", LogLimits(max_bytes=10 * events))) as log:
            run = await log.create("s")
            for _ in range(events + 1):
                await run.append("x" * 10)
            counted = 0

            def count() -> None:
                nonlocal counted
                counted += 1

            log._database.set_progress_handler(count, 1)
            await run.append("x" * 10)
            info = await log.info("s")
            assert (info.first, info.last) == (3, events + 2)
        return counted

    assert asyncio.run(steps(500)) == asyncio.run(steps(50))


@pytest.fixture
def own_log(tmp_path: Path) -> Iterator[SQLiteLog]:
    """Made in the thread of the tests."""
    log = SQLiteLog(tmp_path / "log.sqlite")
    yield log
    asyncio.run(log.close())


def test_a_log_is_used_in_another_thread_than_it_was_made_in(own_log: SQLiteLog) -> None:
    """An application that was tested with Starlette's TestClient answered 503: the log was made by its import."""

    async def create(request: Request) -> Response:
        run = await own_log.create("s")
        await run.append("a")
        await run.end()
        return Response()

    async def events(request: Request) -> Response:
        return EventStreamResponse(own_log, "s", request, principal="")

    client = TestClient(Starlette(routes=[Route("/create", create), Route("/events", events)]))
    assert client.get("/create").status_code == 200
    assert "data: a\n\n" in client.get("/events").text


def test_two_threads_append_to_one_log(own_log: SQLiteLog) -> None:
    async def append(name: str) -> list[int]:
        run = await own_log.open("s")
        return [await run.append(f"{name} {n}") for n in range(200)]

    async def both() -> list[list[int]]:
        await own_log.create("s")
        return await asyncio.gather(*(asyncio.to_thread(asyncio.run, append(name)) for name in ("a", "b")))

    seqs = [seq for of_one in asyncio.run(both()) for seq in of_one]
    assert sorted(seqs) == list(range(1, 401))
