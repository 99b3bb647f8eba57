"""What goes in and out of the machine: events, actions and the response that a driver hands over.

A record is a plain object with named fields. Each writes its own __init__, so that every runtime (and a reader, and
a type checker) sees the fields without magic; equality and repr come from FIELDS.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from wakeful.states import State

    # Why a state was entered. The words are stable: they are in logs, metrics and scenarios.
    Reason = Literal[
        "start", "token", "response", "redirect", "eof", "failure", "retry-timer", "paused", "rotated", "restart",
        "frozen", "hint", "retry", "end-marker", "no-content", "close", "not-retryable", "not-resumable",
        "attempts-exhausted", "budget-exhausted", "unauthorized", "end-event", "gap", "resync",
        "drained", "credential", "polled", "cancel",
    ]  # fmt: skip
    # What went wrong. A closed list, documented in docs/reference.md.
    FailureKind = Literal[
        "network", "connect-timeout", "idle-timeout", "truncated", "status", "content-type", "redirect", "token",
        "event-too-large", "headers-too-large", "gap",
        "drained", "buffered",
    ]  # fmt: skip
    RedirectMode = Literal["same-origin", "follow", "error"]


class Record:
    __slots__: tuple[str, ...] = ()
    FIELDS: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record) or self.FIELDS != other.FIELDS:
            return False
        return all(getattr(self, name) == getattr(other, name) for name in self.FIELDS)

    def __repr__(self) -> str:
        fields = ", ".join([f"{name}={getattr(self, name)!r}" for name in self.FIELDS])
        return f"{self.__class__.__name__}({fields})"


# Events: what next_event() returns.


class Message(Record):
    """One dispatched event of the stream.

    type: the event type, "message" unless the stream named one.
    data: the data lines joined with line feeds.
    last_event_id: the last event ID as of this message, "" if the stream has set none.
    Standard: "Interpreting an event stream".
    """

    __slots__ = FIELDS = ("type", "data", "last_event_id")

    def __init__(self, type: str, data: str, last_event_id: str) -> None:
        self.type = type
        self.data = data
        self.last_event_id = last_event_id


class Comment(Record):
    """A comment line (it starts with a colon): what servers send as a heartbeat. text: without the colon."""

    __slots__ = FIELDS = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Reset(Record):
    """Discard the state that the stream has built up: what follows begins anew, with a snapshot or from the start.

    reason: the server's word (expired, epoch, slow, requested …), or the client's where the server gave none:
      "gap", "epoch", "cursor-refused", "cursor-expired", "snapshot-cut".
    epoch: of the log that follows, "" if unknown. base: what follows begins behind this number, or is a snapshot as of
      it.
    """

    __slots__ = FIELDS = ("reason", "epoch", "base")

    def __init__(self, reason: str, epoch: str, base: int) -> None:
        self.reason = reason
        self.epoch = epoch
        self.base = base


class ProtocolWarning(Record):
    """The server sent something that its own profile does not allow; it was ignored, and the stream goes on.

    frame: the event's type ("es.hello"), or "id" for a malformed one. detail: what was wrong with it, for people.
    """

    __slots__ = FIELDS = ("frame", "detail")

    def __init__(self, frame: str, detail: str) -> None:
        self.frame = frame
        self.detail = detail


class Failure(Record):
    """What went wrong with one connection. It never holds a header value other than the media type.

    kind: one of FailureKind.
    status: the HTTP status, 0 if there was none.
    media_type: the response's media type without parameters, "" if there was none.
    body: for a refused response, its first bytes (2,048 at most) as text; for a truncated stream, what it held outside
      of any event, such as an error that the server did not frame.
    detail: a short text from the driver (the name of an exception, say) or from the machine.
    """

    __slots__ = FIELDS = ("kind", "status", "media_type", "body", "detail")

    def __init__(
        self, kind: "FailureKind", status: int = 0, media_type: str = "", body: str = "", detail: str = ""
    ) -> None:
        self.kind = kind
        self.status = status
        self.media_type = media_type
        self.body = body
        self.detail = detail


class StateChange(Record):
    """The machine went from one state to another. No reconnect is silent: each shows here.

    state, previous: the new state and the one before.
    reason: why, one of Reason.
    attempt: the number of the connection attempt, counted from 1 over the life of the client.
    delay_ms: in `waiting`, how long until the next attempt; otherwise 0.
    last_event_id: where the stream would be resumed.
    failure: what went wrong, None where nothing did.
    """

    __slots__ = FIELDS = ("state", "previous", "reason", "attempt", "delay_ms", "last_event_id", "failure")

    def __init__(
        self,
        state: "State",
        previous: "State",
        reason: "Reason",
        attempt: int,
        delay_ms: int,
        last_event_id: str,
        failure: Failure | None,
    ) -> None:
        self.state = state
        self.previous = previous
        self.reason = reason
        self.attempt = attempt
        self.delay_ms = delay_ms
        self.last_event_id = last_event_id
        self.failure = failure


# Actions: what next_action() returns.


class Connect(Record):
    """Send this request, and report with this attempt's number what becomes of it.

    url: absolute. method, body: as in the options; a resume is a GET without a body.
    headers: (name, value) pairs; values are bytes as they go on the wire.
    redirect: "follow" any redirect, only one to the "same-origin", or treat one as an "error". A driver that can see
      redirects itself follows none and reports them: the machine then decides.
    credentials: whether cookies go to another origin (a page's withCredentials).
    """

    __slots__ = FIELDS = ("attempt", "url", "method", "headers", "body", "redirect", "credentials")

    def __init__(
        self,
        attempt: int,
        url: str,
        method: str,
        headers: list[tuple[str, bytes]],
        body: bytes | None,
        redirect: "RedirectMode",
        credentials: bool,
    ) -> None:
        self.attempt = attempt
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
        self.redirect = redirect
        self.credentials = credentials


class Disconnect(Record):
    """Close the connection of this attempt, really: abort the request, drop the socket. Late input is ignored.

    reason: why, in the words of StateChange.
    """

    __slots__ = FIELDS = ("attempt", "reason")

    def __init__(self, attempt: int, reason: "Reason") -> None:
        self.attempt = attempt
        self.reason = reason


class RequestToken(Record):
    """Get a bearer token from the application, then call receive_token() or token_failed() with this attempt.

    reason: "connect", or "unauthorized" if the server has just refused the last one.
    """

    __slots__ = FIELDS = ("attempt", "reason")

    def __init__(self, attempt: int, reason: str) -> None:
        self.attempt = attempt
        self.reason = reason


class Cancel(Record):
    """Send a DELETE to this URL, to stop the run on the server. Nobody waits for the answer, and a failure is none.

    url, headers, credentials: as of Connect.
    """

    __slots__ = FIELDS = ("url", "headers", "credentials")

    def __init__(self, url: str, headers: list[tuple[str, bytes]], credentials: bool) -> None:
        self.url = url
        self.headers = headers
        self.credentials = credentials


# Input.


class Response(Record):
    """The head of a response, as a driver hands it to receive_response().

    status: the HTTP status. headers: names in lower case; values as text.
    location: the Location header resolved against the request's URL by the platform's URL parser, "" if there is
      none, or if the browser hides it (an opaque redirect counts as 302 without one).
    wall_s: the driver's wall clock in seconds since 1970, 0 if unknown. Only a Retry-After date with no Date beside
      it (browsers hide Date across origins), or with a year of two digits, needs it.
    """

    __slots__ = FIELDS = ("status", "headers", "location", "wall_s")

    def __init__(self, status: int, headers: dict[str, str], location: str = "", wall_s: int = 0) -> None:
        self.status = status
        self.headers = headers
        self.location = location
        self.wall_s = wall_s
