"""An application under a real uvicorn, in a thread of its own: the log lives in its loop, and tests call into it."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Self, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.raw import RawClient
from wakeful.server import EventStreamResponse, ReplayLog, Run, ServerOptions, UnknownStream, problem_response
from wakeful.server.problems import unknown_stream

T = TypeVar("T")
PATIENCE_S = 120


def create_app(log: ReplayLog, settings: dict[str, Any], name: str = "") -> Starlette:
    """What an application writes, and no more. settings: keyword arguments of EventStreamResponse."""

    async def create(request: Request) -> Response:
        run = await log.create(
            (await request.json())["run"], principal=user(request), key=request.headers.get("idempotency-key", "")
        )
        return JSONResponse({"run": run.stream, "created": run.created}, 201, {"Location": address(run.stream)})

    async def ask(request: Request) -> Response:
        """Creates a run and shows it, in one POST."""
        run = await log.create((await request.json())["run"], principal=user(request))
        return EventStreamResponse(
            log, run.stream, request, principal=user(request), resume=address(run.stream), **settings
        )

    async def events(request: Request) -> Response:
        response = EventStreamResponse(log, request.path_params["run"], request, principal=user(request), **settings)
        response.headers["X-Served-By"] = name
        return response

    async def cancel(request: Request) -> Response:
        try:
            await log.cancel(request.path_params["run"], principal=user(request))
        except UnknownStream:
            return problem_response(unknown_stream())
        return Response(status_code=204)

    return Starlette(
        routes=[
            Route("/runs", create, methods=["POST"]),
            Route("/ask", ask, methods=["POST"]),
            Route("/runs/{run}/events", events),
            Route("/runs/{run}", cancel, methods=["DELETE"]),
        ]
    )


def user(request: Request) -> str:
    """Who asks. A real application asks its session or verifies a token."""
    return request.headers.get("authorization", "").removeprefix("Bearer").strip()


def address(run: str) -> str:
    return f"/runs/{run}/events"


class LiveServer:
    """make_log: called in the server's loop. settings: see create_app()."""

    def __init__(self, make_log: Callable[[], ReplayLog], **settings: Any) -> None:
        self._make_log = make_log
        self._settings = settings
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    async def _serve(self) -> None:
        self.log = self._make_log()
        self._loop = asyncio.get_running_loop()
        app = create_app(self.log, self._settings)
        config = uvicorn.Config(app, http="h11", ws="none", log_level="critical", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._server.started = False
        self._loop.call_soon(self._watch_start)
        await self._server.serve(sockets=[self._socket])
        await self.log.close()

    def _watch_start(self) -> None:
        if self._server.started:
            self._ready.set()
        else:
            self._loop.call_later(0.01, self._watch_start)

    def do(self, work: Coroutine[Any, Any, T] | Awaitable[T]) -> T:
        """Run this in the server's loop, and wait for it."""

        async def run() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(PATIENCE_S)

    def call(self, function: Callable[[], T]) -> T:
        async def run() -> T:
            return function()

        return self.do(run())

    def create(self, run: str = "r", principal: str = "") -> Run:
        return self.do(self.log.create(run, principal))

    def append(self, run: Run, *payloads: Any) -> None:
        async def append() -> None:
            for payload in payloads:
                await run.append(payload)

        self.do(append())

    def replace(self, payload: str) -> Run:
        """The run's log is lost, and begun anew with this. In one go: a viewer that came in between was told 404."""

        async def replace() -> Run:
            await self.log.delete("r")
            run = await self.log.create("r")
            await run.append(payload)
            return run

        return self.do(replace())

    def until(self, fact: Callable[[], bool]) -> None:
        """Wait until this holds in the server's loop."""

        async def wait() -> None:
            while not fact():
                await asyncio.sleep(0.01)

        self.do(wait())


def options(**values: Any) -> ServerOptions:
    made = ServerOptions()
    for name, value in values.items():
        assert hasattr(made, name)
        setattr(made, name, value)
    return made


def view(server: LiveServer, run: str = "r", cursor: str = "", user: str = "", query: str = "") -> RawClient:
    headers = {"Connection": "close", "Authorization": f"Bearer {user}"}
    if cursor:
        headers["Last-Event-ID"] = cursor
    return RawClient(server.url).get(f"/runs/{run}/events{query}", headers)


def ids(body: bytes) -> list[int]:
    """The seqs of whole events."""
    return [int(seq) for seq in re.findall(rb"^id: \w+\.(\d+)$", body[: body.rfind(b"\n\n")], re.MULTILINE)]
