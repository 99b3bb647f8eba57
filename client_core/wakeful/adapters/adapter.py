"""What all adapters share: messages of a foreign stream go in, payload events come out, and in the end one Outcome.

An adapter is a translator with three duties:

- Nothing is lost unseen. What it does not know becomes an `x.<vendor>.…` event, and what it cannot read a `notice`
  besides. Where that may have been content, the run is tainted: it ends "failed", never "completed".
- The end is the dialect's own. `outcome` is set once the dialect has said that it is over, and receive_eof() judges an
  end of file: without the dialect's end it is "truncated". Parts that were not ended stay open, so that
  Accumulator.finish(outcome) marks them as interrupted.
- Integrity. Each part that ends carries its length, arguments of tools are parsed strictly, and where a dialect repeats
  the whole value, that value is compared, and it wins.
"""

from wakeful.adapters.reading import as_text, event_name, is_deep, problem_of, text_at, unframed_error
from wakeful.document import Document, get, int_of, make_object, parse_document, put, same_document
from wakeful.errors import DocumentError
from wakeful.outcome import Outcome, Problem
from wakeful.records import Message
from wakeful.text import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.outcome import OutcomeStatus, Retry

# What stands at the end of many streams, whether it is the dialect's end or not.
DONE = "[DONE]"
NO_ARGUMENTS = "{}"
# Room for the levels that an event puts around what came, and a snapshot around that.
DEEPEST = 48


class Part:
    """A part that is open: its ids, and its text so far."""

    def __init__(self, pid: str, mid: str, kind: str) -> None:
        self.pid = pid
        self.mid = mid
        self.kind = kind
        # Arguments of a tool are JSON, but for the few tools that take plain text.
        self.is_json = kind == "tool-call"
        # Something unreadable came while it was open, which may have been a piece of this.
        self.tainted = False
        # The pieces were wrong, and the text is what the dialect said at the end.
        self.replaced = False
        self._pieces: list[str] = []

    def add(self, text: str) -> None:
        self._pieces.append(text)

    def replace(self, text: str) -> None:
        self._pieces = [text]
        self.replaced = True

    @property
    def text(self) -> str:
        return "".join(self._pieces)


