"""Who writes streams: one task for each, which never waits for a viewer and outlives them all."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

MAX_RUNNING = 50

logger = logging.getLogger("uvicorn.error")


class UnknownScript(ValueError):
    """Nothing of that name can be played here."""


class TooManyRuns(RuntimeError):
    """MAX_RUNNING runs are being answered already."""


async def pause(ms: float) -> None:
    if ms:
        await asyncio.sleep(ms / 1000)


class Producers:
    """May be shared: the limit is one for all."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def check_room(self) -> None:
        """Raises TooManyRuns."""
        if len(self._tasks) >= MAX_RUNNING:
            raise TooManyRuns

    def begin(self, stream: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name=f"stream {stream}")
        self._tasks[stream] = task
        task.add_done_callback(lambda done: self._ended(stream, done))

    async def stop(self, stream: str) -> None:
        """Stop writing it, if anybody does; what is logged stays."""
        task = self._tasks.get(stream)
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """Stop all; what is unfinished stays so in the log, and is taken up at the next start."""
        for stream in list(self._tasks):
            await self.stop(stream)

    def _ended(self, stream: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(stream) is task:
            del self._tasks[stream]
        if not task.cancelled() and task.exception():
            logger.error("the stream %s is not written any more: %s", stream, task.exception())
