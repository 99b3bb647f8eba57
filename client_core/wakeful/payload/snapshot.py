"""All that a payload says, and its way into a `snapshot` event and back."""

from wakeful.document import (
    Document,
    get,
    has,
    int_of,
    item_at,
    length,
    make_array,
    make_object,
    names,
    put,
    shallow_copy,
    text_of,
)
from wakeful.payload.fields import (
    PayloadFault,
    checked_value,
    optional_text,
    required_count,
    required_items,
    required_kind,
    required_text,
    required_value,
)
from wakeful.payload.model import ChatMessage, Part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.payload.model import PartState


# Members that any event may have beside its own.
COMMON = ["type", "critical", "meta", "pad"]


class Contents:
    """The fold of a log: everything but what is transient."""

    def __init__(self) -> None:
        self.messages: list[ChatMessage] = []
        self.state: Document = None
        self.rev = 0
        self.usage = make_object([])
        self.notices: list[Document] = []
        self.inputs: list[Document] = []
        self._messages: dict[str, ChatMessage] = {}
        self._parts: dict[str, Part] = {}

    def find_message(self, mid: str) -> ChatMessage | None:
        return self._messages.get(mid)

    def find_part(self, pid: str) -> Part | None:
        return self._parts.get(pid)

    def add_message(self, message: ChatMessage) -> None:
        self.messages.append(message)
        self._messages[message.mid] = message

    def add_part(self, message: ChatMessage, part: Part) -> None:
        message.parts.append(part)
        self._parts[part.pid] = part

    def set_state(self, state: Document, rev: int) -> None:
        self.state = state
        self.rev = rev

    def count(self, counters: Document) -> None:
        """Totals overwrite totals: they are never added up."""
        for name in names(counters):
            if name not in COMMON and int_of(get(counters, name), -1) < 0:
                raise PayloadFault("invalid", f"usage: {name} is no whole number of 0 or more")
        for name in names(counters):
            if name not in COMMON:
                put(self.usage, name, get(counters, name))

    def put_input(self, request: Document) -> None:
        """A request of a known id takes the place of the one before."""
        rid = required_text(request, "rid")
        required_text(request, "kind")
        checked_value(request)
        for place in range(len(self.inputs)):
            if text_of(get(self.inputs[place], "rid"), "") == rid:
                self.inputs[place] = request
                return
        self.inputs.append(request)


# Writing.


def write_contents(contents: Contents) -> Document:
    messages: list[Document] = []
    open_parts: list[Document] = []
    for message in contents.messages:
        parts: list[Document] = []
        for part in message.parts:
            parts.append(_write_part(part))
            if part.state == "open":
                open_parts.append(part.pid)
        written = make_object([("mid", message.mid), ("role", message.role), ("parts", make_array(parts))])
        _put_text(written, "finish", message.finish)
        _put_value(written, "meta", message.meta)
        messages.append(written)
    return make_object(
        [
            ("type", "snapshot"),
            ("messages", make_array(messages)),
            ("state", contents.state),
            ("rev", contents.rev),
            ("open", make_array(open_parts)),
            ("usage", shallow_copy(contents.usage)),
            ("notices", make_array(contents.notices)),
            ("inputs", make_array(contents.inputs)),
        ]
    )


def _write_part(part: Part) -> Document:
    written = make_object([("pid", part.pid), ("kind", part.kind), ("state", part.state)])
    _put_text(written, "name", part.name)
    _put_text(written, "callId", part.call_id)
    _put_text(written, "text", part.text)
    _put_value(written, "meta", part.meta)
    # Arguments of an open tool call are in its text; what was read of them is for showing only.
    if part.has_value:
        put(written, "value", part.value)
    return written


def _put_text(written: Document, name: str, text: str) -> None:
    if text != "":
        put(written, name, text)


def _put_value(written: Document, name: str, value: Document) -> None:
    if value is not None:
        put(written, name, value)


# Reading.


def read_contents(event: Document) -> Contents:
    """Raises PayloadFault for what is no snapshot."""
    contents = Contents()
    contents.state = required_value(event, "state")
    contents.rev = required_count(event, "rev")
    open_parts = required_items(event, "open")
    messages = required_items(event, "messages")
    for at in range(length(messages)):
        _read_message(contents, item_at(messages, at))
    for at in range(length(open_parts)):
        part = contents.find_part(text_of(item_at(open_parts, at), ""))
        if part is None:
            raise PayloadFault("invalid", "open names a part that is not there")
        part.state = "open"
    _read_rest(contents, event)
    return contents


def _read_message(contents: Contents, written: Document) -> None:
    message = ChatMessage(
        required_text(written, "mid"), required_text(written, "role"), checked_value(get(written, "meta"))
    )
    if contents.find_message(message.mid) is not None:
        raise PayloadFault("invalid", "a message is there twice")
    message.finish = optional_text(written, "finish")
    contents.add_message(message)
    parts = required_items(written, "parts")
    for at in range(length(parts)):
        part = _read_part(item_at(parts, at))
        if contents.find_part(part.pid) is not None:
            raise PayloadFault("invalid", "a part is there twice")
        contents.add_part(message, part)


def _read_part(written: Document) -> Part:
    pid = required_text(written, "pid")
    kind = required_text(written, "kind")
    part = Part(
        pid, kind, optional_text(written, "name"), optional_text(written, "callId"), checked_value(get(written, "meta"))
    )
    part.state = known_state(optional_text(written, "state"))
    part.add(optional_text(written, "text"))
    # Only what has been left open is read as far as it goes.
    if has(written, "value") or part.state != "interrupted":
        part.set_value(checked_value(get(written, "value")))
    return part


def known_state(word: str) -> "PartState":
    """A part that is said to be open, but not listed as such, has been left; a word that is not known is no success."""
    if word == "" or word == "complete":
        return "complete"
    if word == "open" or word == "interrupted":
        return "interrupted"
    return "denied" if word == "denied" else "error"


def _read_rest(contents: Contents, event: Document) -> None:
    """Members that a snapshot may leave out."""
    if has(event, "usage"):
        contents.count(required_kind(event, "usage", "object"))
    if has(event, "notices"):
        notices = required_items(event, "notices")
        for at in range(length(notices)):
            contents.notices.append(checked_value(item_at(notices, at)))
    if has(event, "inputs"):
        inputs = required_items(event, "inputs")
        for at in range(length(inputs)):
            contents.put_input(item_at(inputs, at))
