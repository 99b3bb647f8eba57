"""What passes between a replay log, the I/O-free half and the application: plain records."""

from wakeful.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    # Why a connection was closed by the server. The words are stable: they are in logs and metrics.
    CloseReason = Literal[
        "", "end", "wait", "drained", "slow-consumer", "expired", "log-unavailable", "stream-gone"
    ]  # fmt: skip
    ResetReason = Literal["expired", "epoch", "slow", "requested"]
    DrainReason = Literal["deploy", "rotate", "auth", "limit"]

# The type of the last entry of every ended stream.
END_TYPE = "es.end"


class Entry(Record):
    """One logged event.

    seq: from 1, one more for each event of the stream, whoever reads it.
    type: "" for the default event type; END_TYPE for the end.
    data: one line of text, never empty; of an event that was relayed, as its reader was given it.
    at_ms: when it was logged, in ms since 1970 by the log's clock; 0 where that is not known. Not compared.
    """

    FIELDS = ("seq", "type", "data")
    __slots__ = ("at_ms", "data", "seq", "type")

    def __init__(self, seq: int, type: str, data: str, at_ms: int = 0) -> None:
        self.seq = seq
        self.type = type
        self.data = data
        self.at_ms = at_ms


class StreamInfo(Record):
    """What a log knows of a stream.

    epoch: drawn when the stream was created: the cursor of a log that was lost is never taken for one of its successor.
    first, last: the seqs that are held; first is last + 1 where none is.
    ended: whether the last event is in the log; nothing may follow it.
    principal: who may read it. about: the application's own note, as create() took it.
    """

    __slots__ = FIELDS = ("stream", "epoch", "first", "last", "ended", "principal", "about")

    def __init__(
        self, stream: str, epoch: str, first: int, last: int, ended: bool, principal: str = "", about: str = ""
    ) -> None:
        self.stream = stream
        self.epoch = epoch
        self.first = first
        self.last = last
        self.ended = ended
        self.principal = principal
        self.about = about


class Snapshot(Record):
    """The application's whole state as payload events, one text each, at least one.

    seq: the last event of the log that is contained in it; what follows it in the log is sent after it. Of seq 0 there
      is nothing to show: the viewer then gets the log from its start, and no payloads.
    """

    __slots__ = FIELDS = ("seq", "payloads")

    def __init__(self, seq: int, payloads: list[str]) -> None:
        self.seq = seq
        self.payloads = payloads
