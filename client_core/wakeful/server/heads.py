"""The heads of responses. Each header has a reason; what is not here is left out on purpose.

No Connection (HTTP/2 forbids it), no parameter of the media type (naive readers compare strings).
"""

from wakeful.outcome import Problem
from wakeful.server.frames import hb_timeout_ms
from wakeful.server.limits import LogLimits
from wakeful.server.problems import PROBLEM_TYPE
from wakeful.server.records import StreamInfo

# Without it a page of another origin cannot read them.
EXPOSED = "Event-Stream-Params, Location, Retry-After"

# Of every event stream, whoever writes it.
STREAM_HEADERS = [
    ("Content-Type", "text/event-stream"),
    # no-transform: compressing proxies hold small writes back.
    ("Cache-Control", "no-store, no-transform"),
    # nginx's switch, and the standard one (RFC 10036): pass on each part at once.
    ("X-Accel-Buffering", "no"),
    ("Incremental", "?1"),
]


def stream_headers(
    info: StreamInfo, limits: LogLimits, hb_ms: int, resume: str, control: bool
) -> list[tuple[str, str]]:
    headers = list(STREAM_HEADERS)
    headers.append(("Access-Control-Expose-Headers", EXPOSED))
    if resume != "":
        headers.append(("Location", resume))
    if control:
        # For gateways, logs and who is not in a page; `es.hello` says the same, and counts.
        beat = f"hb={hb_ms}, hbt={hb_timeout_ms(hb_ms)}"
        headers.append(("Event-Stream-Params", f'v=1, epoch="{info.epoch}", {beat}, replay={limits.window_ms}'))
    return headers


def refusal_headers(problem: Problem) -> list[tuple[str, str]]:
    headers = [
        ("Content-Type", PROBLEM_TYPE),
        ("Cache-Control", "no-store"),
        ("Access-Control-Expose-Headers", EXPOSED),
    ]
    if problem.retry_after_ms > 0:
        seconds = (problem.retry_after_ms + 999) // 1000
        headers.append(("Retry-After", f"{seconds}"))
    return headers
