"""The profile: what a server that speaks it has said, and what each message of the stream is by its rules.

A stream is undecided until its first message. If that is `es.hello`, the server speaks the profile: its `es.*`
messages are frames, for the machine; its logged messages are numbered, so that none is lost or applied twice unseen;
and only `es.end` is the end. If it is anything else, the stream is plain: every message is the application's.

Nothing is trusted. A frame that is malformed or out of place is ignored, and the application gets a ProtocolWarning.
"""

from wakeful.cursor import Sequence, position_of
from wakeful.frames import Members, members_of, read_outcome, read_reset
from wakeful.hello import Hello, read_hello
from wakeful.outcome import Outcome
from wakeful.records import Message, ProtocolWarning, Reset
from wakeful.stats import Stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Mode = Literal["undecided", "plain", "protocol"]
    # What the machine has to do about a message or comment; "" is nothing. end-event, hello, drain: act on a frame.
    # gap: connect again from the last event ID. resync: drop that too, and begin with a snapshot.
    Order = Literal["", "end-marker", "end-event", "hello", "drain", "gap", "resync", "event-too-large"]
    # Or with it. deliver: to the application. hold: a Reset comes first.
    Step = Order | Literal["deliver", "hold"]

# A gap is asked for again so often, then a snapshot is.
GAP_RETRIES = 2


