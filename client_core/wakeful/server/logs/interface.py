"""What a replay log is: a durable list of events for each stream, which one producer writes and many viewers read.

Reading is a pull: a viewer asks for what follows its cursor, and is woken when there may be more. So nothing is kept
for a viewer, and a slow one costs the producer nothing.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wakeful.bindings.settings import check_type
from wakeful.document import dump_document
from wakeful.errors import DocumentError, WakefulError
from wakeful.outcome import Problem
from wakeful.server.encode import is_line
from wakeful.server.limits import LogLimits
from wakeful.server.problems import end_text
from wakeful.server.records import END_TYPE, Entry, StreamInfo
from wakeful.text import encode

if TYPE_CHECKING:
    from typing import Literal

    EndStatus = Literal["completed", "failed", "cancelled", "paused", "expired"]

STATUSES = ("completed", "failed", "cancelled", "paused", "expired")
LONGEST_NAME = 512

Payload = str | Mapping[str, Any] | Sequence[Any]


class LogError(WakefulError):
    """The base of what a replay log raises."""

    def __reduce__(self) -> tuple[Callable[[type[LogError], str], LogError], tuple[type[LogError], str]]:
        """From a pool's process to another: with this text, not with one made of it."""
        return _with_text, (type(self), str(self))


def _with_text(kind: type[LogError], text: str) -> LogError:
    error = kind.__new__(kind)
    error.args = (text,)
    return error


class UnknownStream(LogError):
    """No such stream is in the log: it was never created, it has left it, or the log was lost."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"the log has no stream {stream!r}: it was never created, or it has left the log")


class StreamExists(LogError):
    """create() of a stream that is there already. Nothing was changed."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"the log has a stream {stream!r} already: streams are created once")


