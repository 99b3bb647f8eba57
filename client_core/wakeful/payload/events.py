"""What each type of event does to the contents. Each is read and checked as a whole before it changes anything."""

from wakeful.document import Document, get, has, make_object, parse_document
from wakeful.errors import DocumentError, PatchError
from wakeful.payload.fields import (
    PayloadFault,
    checked_value,
    optional_text,
    required_count,
    required_kind,
    required_text,
    required_value,
)
from wakeful.payload.model import ChatMessage, Part
from wakeful.payload.patch import apply_patch
from wakeful.payload.snapshot import Contents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.payload.model import PartState

# Parts whose text is all there is to them, and parts that are a value and have no text.
TEXT_KINDS = ["text", "reasoning"]
VALUE_KINDS = ["file", "source", "data"]


def apply_event(contents: Contents, type: str, event: Document) -> bool:
    """Whether the type is known. Raises PayloadFault, and has changed nothing then."""
    if type == "part.delta":
        part_delta(contents, event)
    elif type == "part.start":
        part_start(contents, event)
    elif type == "part.end":
        part_end(contents, event)
    elif type == "part.set":
        valued_part(contents, event).set_value(required_value(event, "value"))
    elif type == "part.patch":
        part_patch(contents, event)
    elif type == "message.start":
        message_start(contents, event)
    elif type == "message.end":
        message_end(contents, event)
    elif type == "state.set":
        contents.set_state(required_value(event, "value"), required_count(event, "rev"))
    elif type == "state.patch":
        state_patch(contents, event)
    elif type == "usage":
        contents.count(event)
    elif type == "notice":
        contents.notices.append(required_kind(event, "problem", "object"))
    elif type == "input.request":
        contents.put_input(event)
    else:
        return False
    return True


def message_start(contents: Contents, event: Document) -> None:
    mid = required_text(event, "mid")
    role = required_text(event, "role")
    if contents.find_message(mid) is not None:
        raise PayloadFault("sequence", "this message has been started before")
    contents.add_message(ChatMessage(mid, role, checked_value(get(event, "meta"))))


def message_end(contents: Contents, event: Document) -> None:
    message = started_message(contents, event)
    finish = required_text(event, "finish")
    if message.finish != "":
        raise PayloadFault("sequence", "this message has ended before")
    if has(event, "usage"):
        contents.count(required_kind(event, "usage", "object"))
    message.finish = finish


def started_message(contents: Contents, event: Document) -> ChatMessage:
    message = contents.find_message(required_text(event, "mid"))
    if message is None:
        raise PayloadFault("sequence", "no message of this id has been started")
    return message


def part_start(contents: Contents, event: Document) -> None:
    message = started_message(contents, event)
    pid = required_text(event, "pid")
    kind = required_text(event, "kind")
    name = optional_text(event, "name")
    call_id = optional_text(event, "callId")
    if contents.find_part(pid) is not None:
        raise PayloadFault("sequence", "this part has been started before")
    contents.add_part(message, Part(pid, kind, name, call_id, checked_value(get(event, "meta"))))


def open_part(contents: Contents, event: Document) -> Part:
    part = contents.find_part(required_text(event, "pid"))
    if part is None:
        raise PayloadFault("sequence", "no part of this id has been started")
    if part.state != "open":
        raise PayloadFault("sequence", "this part has ended before")
    return part


def valued_part(contents: Contents, event: Document) -> Part:
    part = open_part(contents, event)
    if part.kind in TEXT_KINDS:
        raise PayloadFault("invalid", f"a part of kind {part.kind} has no value")
    return part


def part_delta(contents: Contents, event: Document) -> None:
    part = open_part(contents, event)
    text = required_text(event, "d")
    if part.kind in VALUE_KINDS:
        raise PayloadFault("invalid", f"a part of kind {part.kind} has no text")
    part.add(text)


def part_patch(contents: Contents, event: Document) -> None:
    part = open_part(contents, event)
    if part.kind != "data":
        raise PayloadFault("invalid", f"a part of kind {part.kind} cannot be patched")
    part.set_value(patched(part.value, required_value(event, "ops")))


def part_end(contents: Contents, event: Document) -> None:
    """Its length must be right, unless it says its whole value, which then counts. Arguments must be JSON now."""
    part = open_part(contents, event)
    size = required_count(event, "bytes")
    state = end_state(optional_text(event, "state"))
    valued = has(event, "value")
    if part.bytes != size and not valued:
        raise PayloadFault("bytes", f"the part has {part.bytes} bytes, and its end says {size}")
    if part.kind in TEXT_KINDS:
        if valued:
            part.replace_text(required_text(event, "value"))
    elif valued:
        value = required_value(event, "value")
        if part.bytes != size:
            part.replace_text("")
        part.set_value(value)
    elif part.kind == "tool-call":
        state = end_arguments(part, state)
    part.state = state


def end_arguments(part: Part, state: "PartState") -> "PartState":
    """The arguments of a tool call, strictly, unless they were set. None at all are an empty object."""
    if part.has_value:
        return state
    if part.bytes == 0:
        part.set_value(make_object([]))
        return state
    try:
        part.set_value(checked_value(parse_document(part.text)))
        return state
    except (DocumentError, PayloadFault):
        part.set_value(None)
        return "error" if state == "complete" else state


def state_patch(contents: Contents, event: Document) -> None:
    base = required_count(event, "base")
    rev = required_count(event, "rev")
    if base != contents.rev:
        raise PayloadFault("patch", f"the patch is for revision {base}, and the state has {contents.rev}")
    if rev <= base:
        raise PayloadFault("invalid", "rev does not rise above base")
    contents.state = patched(contents.state, required_value(event, "ops"))
    contents.rev = rev


def end_state(word: str) -> "PartState":
    """What an end says of its part. A word that is not known is no success."""
    if word == "" or word == "ok":
        return "complete"
    return "denied" if word == "denied" else "error"


def patched(document: Document, operations: Document) -> Document:
    try:
        return apply_patch(document, operations)
    except PatchError as error:
        raise PayloadFault("patch", str(error))
