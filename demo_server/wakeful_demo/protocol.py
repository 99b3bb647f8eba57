"""The second page: the protocol at work, by wakeful.server and its payload."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wakeful.server import EventStreamResponse, ServerOptions, SQLiteLog
from wakeful_demo.bodies import json_object
from wakeful_demo.conversations import Conversations, NothingAsked, events_of
from wakeful_demo.runs import MAX_RUNNING, TooManyRuns, UnknownScript

# A person looks on: a drained viewer shall be back soon.
DRAIN_WINDOW_MS = 500
DRAIN_DEADLINE_MS = 4_000
RETRY_MS = 500
SPEEDS = (0.1, 1000.0)


def open_conversations(data: Path, speed: float) -> Conversations:
    return Conversations(SQLiteLog(data / "protocol.sqlite"), speed)


async def catalogue(request: Request) -> Response:
    return JSONResponse({"scripts": _conversations(request).catalogue()})


async def create(request: Request) -> Response:
    asked = await json_object(request)
    script, speed = asked.get("script"), asked.get("speed", 1)
    if not isinstance(script, str):
        raise HTTPException(400, "'script' is a string")
    if not isinstance(speed, int | float) or not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise HTTPException(400, f"'speed' is a number from {SPEEDS[0]} to {SPEEDS[1]}")
    try:
        stream = await _conversations(request).start(script, float(speed))
    except UnknownScript:
        raise HTTPException(400, "'script' names nothing in /protocol/scripts") from None
    except TooManyRuns:
        raise _too_many() from None
    return _created(stream)


async def events(request: Request) -> Response:
    state, stream = request.app.state, request.path_params["run"]
    options = ServerOptions()
    options.hb_ms = round(state.settings.heartbeat_s * 1000)
    options.retry_ms = RETRY_MS
    options.drain_window_ms = DRAIN_WINDOW_MS
    options.drain_deadline_ms = DRAIN_DEADLINE_MS
    options.cancel = f"/protocol/runs/{stream}"
    conversations = _conversations(request)
    response = EventStreamResponse(conversations.log, stream, request, principal="", options=options)
    return conversations.watched_by(stream, response)


async def cancel(request: Request) -> Response:
    await _conversations(request).log.cancel(request.path_params["run"])
    return Response(status_code=204)


async def answer(request: Request) -> Response:
    asked = await json_object(request)
    rid, approved = asked.get("rid"), asked.get("approved")
    if not isinstance(rid, str) or not isinstance(approved, bool):
        raise HTTPException(400, "'rid' is a string, 'approved' is true or false")
    try:
        return _created(await _conversations(request).answer(request.path_params["run"], rid, approved))
    except NothingAsked as error:
        raise HTTPException(409, str(error)) from None
    except TooManyRuns:
        raise _too_many() from None


async def drain(request: Request) -> Response:
    return JSONResponse({"viewers": _conversations(request).drain(request.path_params["run"])})


async def forget(request: Request) -> Response:
    try:
        await _conversations(request).forget(request.path_params["run"])
    except NothingAsked as error:
        raise HTTPException(409, str(error)) from None
    return Response(status_code=204)


async def log(request: Request) -> Response:
    return JSONResponse(await events_of(_conversations(request).log, request.path_params["run"]))


ROUTES = [
    Route("/protocol/scripts", catalogue),
    Route("/protocol/runs", create, methods=["POST"]),
    Route("/protocol/runs/{run}", cancel, methods=["DELETE"]),
    Route("/protocol/runs/{run}/events", events),
    Route("/protocol/runs/{run}/log", log),
    Route("/protocol/runs/{run}/answer", answer, methods=["POST"]),
    Route("/protocol/runs/{run}/drain", drain, methods=["POST"]),
    Route("/protocol/runs/{run}/forget", forget, methods=["POST"]),
]


def _created(stream: str) -> Response:
    url = f"/protocol/runs/{stream}/events"
    return JSONResponse({"run": stream, "events": url}, 201, {"Location": url})


def _too_many() -> HTTPException:
    return HTTPException(429, f"{MAX_RUNNING} runs are being answered", {"Retry-After": "10"})


def _conversations(request: Request) -> Conversations:
    conversations: Conversations = request.app.state.conversations
    return conversations
