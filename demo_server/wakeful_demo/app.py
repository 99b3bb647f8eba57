"""The demo's server as one would write it for real: it behaves. What goes wrong is done to it by the relay."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import Scope

from wakeful.server import SQLiteLog, UnknownStream
from wakeful_demo import chat, protocol
from wakeful_demo.conversations import Conversations
from wakeful_demo.model import Model
from wakeful_demo.producers import Producers
from wakeful_demo.python_pages import BUNDLE, RUNTIMES, Bundle, Runtime, headers
from wakeful_demo.runs import Runs
from wakeful_demo.viewing import LIMITS

HERE = Path(__file__).parent
DIST = HERE.parents[1] / "web" / "dist"

WAKEFUL = {
    "id": "wakeful",
    "name": "Wakeful",
    "about": "resumes, drops repeats, notices silence and gaps",
    "empty": "Ask something below, then break the stream while the answer arrives.",
}
NATIVE = {
    "id": "native",
    "name": "EventSource",
    "about": "the browser's own, same log, same faults",
    "empty": "The same answer arrives here too, read by the browser's built-in client.",
}
COMPILED = {
    **WAKEFUL,
    "name": "JavaScript",
    "about": "the same core, compiled",
    "empty": "The same answer arrives here too, read by the compiled client.",
}

# Where the compiled client's worker comes from, for who asks the page to read in one.
COMPILED_WORKERS = "'self'"
# A recorded answer may hold pictures, as data.
PICTURES = " data:"


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
        log, producers = SQLiteLog(settings.data / "replay.sqlite", LIMITS), Producers()
        app.state.log = log
        app.state.runs = Runs(log, producers, settings.recordings, model, settings.speed)
        app.state.conversations = Conversations(log, producers, settings.speed)
        for stream in await log.unfinished():
            try:
                await app.state.runs.take_up(stream)
            except UnknownStream:
                await app.state.conversations.take_up(stream)
        yield
        await producers.close()
        await log.close()

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/in/{runtime}", python_page),
            *chat.ROUTES,
            Route("/protocol", protocol_page),
            *protocol.ROUTES,
            Mount("/static", Files(directory=HERE / "static", check_dir=False)),
            Mount("/dist", Files(directory=settings.dist, check_dir=False)),
            Mount("/python", Bundle(directory=settings.python, check_dir=False)),
        ],
        exception_handlers={HTTPException: problem_of, UnknownStream: unknown_run},
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
    return _page(request, None, (WAKEFUL, NATIVE), headers(workers=COMPILED_WORKERS, images=PICTURES))


async def python_page(request: Request) -> Response:
    """The client in Python beside the compiled one."""
    runtime = RUNTIMES.get(request.path_params["runtime"])
    if runtime is None:
        raise HTTPException(404, f"'runtime' is one of {', '.join(RUNTIMES)}")
    python = {**WAKEFUL, "id": "python", "name": runtime.name, "about": runtime.about}
    return _page(request, runtime, (python, COMPILED), runtime.headers(COMPILED_WORKERS, PICTURES))


def _page(
    request: Request, runtime: Runtime | None, viewers: tuple[dict[str, str], ...], own: dict[str, str]
) -> Response:
    templates: Jinja2Templates = request.app.state.templates
    entries = request.app.state.runs.catalogue()
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
    context = {"catalogue": request.app.state.conversations.catalogue(), "runtimes": RUNTIMES}
    return templates.TemplateResponse(request, "protocol.html", context, headers=headers())


async def problem_of(_: Request, error: Exception) -> Response:
    """Any refusal as a problem object (RFC 9457)."""
    assert isinstance(error, HTTPException)
    title = HTTPStatus(error.status_code).phrase
    body = {"type": "about:blank", "status": error.status_code, "title": title, "detail": error.detail}
    return Response(json.dumps(body), error.status_code, error.headers, "application/problem+json")


async def unknown_run(request: Request, _: Exception) -> Response:
    return await problem_of(request, HTTPException(404, "no such run; it may have left the replay log"))