class Adapter:
    """The base of every dialect. One adapter reads one run.

    prefix: put before the ids that the adapter makes ("p1"), where one Accumulator folds several runs.
    END_DATA, END_TYPE: what to set as Options.end_data and end_type, None where the dialect has no such marker. The
    client keeps END_DATA to itself: where the stream has ended by it, call receive_end().
    """

    END_DATA: str | None = None
    END_TYPE: str | None = None
    VENDOR = "other"

    def __init__(self, prefix: str = "") -> None:
        # None until the end is known; after receive_eof() never None.
        self.outcome: Outcome | None = None
        # Where the dialect itself could go on, "" where it cannot: docs/adapters.md says what each does with it.
        self.cursor = ""
        self._prefix = prefix
        self._made = 0
        self._events: list[Document] = []
        self._parts: dict[str, Part] = {}
        self._keys: list[str] = []  # of the open parts, in the order in which they were started
        self._messages: list[str] = []
        self._notices: list[Document] = []
        self._usage: Document = None
        self._taint: Problem | None = None

    # What the caller does.

    def receive(self, message: Message) -> list[Document]:
        """The payload events of one message, in order: often one, sometimes none. Never raises for what a server sent.

        Read `outcome` after each call: once it is set the run is over, and the stream may be closed.
        """
        if self.outcome is not None:
            self._after_end(message)
        elif message.data == DONE:
            self._on_done()
        elif message.data == "":
            self._on_empty(message)
        else:
            self._read(message)
        return self._take()

    def receive_end(self) -> list[Document]:
        """The client's stream has ended by END_DATA, which it does not deliver. Sets `outcome`."""
        if self.outcome is None:
            self._on_done()
        return self.receive_eof()

    def receive_eof(self) -> list[Document]:
        """The stream has ended without a marker, or is given up: no more will come. Sets `outcome` if it is not set."""
        if self.outcome is None:
            self._on_eof()
        if self.outcome is None:
            self.outcome = Outcome("truncated", self._truncation())
        return self._take()

    def receive_stray(self, text: str) -> list[Document]:
        """text: what stood outside of any event (EventStreamParser.stray), to be told before receive_eof(). "" is none.

        JSON there is an error that the server did not frame, and the run has failed.
        """
        if text != "":
            self._extension("stray", text)
            if self.outcome is None and (text.startswith("{") or text.startswith("[")):
                self._fail_with(unframed_error(text))
        return self._take()

    def _read(self, message: Message) -> None:
        detail = ""
        document: Document = None
        try:
            document = parse_document(message.data)
            raw = encode(message.data)
            if raw.count(b"{") + raw.count(b"[") > DEEPEST and is_deep(document, DEEPEST):
                detail = f"nested deeper than {DEEPEST} levels"
        except DocumentError as error:
            detail = str(error)
        if detail == "":
            self._on_document(message, document)
        elif message.type == "error":
            self._fail_with(message.data)
        else:
            self._unreadable(f"the data of a message could not be read: {detail}", message.data)

    def _take(self) -> list[Document]:
        events = self._events
        self._events = []
        return events

    # What each dialect says for itself.

    def _on_document(self, message: Message, document: Document) -> None:
        """The JSON of a message, of any kind."""
        raise NotImplementedError("each adapter reads its own dialect")

    def _on_empty(self, message: Message) -> None:
        """The data was empty: it says no more than that the connection lives."""

    def _on_done(self) -> None:
        """The data was "[DONE]". To most dialects it means nothing."""

    def _on_eof(self) -> None:
        """An end of file. A dialect without an end marker judges here whether everything was said."""

    def _after_end(self, message: Message) -> None:
        """A message after the end of the run: it is folded no more, and shown."""
        if message.data != DONE and message.data != "":
            self._notice("payload-invalid", "a message came after the end of the run")
            self._extension("after-end", message.data)

    def _truncation(self) -> Problem:
        retry: "Retry" = "restart" if self.cursor == "" else "resume"
        return Problem("truncated", "the stream ended before the run did", 0, "", retry)

    # Ends.

    def _complete(self, status: "OutcomeStatus" = "completed") -> None:
        """The dialect has said that the run is over. One that lost something on the way is not complete."""
        self.outcome = Outcome(status) if self._taint is None else Outcome("failed", self._taint)

    def _fail(self, problem: Problem) -> None:
        self.outcome = Outcome("failed", problem)

    def _fail_with(self, error: Document) -> None:
        """An error as most vendors put it: an object with a message, and a code, a type or a status."""
        message = text_at(error, "message")
        codes = [get(error, "code"), get(error, "type"), get(error, "status"), get(error, "status_code")]
        self._fail(problem_of(codes, message if message != "" else as_text(error), "restart"))

    # Events.

    def _emit(self, type: str, members: "list[tuple[str, Document]]") -> None:
        event = make_object(members)
        put(event, "type", type)
        self._events.append(event)

    def _extension(self, name: str, data: Document) -> None:
        """What the payload has no word for, whole, under the vendor's name."""
        self._emit(f"x.{self.VENDOR}.{event_name(name)}", [("data", data)])

    def _about_part(self, name: str, part: Part, data: Document) -> None:
        """What the payload has no word for, of one part."""
        self._emit(f"x.{self.VENDOR}.{name}", [("pid", part.pid), ("data", data)])

    def _notice(self, type: str, title: str, detail: str = "") -> None:
        members: "list[tuple[str, Document]]" = [("type", type), ("title", title)]
        if detail != "":
            members.append(("detail", detail))
        problem = make_object(members)
        self._notices.append(problem)
        self._emit("notice", [("problem", problem)])

    def _unreadable(self, title: str, data: Document) -> None:
        """This may have been content, and is lost to the fold: neither the run nor what is open is whole any more."""
        self._notice("payload-invalid", title)
        self._extension("unreadable", data)
        self._taint = Problem("payload-invalid", "something in the stream could not be read", 0, title, "restart")
        for key in self._keys:
            self._parts[key].tainted = True

    def _report_usage(self, counters: "list[tuple[str, Document]]") -> None:
        """Totals so far; some servers repeat them with every message."""
        known: "list[tuple[str, Document]]" = []
        for name, count in counters:
            if int_of(count, -1) >= 0:
                known.append((name, count))
        usage = make_object(known)
        if len(known) > 0 and not same_document(usage, self._usage):
            self._usage = usage
            self._emit("usage", known)

    # Messages and parts.

    def _new_id(self, letter: str) -> str:
        self._made += 1
        return f"{self._prefix}{letter}{self._made}"

    def _start_message(self, mid: str, role: str) -> None:
        """Does nothing for a message that has been started."""
        if mid not in self._messages:
            self._messages.append(mid)
            self._emit("message.start", [("mid", mid), ("role", role)])

    def _end_message(self, mid: str, finish: str) -> None:
        self._emit("message.end", [("mid", mid), ("finish", finish)])

    def _start_part(self, key: str, mid: str, kind: str, call_id: str = "", name: str = "") -> Part:
        """key: the dialect's own name for the part, as long as it is open."""
        part = Part(self._new_id("p"), mid, kind)
        self._parts[key] = part
        self._keys.append(key)
        members: "list[tuple[str, Document]]" = [("mid", mid), ("pid", part.pid), ("kind", kind)]
        if call_id != "":
            members.append(("callId", call_id))
        if name != "":
            members.append(("name", name))
        self._emit("part.start", members)
        return part

    def _append(self, part: Part, text: str) -> None:
        if text != "":
            part.add(text)
            self._emit("part.delta", [("pid", part.pid), ("d", text)])

    def _set(self, part: Part, value: Document) -> None:
        self._emit("part.set", [("pid", part.pid), ("value", value)])

    def _add_part(self, mid: str, kind: str, value: Document, call_id: str = "", name: str = "") -> Part:
        """A part that comes whole and has no text: a source, a file, a tool's result."""
        part = self._start_part("whole", mid, kind, call_id, name)
        self._set(part, value)
        self._end_part("whole")
        return part

    def _add_file(self, mid: str, media_type: Document, name: str, content: Document) -> Part:
        """name: "data" (Base64) or "url"."""
        value = make_object([(name, content)])
        if media_type is not None:
            put(value, "mediaType", media_type)
        return self._add_part(mid, "file", value)

    def _end_part(self, key: str, state: str = "ok") -> None:
        """The part is over; there may be none of this key. Arguments of a tool become its value."""
        part = self._parts.get(key)
        if part is None:
            return
        self._parts.pop(key, None)
        self._keys.remove(key)
        if part.is_json and part.text == "" and state == "ok":
            self._append(part, NO_ARGUMENTS)
        members: "list[tuple[str, Document]]" = [("pid", part.pid), ("bytes", len(encode(part.text)))]
        value: Document = part.text
        if part.is_json and state == "ok":
            try:
                value = self._arguments(part.text)
            except DocumentError as error:
                state = "error"
                self._notice("payload-invalid", "the arguments of a tool call could not be read", str(error))
        if part.replaced or (part.kind == "tool-call" and state == "ok"):
            members.append(("value", value))
        if part.tainted:
            state = "error"
        if state != "ok":
            members.append(("state", state))
        self._emit("part.end", members)

    def _arguments(self, text: str) -> Document:
        """The arguments of a tool call. Raises DocumentError, also for more levels than the payload takes."""
        document = parse_document(text)
        if is_deep(document, DEEPEST):
            raise DocumentError(f"nested deeper than {DEEPEST} levels")
        return document

    def _end_parts(self, title: str = "") -> None:
        """The message is over, and so is what is open. title: of a notice, where the dialect should have ended it.

        Such a part may lack its end, so it is none that is complete.
        """
        for key in self._keys.copy():
            if title != "":
                self._notice("payload-invalid", title)
            self._end_part(key, "ok" if title == "" else "error")

    def _check_whole(self, key: str, whole: str) -> None:
        """The dialect repeats the whole text of a part. It wins over the pieces that came before.

        What is missing at the end is appended. Where the pieces differ, the end of the part says what it should be.
        """
        part = self._parts.get(key)
        if part is None:
            return
        part.tainted = False
        have = encode(part.text)
        want = encode(whole)
        if have == want:
            return
        if want.startswith(have):
            self._append(part, decode(want[len(have) :]))
        else:
            self._notice("payload-invalid", "the pieces of a part differ from its whole text, which counts")
            part.replace(whole)


class SingleMessageAdapter(Adapter):
    """The base of those dialects in which a run is one message."""

    def __init__(self, prefix: str = "") -> None:
        super().__init__(prefix)
        self._mid = ""  # until it is begun

    def _begin(self, mid: str = "", role: str = "") -> None:
        """Begin the message, unless that has been done: a part may come before the dialect names its message."""
        if self._mid == "":
            self._mid = mid if mid != "" else self._new_id("m")
            self._start_message(self._mid, role if role != "" else "assistant")
