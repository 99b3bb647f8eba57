"""The replay log in a SQLite file: durable across the end of the process, kill -9 included; for several processes too.

Calls are synchronous inside: each takes tens of microseconds, less than handing it to a thread would. Only where
another process holds the file's lock they wait, and then the event loop goes on. Commits go to the write-ahead log
without a sync, so what was acknowledged survives the process, and not a loss of power: for that pass power_safe=True,
which syncs each append (milliseconds on most disks).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeVar

from wakeful.server.limits import LogLimits
from wakeful.server.logs.interface import (
    Append,
    LogUnavailable,
    ReplayLog,
    StreamEnded,
    StreamExists,
    UnknownStream,
    Watchers,
    check_known,
    take_batch,
)
from wakeful.server.records import Entry, StreamInfo

T = TypeVar("T")

SCHEMA = """
CREATE TABLE IF NOT EXISTS streams (
    stream TEXT PRIMARY KEY, epoch TEXT NOT NULL, principal TEXT NOT NULL, about TEXT NOT NULL, key TEXT,
    first INTEGER NOT NULL DEFAULT 1, last INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0, touched INTEGER NOT NULL, token TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS keys ON streams (principal, key) WHERE key IS NOT NULL;
CREATE TABLE IF NOT EXISTS entries (
    stream TEXT NOT NULL REFERENCES streams ON DELETE CASCADE, seq INTEGER NOT NULL,
    type TEXT NOT NULL, data TEXT NOT NULL, size INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (stream, seq)
) WITHOUT ROWID;
"""

# How long a call waits for another process's write, far above what any takes; and how often it tries. SQLite's own
# wait would hold up the thread, and with it all viewers and producers of the process.
BUSY_S = 5.0
RETRY_S = 0.005
# How soon an append of another process is noticed. One query of tens of microseconds for all viewers of a process.
POLL_S = 0.1
# What is too old, or too much, is looked for after so many appends, or after this share of max_total_bytes.
PRUNE_EVERY = 256
PRUNE_SHARE = 16


class SQLiteLog(ReplayLog):
    """See ReplayLog. path: of the file, which is made if it is not there. power_safe: sync each append to the disk.

    Where another process holds the file's lock a call waits for 5 s at most, then raises LogUnavailable; the event loop
    goes on meanwhile. Only making the log waits in its thread, where another process is making the same file.
    It may be made in one thread and used in another, as where an application is tested: Starlette's TestClient runs it
    in a thread of its own. Raises LogUnavailable for a file that cannot be opened.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        limits: LogLimits | None = None,
        now_ms: Callable[[], int] | None = None,
        *,
        power_safe: bool = False,
    ) -> None:
        super().__init__(limits, now_ms)
        self._path = os.fspath(path)
        self._watchers = Watchers()
        self._poller: asyncio.Task[None] | None = None
        self._appends = 0  # since the last pruning, and their bytes
        self._appended_bytes = 0
        self._lock = threading.RLock()  # a connection has one transaction, whichever thread has begun it
        with self._errors():
            self._database = sqlite3.connect(path, isolation_level=None, timeout=BUSY_S, check_same_thread=False)
            try:
                self._database.execute("PRAGMA journal_mode=WAL")
                self._database.execute(f"PRAGMA synchronous={'FULL' if power_safe else 'NORMAL'}")
                self._database.execute("PRAGMA foreign_keys=ON")
                self._database.executescript(SCHEMA)
                self._database.execute("PRAGMA busy_timeout=0")  # from here on _when_free() waits
            except sqlite3.Error:
                self._database.close()
                raise

    async def _create(self, info: StreamInfo, key: str) -> str | None:
        return await self._when_free(lambda: self._enter(info, key))

    def _enter(self, info: StreamInfo, key: str) -> str | None:
        with self._transaction():
            self._prune()
            if key:
                row = self._row("SELECT stream FROM streams WHERE principal = ? AND key = ?", info.principal, key)
                if row is not None:
                    return str(row[0])
            if self._row("SELECT 1 FROM streams WHERE stream = ?", info.stream) is not None:
                raise StreamExists(info.stream)
            self._database.execute(
                "INSERT INTO streams (stream, epoch, principal, about, key, touched) VALUES (?, ?, ?, ?, ?, ?)",
                (info.stream, info.epoch, info.principal, info.about, key or None, self.now_ms()),
            )
        return None

    async def append(self, stream: str, event: Append) -> int:
        seq = await self._when_free(lambda: self._append(stream, event))
        self._watchers.wake(stream)
        return seq

    def _append(self, stream: str, event: Append) -> int:
        now, size = self.now_ms(), len(event.data.encode())
        with self._transaction():
            info, token = self._find(stream)
            if token == event.token:
                return info.last
            check_known(info, event)
            if info.ended:
                raise StreamEnded(stream)
            seq = info.last + 1
            self._database.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", (stream, seq, event.type, event.data, size, now)
            )
            self._database.execute(
                "UPDATE streams SET last = ?, ended = ?, bytes = bytes + ?, touched = ?, token = ? WHERE stream = ?",
                (seq, event.ends, size, now, event.token, stream),
            )
            self._trim(stream)
            self._appends += 1
            self._appended_bytes += size
            if self._appends >= PRUNE_EVERY or self._appended_bytes * PRUNE_SHARE > self.limits.max_total_bytes:
                self._prune()
            return seq

    async def info(self, stream: str, epoch: str = "") -> StreamInfo:
        return await self._when_free(lambda: self._find(stream, epoch)[0])

    async def read_after(self, stream: str, epoch: str, seq: int, most_bytes: int) -> tuple[list[Entry], bool]:
        return await self._when_free(lambda: self._read_after(stream, epoch, seq, most_bytes))

    def _read_after(self, stream: str, epoch: str, seq: int, most_bytes: int) -> tuple[list[Entry], bool]:
        self._find(stream, epoch)
        rows = self._database.execute(
            "SELECT seq, type, data, at FROM entries WHERE stream = ? AND seq > ? ORDER BY seq", (stream, seq)
        )
        try:
            return take_batch((Entry(*row) for row in rows), most_bytes)
        finally:
            rows.close()

    @asynccontextmanager
    async def watch(self, stream: str, notify: Callable[[], None]) -> AsyncIterator[None]:
        self._watchers.add(stream, notify)
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll(), name="wakeful: other processes' appends")
        try:
            yield
        finally:
            self._watchers.remove(stream, notify)
            if not self._watchers:
                self._poller.cancel()
                self._poller = None

    async def unfinished(self) -> list[str]:
        return await self._when_free(self._unfinished)

    def _unfinished(self) -> list[str]:
        with self._transaction():
            self._prune()
            rows = self._database.execute("SELECT stream FROM streams WHERE NOT ended ORDER BY touched")
            return [row[0] for row in rows.fetchall()]

    async def delete(self, stream: str) -> None:
        await self._when_free(lambda: self._delete(stream))
        self._watchers.wake(stream)

    def _delete(self, stream: str) -> None:
        with self._transaction():
            self._database.execute("DELETE FROM streams WHERE stream = ?", (stream,))

    async def close(self) -> None:
        self._watchers.wake_all()
        with self._lock:  # not in the middle of another thread's transaction
            self._database.close()

    def _find(self, stream: str, epoch: str = "") -> tuple[StreamInfo, str]:
        """With the token of its last append. Raises UnknownStream."""
        row = self._row(
            "SELECT epoch, first, last, ended, principal, about, token FROM streams WHERE stream = ? AND touched >="
            " CASE WHEN ended THEN ? ELSE ? END",
            stream, *self._oldest(),
        )  # fmt: skip
        if row is None or epoch not in ("", row[0]):
            raise UnknownStream(stream)
        epoch, first, last, ended, principal, about, token = row
        return StreamInfo(stream, epoch, first, last, bool(ended), principal, about), token

    def _oldest(self) -> tuple[int, int]:
        """Since when an ended, and a running, stream must have been touched to be still there."""
        now = self.now_ms()
        return now - self.limits.window_ms, now - self.limits.max_age_ms

    def _trim(self, stream: str) -> None:
        """Drop the stream's oldest events beyond its limits; the newest stays, whatever its size."""
        last, size = self._one("SELECT last, bytes FROM streams WHERE stream = ?", stream)
        too_old = self.now_ms() - self.limits.max_age_ms
        rows = self._database.execute(
            "SELECT seq, size, at FROM entries WHERE stream = ? AND seq < ? ORDER BY seq", (stream, last)
        )
        dropped = 0
        for seq, of_entry, at in rows:
            if size <= self.limits.max_bytes and at >= too_old:
                break
            dropped = seq
            size -= of_entry
        rows.close()
        if dropped:
            self._drop_entries(stream, dropped)

    def _drop_entries(self, stream: str, through: int) -> None:
        """What is kept is not looked at: a stream at its limit drops one event with each that is appended."""
        dropped = "FROM entries WHERE stream = ?1 AND seq <= ?2"
        size = f"(SELECT coalesce(sum(size), 0) {dropped})"
        self._database.execute(
            f"UPDATE streams SET first = ?2 + 1, bytes = bytes - {size} WHERE stream = ?1", (stream, through)
        )
        self._database.execute(f"DELETE {dropped}", (stream, through))

    def _prune(self) -> None:
        """What is over goes; then, over the limit of all streams, ended ones, and the older half of the largest."""
        self._appends = self._appended_bytes = 0
        self._database.execute("DELETE FROM streams WHERE touched < CASE WHEN ended THEN ? ELSE ? END", self._oldest())
        while self._one("SELECT coalesce(sum(bytes), 0) FROM streams")[0] > self.limits.max_total_bytes:
            ended = self._row("SELECT stream FROM streams WHERE ended ORDER BY touched LIMIT 1")
            largest = self._row(
                "SELECT stream, first, last FROM streams WHERE first < last ORDER BY bytes DESC LIMIT 1"
            )
            if ended is not None:
                self._database.execute("DELETE FROM streams WHERE stream = ?", ended)
            elif largest is not None:
                stream, first, last = largest
                self._drop_entries(stream, (first + last) // 2)
            else:
                return

    async def _poll(self) -> None:
        """The file's version changes when another connection commits."""
        seen = None
        while True:
            with suppress(sqlite3.Error):  # the readers will meet it
                version = self._one("PRAGMA data_version")[0]
                if seen not in (None, version):
                    self._watchers.wake_all()
                seen = version
            await asyncio.sleep(POLL_S)

    def _row(self, query: str, *values: str | int) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._database.execute(query, values).fetchone()
        return row

    def _one(self, query: str, *values: str | int) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._database.execute(query, values).fetchone()
        return row

    async def _when_free(self, work: Callable[[], T]) -> T:
        """What work() gives as soon as no other process is in its way. Of what is tried in vain, nothing stays.

        Raises LogUnavailable when BUSY_S are over, and for what is no matter of waiting.
        """
        clock = asyncio.get_running_loop().time
        give_up = clock() + BUSY_S
        while True:
            with self._errors():
                try:
                    return work()
                except sqlite3.OperationalError as error:
                    code = getattr(error, "sqlite_errorcode", 0)  # the module's own errors have none
                    if code & 0xFF != sqlite3.SQLITE_BUSY or clock() >= give_up:
                        raise
            await asyncio.sleep(RETRY_S)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        except sqlite3.Error as error:
            raise LogUnavailable(f"the replay log's SQLite file {self._path} cannot be used now: {error}") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        finally:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
