"""Folds payload events into what a page shows: messages of parts, shared state, usage, notices, questions.

The events are the payload of docs/payload.md: JSON objects with a `type`. An event that cannot be applied is never
skipped in silence, and never raises: it sets `fault`, what is shown stays as it was, and everything after it is ignored
until a snapshot comes, or reset().
"""

from wakeful.document import Document, bool_of, get, parse_document, text_of
from wakeful.errors import DocumentError, UsageError
from wakeful.outcome import Outcome
from wakeful.payload.events import apply_event
from wakeful.payload.fields import PayloadFault, required_text
from wakeful.payload.model import ChatMessage, Part
from wakeful.payload.snapshot import Contents, read_contents, write_contents
from wakeful.records import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.payload.fields import FaultWord


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
        """data: the next event, as JSON text. Never raises: see `fault`."""
        try:
            event = parse_document(data)
        except DocumentError as error:
            if self.fault == "":
                self._set_fault("invalid", str(error))
            return
        self.apply_event(event)

    def apply_event(self, event: Document) -> None:
        """The next event, as a document. It is not copied: do not change it afterwards. Never raises: see `fault`."""
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
        """The part with the id pid, None if there is none."""
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

    def _apply_known(self, type: str, event: Document) -> bool:
        if type == "status":
            self.status = required_text(event, "text")
        elif type == "snapshot":
            self._contents = read_contents(event)
            self.status = ""
            self.fault = ""
            self.fault_detail = ""
        else:
            return apply_event(self._contents, type, event)
        return True
