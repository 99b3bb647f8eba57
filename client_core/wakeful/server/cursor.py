"""Ids of events, `epoch.seq`: written, and read back from what a viewer sends.

    epoch "." seq [ "~" opaque ]      [A-Za-z0-9_-]{1,32}  0|[1-9][0-9]{0,14}  [A-Za-z0-9_.-]{1,64}

Only these characters: a page may send them across origins without further ado, and no proxy rewrites them.
"""

from wakeful.records import Record
from wakeful.text import encode

ID_BYTES = 128
EPOCH_BYTES = 32
OPAQUE_BYTES = 64
EPOCH_CHARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
OPAQUE_CHARS = EPOCH_CHARS + b"."


class Cursor(Record):
    """How far a viewer has come: in which epoch, and behind which seq."""

    __slots__ = FIELDS = ("epoch", "seq")

    def __init__(self, epoch: str, seq: int) -> None:
        self.epoch = epoch
        self.seq = seq


def event_id(epoch: str, seq: int) -> str:
    return f"{epoch}.{seq}"


def parse_cursor(text: str) -> Cursor | None:
    """The cursor in a last event ID, None if it is malformed. It is the viewer's word and nothing more."""
    raw = encode(text)
    if len(raw) > ID_BYTES:
        return None
    epoch, _, rest = raw.partition(b".")
    seq, tilde, opaque = rest.partition(b"~")
    if not is_epoch(epoch) or not _is_seq(seq):
        return None
    if len(tilde) > 0 and not _consists_of(opaque, OPAQUE_CHARS, OPAQUE_BYTES):
        return None
    return Cursor(epoch.decode("ascii"), int(seq))


def is_epoch(raw: bytes) -> bool:
    return _consists_of(raw, EPOCH_CHARS, EPOCH_BYTES)


def _is_seq(raw: bytes) -> bool:
    if raw == b"0":
        return True
    return _consists_of(raw, b"0123456789", 15) and not raw.startswith(b"0")


def _consists_of(raw: bytes, chars: bytes, most: int) -> bool:
    for at in range(len(raw)):
        if raw[at : at + 1] not in chars:
            return False
    return len(raw) > 0 and len(raw) <= most
