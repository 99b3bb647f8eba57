"""The second page: the protocol at work, by wakeful.server and its payload."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wakeful_demo.bodies import json_object, speed_of
from wakeful_demo.conversations import Conversations, NothingAsked
from wakeful_demo.producers import TooManyRuns, UnknownScript
from wakeful_demo.viewing import created, logged, too_many_runs, view

RETRY_MS = 500


async def catalogue(request: Request) -> Response:
    return JSONResponse({"scripts": _conversations(request).catalogue()})


async def create(request: Request) -> Response:
    asked = await json_object(request)
    script, speed = asked.get("script"), speed_of(asked)
    if not isinstance(script, str):
        raise HTTPException(400, "'script' is a string")
    try:
        stream = await _conversations(request).start(script, speed)
    except UnknownScript:
        raise HTTPException(400, "'script' names nothing in /protocol/scripts") from None
    except TooManyRuns:
        raise too_many_runs() from None
    return created("/protocol/runs", stream)


async def events(request: Request) -> Response:
    response = view(request, "/protocol/runs", "always", RETRY_MS)
    return _conversations(request).watched_by(request.path_params["run"], response)


async def cancel(request: Request) -> Response:
    await _conversations(request).cancel(request.path_params["run"])
    return Response(status_code=204)


async def answer(request: Request) -> Response:
    asked = await json_object(request)
    rid, approved = asked.get("rid"), asked.get("approved")
    if not isinstance(rid, str) or not isinstance(approved, bool):
        raise HTTPException(400, "'rid' is a string, 'approved' is true or false")
    try:
        stream = await _conversations(request).answer(request.path_params["run"], rid, approved)
    except NothingAsked as error:
        raise HTTPException(409, str(error)) from None
    except TooManyRuns:
        raise too_many_runs() from None
    return created("/protocol/runs", stream)


async def drain(request: Request) -> Response:
    return JSONResponse({"viewers": _conversations(request).drain(request.path_params["run"])})


async def forget(request: Request) -> Response:
    try:
        await _conversations(request).forget(request.path_params["run"])
    except NothingAsked as error:
        raise HTTPException(409, str(error)) from None
    return Response(status_code=204)


async def log(request: Request) -> Response:
    return JSONResponse(await logged(request.app.state.log, request.path_params["run"]))


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


def _conversations(request: Request) -> Conversations:
    conversations: Conversations = request.app.state.conversations
    return conversations