class StreamEnded(LogError):
    """The stream's end is in the log; nothing may follow it. What a producer sees whose run was cancelled elsewhere."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"the stream {stream!r} has ended: nothing was appended, and nothing more can be")


class PayloadError(LogError):
    """A payload that cannot be an event. Nothing was appended; the stream goes on."""


class LogLost(LogError):
    """The log has forgotten events that it had acknowledged. Nothing was appended; create a new stream."""


class LogUnavailable(LogError):
    """The log does not answer. Whether an append was kept is not known; append() again is safe with the same Run."""


@dataclass(frozen=True)
class Append:
    """One event to be logged, in the stream of this epoch.

    known: the last seq that the producer was told of, 0 for none; a log that ends before it has lost something.
    token: the same for each try to log this event, so that it is logged once.
    """

    epoch: str
    type: str
    data: str
    known: int
    token: str

    @property
    def ends(self) -> bool:
        return self.type == END_TYPE


class Run:
    """A producer's hold on one stream of a log. Made by ReplayLog.create() and ReplayLog.open(), from its info.

    stream, epoch: which. created: False if the stream was there already, as with a repeated Idempotency-Key.
    last: the seq of the newest event that this producer knows of, 0 if there is none.
    """

    def __init__(self, log: ReplayLog, info: StreamInfo, created: bool) -> None:
        self.stream = info.stream
        self.epoch = info.epoch
        self.created = created
        self.last = info.last
        self._log = log
        self._unsure: Append | None = None
        self._turn = asyncio.Lock()  # tasks that share a Run append in the order of their calls

    async def append(self, payload: Payload, type: str = "") -> int:
        """Log one event, durably; its seq. No viewer is waited for.

        payload: a document (dict or list), or its JSON text on one line. type: an event type, for payloads of somebody
        else's that need one; the default type otherwise.
        Raises PayloadError, StreamEnded, UnknownStream, LogLost, LogUnavailable. After LogUnavailable append the same
        payload again: if the first try was kept after all, it is not kept twice.
        """
        return await self._log_event(self._log.check_type(type), self._log.text_of(payload))

    async def relay(self, data: str, type: str = "") -> int:
        """Log an event of somebody else's stream as its reader was given it, durably; its seq.

        data: may have several lines, or be empty. type: as in the other stream, also what EventSource claims for itself
        (`error`, `open`); "message" is the default type. Its id is not kept: ids are this log's.
        Raises PayloadError for what no reader can have been given, es.* and what is too long; else as append().
        """
        return await self._log_event(self._log.check_relayed_type(type), self._log.relayed_text(data))

    async def end(self, status: EndStatus = "completed", problem: Problem | None = None) -> int:
        """Log the end: nothing will follow. Returns its seq; of a stream that has ended already, that of its end.

        status: "completed", "failed", "cancelled", "paused" or "expired". problem: why, for who reads it.
        Raises PayloadError for another status and for a problem that is too long; else as append().
        """
        if status not in STATUSES:
            raise PayloadError(f"a stream ends {', '.join(STATUSES)}, not {status!r}")
        text = end_text(status, problem)
        try:
            return await self._log_event(END_TYPE, text if problem is None else self._log.of_allowed_size(text))
        except StreamEnded:
            return (await self._log.info(self.stream)).last

    async def _log_event(self, type: str, data: str) -> int:
        async with self._turn:
            event = Append(self.epoch, type, data, self.last, secrets.token_hex(8))
            if self._unsure is not None and (self._unsure.type, self._unsure.data) == (type, data):
                event = self._unsure
            self._unsure = event
            self.last = await self._log.append(self.stream, event)
            self._unsure = None
            return self.last


class ReplayLog(ABC):
    """Streams of events, bounded by age and bytes (see LogLimits). One object is shared by all of a process.

    limits: the defaults of LogLimits if None. now_ms: the wall clock in ms since 1970, the system's if None. An ended
    stream is gone window_ms after its end. Raises OptionError for a limit that is no int.
    """

    def __init__(self, limits: LogLimits | None = None, now_ms: Callable[[], int] | None = None) -> None:
        self.limits = limits or LogLimits()
        for name in LogLimits.FIELDS:
            check_type(name, getattr(self.limits, name), int)
        self.now_ms = now_ms or _wall_ms

    async def create(self, stream: str, principal: str = "", about: str = "", key: str = "") -> Run:
        """Begin a stream. principal: who may read it, and nobody else. about: a note of the application's own.

        key: an Idempotency-Key: if this principal has created a stream with it, that one is opened instead, and the
        run's `created` is False. Raises StreamExists, PayloadError for a name that cannot be one, LogUnavailable.
        """
        for name, text in (("stream", stream), ("principal", principal), ("key", key)):
            if not is_line(text) or len(text) > LONGEST_NAME or (name == "stream" and not text):
                raise PayloadError(f"{name} is a text of at most {LONGEST_NAME} characters on one line")
            if _without_half_pairs(text) != text:
                raise PayloadError(f"{name} holds half of a surrogate pair, which cannot be written")
        info = StreamInfo(stream, secrets.token_hex(4), 1, 0, False, principal, about)
        existing = await self._create(info, key)
        return Run(self, info, True) if existing is None else Run(self, await self.info(existing), False)

    async def open(self, stream: str) -> Run:
        """Go on with a stream: what a producer does that was started again. Raises UnknownStream, LogUnavailable."""
        return Run(self, await self.info(stream), False)

    async def cancel(self, stream: str, principal: str = "") -> None:
        """End a stream as cancelled, if it has not ended. Its producer's next append() raises StreamEnded.

        Raises UnknownStream, also for a stream that is not the principal's; LogUnavailable.
        """
        info = await self.info(stream)
        if info.principal != principal:
            raise UnknownStream(stream)
        await Run(self, info, False).end("cancelled")

    def text_of(self, payload: Payload) -> str:
        """The payload as one line of text. Raises PayloadError."""
        if isinstance(payload, str):
            text = _without_half_pairs(payload)
            if text == "" or not is_line(text):
                raise PayloadError("a payload is one line of text: without a line end, and not empty")
        else:
            try:
                text = dump_document(payload)
            except DocumentError as error:
                raise PayloadError(f"a payload is a JSON document: {error}") from None
        return self.of_allowed_size(text)

    def relayed_text(self, data: str) -> str:
        """The data of an event of somebody else's stream. Raises PayloadError."""
        if "\r" in data:
            raise PayloadError("a carriage return in relayed data: a reader is given line feeds")
        return self.of_allowed_size(_without_half_pairs(data))

    def of_allowed_size(self, text: str) -> str:
        """The text, where it is no longer than max_event_bytes. Raises PayloadError."""
        size = len(text.encode())
        if size > self.limits.max_event_bytes:
            raise PayloadError(f"a payload of {size} bytes, over max_event_bytes ({self.limits.max_event_bytes})")
        return text

    def check_type(self, type: str) -> str:
        """The event type of a payload, as it is logged. Raises PayloadError."""
        if type in ("error", "open"):
            raise PayloadError(f"an event of type {type!r}: error and open are EventSource's own")
        return self.check_relayed_type(type)

    def check_relayed_type(self, type: str) -> str:
        """The event type of a relayed event, as it is logged. Raises PayloadError."""
        if not is_line(type) or len(type) > LONGEST_NAME:
            raise PayloadError(f"an event type is one line of at most {LONGEST_NAME} characters")
        if type.startswith("es."):
            raise PayloadError(f"an event of type {type!r}: es.* is the protocol's")
        return "" if type == "message" else _without_half_pairs(type)

    # What each log does in its own way.

    @abstractmethod
    async def _create(self, info: StreamInfo, key: str) -> str | None:
        """Enter the stream; or the name of the one that (principal, key) has created. Raises StreamExists."""

    @abstractmethod
    async def append(self, stream: str, event: Append) -> int:
        """Log one event and wake whoever watches; its seq. Applications call Run.append().

        Raises UnknownStream, StreamEnded, LogLost, LogUnavailable.
        """

    @abstractmethod
    async def info(self, stream: str, epoch: str = "") -> StreamInfo:
        """Raises UnknownStream, also if it is of another epoch than the one that is meant; LogUnavailable."""

    @abstractmethod
    async def read_after(self, stream: str, epoch: str, seq: int, most_bytes: int) -> tuple[list[Entry], bool]:
        """What follows seq in the stream of this epoch, in order and without a hole, and whether there is more.

        most_bytes: of payload text; one event comes at the least if there is one. Where the event behind seq has left
        the log, the list begins with the first that is held.
        Raises UnknownStream, LogUnavailable.
        """

    @abstractmethod
    def watch(self, stream: str, notify: Callable[[], None]) -> AbstractAsyncContextManager[None]:
        """From entry to exit notify() is called, in the event loop, whenever the stream may have changed.

        A level to read, not an edge to miss: enter, read, then wait. Calls without a change may happen.
        """

    @abstractmethod
    async def unfinished(self) -> list[str]:
        """The streams that have not ended: what to take up again, or to end, after a restart."""

    @abstractmethod
    async def delete(self, stream: str) -> None:
        """Forget a stream and all of its events. Not an error if there is none."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of files and sockets. What was acknowledged is kept."""

    async def wait_after(self, stream: str, seq: int) -> StreamInfo:
        """Return once the stream has an event behind seq, or has ended. Raises UnknownStream, LogUnavailable."""
        changed = asyncio.Event()
        async with self.watch(stream, changed.set):
            while True:
                changed.clear()
                info = await self.info(stream)
                if info.last > seq or info.ended:
                    return info
                await changed.wait()


