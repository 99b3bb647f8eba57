"""The request of each attempt: where it goes, what it carries, and whether it may be sent again."""

from wakeful.http import normalized_method, origin
from wakeful.options import Options, is_id
from wakeful.records import Connect, Response
from wakeful.text import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.records import RedirectMode

# Fetch standard: "If request's redirect count is 20, then return a network error".
MAX_REDIRECTS = 20
# What says who asks, and how far he has read: not for another origin.
PERSONAL = [b"authorization", b"cookie", b"last-event-id"]


def cursor(last_event_id: str) -> bytes:
    """The bytes of Last-Event-ID. b"": none is sent, and the server starts anew.

    A stream may have set an id that no header can carry. White space at its ends would not arrive either.
    """
    return encode(last_event_id).strip(b" \t") if is_id(last_event_id) else b""


class Request:
    def __init__(self, options: Options) -> None:
        self._options = options
        self.token = ""
        self._method = normalized_method(options.method)
        self._url = options.url
        self._redirects = 0
        self._resume_url = ""  # where the answer to a POST said that it can be resumed
        self._sent = False  # a request that does more than read may have reached the server

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
        self._url = self._resume_url or self._options.url

    def allow_again(self) -> None:
        """The application decided to send again what was sent once."""
        self._sent = False

    def connect(self, attempt: int, last_event_id: str) -> Connect:
        options = self._options
        first = self._resume_url == ""
        if not self.is_safe:
            self._sent = True
        return Connect(
            attempt,
            self._url,
            self._method if first else "GET",
            self._headers(last_event_id),
            options.body if first else None,
            self._redirect_mode,
            options.credentials,
        )

    def _headers(self, last_event_id: str) -> list[tuple[str, bytes]]:
        """What identifies the user or the stream does not follow a redirect to another origin."""
        options = self._options
        headers: list[tuple[str, bytes]] = []
        at_home = origin(self._url) == origin(options.url)
        if at_home and self.token != "":
            headers.append(("Authorization", b"Bearer " + encode(self.token)))
        if options.idempotency_key != "" and not self.is_safe:
            headers.append(("Idempotency-Key", encode(options.idempotency_key)))
        last = cursor(last_event_id)
        if at_home and last != b"":
            headers.append(("Last-Event-ID", last))
        # The application's own, but never beside one of the same name: two of them mean something else to a server.
        set_here = [encode(own).lower() for own, _ in headers]
        accept = True
        for name, value in options.headers.items():
            lower = encode(name).lower()
            accept = accept and lower != b"accept"
            if lower not in set_here and (at_home or lower not in PERSONAL):
                headers.append((name, encode(value)))
        if accept:
            headers.append(("Accept", b"text/event-stream"))
        return headers

    def follow(self, location: str) -> str:
        """Go where a redirect leads. The reason why not, "" if it is allowed."""
        self._redirects += 1
        if self._redirect_mode == "error":
            return "redirects are not followed here"
        if location == "":
            return "its target is missing, or hidden by the browser"
        if self._redirects > MAX_REDIRECTS:
            return f"more than {MAX_REDIRECTS} redirects"
        if self._redirect_mode == "same-origin" and not self._is_home(location):
            return "it leads to another origin; set redirect to follow to allow it"
        if origin(location) == b"":
            return "its target is not an http or https URL"
        self._url = location
        return ""

    def opened(self, response: Response) -> None:
        """The answer to a POST may say in Location where it can be read again; on the same origin only, or a hostile
        answer could collect tokens."""
        if not self.is_safe and self._is_home(response.location):
            self._resume_url = response.location

    def _is_home(self, url: str) -> bool:
        return origin(url) == origin(self._options.url)

    def may_repeat(self, ever_open: bool, delivered: bool, last_event_id: str) -> bool:
        """Whether another request neither runs something twice nor delivers anything twice.

        ever_open: a response has been an event stream. delivered: the application has taken a message.
        """
        options = self._options
        if not self.is_safe and self._sent:
            return options.idempotency_key != "" and not ever_open
        # Without an id the answer would come again from its beginning. A stream with no end marker is a live feed.
        finite = options.end_data is not None or options.end_type is not None or self._resume_url != ""
        return cursor(last_event_id) != b"" or not finite or not delivered
