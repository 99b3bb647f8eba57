"""The demo's server as one would write it for real: it behaves. What goes wrong is done to it by the relay."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import Scope

from wakeful import server
from wakeful_demo import protocol, sse
from wakeful_demo.bodies import json_object
from wakeful_demo.cursor import Cursor
from wakeful_demo.log import ReplayLog, UnknownStream
from wakeful_demo.model import Model
from wakeful_demo.python_pages import BUNDLE, RUNTIMES, Bundle, Runtime, headers
from wakeful_demo.runs import MAX_RUNNING, Run, Runs, TooManyRuns, UnknownScript

HERE = Path(__file__).parent
DIST = HERE.parents[1] / "web" / "dist"

WAKEFUL = {
    "id": "wakeful",
    "name": "Wakeful",
    "about": "resumes, drops repeats, notices silence",
    "empty": "Ask something below, then break the stream while the answer arrives.",
}
NATIVE = {
    "id": "native",
    "name": "EventSource",
    "about": "the browser's own, same stream, same faults",
    "empty": "The same answer arrives here too, read by the browser's built-in client.",
}
COMPILED = {
    **WAKEFUL,
    "name": "JavaScript",
    "about": "the same core, compiled",
    "empty": "The same answer arrives here too, read by the compiled client.",
}

RETRY_MS = 1000
MAX_PROMPT = 8000
SPEEDS = (0.1, 1000.0)


@dataclass(frozen=True)
class Settings:
    data: Path  # the folder of the replay log
    recordings: Path | None = None
    speed: float = 1.0
    heartbeat_s: float = 4.0
    dist: Path = DIST
    python: Path = BUNDLE


def create_app(settings: Settings, model: Model | None = None) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.log = ReplayLog(settings.data / "log.sqlite")
        app.state.runs = Runs(app.state.log, settings.recordings, model, settings.speed)
        app.state.runs.take_up()
        app.state.conversations = protocol.open_conversations(settings.data, settings.speed)
        await app.state.conversations.take_up()
        yield
        await app.state.conversations.close()
        await app.state.runs.close()
        app.state.log.close()

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/in/{runtime}", python_page),
            Route("/scripts", catalogue),
            Route("/runs", create_run, methods=["POST"]),
            Route("/runs/{run}", cancel_run, methods=["DELETE"]),
            Route("/runs/{run}/events", events),
            Route("/runs/{run}/tokens", tokens),
            Route("/protocol", protocol_page),
            *protocol.ROUTES,
            Mount("/static", Files(directory=HERE / "static", check_dir=False)),
            Mount("/dist", Files(directory=settings.dist, check_dir=False)),
            Mount("/python", Bundle(directory=settings.python, check_dir=False)),
        ],
        exception_handlers={HTTPException: problem_of, UnknownStream: unknown_run, server.UnknownStream: unknown_run},
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.templates = Jinja2Templates(directory=HERE / "templates")
    return app


class Files(StaticFiles):
    """Files that a browser asks about each time, so that a rebuilt client is never an old one."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response

    async def check_config(self) -> None:
        """A folder that is not there yet has no files, and no error either: web/dist appears when it is built."""


async def page(request: Request) -> Response:
    """The compiled client beside the browser's own."""
    return _page(request, None, (WAKEFUL, NATIVE), headers())


async def python_page(request: Request) -> Response:
    """The client in Python beside the compiled one."""
    runtime = RUNTIMES.get(request.path_params["runtime"])
    if runtime is None:
        raise HTTPException(404, f"'runtime' is one of {', '.join(RUNTIMES)}")
    python = {**WAKEFUL, "id": "python", "name": runtime.name, "about": runtime.about}
    return _page(request, runtime, (python, COMPILED), runtime.headers)


def _page(
    request: Request, runtime: Runtime | None, viewers: tuple[dict[str, str], ...], own: dict[str, str]
) -> Response:
    templates: Jinja2Templates = request.app.state.templates
    entries = _runs(request).catalogue()
    context = {
        "catalogue": entries,
        "scripted": all(entry["kind"] == "script" for entry in entries),
        "viewers": viewers,
        "runtime": runtime,
        "runtimes": RUNTIMES,
        "heartbeat_ms": round(request.app.state.settings.heartbeat_s * 1000),
    }
    return templates.TemplateResponse(request, "index.html", context, headers=own)


async def protocol_page(request: Request) -> Response:
    templates: Jinja2Templates = request.app.state.templates
    context = {"catalogue": request.app.state.conversations.catalogue()}
    return templates.TemplateResponse(request, "protocol.html", context, headers=headers())


