"""What a server that speaks the profile says of its stream, in the first message of each connection: `es.hello`."""

from wakeful.frames import Members
from wakeful.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.document import Document

VERSION = 1
DEFAULT_HB_MS = 15_000
# Silence shorter than this is none: the network alone may take so long.
SHORTEST_WATCH_MS = 1_000


class Hello(Record):
    """The parameters of the stream. What is unsaid has its default where there is one, and is 0 or "" otherwise.

    stream: its name. epoch, next: of its log, and the number of the next logged event on this connection.
    hb_ms, hb_timeout_ms: it sends a byte at least this often, and is given up after this silence; 0, 0: no heartbeats.
    base_ms, cap_ms, attempts, budget_ms: for reconnects, within the application's own limits.
    on_disconnect: "continue", or "cancel": losing the connection ends the run.
    resume, cancel: absolute URLs of the same origin. ttl_ms: how long the credential is good for.
    max_event_bytes: no event is larger.
    said: the whole document as the server sent it, with what the machine has no use for (`replay`, `payload`).
    """

    __slots__ = FIELDS = (
        "stream", "epoch", "next", "hb_ms", "hb_timeout_ms", "base_ms", "cap_ms", "attempts", "budget_ms",
        "on_disconnect", "resume", "cancel", "ttl_ms", "max_event_bytes", "said",
    )  # fmt: skip

    def __init__(self, members: Members, home: str) -> None:
        """members: of the frame's document. home: the URL of the request; `resume` and `cancel` are of its origin."""
        self.said: "Document" = members.document
        self.stream = members.text("stream")
        self.epoch = members.epoch()
        self.next = members.number("next", -1)
        self.hb_ms = members.ms("hb", DEFAULT_HB_MS)
        self.hb_timeout_ms = 0
        if self.hb_ms > 0:  # else whatever hbTimeout says means nothing
            self.hb_timeout_ms = members.ms("hbTimeout", self.hb_ms * 5 // 2 + 2_000, SHORTEST_WATCH_MS)
        retry = members.inner("retry")
        self.base_ms = retry.ms("base", 0)
        self.cap_ms = retry.ms("max", 0)
        self.attempts = retry.ms("attempts", 0)
        self.budget_ms = retry.ms("budget", 0)
        self.on_disconnect = members.text("onDisconnect") or "cancel"
        self.resume = members.url("resume", home)
        self.cancel = members.url("cancel", home)
        self.ttl_ms = members.ms("ttl", 0)
        self.max_event_bytes = members.ms("maxEvent", 0)


def read_hello(members: Members, home: str) -> Hello | None:
    """None where it is malformed or of another version: the stream is then a plain one."""
    hello = Hello(members, home)
    if members.number("v", -1) != VERSION:
        members.fault("v")
    elif hello.stream == "":
        members.fault("stream")
    elif hello.epoch != "" and hello.next >= 0:
        return hello
    return None
