"""Where a viewer is to begin: right behind its cursor, from a snapshot, or not at all.

One rule stands above the rest: a viewer never goes on over a hole, nor with a state that the log does not continue,
without being told. Where it cannot be told (it does not know control frames), it is refused.
"""

from wakeful.records import Record
from wakeful.server.cursor import parse_cursor
from wakeful.server.problems import malformed_request
from wakeful.server.records import StreamInfo
from wakeful.server.request import ViewerRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.outcome import Problem
    from wakeful.server.records import ResetReason


class Start(Record):
    """seq: go on behind this one. reset: why the viewer's state must be replaced first, "" if it need not be.

    over: nothing can follow (204). problem: a refusal, None for none.
    """

    __slots__ = FIELDS = ("seq", "reset", "over", "problem")

    def __init__(
        self, seq: int, reset: "ResetReason | None" = None, over: bool = False, problem: "Problem | None" = None
    ) -> None:
        self.seq = seq
        self.reset = reset
        self.over = over
        self.problem = problem


def find_start(asked: ViewerRequest, info: StreamInfo, control: bool) -> Start:
    """control: whether the viewer gets control frames, the end among them."""
    if asked.malformed != "":
        return Start(0, problem=malformed_request(asked.malformed))
    start = _behind_cursor(asked.cursor, info) if asked.cursor != "" else _first_open(asked, info)
    # The last event of an ended stream is `es.end`, which a viewer without control frames is not sent.
    last = info.last if control else info.last - 1
    if start.problem is None and start.reset is None and info.ended and start.seq >= last:
        start.over = True
    return start


def _behind_cursor(text: str, info: StreamInfo) -> Start:
    cursor = parse_cursor(text)
    if cursor is None:
        return Start(0, problem=malformed_request("the last event ID is none that this server gives out"))
    if cursor.epoch != info.epoch:
        return Start(0, reset="epoch")
    if cursor.seq > info.last and not info.ended:
        # The log has lost its tail: what it holds next would look like repeats to this viewer.
        return Start(0, reset="epoch")
    if cursor.seq < info.first - 1:
        return Start(0, reset="expired")
    return Start(cursor.seq)


def _first_open(asked: ViewerRequest, info: StreamInfo) -> Start:
    if asked.open_from == "now":
        return Start(info.last)
    if asked.open_from == "snapshot":
        return Start(0, reset="requested")
    if info.first > 1:
        return Start(0, reset="expired")
    return Start(0)
