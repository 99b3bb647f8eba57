"""Folds payload events into what a page shows: messages of parts, shared state, usage, notices, questions.

The events are the payload of docs/payload.md: JSON objects with a `type`. An event that cannot be applied is never
skipped in silence, and never raises: it sets `fault`, what is shown stays as it was, and everything after it is ignored
until a snapshot comes, or reset().
"""

from wakeful.document import (
    Document,
    bool_of,
    get,
    has,
    make_object,
    parse_document,
    text_of,
)
from wakeful.errors import DocumentError, PatchError, UsageError
from wakeful.outcome import Outcome
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
from wakeful.payload.snapshot import Contents, read_contents, write_contents
from wakeful.records import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.payload.fields import FaultWord
    from wakeful.payload.model import PartState

# Parts whose text is all there is to them, and parts that are a value and have no text.
TEXT_KINDS = ["text", "reasoning"]
VALUE_KINDS = ["file", "source", "data"]


class Accumulator:
    """One for each stream. apply() what the stream delivers; finish() it when the stream has ended; read the rest.

    status: the last transient word of progress, "" if there is none. It is part of no snapshot.
    fault: "" while what is shown is right; else why it cannot go on:
      "invalid": an event is no JSON, has no type, or a member is missing or of the wrong kind;
      "sequence": it is about a part or message that is unknown or over, or starts one that is known;
      "patch": a patch failed, or its base is not the present revision;
      "bytes": a part is not as long as its end says;
      "critical": an event of an unknown type says that it must be understood. No snapshot mends this one.
    fault_detail: a text for a log.
    unknown: how many events of unknown types were passed over.
    version: rises with each change, so that a page can tell whether to draw again.
    """

    def __init__(self) -> None:
        self.status = ""
        self.fault: FaultWord | str = ""
        self.fault_detail = ""
        self.unknown = 0
        self.version = 0
        self.outcome: Outcome | None = None
        self._contents = Contents()

    @property
    def messages(self) -> list[ChatMessage]:
        """In the order in which they were started, as are the parts of each."""
        return self._contents.messages

    @property
    def state(self) -> Document:
        """What the application shares with the agent. Never changed in place: a patch makes a new one."""
        return self._contents.state

    @property
    def rev(self) -> int:
        """The revision of `state`, 0 before the first."""
        return self._contents.rev

    @property
    def usage(self) -> Document:
        """An object of counters, each with its last total."""
        return self._contents.usage

    @property
    def notices(self) -> "list[Document]":
        """Problems that did not end the stream, as RFC 9457 objects."""
        return self._contents.notices

    @property
    def inputs(self) -> "list[Document]":
        """What the agent asks of a person: the input.request events, one for each `rid`."""
        return self._contents.inputs

    def apply(self, message: Message) -> None:
        """The next message of the stream. One that names another event type is none of the payload, and is left out."""
        if message.type == "message":
            self.apply_text(message.data)

    def apply_text(self, data: str) -> None:
        """The next event, as JSON text. Never raises."""
        try:
            event = parse_document(data)
        except DocumentError as error:
            self._set_fault("invalid", str(error))
            return
        self.apply_event(event)

    def apply_event(self, event: Document) -> None:
        """The next event, as a document. It is not copied: do not change it afterwards. Never raises."""
        type = text_of(get(event, "type"), "")
        if self.fault == "critical" or (self.fault != "" and type != "snapshot"):
            return
        self.version += 1
        try:
            if type == "":
                raise PayloadFault("invalid", "an event is no object with a type")
            if not self._apply_known(type, event):
                self.unknown += 1
                if bool_of(get(event, "critical"), False):
                    raise PayloadFault("critical", f"an event of type {type} must be understood, and is not")
        except PayloadFault as fault:
            self._set_fault(fault.word, f"{type}: {fault}")

    def find_part(self, pid: str) -> Part | None:
        """The part of this id, None if there is none."""
        return self._contents.find_part(pid)

    def reset(self) -> None:
        """Forget everything, as `es.reset` asks: snapshots follow."""
        self._contents = Contents()
        self.status = ""
        self.fault = ""
        self.fault_detail = ""
        self.outcome = None
        self.version += 1

    def finish(self, outcome: Outcome) -> None:
        """The stream is over. A part that has not ended is interrupted, whatever the outcome; it is never complete."""
        self.outcome = outcome
        self.status = ""
        self.version += 1
        for message in self._contents.messages:
            for part in message.parts:
                if part.state == "open":
                    part.state = "interrupted"

    def snapshot(self) -> Document:
        """A `snapshot` event: applied to another accumulator, it and what follows give the same as all before did.

        Raises UsageError while there is a fault: what is shown is not what the log says.
        """
        if self.fault != "":
            raise UsageError(f"snapshot() in fault {self.fault}: what is shown is not whole")
        return write_contents(self._contents)

    def _set_fault(self, word: "FaultWord", detail: str) -> None:
        if self.fault == "":
            self.version += 1
            self.status = ""
        if self.fault != "critical":
            self.fault = word
            self.fault_detail = detail

    # Events. Each is read and checked as a whole before it changes anything.

    def _apply_known(self, type: str, event: Document) -> bool:
        if type == "part.delta":
            self._part_delta(event)
        elif type == "part.start":
            self._part_start(event)
        elif type == "part.end":
            self._part_end(event)
        elif type == "part.set":
            self._valued_part(event).set_value(required_value(event, "value"))
        elif type == "part.patch":
            self._part_patch(event)
        elif type == "message.start":
            self._message_start(event)
        elif type == "message.end":
            self._message_end(event)
        elif type == "state.set":
            rev = required_count(event, "rev")
            self._contents.state = required_value(event, "value")
            self._contents.rev = rev
        elif type == "state.patch":
            self._state_patch(event)
        elif type == "usage":
            self._contents.count(event)
        elif type == "status":
            self.status = required_text(event, "text")
        elif type == "notice":
            self._contents.notices.append(required_kind(event, "problem", "object"))
        elif type == "input.request":
            self._contents.put_input(event)
        elif type == "snapshot":
            self._contents = read_contents(event)
            self.status = ""
            self.fault = ""
            self.fault_detail = ""
        else:
            return False
        return True

    def _message_start(self, event: Document) -> None:
        mid = required_text(event, "mid")
        role = required_text(event, "role")
        if self._contents.find_message(mid) is not None:
            raise PayloadFault("sequence", "this message has been started before")
        self._contents.add_message(ChatMessage(mid, role, checked_value(get(event, "meta"))))

    def _message_end(self, event: Document) -> None:
        message = self._message(event)
        finish = required_text(event, "finish")
        if message.finish != "":
            raise PayloadFault("sequence", "this message has ended before")
        if has(event, "usage"):
            self._contents.count(required_kind(event, "usage", "object"))
        message.finish = finish

    def _message(self, event: Document) -> ChatMessage:
        message = self._contents.find_message(required_text(event, "mid"))
        if message is None:
            raise PayloadFault("sequence", "no message of this id has been started")
        return message

    def _part_start(self, event: Document) -> None:
        message = self._message(event)
        pid = required_text(event, "pid")
        kind = required_text(event, "kind")
        name = optional_text(event, "name")
        call_id = optional_text(event, "callId")
        if self._contents.find_part(pid) is not None:
            raise PayloadFault("sequence", "this part has been started before")
        self._contents.add_part(message, Part(pid, kind, name, call_id, checked_value(get(event, "meta"))))

    def _open_part(self, event: Document) -> Part:
        part = self._contents.find_part(required_text(event, "pid"))
        if part is None:
            raise PayloadFault("sequence", "no part of this id has been started")
        if part.state != "open":
            raise PayloadFault("sequence", "this part has ended before")
        return part

    def _valued_part(self, event: Document) -> Part:
        part = self._open_part(event)
        if part.kind in TEXT_KINDS:
            raise PayloadFault("invalid", f"a part of kind {part.kind} has no value")
        return part

    def _part_delta(self, event: Document) -> None:
        part = self._open_part(event)
        text = required_text(event, "d")
        if part.kind in VALUE_KINDS:
            raise PayloadFault("invalid", f"a part of kind {part.kind} has no text")
        part.add(text)

    def _part_patch(self, event: Document) -> None:
        part = self._open_part(event)
        if part.kind != "data":
            raise PayloadFault("invalid", f"a part of kind {part.kind} cannot be patched")
        part.set_value(patched(part.value, required_value(event, "ops")))

    def _part_end(self, event: Document) -> None:
        """Its length must be right, unless it says its whole value, which then counts. Arguments must be JSON now."""
        part = self._open_part(event)
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
            state = self._end_arguments(part, state)
        part.state = state

    def _end_arguments(self, part: Part, state: "PartState") -> "PartState":
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

    def _state_patch(self, event: Document) -> None:
        base = required_count(event, "base")
        rev = required_count(event, "rev")
        if base != self._contents.rev:
            raise PayloadFault("patch", f"the patch is for revision {base}, and the state has {self._contents.rev}")
        if rev <= base:
            raise PayloadFault("invalid", "rev does not rise above base")
        self._contents.state = patched(self._contents.state, required_value(event, "ops"))
        self._contents.rev = rev


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
