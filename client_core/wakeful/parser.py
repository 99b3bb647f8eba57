"""The event stream parser: bytes in any split, one event per take.

Standard: "Interpreting an event stream" (WHATWG HTML). How it stays linear and exact:

- receive_data() only splits off complete lines; next_event() reads just enough of them for one event. What is not
  taken stays as bytes, so backpressure and the last event ID are exact.
- A line ends with CR, LF or CRLF. A CR ends its line at once: whether an LF follows is known only with the next chunk,
  which then drops it. An event is never held back for that LF.
- An unfinished line is a list of pieces, joined once. Nothing is copied twice, whatever the chunks.
- One chunk is split as a whole: on CPython that is three times faster than to look for each line end.
- Nearly all servers put a space behind the colon: then one partition gives name and value, in half the time that a test
  for each name takes. Other forms of a field go through _field(). Most lines are data: in JavaScript to compare their
  beginning takes half of what a partition takes, on CPython the same. (Measured; see bench/.)
"""

from wakeful.errors import EventTooLarge
from wakeful.http import digits
from wakeful.records import Comment, Message
from wakeful.text import decode

BOM = b"\xef\xbb\xbf"
# What is kept of lines that are no field: enough for an error that a server wrote without framing.
STRAY_BYTES = 2_048


class EventStreamParser:
    """Usage: receive_data(chunk), then next_event() while has_lines; again; and reset() at the end of a body.

    max_event_bytes: the most that one line, together with the data of its event so far, may have; beyond it
    next_event() raises EventTooLarge, after everything complete before it has been taken.
    last_event_id: where the stream is gone on from, "" for its start.
    """

    def __init__(self, max_event_bytes: int, last_event_id: str) -> None:
        self.max_event_bytes = max_event_bytes
        # As of the last event taken. Standard: "last event ID string".
        self.last_event_id = last_event_id
        # The value of the last `retry` field that was taken, in ms; -1 if there was none.
        self.reconnection_time = -1
        # Of the event last taken: whether it had an `id` field of its own, and the bytes of its data.
        self.has_id = False
        self.size = 0
        self.reset()

    def reset(self) -> None:
        """The body has ended, or another begins: what is incomplete is discarded, the last event ID stays.

        Standard: "Once the end of the file is reached, any pending data must be discarded".
        """
        # Whether next_event() has something to do: a complete line waits, or the unfinished one is too long.
        self.has_lines = False
        # Bytes received since the complete lines last ran out, and the unfinished line: what is held here.
        self.buffered = 0
        # Bytes of the unfinished line.
        self.pieces_bytes = 0
        self._lines: list[bytes] = []
        self._at = 0
        self._pieces: list[bytes] = []
        self._skip_lf = False
        self._at_start = True
        # Whether so much is held that a line or event may be too long: only then each is measured.
        self._near_limit = False
        # Standard: "data buffer", "event type buffer", "last event ID buffer".
        self._data: list[bytes] = []
        self._data_bytes = 0
        self._type = ""
        self._id: str | None = None
        self._stray = b""

    @property
    def stray(self) -> str:
        """What stood in this body outside of any field, at most 2,048 bytes of it: the standard ignores it.

        Servers that fail after they have begun to answer write their error like this, as bare JSON. "" if there is
        none.
        """
        return decode((self._stray + b"".join(self._pieces)).strip()[:STRAY_BYTES]) if self._stray else ""

    def receive_data(self, data: bytes) -> None:
        """Store a chunk of the body, of any length and split anywhere."""
        lines = self.lines_of(data)
        if self.has_lines:
            self._lines.extend(lines)
        elif lines:
            self.has_lines = True
            self._lines = lines
            self._at = 0
        if self.buffered + self._data_bytes > self.max_event_bytes:
            self._near_limit = True
            if self.pieces_bytes + self._data_bytes > self.max_event_bytes:
                self.has_lines = True

    def lines_of(self, data: bytes) -> list[bytes]:
        """The lines that a chunk completes. Counts the chunk as buffered."""
        if self._at_start:
            data = self._without_bom(data)
        if self._skip_lf and data:
            self._skip_lf = False
            if data.startswith(b"\n"):
                data = data[1:]
        if not data:
            return []
        self.buffered += len(data)
        lines = data.splitlines()
        unfinished = b""
        if not data.endswith(b"\n"):
            self._skip_lf = data.endswith(b"\r")
            if not self._skip_lf:
                unfinished = lines.pop()
        if lines and self._pieces:
            self._pieces.append(lines[0])
            lines[0] = b"".join(self._pieces)
            self._pieces = []
            self.pieces_bytes = 0
        if unfinished:
            self._pieces.append(unfinished)
            self.pieces_bytes += len(unfinished)
        return lines

    def _without_bom(self, data: bytes) -> bytes:
        """Standard: one leading byte order mark is stripped. It may come split over chunks."""
        self._pieces.append(data)
        head = b"".join(self._pieces)
        self._pieces = []
        if len(head) < 3 and BOM.startswith(head):
            self._pieces.append(head)
            return b""
        self._at_start = False
        return head[3:] if head.startswith(BOM) else head

    def next_event(self) -> Message | Comment | None:
        """Take the next event; None if no complete one has arrived.

        Changes last_event_id, reconnection_time, has_id, size, has_lines and buffered. Raises EventTooLarge.
        """
        lines = self._lines
        at = self._at
        end = len(lines)
        data: bytes | None = None
        comment: Comment | None = None
        while at < end:
            line = lines[at]
            if self._near_limit:
                self._at = at
                self.check_size(len(line))
            at += 1
            if line[:6] == b"data: ":
                # Nearly every event has one such line and a blank one.
                if at < end and not lines[at] and not self._data:
                    at += 1
                    data = line[6:]
                    break
                self._add_data(line[6:])
                continue
            if not line:
                if self._data:
                    data = b"\n".join(self._data)
                    self._data = []
                    self._data_bytes = 0
                    break
                # Standard: "Set the last event ID string to the value of the last event ID buffer", without data too.
                if self._id is not None:
                    self.last_event_id = self._id
                    self._id = None
                self._type = ""
                continue
            name, _, value = line.partition(b": ")
            if name == b"event":
                self._type = decode(value)
            elif name == b"id":
                self._set_id(value)
            elif line.startswith(b":"):
                comment = Comment(decode(line[1:]))
                break
            else:
                self._field(line)
        self._at = at
        if at == end:
            self.buffered = self.pieces_bytes
            if self._near_limit:
                self._near_limit = self.pieces_bytes + self._data_bytes > self.max_event_bytes
            self.has_lines = self._near_limit
        if data is None:
            if comment is None:
                self.check_size(self.pieces_bytes)
            return comment
        # Standard: "dispatch the event".
        id = self._id
        self.has_id = id is not None
        if id is not None:
            self.size = len(data)
            self.last_event_id = id
            self._id = None
        type = self._type or "message"
        self._type = ""
        return Message(type, decode(data), self.last_event_id)

    def check_size(self, line_bytes: int) -> None:
        """Raises EventTooLarge for a line of line_bytes that is too long, together with the data before it.

        An unfinished line is never judged harder than a whole one: where the bytes were split does not matter.
        """
        if line_bytes + self._data_bytes > self.max_event_bytes:
            raise EventTooLarge(f"a line or event is over max_event_bytes ({self.max_event_bytes})")

    def _field(self, line: bytes) -> None:
        """Standard: "process the field"."""
        name, _, value = line.partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        if name == b"data":
            self._add_data(value)
        elif name == b"event":
            self._type = decode(value)
        elif name == b"id":
            self._set_id(value)
        elif name == b"retry":
            self._retry(value)
        elif len(self._stray) < STRAY_BYTES:
            self._stray += line + b"\n"

    def _add_data(self, value: bytes) -> None:
        self._data.append(value)
        self._data_bytes += len(value) + 1

    def _set_id(self, value: bytes) -> None:
        """Standard: "If the field value does not contain U+0000 NULL"."""
        id = decode(value)
        if "\0" not in id:
            self._id = id

    def _retry(self, value: bytes) -> None:
        """Standard: "If the field value consists of only ASCII digits"."""
        time = digits(value)
        if time >= 0:
            self.reconnection_time = time
