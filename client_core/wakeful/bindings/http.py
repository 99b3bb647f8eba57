"""What the asyncio and the plain driver share: requests and responses over httpx2 (or httpx). No policy."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypedDict
from urllib.parse import urljoin, urlsplit

from wakeful.errors import OptionError, WakefulError
from wakeful.http import origin
from wakeful.records import Cancel, Comment, Connect, Message, ProtocolWarning, Reset, Response, StateChange

Event = Message | Comment | Reset | ProtocolWarning | StateChange
Token = Callable[[str], "str | Awaitable[str]"]
# Nobody waits for a cancel's answer for longer, not even the end of the program.
CANCEL_S = 5
# What says who asks. The core keeps its own of them at home; these are the HTTP client's.
PERSONAL = ("authorization", "cookie")


class StreamOptions(TypedDict, total=False):
    """Keyword arguments of connect() that are set on Options; see there for units, defaults and reasons."""

    method: str
    headers: dict[str, str]
    last_event_id: str
    idempotency_key: str
    redirect: str
    negotiate: str
    heartbeat_ms: int
    open_from: str
    end_data: str | None
    end_type: str | None
    connect_ms: int
    idle_ms: int
    pause_ms: int
    rotate_ms: int
    base_ms: int
    cap_ms: int
    attempts: int
    budget_ms: int
    high_water: int
    max_event_bytes: int
    max_header_bytes: int
    dedupe_window: int
    dedupe_bytes: int


def load_library() -> Any:
    """httpx2, or httpx where only that is installed."""
    try:
        import httpx2

        return httpx2
    except ImportError:
        pass
    try:
        import httpx

        return httpx
    except ImportError:
        raise WakefulError("connect() needs an HTTP client: pip install 'wakeful[http]' (httpx2), or httpx") from None


def checked_url(url: str) -> str:
    """The URL with an international host name as it is sent (IDNA), and as redirects give it back.

    What the core does not look at: the port, the brackets of an IPv6 address, such a name. Raises OptionError.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise OptionError(f"url is malformed: {error}") from None
    if parts.netloc.isascii():
        return url
    library = load_library()
    try:
        return str(library.URL(url))
    except library.InvalidURL as error:
        raise OptionError(f"url is malformed: {error}") from None


def build_request(http: Any, action: Connect, home: str, extensions: dict[str, Any] | None = None) -> Any:
    """identity: a compressing proxy holds small writes back. no-store: the Fetch standard's EventSource sends it.

    home: the URL that the application gave. A redirect to another origin takes no credentials along, nor those among
    the headers and the `params` of the application's HTTP client. Cookies of its jar know where they belong.
    """
    named = [name.lower() for name, _ in action.headers]
    ours = [("Accept-Encoding", b"identity"), ("Cache-Control", b"no-store")]
    headers = [*action.headers, *[header for header in ours if header[0].lower() not in named]]
    request = http.build_request(
        action.method, action.url, headers=_raw(headers), content=action.body, timeout=None, extensions=extensions
    )
    if not _is_home(action.url, home):
        request.url = type(request.url)(action.url)  # without the client's `params`, among which a key may be
        for name in PERSONAL:
            if name in http.headers:
                del request.headers[name]
    return request


def auth_of(url: str, home: str, auth: Any) -> dict[str, Any]:
    """For send(): the stream's `auth`, or the HTTP client's own; none where a redirect has led to another origin."""
    if not _is_home(url, home):
        return {"auth": None}
    return {} if auth is None else {"auth": auth}


def _is_home(url: str, home: str) -> bool:
    return origin(url) == origin(home)


def build_cancel(http: Any, action: Cancel) -> Any:
    return http.build_request("DELETE", action.url, headers=_raw(action.headers), timeout=CANCEL_S)


def _raw(headers: list[tuple[str, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value) for name, value in headers]


def read_head(response: Any) -> Response:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Response(response.status_code, headers, _target(response.url, headers), int(time.time()))


def _target(url: Any, headers: dict[str, str]) -> str:
    """Where Location leads, "" if it leads nowhere."""
    try:
        return urljoin(str(url), headers["location"]) if "location" in headers else ""
    except ValueError:
        return ""
