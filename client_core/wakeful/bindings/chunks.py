"""parse() and aparse(): for people who have the bytes already."""

from wakeful.options import Options
from wakeful.parser import EventStreamParser
from wakeful.records import Message
from wakeful.text import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

LF = 0x0A
_MAX_EVENT_BYTES = Options("").max_event_bytes


def parse(chunks: "Iterable[bytes]", *, max_event_bytes: int = _MAX_EVENT_BYTES) -> "Iterator[Message]":
    """The messages of an event stream, from the chunks of its body, split anywhere.

    max_event_bytes: the longest line or event in bytes. Comments and what is incomplete at the end are dropped.
    Raises EventTooLarge, after all messages before that event.
    """
    given: object = chunks
    if isinstance(given, (bytes, bytearray, str)):  # they can be iterated, but not by chunks
        raise TypeError(f"parse() takes chunks of bytes, such as [data], not {given.__class__.__name__}")
    # What EventStreamParser.next_event() does, over its lines, for messages alone and all of a chunk's: where nothing
    # has to be kept from one call to the next, CPython takes a third less time. tests/test_core.py compares the two.
    parser = EventStreamParser(max_event_bytes, "")
    last_event_id = type = ""
    id: str | None = None
    data: str | None = None
    more: list[str] = []  # data lines behind the first
    first = b""  # the first data line as it came
    more_bytes = 0
    is_within = True  # the chunk may go on with a line, a CRLF or a byte order mark
    for chunk in chunks:
        is_whole = len(chunk) > 0 and chunk[-1] == LF
        if is_whole and not is_within:
            lines = chunk.splitlines()
            parser.buffered += len(chunk)
        else:
            lines = parser.lines_of(chunk)
            is_within = not is_whole
        near_limit = parser.buffered > max_event_bytes
        for line in lines:
            if near_limit:
                held = 0 if data is None else _bytes_of(data, first) + more_bytes
                parser.check_size(len(line) + held)
            if line:
                text = decode(line)
                name, _, value = text.partition(": ")
                if name != "data" and name != "event" and name != "id":
                    name, _, value = text.partition(":")
                    if value.startswith(" "):
                        value = value[1:]
                if name == "data":
                    if data is None:
                        data = value
                        first = line
                    else:
                        more.append(value)
                        more_bytes += _bytes_of(value, line)
                elif name == "event":
                    type = value
                elif name == "id" and "\0" not in value:
                    id = value
                continue
            if id is not None:
                last_event_id = id
                id = None
            if data is not None:
                if more:
                    data = "\n".join([data] + more)
                    more = []
                    more_bytes = 0
                yield Message(type or "message", data, last_event_id)
                data = None
            type = ""
        parser.buffered = parser.pieces_bytes
        if data is not None:
            parser.buffered += _bytes_of(data, first) + more_bytes
        if near_limit:
            parser.check_size(parser.buffered)


def _bytes_of(value: str, line: bytes) -> int:
    """What a data line counts for: its value as it came, and a line feed. What stands before the value is ASCII."""
    return len(line) - len(decode(line)) + len(value) + 1


def aparse(chunks: "AsyncIterable[bytes]", *, max_event_bytes: int = _MAX_EVENT_BYTES) -> "AsyncIterator[Message]":
    """parse() over an async iterable, such as `response.aiter_bytes()`: chunks, max_event_bytes and errors as there."""
    return _AsyncMessages(chunks, EventStreamParser(max_event_bytes, ""))


class _AsyncMessages:
    """A class, since MicroPython has no async generators."""

    def __init__(self, chunks: "AsyncIterable[bytes]", parser: EventStreamParser) -> None:
        self._chunks = chunks.__aiter__()
        self._parser = parser

    def __aiter__(self) -> "_AsyncMessages":
        return self

    async def __anext__(self) -> Message:
        while True:
            event = self._parser.next_event()
            while event is None:
                self._parser.receive_data(await self._chunks.__anext__())  # its StopAsyncIteration is ours
                event = self._parser.next_event()
            if isinstance(event, Message):
                return event
