"""What both pages have of a stream: the response that shows it, and the whole of its log, to compare with."""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from wakeful.server import EventStreamResponse, LogLimits, ReplayLog
from wakeful_demo.producers import MAX_RUNNING

if TYPE_CHECKING:
    from wakeful.server.options import Control

# A day: a person may come back to a page that was left open. An event may be as large as clients take by default.
LIMITS = LogLimits(window_ms=86_400_000, max_total_bytes=64 * 1_048_576, max_event_bytes=16_777_216)
EVERYTHING = 1 << 30
# A person looks on: a drained viewer shall be back soon.
DRAIN_WINDOW_MS = 500
DRAIN_DEADLINE_MS = 4_000
# The server is killed under its viewers, and a slow machine takes many seconds to start it again. A viewer's own limit
# counts where it is lower.
RETRY_ATTEMPTS = 100


def view(request: Request, runs: str, control: "Control", retry_ms: int) -> EventStreamResponse:
    """The stream that the path names, to whoever asks: the demo knows no users. runs: the path that it is below."""
    state, stream = request.app.state, request.path_params["run"]
    return EventStreamResponse(
        state.log,
        stream,
        request,
        principal="",
        control=control,
        hb_ms=round(state.settings.heartbeat_s * 1000),
        retry_ms=retry_ms,
        retry_attempts=RETRY_ATTEMPTS,
        drain_window_ms=DRAIN_WINDOW_MS,
        drain_deadline_ms=DRAIN_DEADLINE_MS,
        cancel=f"{runs}/{quote(stream, '')}",
    )


async def logged(log: ReplayLog, stream: str, after: int = 0) -> dict[str, Any]:
    """What the log has behind a seq: what every viewer should have got, or will. Raises UnknownStream."""
    info = await log.info(stream)
    entries, _ = await log.read_after(stream, info.epoch, after, EVERYTHING)
    return {
        "stream": stream,
        "epoch": info.epoch,
        "first": info.first,
        "last": info.last,
        "ended": info.ended,
        "events": [
            {"id": f"{info.epoch}.{one.seq}", "type": one.type, "data": one.data, "at_ms": one.at_ms} for one in entries
        ],
    }


def created(runs: str, stream: str, **more: Any) -> Response:
    url = f"{runs}/{stream}/events"
    return JSONResponse({"run": stream, "events": url, **more}, 201, {"Location": url})


def too_many_runs() -> HTTPException:
    return HTTPException(429, f"{MAX_RUNNING} runs are being answered", {"Retry-After": "10"})