async def catalogue(request: Request) -> Response:
    return JSONResponse({"scripts": _runs(request).catalogue()})


async def create_run(request: Request) -> Response:
    asked = await json_object(request)
    prompt, script, speed = asked.get("prompt", ""), asked.get("script"), asked.get("speed", 1)
    if not isinstance(prompt, str) or len(prompt) > MAX_PROMPT:
        raise HTTPException(400, f"'prompt' is a string of at most {MAX_PROMPT} characters")
    if not isinstance(script, str | None):
        raise HTTPException(400, "'script' is a string")
    if not isinstance(speed, int | float) or not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise HTTPException(400, f"'speed' is a number from {SPEEDS[0]} to {SPEEDS[1]}")
    try:
        run: Run = _runs(request).start(prompt, script, float(speed))
        types = await asyncio.to_thread(_runs(request).types, run)
    except UnknownScript:
        raise HTTPException(400, "'script' names nothing in /scripts") from None
    except TooManyRuns:
        raise HTTPException(429, f"{MAX_RUNNING} runs are being answered", {"Retry-After": "10"}) from None
    url = f"/runs/{run.id}/events"
    answer = {"run": run.id, "script": run.script, "events": url, "types": types}
    return JSONResponse(answer, 201, {"Location": url})


async def cancel_run(request: Request) -> Response:
    _runs(request).cancel(request.path_params["run"])
    return Response(status_code=204)


async def events(request: Request) -> Response:
    """The answer as an event stream, from the cursor on. 204 if nothing can follow, which ends reconnecting."""
    log, run = _log(request), request.path_params["run"]
    bounds = log.bounds(run)
    asked = request.headers.get("last-event-id") or request.query_params.get("last_event_id") or ""
    cursor = Cursor.parse(asked)
    if cursor is None:
        raise HTTPException(400, "the last event ID is none that this server gives out")
    seq = cursor.seq_in(bounds)
    if bounds.ended and seq == bounds.last:
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    stream = follow(log, run, seq, request.app.state.settings.heartbeat_s)
    return StreamingResponse(stream, headers=sse.HEADERS)


async def follow(log: ReplayLog, run: str, seq: int, heartbeat_s: float) -> AsyncIterator[bytes]:
    """The blocks of a run's stream behind seq: logged messages, and a comment whenever it was quiet for long."""
    yield sse.opening(RETRY_MS)
    while True:
        entries = log.read_after(run, seq)
        for entry in entries:
            if entry.seq != seq + 1:
                return  # pruned while this viewer lagged: it resumes, and is told that its cursor has expired
            yield sse.logged(entry)
            seq = entry.seq
        if entries:
            continue
        try:
            if log.bounds(run).ended:
                return
            async with asyncio.timeout(heartbeat_s):
                await log.wait_after(run, seq)
        except UnknownStream:
            return
        except TimeoutError:
            yield sse.comment("hb")


async def tokens(request: Request) -> Response:
    """What was logged so far, with the time of each: what every viewer should have got, or will."""
    log, run = _log(request), request.path_params["run"]
    bounds = log.bounds(run)
    try:
        after = int(request.query_params.get("after", "0"))
    except ValueError:
        raise HTTPException(400, "'after' is a sequence number") from None
    entries = log.read_after(run, after, limit=1_000_000)
    return JSONResponse(
        {
            "run": run,
            "epoch": bounds.epoch,
            "first": bounds.first,
            "last": bounds.last,
            "ended": bounds.ended,
            "messages": [{"id": one.id, "type": one.type, "data": one.data, "at_ms": one.at_ms} for one in entries],
        }
    )


async def problem_of(_: Request, error: Exception) -> Response:
    """Any refusal as a problem object (RFC 9457)."""
    assert isinstance(error, HTTPException)
    title = HTTPStatus(error.status_code).phrase
    body = {"type": "about:blank", "status": error.status_code, "title": title, "detail": error.detail}
    return Response(json.dumps(body), error.status_code, error.headers, "application/problem+json")


async def unknown_run(request: Request, _: Exception) -> Response:
    return await problem_of(request, HTTPException(404, "no such run; it may have left the replay log"))


def _log(request: Request) -> ReplayLog:
    log: ReplayLog = request.app.state.log
    return log


def _runs(request: Request) -> Runs:
    runs: Runs = request.app.state.runs
    return runs
