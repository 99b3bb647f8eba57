"""What a payload is folded into: messages, and the parts that they consist of."""

from wakeful.document import Document
from wakeful.json_reader import JsonReader
from wakeful.text import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    PartState = Literal["open", "complete", "interrupted", "error", "denied"]


class Part:
    """A piece of a message: text, reasoning, a tool call, its result, a file, a source, data.

    pid: its id. kind: text, reasoning, tool-call, tool-result, file, source, data; an unknown kind is kept as it is.
    name: of the tool. call_id: ties a tool-result to its tool-call. meta: what the server says beside, None if nothing.
    state: "open" until its end has come; "complete" only if the end said so and its length was right; "interrupted" if
      the stream ended before; "error" and "denied" as the end said, and "error" for arguments that are no JSON.
    bytes: the length of `text` in UTF-8.
    has_value: whether `value` was set, or read to its end. Otherwise that of a tool call follows from `text`.
    """

    def __init__(self, pid: str, kind: str, name: str, call_id: str, meta: Document) -> None:
        self.pid = pid
        self.kind = kind
        self.name = name
        self.call_id = call_id
        self.meta = meta
        self.state: PartState = "open"
        self.bytes = 0
        self._text = ""
        self._pieces: list[str] = []  # behind it
        self._value: Document = None
        self.has_value = False
        # Arguments of a tool call are read as they come, but only once somebody looks: each byte is looked at once.
        self._reader: JsonReader | None = None
        self._unread: list[str] = []

    def __repr__(self) -> str:
        return f"<Part {self.pid} {self.kind} {self.state} {self.text!r}>"

    @property
    def text(self) -> str:
        """All deltas so far. They are joined when this is read, not when one is added."""
        if len(self._pieces) > 0:
            self._text += "".join(self._pieces)
            self._pieces = []
        return self._text

    @property
    def value(self) -> Document:
        """What was set; for a tool call its arguments, as far as they go while it is open. None if there is nothing.

        Arguments of an open tool call are for showing only: they change with the next delta.
        """
        reader = self._reader
        if reader is None:
            return self._value
        if len(self._unread) > 0:
            reader.feed("".join(self._unread))
            self._unread = []
        return reader.value

    def add(self, text: str) -> None:
        """One more delta."""
        if text == "":
            return
        self._pieces.append(text)
        self.bytes += len(encode(text))
        if self.kind == "tool-call" and not self.has_value:
            if self._reader is None:
                self._reader = JsonReader()
            self._unread.append(text)

    def replace_text(self, text: str) -> None:
        """The whole text, in place of the deltas so far."""
        self._text = text
        self._pieces = []
        self.bytes = len(encode(text))

    def set_value(self, value: Document) -> None:
        """The whole value, in place of what was read or set before; deltas of arguments no longer count."""
        self._value = value
        self.has_value = True
        self._reader = None
        self._unread = []


class ChatMessage:
    """mid: its id. role: assistant, user, … finish: why it ended (stop, length, tool_calls, …), "" while it has not.

    parts: in the order in which they were started. meta: what the server says beside, None if nothing.
    """

    def __init__(self, mid: str, role: str, meta: Document) -> None:
        self.mid = mid
        self.role = role
        self.finish = ""
        self.meta = meta
        self.parts: list[Part] = []

    def __repr__(self) -> str:
        return f"<ChatMessage {self.mid} {self.role} finish={self.finish!r} parts={self.parts!r}>"
