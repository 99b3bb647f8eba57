"""The request of each attempt: where it goes, what it carries, and whether it may be sent again."""

from wakeful.http import is_field_value, normalized_method, origin
from wakeful.options import Options
from wakeful.records import Cancel, Connect, Response
from wakeful.text import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.records import RedirectMode

# Fetch standard: "If request's redirect count is 20, then return a network error".
MAX_REDIRECTS = 20
# What a DELETE that stops the run has no use for.
OF_A_STREAM = [b"accept", b"last-event-id", b"idempotency-key", b"event-stream-params", b"content-type"]
# What says who asks, and how far they have read: not for another origin.
PERSONAL = [b"authorization", b"cookie", b"last-event-id"]
# Others are escaped in a query. RFC 3986, "Unreserved Characters", and what ECMAScript's encodeURIComponent() leaves.
UNESCAPED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!*'()"
# A server that is asked for one batch waits for it so long: below the 30 s after which some proxies give up.
POLL_MS = 20_000


def cursor(last_event_id: str) -> bytes:
    """The bytes of Last-Event-ID. b"": none is sent, and the server starts anew.

    A stream may have set an id that no header can carry. White space at its ends would not arrive either.
    """
    return encode(last_event_id).strip(b" \t") if is_field_value(last_event_id) else b""


def escaped(text: str) -> str:  # native: percentEncode
    """RFC 3986, "Percent-Encoding" of a text that decode() gave."""
    parts: list[bytes] = []
    raw = encode(text)
    for at in range(len(raw)):
        byte = raw[at : at + 1]
        parts.append(byte if byte in UNESCAPED else b"%" + encode(byte.hex()).upper())
    return b"".join(parts).decode("ascii")


class Request:
    def __init__(self, options: Options) -> None:
        self._options = options
        self.token = ""
        self._method = normalized_method(options.method)
        self._resume_url = ""  # where the server said that the stream can be resumed
        self._once_url = ""  # where it said that a snapshot is, for one attempt
        self.polls = False  # ask for one batch a request, as something on the way holds bytes back
        self._sent = False  # a request that does more than read may have reached the server
        self.begin()

    @property
    def is_safe(self) -> bool:
        """Whether it only reads. A resume always does. RFC 9110, "Safe Methods"."""
        return self._resume_url != "" or self._method in ("GET", "HEAD")

    @property
    def _redirect_mode(self) -> "RedirectMode":
        """A browser turns a redirected POST into a GET, or sends its body again: neither is wanted."""
        return self._options.redirect if self.is_safe else "error"

    def begin(self) -> None:
        """A new attempt starts from the original URL. Standard (EventSource): the URL never changes."""
        self._redirects = 0
        self._url = self._once_url or self._resume_url or self._options.url
        self._once_url = ""

    def allow_again(self) -> None:
        """The application decided to send again what was sent once."""
        self._sent = False

    def resume_at(self, url: str) -> None:
        """The server says where, on this origin, the stream can be read by GET; "" if it does not."""
        self._resume_url = url or self._resume_url

    def snapshot_at(self, url: str) -> None:
        self._once_url = url

    def cancel(self, url: str) -> Cancel:
        """Tell the server to stop the run: with what identifies the user, and nothing of the stream."""
        self.begin()
        headers = self._headers("")
        for name in OF_A_STREAM:
            headers.pop(name, None)
        return Cancel(url, list(headers.values()), self._options.credentials)

    def connect(self, attempt: int, last_event_id: str, wants_snapshot: bool) -> Connect:
        options = self._options
        first = self._resume_url == ""
        if not self.is_safe:
            self._sent = True
        return Connect(
            attempt,
            self._with_query(last_event_id, wants_snapshot),
            self._method if first else "GET",
            list(self._headers(last_event_id).values()),
            options.body if first else None,
            self._redirect_mode,
            options.credentials,
        )

    def _with_query(self, last_event_id: str, wants_snapshot: bool) -> str:
        """The URL with what the profile asks for. Where a redirect leads, the server has said all of it."""
        options = self._options
        query: list[str] = []
        last = cursor(last_event_id)
        if options.negotiate == "query":
            query.append("es=1")
            if last != b"":
                query.append("es.last=" + escaped(decode(last)))
            if options.heartbeat_ms > 0:
                query.append(f"es.hb={options.heartbeat_ms}")
        if wants_snapshot:
            query.append("es.from=snapshot")
        elif last == b"" and options.open_from != "start":
            query.append(f"es.from={options.open_from}")
        if self.polls:
            query.append(f"es.wait={POLL_MS}")
        if len(query) == 0 or self._redirects > 0:
            return self._url
        base, hash, fragment = encode(self._url).partition(b"#")
        return decode(base + (b"&" if b"?" in base else b"?") + encode("&".join(query)) + hash + fragment)

    def _headers(self, last_event_id: str) -> dict[bytes, tuple[str, bytes]]:
        """By names in lower case: two headers of one name mean something else to a server, so ours replace the
        application's. What identifies the user or the stream does not follow a redirect to another origin."""
        options = self._options
        headers = {b"accept": ("Accept", b"text/event-stream")}
        at_home = self._is_home(self._url)
        for name, value in options.headers.items():
            lower = encode(name).lower()
            if at_home or lower not in PERSONAL:
                headers[lower] = (name, encode(value))
        if at_home and self.token != "":
            # White space at its end would not arrive: HTTP libraries refuse it, and their error repeats the token.
            headers[b"authorization"] = ("Authorization", encode("Bearer " + self.token).strip(b" \t"))
        if options.idempotency_key != "" and not self.is_safe:
            headers[b"idempotency-key"] = ("Idempotency-Key", encode(options.idempotency_key))
        last = cursor(last_event_id)
        if at_home and last != b"" and options.negotiate != "query":
            headers[b"last-event-id"] = ("Last-Event-ID", last)
        if options.negotiate == "header":
            asked = f", hb={options.heartbeat_ms}" if options.heartbeat_ms > 0 else ""
            headers[b"event-stream-params"] = ("Event-Stream-Params", b"v=1" + encode(asked))
        return headers

    def follow(self, location: str) -> str:
        """Go where a redirect leads. The reason why not, "" if it is allowed."""
        self._redirects += 1
        if self._redirect_mode == "error":
            return "redirects are not followed here"
        if origin(location) == "":
            return "its target is missing, hidden by the browser, or no http or https URL"
        if self._redirects > MAX_REDIRECTS:
            return f"more than {MAX_REDIRECTS} redirects"
        if self._redirect_mode == "same-origin" and not self._is_home(location):
            return "it leads to another origin: set redirect to follow"
        self._url = location
        return ""

    def opened(self, response: Response) -> None:
        """The answer to a POST may say in Location where it can be read again; on the same origin only, or a hostile
        answer could collect tokens."""
        if not self.is_safe and self._is_home(response.location):
            self.resume_at(response.location)

    def _is_home(self, url: str) -> bool:
        return origin(url) == origin(self._options.url)

    def may_repeat(self, ever_open: bool, delivered: bool, last_event_id: str, has_end: bool) -> bool:
        """Whether another request neither runs something twice nor delivers anything twice.

        ever_open: a response has been an event stream. delivered: the application has taken a message, and will not be
        told to forget it. has_end: the server speaks the profile, so the stream has an end.
        """
        options = self._options
        if not self.is_safe and self._sent:
            return options.idempotency_key != "" and not ever_open
        # Without an id the answer would come again from its beginning. A stream with no end marker is a live feed.
        finite = options.end_data is not None or options.end_type is not None or self._resume_url != "" or has_end
        return cursor(last_event_id) != b"" or not finite or not delivered
