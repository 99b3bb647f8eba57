"""What the tests of the logs share: one that is closed behind each of them, and what is in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from server.conftest import MakeLog
from wakeful.server import Entry, LogLimits, ReplayLog, Run

ALL = 1 << 30

Log = TypeVar("Log", bound=ReplayLog)


@asynccontextmanager
async def closing(log: Log) -> AsyncIterator[Log]:
    """The log, and it is closed whatever happens: Python 3.13 blames for one left open whichever test comes next."""
    try:
        yield log
    finally:
        await log.close()


def with_log(make_log: MakeLog, test: Callable[[ReplayLog], Awaitable[None]], limits: LogLimits | None = None) -> None:
    async def run() -> None:
        async with closing(make_log(limits)) as log:
            await test(log)

    asyncio.run(run())


async def read(log: ReplayLog, run: Run, seq: int = 0, most_bytes: int = ALL) -> list[Entry]:
    return (await log.read_after(run.stream, run.epoch, seq, most_bytes))[0]


async def texts(log: ReplayLog, run: Run, seq: int = 0) -> list[str]:
    return [entry.data for entry in await read(log, run, seq)]
