"""What a viewer asks for: control frames, heartbeats, where to begin. Headers win over the query.

The query is for EventSource, which sets no headers, and for pages of another origin: it needs no preflight.
"""

from wakeful.http import digits
from wakeful.records import Record
from wakeful.server.structured import parse_dictionary, parse_query
from wakeful.text import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    OpenFrom = Literal["start", "now", "snapshot"]


class ViewerRequest(Record):
    """The wishes of one request.

    control: whether the viewer asked for control frames (es.*).
    cursor: the last event ID as it was sent, "" for a first open; open_from: where that begins.
    hb_ms: the interval that was asked for, 0 for none. hb_event: heartbeats as events, for readers without comments.
    wait_ms: 0, or for a long poll: how long to wait for the one batch that is answered.
    malformed: what is wrong with the request, "" if nothing is.
    """

    __slots__ = FIELDS = ("control", "cursor", "open_from", "hb_ms", "hb_event", "wait_ms", "malformed")

    def __init__(
        self,
        control: bool = False,
        cursor: str = "",
        open_from: "OpenFrom" = "start",
        hb_ms: int = 0,
        hb_event: bool = False,
        wait_ms: int = 0,
        malformed: str = "",
    ) -> None:
        self.control = control
        self.cursor = cursor
        self.open_from = open_from
        self.hb_ms = hb_ms
        self.hb_event = hb_event
        self.wait_ms = wait_ms
        self.malformed = malformed


def read_request(headers: dict[str, str], query: str) -> ViewerRequest:
    """headers: names in lower case. query: what stands behind the question mark, as it was sent."""
    header = parse_dictionary(encode(headers.get("event-stream-params", "")))
    pairs = parse_query(encode(query))
    asked = ViewerRequest()
    # A later version is answered with ours: additions never change the version, and the hello says which it is.
    asked.control = "v" in header or pairs.get("es", "") != ""
    asked.cursor = headers.get("last-event-id", "")
    if asked.cursor == "":
        asked.cursor = pairs.get("es.last", "")
    for value in (header.get("hb", ""), pairs.get("es.hb", "")):
        interval = digits(encode(value))
        if value == "event":
            asked.hb_event = True
        elif interval > 0 and asked.hb_ms == 0:
            asked.hb_ms = interval
    _read_start(asked, header.get("from", pairs.get("es.from", "start")))
    wait = header.get("wait", pairs.get("es.wait", "0"))
    asked.wait_ms = digits(encode(wait))
    if asked.wait_ms < 0:
        asked.wait_ms = 0
        asked.malformed = "es.wait is a number of ms"
    return asked


def _read_start(asked: ViewerRequest, start: str) -> None:
    if start == "now":
        asked.open_from = "now"
    elif start == "snapshot":
        asked.open_from = "snapshot"
    elif start != "start":
        asked.malformed = "es.from is start, now or snapshot"
