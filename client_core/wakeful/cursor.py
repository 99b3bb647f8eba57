"""Positions in a stream: ids of the form `epoch.seq`, and what a client knows about their order.

id = epoch "." seq [ "~" opaque ]. The epoch names a log, and changes when that is lost or rebuilt. In one epoch each
logged event has the number behind the one before it. The rest is the server's own: it is sent back and not looked at.
"""

from wakeful.text import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    # next: in order. repeat: already applied. gap: something before it is missing. epoch: of another log.
    Order = Literal["next", "repeat", "gap", "epoch"]

EPOCH_CHARS = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
OPAQUE_CHARS = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-."
LONGEST_ID = 128


class Position:
    def __init__(self, epoch: str, seq: int) -> None:
        self.epoch = epoch
        self.seq = seq


def is_epoch(text: str) -> bool:  # native: isEpoch
    raw = encode(text)
    return len(raw) > 0 and len(raw) <= 32 and raw.strip(EPOCH_CHARS) == b""


def position_of(id: str) -> Position | None:  # native: positionOf
    """None where it is no id of this form: [A-Za-z0-9_-]{1,32} "." digits [ "~" [A-Za-z0-9_.-]{1,64} ].

    At most 15 digits, without leading zeros; at most 128 bytes together.
    """
    raw = encode(id)
    head, tilde, opaque = raw.partition(b"~")
    epoch, _, seq = head.partition(b".")
    if len(raw) > LONGEST_ID or not is_epoch(epoch.decode("latin-1")):
        return None
    if tilde != b"" and (len(opaque) == 0 or len(opaque) > 64 or opaque.strip(OPAQUE_CHARS) != b""):
        return None
    if not seq.isdigit() or len(seq) > 15 or (seq.startswith(b"0") and seq != b"0"):
        return None
    return Position(epoch.decode("ascii"), int(seq))


class Sequence:
    """The order of one stream's logged events, as far as it is known.

    epoch: "" before one is known. next: the number that must follow; -1 where any may. in_snapshot: between es.reset
    and the id of its snapshot, where there is no position to resume from.
    """

    def __init__(self) -> None:
        self.resume("")

    def start(self, epoch: str, next: int, in_snapshot: bool) -> None:
        self.epoch = epoch
        self.next = next
        self.in_snapshot = in_snapshot

    def resume(self, last_event_id: str) -> None:
        """A connection begins behind this id."""
        self.start("", -1, False)
        position = position_of(last_event_id)
        if position is not None:
            self.start(position.epoch, position.seq + 1, False)

    def take(self, position: Position) -> "Order":
        """The next logged event has this position. Where it is in order, the next is expected behind it."""
        if self.epoch != "" and position.epoch != self.epoch:
            return "epoch"
        if position.seq < self.next:
            return "repeat"
        if self.next >= 0 and position.seq > self.next:
            return "gap"
        self.start(position.epoch, position.seq + 1, False)
        return "next"

    def skip(self, first: int, last: int) -> bool:
        """Events that are absent on purpose. Whether they follow what is known: False is a gap."""
        if self.next >= 0 and first > self.next:
            return False
        self.next = max(self.next, last + 1)
        return True

    def reaches(self, position: Position) -> bool:
        """Whether everything up to this position has arrived. False is a gap at the tail."""
        return position.epoch != self.epoch or self.next < 0 or position.seq < self.next
