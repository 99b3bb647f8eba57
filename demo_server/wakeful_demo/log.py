"""The replay log: every message of every stream in one SQLite file, so that a viewer can resume after a restart.

A message's id is `epoch.seq`. seq starts at 1 and rises by one per message of a stream, whoever reads it. The epoch is
drawn when the stream is created, so the cursor of a log that was lost can't be mistaken for one of its successor.

Appending and reading are synchronous: each takes tens of microseconds, less than handing it to a thread would.
"""

import asyncio
import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS streams (
    stream TEXT PRIMARY KEY, epoch TEXT NOT NULL, about TEXT NOT NULL,
    last INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL DEFAULT 0, touched_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
    stream TEXT NOT NULL REFERENCES streams ON DELETE CASCADE, seq INTEGER NOT NULL,
    type TEXT NOT NULL, data TEXT NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (stream, seq)
) WITHOUT ROWID;
"""

DAY_MS = 24 * 60 * 60 * 1000
MEBIBYTE = 1024 * 1024


class UnknownStream(KeyError):
    """No such stream is in the log: it was never created, or it was pruned."""


class StreamEnded(ValueError):
    """The stream's last message is already in the log; nothing may follow it."""


@dataclass(frozen=True)
class Entry:
    """One logged message. An empty type is the default one: no `event:` line on the wire."""

    epoch: str
    seq: int
    type: str
    data: str
    at_ms: int

    @property
    def id(self) -> str:
        return f"{self.epoch}.{self.seq}"


@dataclass(frozen=True)
class Bounds:
    """Which messages a stream has. first is last + 1 when it has none."""

    epoch: str
    first: int
    last: int
    ended: bool


class ReplayLog:
    """Messages of many streams, bounded by the age of a stream's newest message and by the bytes of all messages."""

    def __init__(
        self,
        file: Path,
        max_age_ms: int = DAY_MS,
        max_bytes: int = 64 * MEBIBYTE,
        now_ms: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        self._max_age_ms = max_age_ms
        self._max_bytes = max_bytes
        self._now_ms = now_ms
        self._changed: dict[str, asyncio.Event] = {}
        self._database = sqlite3.connect(file, isolation_level=None)
        # WAL with NORMAL: a commit survives the end of the process, kill -9 included, without a sync per message.
        self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;")
        self._database.executescript(SCHEMA)
        self._bytes = self._size("true")
        self.prune()

    def close(self) -> None:
        self._database.close()

    def create(self, stream: str, about: dict[str, Any] | None = None) -> None:
        """Begin a stream. about: what the caller wants to know of it later, as JSON."""
        self.prune()
        self._database.execute(
            "INSERT INTO streams (stream, epoch, about, touched_ms) VALUES (?, ?, ?, ?)",
            (stream, secrets.token_hex(4), json.dumps(about or {}), self._now_ms()),
        )

    def about(self, stream: str) -> dict[str, Any]:
        """What create() was told. Raises UnknownStream."""
        about: dict[str, Any] = json.loads(self._stream(stream, "about")[0])
        return about

    def unfinished(self) -> list[str]:
        """The streams without a last message, oldest first."""
        rows = self._database.execute("SELECT stream FROM streams WHERE NOT ended ORDER BY touched_ms")
        return [row[0] for row in rows]

    def append(self, stream: str, type: str, data: str, last: bool = False) -> Entry:
        """Log one message, and wake whoever waits for it. last: nothing will follow it.

        Raises UnknownStream, or StreamEnded if the last message is there already.
        """
        now = self._now_ms()
        with self._transaction():
            row = self._database.execute(
                "UPDATE streams SET last = last + 1, ended = ?, touched_ms = ? WHERE stream = ? AND NOT ended"
                " RETURNING epoch, last",
                (last, now, stream),
            ).fetchone()
            if row is None:
                self._stream(stream, "epoch")
                raise StreamEnded(stream)
            entry = Entry(row[0], row[1], type, data, now)
            self._database.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?)", (stream, entry.seq, type, data, now))
        self._bytes += len(data.encode())
        if self._bytes > self._max_bytes:
            self.prune()
        self._wake(stream)
        return entry

    def read_after(self, stream: str, seq: int, limit: int = 256) -> list[Entry]:
        """The messages that follow seq, in order, at most limit of them."""
        rows = self._database.execute(
            "SELECT epoch, seq, type, data, at_ms FROM messages JOIN streams USING (stream)"
            " WHERE stream = ? AND seq > ? ORDER BY seq LIMIT ?",
            (stream, seq, limit),
        )
        return [Entry(*row) for row in rows]

    def bounds(self, stream: str) -> Bounds:
        """Raises UnknownStream."""
        epoch, last, ended = self._stream(stream, "epoch, last, ended")
        first = self._one("SELECT min(seq) FROM messages WHERE stream = ?", stream)[0]
        return Bounds(epoch, first if first is not None else last + 1, last, bool(ended))

    async def wait_after(self, stream: str, seq: int) -> None:
        """Return once the stream has a message beyond seq, has ended, or is gone."""
        while True:
            changed = self._changed.setdefault(stream, asyncio.Event())
            try:
                bounds = self.bounds(stream)
            except UnknownStream:
                return
            if bounds.last > seq or bounds.ended:
                return
            await changed.wait()

    def prune(self) -> None:
        """Drop what is too old; then, oldest first, what is over the byte limit, ended streams before running ones."""
        too_old = self._now_ms() - self._max_age_ms
        self._drop("SELECT stream FROM streams WHERE touched_ms < ?", too_old)
        while self._bytes > self._max_bytes:
            ended = self._drop("SELECT stream FROM streams WHERE ended ORDER BY touched_ms LIMIT 1")
            if not ended and not self._drop_oldest_messages():
                return

    def _drop(self, query: str, *values: int) -> bool:
        streams = [row[0] for row in self._database.execute(query, values).fetchall()]
        for stream in streams:
            self._bytes -= self._size("stream = ?", stream)
            self._database.execute("DELETE FROM streams WHERE stream = ?", (stream,))
            self._wake(stream)
        return bool(streams)

    def _drop_oldest_messages(self) -> bool:
        """The older half of the running stream that holds the most; its newest message stays."""
        row = self._database.execute(
            "SELECT stream, (min(seq) + max(seq)) / 2 FROM messages GROUP BY stream HAVING count(*) > 1"
            " ORDER BY sum(length(data)) DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return False
        self._bytes -= self._size("stream = ? AND seq <= ?", *row)
        self._database.execute("DELETE FROM messages WHERE stream = ? AND seq <= ?", row)
        return True

    def _size(self, where: str, *values: str | int) -> int:
        query = f"SELECT coalesce(sum(length(CAST(data AS BLOB))), 0) FROM messages WHERE {where}"
        size: int = self._one(query, *values)[0]
        return size

    def _wake(self, stream: str) -> None:
        event = self._changed.pop(stream, None)
        if event is not None:
            event.set()

    def _stream(self, stream: str, columns: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] | None = self._database.execute(
            f"SELECT {columns} FROM streams WHERE stream = ?", (stream,)
        ).fetchone()
        if row is None:
            raise UnknownStream(stream)
        return row

    def _one(self, query: str, *values: str | int) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._database.execute(query, values).fetchone()
        return row

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
