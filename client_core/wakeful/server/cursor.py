"""Ids of events, `epoch.seq`: written, and read back from what a viewer sends.

Only characters that wakeful/cursor.py allows: a page may send them across origins without further ado, and no proxy
rewrites them.
"""

from wakeful.cursor import position_of
from wakeful.records import Record


class Cursor(Record):
    """How far a viewer has come: in which epoch, and behind which seq."""

    __slots__ = FIELDS = ("epoch", "seq")

    def __init__(self, epoch: str, seq: int) -> None:
        self.epoch = epoch
        self.seq = seq


def event_id(epoch: str, seq: int) -> str:
    """The id of the event with this seq in this epoch, as text."""
    return f"{epoch}.{seq}"


def parse_cursor(text: str) -> Cursor | None:
    """The cursor in the text of a last event ID, None if it is malformed. It is the viewer's word and nothing more."""
    position = position_of(text)
    return None if position is None else Cursor(position.epoch, position.seq)