class Profile:
    """last_event_id: the position of the application, which moves only as messages are applied in order."""

    def __init__(self, stats: Stats, home: str, last_event_id: str) -> None:
        self.mode: "Mode" = "undecided"
        self.hello: Hello | None = None
        self.outcome: Outcome | None = None
        self.last_event_id = last_event_id
        # Resets and warnings that the application has not taken yet.
        self.news: list[Reset | ProtocolWarning] = []
        # Why the application's state no longer fits what follows; "" if it does. A Reset comes before the next message.
        self.stale = ""
        # What was wrong, for the failure that a gap, a resync or too large an event is.
        self.detail = ""
        # A drain spreads the reconnects over this time from its arrival.
        self.drain_window = (0, 0)
        self.drained = False
        self._stats = stats
        self._home = home
        self._sequence = Sequence()
        self._disagrees = ""  # hello and position do: "gap" or "epoch", unless es.reset follows at once
        self._gaps = 0  # in a row

    @property
    def wants_snapshot(self) -> bool:
        """Whether the next request asks for one, having no position to go on from."""
        return self.stale != ""

    def connected(self) -> None:
        """A connection begins."""
        self.mode = "undecided"
        self.drained = False
        self._disagrees = ""
        self._sequence.resume(self.last_event_id)

    def disconnected(self) -> None:
        """A connection has ended, and all that it brought has been taken."""
        if self._sequence.in_snapshot:
            self.drop_position("snapshot-cut")

    def drop_position(self, reason: str) -> None:
        """The server has nothing behind it, or something else: begin anew."""
        self.last_event_id = ""
        self.stale = reason
        self._gaps = 0
        self._sequence.resume("")

    def receive(self, message: Message, has_id: bool) -> "Step":
        """The next message, whose last_event_id is what the bytes say; the position moves with it. After "hold", it is
        given again."""
        if self.mode == "undecided":
            if message.type == "es.hello":
                return self._frame(message)
            self.mode = "plain"
        if self.mode == "protocol" and message.type == "es.reset":
            return self._frame(message)
        if self.stale != "":
            self._news_reset(Reset(self.stale, self._sequence.epoch, max(0, self._sequence.next - 1)))
            return "hold"
        if self.mode == "plain":
            self.last_event_id = message.last_event_id
            return "deliver"
        if self._disagrees != "":
            return self._broken(self._disagrees, "what hello announced")
        if has_id:
            step = self._apply(message.last_event_id, message.type)
            if step != "deliver":
                return step
        return self._frame(message) if message.type.startswith("es.") else "deliver"

    # Ids.

    def _apply(self, id: str, type: str) -> "Step":
        """Move the position to this id, if it is the next."""
        position = position_of(id)
        if position is None:
            self._warn("id", f"{id} is no epoch.seq")
            return "deliver"
        order = self._sequence.take(position)
        if order == "next":
            self.last_event_id = id
            self._gaps = 0
        elif order == "repeat":
            if type != "es.end":  # which is sent again to one who has not seen it
                self._stats.duplicates += 1
                return ""
        else:
            return self._broken(order, id)
        return "deliver"

    def _broken(self, order: str, what: str) -> "Order":
        """Something is missing. Asked for again, it may come; if not, only a snapshot mends it."""
        self._stats.gaps += 1
        self.detail = f"{what} does not follow {self.last_event_id or 'the start'}"
        self._gaps += 1
        if order == "gap" and self._gaps <= GAP_RETRIES and self.last_event_id != "":
            return "gap"
        self.drop_position(order)
        return "resync"

    # Frames.

    def _frame(self, message: Message) -> "Step":
        members = members_of(message.data)
        step: "Step" = ""
        if message.type == "es.end":
            self.outcome = read_outcome(members)
            step = "" if self.outcome is None else "end-event"
        elif message.type == "es.skip":
            step = self._skip(members)
        elif message.type == "es.drain":
            self.drain_window = members.window("window")
            if members.document is not None:
                self.drained = True
                self._stats.drains += 1
                step = "drain"
        elif message.type == "es.hb":
            step = self._beat(f"{self._sequence.epoch}.{members.number('at', -1)}")
        elif message.type == "es.reset":
            self._reset(members)
        elif message.type == "es.hello" and self.mode == "undecided":
            step = self._greet(members)
        elif message.type == "es.hello":
            members.fault("a second one")
        else:
            return ""  # of a later version
        if len(members.faults) > 0:
            self._warn(message.type, f"malformed or missing: {', '.join(members.faults)}")
        return step

    def _greet(self, members: Members) -> "Step":
        hello = read_hello(members, self._home)
        if hello is None:
            self.mode = "plain"
            return ""
        self.mode = "protocol"
        self.hello = hello
        sequence = self._sequence
        if sequence.epoch == "":
            sequence.start(hello.epoch, hello.next, False)
        elif sequence.epoch != hello.epoch:
            self._disagrees = "epoch"
        elif hello.next > sequence.next:
            self._disagrees = "gap"
        return "hello"

    def _reset(self, members: Members) -> None:
        reset = read_reset(members)
        if reset is not None:
            self.last_event_id = ""
            self._disagrees = ""
            # Of a log from its start there is no snapshot.
            self._sequence.start(reset.epoch, max(1, reset.base), reset.base > 0)
            self._news_reset(reset)

    def _news_reset(self, reset: Reset) -> None:
        self._stats.resets += 1
        self.stale = ""
        self.news.append(reset)

    def _skip(self, members: Members) -> "Step":
        first = members.number("from", -1)
        last = members.number("to", -1, max(0, first))
        if first < 0 or last < 0:
            return ""
        if not self._sequence.skip(first, last):
            return self._broken("gap", f"a skip from {first}")
        self._stats.skipped += last - first + 1
        return ""

    def receive_comment(self, text: str) -> "Order":
        """A comment. A heartbeat names the last id that was written on this connection."""
        words = text.split(" ")
        if self.mode != "protocol" or len(words) < 2 or words[1] != "hb":
            return ""
        return self._beat("" if len(words) < 3 else words[2])

    def _beat(self, id: str) -> "Order":
        self._stats.heartbeats += 1
        position = position_of(id)
        if position is None or self._sequence.reaches(position):
            return ""
        return self._broken("gap", f"a heartbeat at {id}")

    def _warn(self, frame: str, detail: str) -> None:
        self._stats.warnings += 1
        self.news.append(ProtocolWarning(frame, detail))
