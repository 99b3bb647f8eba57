"""Runs and their log without a server around them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from wakeful.server import Entry, ReplayLog, SQLiteLog
from wakeful_demo.producers import Producers
from wakeful_demo.runs import Runs
from wakeful_demo.viewing import EVERYTHING, LIMITS


@asynccontextmanager
async def runs_on(folder: Path, *arguments: Any) -> AsyncIterator[tuple[ReplayLog, Runs]]:
    """Runs on a log in this folder. arguments: the further ones of Runs."""
    log, producers = SQLiteLog(folder / "log.sqlite", LIMITS), Producers()
    try:
        yield log, Runs(log, producers, *arguments)
    finally:
        await producers.close()
        await log.close()


async def all_of(log: ReplayLog, run: str) -> list[Entry]:
    """What the log has of a run, once that has ended."""
    info = await log.info(run)
    while not info.ended:
        info = await log.wait_after(run, info.last)
    return (await log.read_after(run, info.epoch, 0, EVERYTHING))[0]
