"""What a server promises its viewers, and how much it puts up with. All durations in ms."""

from wakeful.errors import OptionError
from wakeful.http import is_field_value
from wakeful.options import LONGEST_MS
from wakeful.text import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    # Whether control frames (es.*) are written to a viewer that did not ask for them.
    Control = Literal["always", "asked"]
    OnDisconnect = Literal["continue", "cancel"]


class ServerOptions:
    """A plain object, checked by ServerStream. The defaults are what the profile recommends."""

    def __init__(self) -> None:
        # "asked": for a payload of somebody else's, whose readers may fail at an event that they do not know
        # (AG-UI's and Vercel's do). Readers of the standard, EventSource included, pass over them.
        self.control: "Control" = "always"
        # A byte at least this often: half of the shortest limit of proxies (30 s), a quarter of the usual one (60 s).
        # 0: none, and the viewer's watchdog is off.
        self.hb_ms = 15_000
        # What a viewer may ask for in its place.
        self.least_hb_ms = 1_000
        self.most_hb_ms = 60_000
        # Hints for the viewer's reconnecting; `retry:` for those that know no other.
        self.retry_ms = 2_000
        self.retry_base_ms = 500
        self.retry_cap_ms = 30_000
        self.retry_attempts = 8
        self.retry_budget_ms = 300_000
        # Ask the viewer to reconnect after this, less or more up to a tenth, so that draining is practised; 0 is never.
        self.rotate_ms = 600_000
        # A drained viewer comes back after a random part of drain_window_ms; at the deadline the socket is closed.
        self.drain_window_ms = 5_000
        self.drain_deadline_ms = 30_000
        # Handed to the transport and not taken: at most this much in one write, for at most this long. A viewer that
        # takes nothing for so long is closed, and resumes when it can. Mercure cuts off after 5 s too.
        self.unsent_bytes = 262_144
        self.unsent_ms = 5_000
        # The longest that `es.wait` holds a request.
        self.wait_ms = 60_000
        # What losing the socket does to the run; "cancel" ends the stream. One that the server closes is not lost: who
        # was drained, or took nothing in time, comes back, and to another process as likely as to this one.
        self.on_disconnect: "OnDisconnect" = "continue"
        # Where to resume, and to DELETE in order to cancel: absolute paths, as the viewer sees them. "": at the URL
        # that it asked for, and nowhere.
        self.resume = ""
        self.cancel = ""
        # How long the viewer's credential is valid from now on; 0: unsaid.
        self.ttl_ms = 0
        # The schema of the payload, a URI; "": unsaid.
        self.payload = ""

    def check(self) -> None:
        """Raises OptionError: names the option, what it is and what it may be."""
        if self.control not in ("always", "asked"):
            raise OptionError(f"control must be always or asked, not {self.control}")
        if self.on_disconnect not in ("continue", "cancel"):
            raise OptionError(f"on_disconnect must be continue or cancel, not {self.on_disconnect}")
        _check_path("resume", self.resume)
        _check_path("cancel", self.cancel)
        if self.hb_ms != 0:
            _check_range("hb_ms", self.hb_ms, 10)
        _check_range("least_hb_ms", self.least_hb_ms, 10)
        _check_range("most_hb_ms", self.most_hb_ms, self.least_hb_ms)
        _check_range("retry_ms", self.retry_ms, 0)
        _check_range("retry_base_ms", self.retry_base_ms, 0)
        _check_range("retry_cap_ms", self.retry_cap_ms, 0)
        _check_range("retry_attempts", self.retry_attempts, 1)
        _check_range("retry_budget_ms", self.retry_budget_ms, 0)
        _check_range("rotate_ms", self.rotate_ms, 0)
        _check_range("drain_window_ms", self.drain_window_ms, 0)
        _check_range("drain_deadline_ms", self.drain_deadline_ms, 0)
        _check_range("unsent_bytes", self.unsent_bytes, 1)
        _check_range("unsent_ms", self.unsent_ms, 1)
        _check_range("wait_ms", self.wait_ms, 0)
        _check_range("ttl_ms", self.ttl_ms, 0)


def _check_path(name: str, path: str) -> None:
    """An absolute path of this origin, which a viewer need not resolve, and which leads it nowhere else."""
    raw = encode(path)
    absolute = raw.startswith(b"/") and not raw.startswith(b"//")
    if path != "" and (not absolute or b"\\" in raw or b" " in raw or not is_field_value(path) or not _is_ascii(raw)):
        raise OptionError(f"{name} must be an absolute path of printable ASCII without a backslash, not {path}")


def _is_ascii(raw: bytes) -> bool:
    for byte in raw:
        if byte >= 0x7F:
            return False
    return True


def _check_range(name: str, value: int, least: int) -> None:
    if not (value >= least and value <= LONGEST_MS):
        raise OptionError(f"{name} must be {least} to {LONGEST_MS}, not {value}")
