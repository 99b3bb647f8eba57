"""The first page's streams: an answer in its own dialect, to EventSource and to clients that speak the protocol."""

import asyncio
from dataclasses import asdict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wakeful.server.records import END_TYPE
from wakeful_demo.bodies import json_object, speed_of
from wakeful_demo.producers import TooManyRuns, UnknownScript
from wakeful_demo.runs import Runs
from wakeful_demo.viewing import created, logged, too_many_runs, view

RETRY_MS = 1000
MAX_PROMPT = 8000


async def catalogue(request: Request) -> Response:
    return JSONResponse({"scripts": _runs(request).catalogue()})


async def create(request: Request) -> Response:
    asked = await json_object(request)
    prompt, script, speed = asked.get("prompt", ""), asked.get("script"), speed_of(asked)
    if not isinstance(prompt, str) or len(prompt) > MAX_PROMPT:
        raise HTTPException(400, f"'prompt' is a string of at most {MAX_PROMPT} characters")
    if not isinstance(script, str | None):
        raise HTTPException(400, "'script' is a string")
    runs = _runs(request)
    try:
        question = await runs.start(prompt, script, speed)
    except UnknownScript:
        raise HTTPException(400, "'script' names nothing in /scripts") from None
    except TooManyRuns:
        raise too_many_runs() from None
    reading = await asyncio.to_thread(runs.reading, question)
    return created("/runs", question.run, script=question.script, **asdict(reading))


async def events(request: Request) -> Response:
    """Control frames go to who asked for them: EventSource gets a plain stream, and 204 once nothing can follow."""
    return view(request, "/runs", "asked", RETRY_MS)


async def cancel(request: Request) -> Response:
    await _runs(request).cancel(request.path_params["run"])
    return Response(status_code=204)


async def tokens(request: Request) -> Response:
    """The messages that were logged so far. The end of the stream is none."""
    try:
        after = int(request.query_params.get("after", "0"))
    except ValueError:
        raise HTTPException(400, "'after' is a sequence number") from None
    found = await logged(request.app.state.log, request.path_params["run"], after)
    messages = [one for one in found.pop("events") if one["type"] != END_TYPE]
    found["last"] -= found["ended"]
    return JSONResponse({**found, "messages": messages})


ROUTES = [
    Route("/scripts", catalogue),
    Route("/runs", create, methods=["POST"]),
    Route("/runs/{run}", cancel, methods=["DELETE"]),
    Route("/runs/{run}/events", events),
    Route("/runs/{run}/tokens", tokens),
]


def _runs(request: Request) -> Runs:
    runs: Runs = request.app.state.runs
    return runs
