"""What the asyncio and the plain driver share: requests and responses over httpx2 (or httpx). No policy."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypedDict
from urllib.parse import urljoin

from wakeful.errors import WakefulError
from wakeful.records import Cancel, Comment, Connect, Message, ProtocolWarning, Reset, Response, StateChange

Event = Message | Comment | Reset | ProtocolWarning | StateChange
Token = Callable[[str], "str | Awaitable[str]"]
# Nobody waits for a cancel's answer for longer, not even the end of the program.
CANCEL_S = 5


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


def build_request(http: Any, action: Connect, extensions: dict[str, Any] | None = None) -> Any:
    """identity: a compressing proxy holds small writes back. no-store: the Fetch standard's EventSource sends it."""
    named = [name.lower() for name, _ in action.headers]
    ours = [("Accept-Encoding", b"identity"), ("Cache-Control", b"no-store")]
    headers = [*action.headers, *[header for header in ours if header[0].lower() not in named]]
    return http.build_request(
        action.method, action.url, headers=_raw(headers), content=action.body, timeout=None, extensions=extensions
    )


def build_cancel(http: Any, action: Cancel) -> Any:
    return http.build_request("DELETE", action.url, headers=_raw(action.headers), timeout=CANCEL_S)


def _raw(headers: list[tuple[str, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value) for name, value in headers]


def read_head(response: Any) -> Response:
    headers = {name.lower(): value for name, value in response.headers.items()}
    location = headers.get("location", "")
    resolved = urljoin(str(response.url), location) if location else ""
    return Response(response.status_code, headers, resolved, int(time.time()))
