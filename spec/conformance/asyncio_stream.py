"""A stream that is read by a coroutine, on an event loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable

from service import Order, Stream


class AsyncioStream(Stream):
    """read_stream() is what a client's users write; cancelling it must close its connection."""

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ready = threading.Event()

    async def read_stream(self) -> None:
        raise NotImplementedError

    def run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # close() was called
            asyncio.run(self._read())

    async def _read(self) -> None:
        self._loop, self._reading = asyncio.get_running_loop(), asyncio.current_task()
        self._ready.set()
        await self.read_stream()

    def close(self) -> None:
        self._ready.wait()
        assert self._reading is not None
        self.call(self._reading.cancel)

    def call(self, function: Callable[[], object]) -> None:
        """On the stream's own loop, from another thread."""
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop has just ended by itself
            self._loop.call_soon_threadsafe(function)