def check_known(info: StreamInfo, event: Append) -> None:
    """Raises LogLost if the log has less than its producer was told."""
    if info.epoch != event.epoch or info.last < event.known:
        raise log_lost(info.stream, event)


def log_lost(stream: str, event: Append) -> LogLost:
    return LogLost(f"the log of {stream!r} has lost events up to {event.known}, which it had acknowledged")


class Watchers:
    """Who is to be woken, by stream."""

    def __init__(self) -> None:
        self._by_stream: dict[str, list[Callable[[], None]]] = {}

    def __len__(self) -> int:
        return len(self._by_stream)

    def __contains__(self, stream: str) -> bool:
        return stream in self._by_stream

    def add(self, stream: str, notify: Callable[[], None]) -> None:
        self._by_stream.setdefault(stream, []).append(notify)

    def remove(self, stream: str, notify: Callable[[], None]) -> None:
        self._by_stream[stream].remove(notify)
        if not self._by_stream[stream]:
            del self._by_stream[stream]

    def wake(self, stream: str) -> None:
        for notify in tuple(self._by_stream.get(stream, ())):
            notify()

    def wake_all(self) -> None:
        for stream in tuple(self._by_stream):
            self.wake(stream)


def take_batch(entries: Iterable[Entry], most_bytes: int, most: int = 1_000_000) -> tuple[list[Entry], bool]:
    """The first entries up to so many bytes of data, one at the least; and whether any was left."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        size += len(entry.data.encode())
        if batch and (size > most_bytes or len(batch) == most):
            return batch, True
        batch.append(entry)
    return batch, False


def _without_half_pairs(text: str) -> str:
    """Half of a surrogate pair cannot be written; U+FFFD takes its place."""
    return encode(text).decode()


def _wall_ms() -> int:
    return int(time.time() * 1000)
