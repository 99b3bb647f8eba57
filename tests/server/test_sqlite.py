"""The log in a file, and other processes: what kill -9 leaves, what another process appends, what a bad file says."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from server.surroundings import ENVIRONMENT
from wakeful.server import LogLimits, LogUnavailable, SQLiteLog, UnknownStream

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
        log = SQLiteLog(file)
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
        await log.close()

    asyncio.run(look())


@pytest.mark.clause("server.log.seq")
def test_two_processes_append_to_one_file_while_a_third_watches(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"

    async def watch() -> list[str]:
        log = SQLiteLog(file)
        run = await log.create("s")
        others = [start(APPEND_TOGETHER, str(file), name) for name in ("a", "b")]
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
        await log.close()
        return seen

    seen = asyncio.run(watch())
    for name in ("a", "b"):
        assert [text for text in seen if text.startswith(name)] == [f"{name} {n}" for n in range(200)]


def test_over_the_limit_of_all_streams_ended_ones_go_first(tmp_path: Path) -> None:
    async def fill() -> None:
        log = SQLiteLog(tmp_path / "log.sqlite", LogLimits(max_total_bytes=1_000))
        ended, running = await log.create("ended"), await log.create("running")
        await ended.append("x" * 600)
        await ended.end()
        for _ in range(20):
            await running.append("y" * 100)
        info = await log.info("running")
        entries, _ = await log.read_after("running", running.epoch, info.first - 1, 1 << 30)
        assert sum(len(entry.data) for entry in entries) <= 1_100
        assert [entry.seq for entry in entries] == list(range(info.first, 21))
        assert await log.unfinished() == ["running"]
        with pytest.raises(UnknownStream):
            await log.info("ended")
        await log.close()

    asyncio.run(fill())


def test_a_file_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailable, match="unable to open"):
        SQLiteLog(tmp_path / "no" / "such" / "folder")
    (tmp_path / "text").write_text("this is no database, however long it may be" * 100)
    with pytest.raises(LogUnavailable, match="not a database"):
        SQLiteLog(tmp_path / "text")


def test_a_log_that_survives_a_loss_of_power_syncs(tmp_path: Path) -> None:
    async def look() -> None:
        for power_safe, level in ((False, 1), (True, 2)):
            log = SQLiteLog(tmp_path / f"{level}.sqlite", power_safe=power_safe)
            assert log._one("PRAGMA synchronous") == (level,)
            await log.close()

    asyncio.run(look())
