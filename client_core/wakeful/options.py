"""The options of a client: one plain record, checked before use.

Options(url), then set what differs from the defaults, then check(). One form serves Python and JavaScript alike.
"""

from wakeful.document import quote
from wakeful.errors import OptionError, check_option
from wakeful.http import is_field_value, is_token, normalized_method
from wakeful.text import encode
from wakeful.usage import check_header_name, check_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from wakeful.records import RedirectMode

    Negotiate = Literal["none", "header", "query"]
    OpenFrom = Literal["start", "now", "snapshot"]

# setTimeout fires at once for more; it is 24.8 days.
LONGEST_MS = 2_147_483_647
# The options that are whole numbers, with the least that each may be; all may be LONGEST_MS.
NUMBERS = [
    ("heartbeat_ms", 0),
    ("connect_ms", 1),
    ("idle_ms", 0),
    ("pause_ms", 1),
    ("rotate_ms", 0),
    ("base_ms", 0),
    ("cap_ms", 0),
    ("attempts", 1),
    ("budget_ms", 0),
    ("high_water", 1),
    ("max_event_bytes", 1),
    ("max_header_bytes", 1),
    ("dedupe_window", 0),
    ("dedupe_bytes", 0),
]


class Options:
    """url: absolute, http or https. All durations are int milliseconds, all sizes int bytes."""

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
        check_url(self.url)
        check_option(is_token(self.method), "method", "an HTTP token", quote(self.method))
        bare = normalized_method(self.method) in ("GET", "HEAD")
        check_option(self.body is None or not bare, "method", "POST or the like with a body", self.method)
        _check_word("redirect", self.redirect, ["same-origin", "follow", "error"])
        _check_word("negotiate", self.negotiate, ["none", "header", "query"])
        _check_word("open_from", self.open_from, ["start", "now", "snapshot"])
        asks = self.heartbeat_ms <= 0 or self.negotiate != "none"
        check_option(asks, "heartbeat_ms", "0 without negotiate", f"{self.heartbeat_ms}")
        for name, value in self.headers.items():
            check_header_name(name)
            _check_value(f"headers: the value of {name}", value)
        _check_value("idempotency_key", self.idempotency_key)
        if not is_field_value(self.last_event_id):
            raise OptionError("last_event_id holds a control character")
        for name, least in NUMBERS:
            number = number_of(self, name)
            # So written, it refuses JavaScript's NaN too.
            check_option(number >= least and number <= LONGEST_MS, name, f"{least} to {LONGEST_MS}", f"{number}")


def _check_value(name: str, value: str) -> None:
    raw = encode(value)
    if not is_field_value(value) or raw != raw.strip(b" \t"):
        raise OptionError(f"{name} holds a control character, or white space at an end")


def _check_word(name: str, value: str, words: list[str]) -> None:
    check_option(value in words, name, f"one of {', '.join(words)}", value)


def number_of(options: Options, name: str) -> int:  # native: memberOf
    """One of NUMBERS. A page's minifier leaves their names as they are: web/build.mjs."""
    number: int = getattr(options, name)
    return number
