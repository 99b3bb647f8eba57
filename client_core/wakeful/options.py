"""The options of a client: one plain record, checked before use.

Options(url), then set what differs from the defaults, then check(). One form serves Python and JavaScript alike.
"""

from wakeful.errors import OptionError
from wakeful.http import is_field_value, is_token, normalized_method, origin
from wakeful.text import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from wakeful.records import RedirectMode

    Negotiate = Literal["none", "header", "query"]
    OpenFrom = Literal["start", "now", "snapshot"]

# setTimeout fires at once for more; it is 24.8 days.
LONGEST_MS = 2_147_483_647


class Options:
    """All durations are int milliseconds, all sizes int bytes."""

    def __init__(self, url: str) -> None:
        # The request.
        self.url = url
        self.method = "GET"
        self.headers: dict[str, str] = {}
        self.body: bytes | None = None
        # Resume from here at the first connection already.
        self.last_event_id = ""
        # With a key, a POST may be sent again before its answer has begun: the server knows it by the key.
        self.idempotency_key = ""
        # Whether the driver can get a bearer token from the application; it is asked for before each attempt.
        self.has_token = False
        self.credentials = False
        self.redirect: "RedirectMode" = "same-origin"

        # Whether to ask a server for the profile (its es.* frames), and how: by the header Event-Stream-Params, which
        # makes a browser ask for permission first across origins, or by query parameters, which also carry the last
        # event ID. Unasked, what a server says of itself is honoured all the same.
        self.negotiate: "Negotiate" = "none"
        # The interval of heartbeats to ask for, where the profile is asked for; 0 leaves it to the server. What the
        # server grants is in its es.hello, and that counts.
        self.heartbeat_ms = 0
        # Where a stream begins that has no last event ID.
        self.open_from: "OpenFrom" = "start"

        # The end marker: a message whose data, or whose type, equals this ends the stream, and without it an end of
        # file is a truncation. A data marker ("[DONE]") is not delivered; a typed one is, as its data may matter.
        # With neither, the stream is an EventSource's: only 204 or close() ends it.
        self.end_data: str | None = None
        self.end_type: str | None = None

        # No response head within this. Chromium gives up a connect after 4 minutes, httpx after 5 s; a model may
        # think for long before the first byte, a person does not wait as long.
        self.connect_ms = 20_000
        # No byte within this while one is wanted; 0 is never. Servers send heartbeats every 15 s (WHATWG's
        # advice) to 30 s; three of the former fit. event-source-polyfill has 45 s too.
        self.idle_ms = 45_000
        # The application takes nothing for this long while the buffer is full: disconnect, and resume when it does.
        self.pause_ms = 30_000
        # A planned new connection after this (less up to a tenth, at random); 0 is never. For proxies that cap a
        # response's duration whatever flows in it: choose less than their cap (often 300 or 600 s).
        self.rotate_ms = 0

        # The delay after the n-th failure in a row is the server's floor + random(0 … min(cap_ms, base_ms · 2^(n-1))).
        self.base_ms = 500
        self.cap_ms = 30_000
        # Failures in a row, and ms since the first of them (awake), before the client gives up; budget_ms 0 is no
        # limit. Only progress resets both. MCP's client gives up after 2, fetch-event-source never.
        self.attempts = 8
        self.budget_ms = 300_000

        # Stop reading above this many untaken bytes. The gRPC window is 64 KiB, Node's stream 16 KiB; a browser
        # delivers reads of up to 2 MiB whatever we ask for.
        self.high_water = 1_048_576
        # The longest line or event. websockets and Socket.IO stop at 1 MiB, gRPC at 4 MiB; an image in base64 in a
        # tool's answer is often several MiB.
        self.max_event_bytes = 16_777_216
        # All header names and values of a response together. Node stops at 16 KiB, h11 and Chromium at 100 to 256.
        self.max_header_bytes = 65_536
        # How many recent ids, and at most how many bytes of their data, are remembered to drop what a server repeats
        # after a resume.
        self.dedupe_window = 256
        self.dedupe_bytes = 262_144

    def check(self) -> None:
        """Raises OptionError: names the option, what it is and what it may be. Never repeats a header's value."""
        if origin(self.url) == b"" or not is_field_value(encode(self.url)) or b" " in encode(self.url):
            raise OptionError(f"url must be an absolute http or https URL without spaces, not {self.url}")
        if not is_token(encode(self.method)):
            raise OptionError(f"method must be an HTTP token, not {self.method}")
        if self.body is not None and normalized_method(self.method) in ("GET", "HEAD"):
            raise OptionError(f"body: a {self.method} request has none; set method to POST")
        if self.redirect not in ("same-origin", "follow", "error"):
            raise OptionError(f"redirect must be same-origin, follow or error, not {self.redirect}")
        if self.negotiate not in ("none", "header", "query"):
            raise OptionError(f"negotiate must be none, header or query, not {self.negotiate}")
        if self.open_from not in ("start", "now", "snapshot"):
            raise OptionError(f"open_from must be start, now or snapshot, not {self.open_from}")
        if self.heartbeat_ms > 0 and self.negotiate == "none":
            raise OptionError("heartbeat_ms asks nobody while negotiate is none; set that to header or query")
        for name, value in self.headers.items():
            _check_header(name, value)
        if self.idempotency_key != "":
            _check_header("idempotency_key", self.idempotency_key)
        if not is_id(self.last_event_id):
            raise OptionError("last_event_id holds a control character")
        _check_range("heartbeat_ms", self.heartbeat_ms, 0, LONGEST_MS)
        _check_range("connect_ms", self.connect_ms, 1, LONGEST_MS)
        _check_range("idle_ms", self.idle_ms, 0, LONGEST_MS)
        _check_range("pause_ms", self.pause_ms, 1, LONGEST_MS)
        _check_range("rotate_ms", self.rotate_ms, 0, LONGEST_MS)
        _check_range("base_ms", self.base_ms, 0, LONGEST_MS)
        _check_range("cap_ms", self.cap_ms, 0, LONGEST_MS)
        _check_range("attempts", self.attempts, 1, LONGEST_MS)
        _check_range("budget_ms", self.budget_ms, 0, LONGEST_MS)
        _check_range("high_water", self.high_water, 1, LONGEST_MS)
        _check_range("max_event_bytes", self.max_event_bytes, 1, LONGEST_MS)
        _check_range("max_header_bytes", self.max_header_bytes, 1, LONGEST_MS)
        _check_range("dedupe_window", self.dedupe_window, 0, LONGEST_MS)
        _check_range("dedupe_bytes", self.dedupe_bytes, 0, LONGEST_MS)


def is_id(last_event_id: str) -> bool:
    """Whether HTTP can carry it: a stream may set an id with control characters, which no header can hold."""
    return is_field_value(encode(last_event_id))


def _check_header(name: str, value: str) -> None:
    if not is_token(encode(name)):
        raise OptionError(f"headers: {name} is not a header name")
    raw = encode(value)
    if not is_field_value(raw) or raw != raw.strip(b" \t"):
        raise OptionError(f"headers: the value of {name} holds a control character, or white space at an end")


def _check_range(name: str, value: int, least: int, most: int) -> None:
    if not (value >= least and value <= most):  # so written, it refuses JavaScript's NaN too
        raise OptionError(f"{name} must be {least} to {most}, not {value}")
