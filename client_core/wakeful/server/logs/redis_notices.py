"""Who is to be woken, told by Redis Pub/Sub: one connection for all that a process watches.

One task owns the connection, so that nothing is written to it while it is read. Who wants another channel subscribed
publishes to a channel of this process's own, which the task hears.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from wakeful.server.logs.interface import Watchers

# Without a notice for this long the connection is tried, and without an answer for as long it is given up.
SILENCE_S = 10.0
# Between two tries to connect. What waits meanwhile has been woken and reads the log by itself.
RETRY_S = 0.5
CANCEL_S = 0.1


class Notices:
    """Watchers that Redis wakes. channel: a stream's channel."""

    def __init__(self, redis: Any, channel: Callable[[str], str]) -> None:
        self._redis = redis
        self._channel = channel
        self._watchers = Watchers()
        self._own = f"wakeful:process:{secrets.token_hex(8)}"
        self._streams: dict[str, str] = {}  # by channel
        self._ready: dict[str, asyncio.Future[None]] = {}  # by channel: subscribed
        self._task: asyncio.Task[None] | None = None

    async def add(self, stream: str, notify: Callable[[], None]) -> None:
        """Returns once nothing can be missed any more. Raises RedisError or OSError; then nothing was added."""
        channel = self._channel(stream)
        self._watchers.add(stream, notify)
        try:
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._run(), name="wakeful: notices of Redis")
            if channel not in self._ready:
                self._streams[channel] = stream
                self._ready[channel] = _future()
                await self._redis.publish(self._own, "")
            await asyncio.shield(self._ready[channel])
        except BaseException:
            self._watchers.remove(stream, notify)
            raise

    def remove(self, stream: str, notify: Callable[[], None]) -> None:
        """The connection stays for the next one; its channel is left when something else is to be done there."""
        self._watchers.remove(stream, notify)

    async def close(self) -> None:
        task, self._task = self._task, None
        # Again and again: under load, a cancellation has been seen to vanish inside of redis-py (8.1).
        while task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=CANCEL_S)

    async def _run(self) -> None:
        try:
            while not _is_cancelled():
                pubsub = self._redis.pubsub()
                try:
                    await self._listen(pubsub)
                except (RedisError, OSError) as error:
                    self._lose(error)
                finally:
                    with suppress(RedisError, OSError):
                        await pubsub.aclose()
                await asyncio.sleep(RETRY_S)
        finally:
            self._lose(RedisConnectionError("closed"))

    async def _listen(self, pubsub: Any) -> None:
        subscribed = {self._own}
        await pubsub.subscribe(self._own)
        tried = False
        while not _is_cancelled():
            message = await pubsub.get_message(timeout=SILENCE_S)
            if message is None:
                if tried:
                    raise RedisConnectionError(f"no answer for {SILENCE_S} s")
                tried = True
                await pubsub.ping()
                continue
            tried = False
            channel = _text(message["channel"] or b"")
            if channel in self._streams:
                # Subscribed anew, after a loss, is a reason to look as well.
                if message["type"] == "subscribe" and not self._ready.setdefault(channel, _future()).done():
                    self._ready[channel].set_result(None)
                self._watchers.wake(self._streams[channel])
            await self._adjust(pubsub, subscribed)

    async def _adjust(self, pubsub: Any, subscribed: set[str]) -> None:
        for channel in [channel for channel, stream in self._streams.items() if stream not in self._watchers]:
            del self._streams[channel]
            self._ready.pop(channel, None)
        wanted = {self._own, *self._streams}
        if wanted - subscribed:
            await pubsub.subscribe(*(wanted - subscribed))
        if subscribed - wanted:
            await pubsub.unsubscribe(*(subscribed - wanted))
        subscribed.clear()
        subscribed.update(wanted)

    def _lose(self, error: Exception) -> None:
        """The connection is gone: who waits for it fails, and who watches looks for itself."""
        for ready in self._ready.values():
            if not ready.done():
                ready.set_exception(error)
                ready.exception()  # seen: nobody may be waiting any more
        self._ready.clear()
        self._watchers.wake_all()


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _future() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
