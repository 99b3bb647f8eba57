"""parse() and aparse(): for people who have the bytes already."""

from wakeful.options import Options
from wakeful.parser import EventStreamParser
from wakeful.records import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

_MAX_EVENT_BYTES = Options("").max_event_bytes


def parse(chunks: "Iterable[bytes]", *, max_event_bytes: int = _MAX_EVENT_BYTES) -> "Iterator[Message]":
    """The messages of an event stream, from the chunks of its body, split anywhere.

    max_event_bytes: the longest line or event in bytes. Comments and what is incomplete at the end are dropped.
    Raises EventTooLarge, after all messages before that event.
    """
    parser = EventStreamParser(max_event_bytes, "")
    receive_data, next_event = parser.receive_data, parser.next_event
    for chunk in chunks:
        receive_data(chunk)
        while parser.has_lines:
            event = next_event()
            if type(event) is Message:  # quicker than isinstance
                yield event


def aparse(chunks: "AsyncIterable[bytes]", *, max_event_bytes: int = _MAX_EVENT_BYTES) -> "AsyncIterator[Message]":
    """parse() over an async iterable, such as `response.aiter_bytes()`."""
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
