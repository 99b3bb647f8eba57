"""The replay log in memory: for one process, and for tests. What it holds ends with the process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from wakeful.server.limits import LogLimits
from wakeful.server.logs.interface import (
    Append,
    ReplayLog,
    StreamEnded,
    StreamExists,
    UnknownStream,
    Watchers,
    check_known,
    take_batch,
)
from wakeful.server.records import Entry, StreamInfo


class _Stream:
    def __init__(self, info: StreamInfo, key: str, now: int) -> None:
        self.info = info
        self.key = key
        self.entries: dict[int, tuple[Entry, int]] = {}  # by its seq, with its size
        self.bytes = 0
        self.touched = now
        self.token = ""

    def drop_first(self) -> None:
        _, size = self.entries.pop(self.info.first)
        self.bytes -= size
        self.info.first += 1


class MemoryLog(ReplayLog):
    """See ReplayLog."""

    def __init__(self, limits: LogLimits | None = None, now_ms: Callable[[], int] | None = None) -> None:
        super().__init__(limits, now_ms)
        self._streams: dict[str, _Stream] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._watchers = Watchers()
        self._bytes = 0

    async def _create(self, info: StreamInfo, key: str) -> str | None:
        self._prune()
        if key and (info.principal, key) in self._keys:
            return self._keys[info.principal, key]
        if info.stream in self._streams:
            raise StreamExists(info.stream)
        self._streams[info.stream] = _Stream(_copy(info), key, self.now_ms())
        if key:
            self._keys[info.principal, key] = info.stream
        return None

    async def append(self, stream: str, event: Append) -> int:
        found = self._find(stream)
        info = found.info
        if found.token == event.token:
            return info.last
        check_known(info, event)
        if info.ended:
            raise StreamEnded(stream)
        size = len(event.data.encode())
        info.last += 1
        info.ended = event.ends
        found.token = event.token
        found.touched = self.now_ms()
        found.entries[info.last] = (Entry(info.last, event.type, event.data, found.touched), size)
        found.bytes += size
        self._bytes += size
        self._trim(found)
        if self._bytes > self.limits.max_total_bytes:
            self._prune()
        self._watchers.wake(stream)
        return info.last

    async def info(self, stream: str, epoch: str = "") -> StreamInfo:
        return _copy(self._find(stream, epoch).info)

    async def read_after(self, stream: str, epoch: str, seq: int, most_bytes: int) -> tuple[list[Entry], bool]:
        found = self._find(stream, epoch)
        behind = range(max(seq + 1, found.info.first), found.info.last + 1)
        return take_batch((found.entries[each][0] for each in behind), most_bytes)

    @asynccontextmanager
    async def watch(self, stream: str, notify: Callable[[], None]) -> AsyncIterator[None]:
        self._watchers.add(stream, notify)
        try:
            yield
        finally:
            self._watchers.remove(stream, notify)

    async def unfinished(self) -> list[str]:
        self._prune()
        return [name for name, stream in self._streams.items() if not stream.info.ended]

    async def delete(self, stream: str) -> None:
        self._forget(stream)

    async def close(self) -> None:
        self._streams.clear()
        self._keys.clear()
        self._watchers.wake_all()

    def _find(self, stream: str, epoch: str = "") -> _Stream:
        found = self._streams.get(stream)
        if found is None or self._is_over(found) or epoch not in ("", found.info.epoch):
            raise UnknownStream(stream)
        self._trim(found)
        return found

    def _forget(self, stream: str) -> None:
        found = self._streams.pop(stream, None)
        if found is not None:
            self._bytes -= found.bytes
            self._keys.pop((found.info.principal, found.key), None)
            self._watchers.wake(stream)

    def _is_over(self, stream: _Stream) -> bool:
        kept_ms = self.limits.window_ms if stream.info.ended else self.limits.max_age_ms
        return stream.touched + kept_ms < self.now_ms()

    def _trim(self, stream: _Stream) -> None:
        """The newest event stays, whatever its size."""
        too_old = self.now_ms() - self.limits.max_age_ms
        before = stream.bytes
        while len(stream.entries) > 1 and (
            stream.bytes > self.limits.max_bytes or stream.entries[stream.info.first][0].at_ms < too_old
        ):
            stream.drop_first()
        self._bytes -= before - stream.bytes

    def _prune(self) -> None:
        """What is over goes; then, over the limit of all streams, ended ones, and the older half of the largest."""
        for name in [name for name, stream in self._streams.items() if self._is_over(stream)]:
            self._forget(name)
        while self._bytes > self.limits.max_total_bytes:
            ended = [name for name, stream in self._streams.items() if stream.info.ended]
            largest = max(self._streams.values(), key=lambda stream: stream.bytes)
            if ended:
                self._forget(min(ended, key=lambda name: self._streams[name].touched))
            elif len(largest.entries) > 1:
                before = largest.bytes
                for _ in range(len(largest.entries) // 2):
                    largest.drop_first()
                self._bytes -= before - largest.bytes
            else:
                return


def _copy(info: StreamInfo) -> StreamInfo:
    return StreamInfo(info.stream, info.epoch, info.first, info.last, info.ended, info.principal, info.about)
