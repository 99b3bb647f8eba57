"""The control frames of the profile, read with suspicion: whatever a server sends, the client goes on.

A member of a wrong type counts as absent, and is among the faults that the application is told of. A frame that means
nothing without it is ignored.
"""

from wakeful.cursor import is_epoch
from wakeful.document import get, int_of, item_at, kind_of, parse_object
from wakeful.http import local_url
from wakeful.options import LONGEST_MS
from wakeful.outcome import Outcome, Problem
from wakeful.records import Reset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.document import Document
    from wakeful.outcome import OutcomeStatus, Retry

DEFAULT_DRAIN_MS = 5_000
# Over minutes, clients are spread well enough; a longer window is a mistake, and would leave the application alone.
LONGEST_DRAIN_MS = 300_000
STATUSES: "list[OutcomeStatus]" = ["completed", "failed", "cancelled", "paused", "expired"]
RETRIES: "list[Retry]" = ["resume", "restart", "never"]


class Members:
    """The members of an object; null is absent. faults: the names of those that are malformed or missing."""

    def __init__(self, document: "Document", where: str, faults: list[str]) -> None:
        self.document = document
        self.faults = faults
        self._where = where

    def inner(self, name: str) -> "Members":
        """The members of a member; none where it is absent."""
        return Members(self._read(name, "object"), f"{self._where}{name}.", self.faults)

    def number(self, name: str, default: int, least: int = 0) -> int:
        """A whole number. It must be there if the default is less than the least."""
        value = get(self.document, name)
        number = default if value is None else int_of(value, -1)
        if number >= least:
            return number
        self.fault(name)
        return default

    def ms(self, name: str, default: int, least: int = 0) -> int:
        """A duration; what no timer can hold counts as the longest that one can."""
        return min(self.number(name, default, least), LONGEST_MS)

    def text(self, name: str) -> str:
        """ "" where it is absent."""
        value = self._read(name, "string")
        return value if isinstance(value, str) else ""

    def epoch(self) -> str:
        """Must be there; "" where it is not."""
        epoch = self.text("epoch")
        if is_epoch(epoch):
            return epoch
        self.fault("epoch")
        return ""

    def url(self, name: str, home: str) -> str:
        """Absolute, of home's origin; "" for any other: a hostile one could collect tokens."""
        text = self.text(name)
        url = local_url(text, home)
        if url == "" and text != "":
            self.fault(name)
        return url

    def window(self, name: str) -> tuple[int, int]:
        """Two times in order."""
        pair = self._read(name, "array")
        first = int_of(item_at(pair, 0), -1)
        last = int_of(item_at(pair, 1), -1)
        if first >= 0 and last >= first:
            return (min(first, LONGEST_DRAIN_MS), min(last, LONGEST_DRAIN_MS))
        if pair is not None:
            self.fault(name)
        return (0, DEFAULT_DRAIN_MS)

    def fault(self, name: str) -> None:
        where = self._where + name
        if where not in self.faults:
            self.faults.append(where)

    def _read(self, name: str, kind: str) -> "Document":
        value = get(self.document, name)
        if value is None or kind_of(value) == kind:
            return value
        self.fault(name)
        return None


def members_of(data: str) -> Members:
    """Of a frame's data, or of a problem's body; none where it is no object."""
    document = parse_object(data)
    return Members(document, "", ["data"] if document is None else [])


def read_reset(members: Members) -> Reset | None:
    reset = Reset(members.text("reason"), members.epoch(), members.number("base", -1))
    return None if reset.epoch == "" or reset.base < 0 else reset


def read_outcome(members: Members) -> Outcome | None:
    """Of es.end; a status of a later version is "unknown". None where there is none."""
    status = members.text("status")
    if status == "":
        members.fault("status")
        return None
    return Outcome(status if status in STATUSES else "unknown", read_problem(members.inner("problem")))


def read_problem(members: Members) -> Problem | None:
    """RFC 9457; None where there is none."""
    if members.document is None:
        return None
    retry = members.text("retry")
    return Problem(
        members.text("type") or "about:blank",
        members.text("title"),
        members.number("status", 0),
        members.text("detail"),
        retry if retry in RETRIES else "",
        members.ms("retryAfter", 0),
    )
