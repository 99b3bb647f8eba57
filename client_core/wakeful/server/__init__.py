"""The server's side: replay logs, and event streams that a viewer resumes exactly.

    log = SQLiteLog("events.sqlite")
    run = await log.create("run-7", principal="ada")        # the producer
    await run.append({"type": "status", "text": "thinking"})
    await run.end()

    return EventStreamResponse(log, "run-7", request, principal="ada")      # in a route of Starlette or FastAPI

What is I/O-free (ServerStream and what it takes and gives) imports nothing but the core. The logs and the response are
loaded when they are first used: EventStreamResponse needs Starlette, RedisLog needs redis; both say so.
"""

from wakeful.server.cursor import Cursor, event_id, parse_cursor
from wakeful.server.encode import encode_comment, encode_event, encode_relayed, encode_retry
from wakeful.server.limits import LogLimits
from wakeful.server.options import ServerOptions
from wakeful.server.records import Entry, Snapshot, StreamInfo
from wakeful.server.request import ViewerRequest, read_request
from wakeful.server.stream import ServerStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.server.bindings.asgi import EventStreamResponse, drain, drain_on_shutdown, problem_response
    from wakeful.server.logs.interface import (
        LogError,
        LogLost,
        LogUnavailable,
        PayloadError,
        ReplayLog,
        Run,
        StreamEnded,
        StreamExists,
        UnknownStream,
    )
    from wakeful.server.logs.memory import MemoryLog
    from wakeful.server.logs.redis import RedisLog
    from wakeful.server.logs.sqlite import SQLiteLog

__all__ = [
    "Cursor",
    "Entry",
    "EventStreamResponse",
    "LogError",
    "LogLimits",
    "LogLost",
    "LogUnavailable",
    "MemoryLog",
    "PayloadError",
    "RedisLog",
    "ReplayLog",
    "Run",
    "SQLiteLog",
    "ServerOptions",
    "ServerStream",
    "Snapshot",
    "StreamEnded",
    "StreamExists",
    "StreamInfo",
    "UnknownStream",
    "ViewerRequest",
    "drain",
    "drain_on_shutdown",
    "encode_comment",
    "encode_event",
    "encode_relayed",
    "encode_retry",
    "event_id",
    "parse_cursor",
    "problem_response",
    "read_request",
]


def __getattr__(name: str) -> object:
    """What does I/O, when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'wakeful.server' has no attribute {name!r}")
    from importlib import import_module

    if name in ("EventStreamResponse", "drain", "drain_on_shutdown", "problem_response"):
        module = "bindings.asgi"
    elif name in ("MemoryLog", "SQLiteLog", "RedisLog"):
        module = "logs." + name[:-3].lower()
    else:
        module = "logs.interface"
    return getattr(import_module("wakeful.server." + module), name)
