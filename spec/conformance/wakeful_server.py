"""EventStreamResponse behind uvicorn as a service of the kind "server", on a log: memory, sqlite or redis.

SQLite's files, and the socket of a redis-server, are in the folder that STORE names: so another process, or the next
one, finds the runs of this one.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wakeful.errors import OptionError, WakefulError
from wakeful.server import (
    EventStreamResponse,
    LogLimits,
    LogUnavailable,
    MemoryLog,
    RedisLog,
    ReplayLog,
    Run,
    ServerOptions,
    Snapshot,
    SQLiteLog,
    UnknownStream,
    problem_response,
)
from wakeful.server.logs import redis as redis_log
from wakeful.server.logs import sqlite as sqlite_log
from wakeful.server.problems import unknown_stream

STORE = Path(os.environ.get("STORE") or tempfile.mkdtemp(prefix="wakeful-conformance-"))
MIB = 1_048_576
# A machine that stops for some seconds says nothing of Redis, or of who holds a file's lock.
redis_log.TIMEOUT_S = sqlite_log.BUSY_S = 60.0
ABILITIES = "viewers snapshot drain keys cancel window bounds log-away lose"


def make_log(kind: str, name: str, limits: LogLimits) -> ReplayLog:
    if kind == "redis":
        return RedisLog(redis_url(), limits)
    return MemoryLog(limits) if kind == "memory" else SQLiteLog(STORE / f"{name}.sqlite", limits)


def redis_url() -> str:
    """Of the store's redis-server, started if there is none. It outlives this process, and is ended with the store."""
    path = STORE / "redis.sock"
    if not path.exists():
        options = f"--port 0 --unixsocket {path} --dir {STORE} --pidfile {STORE}/redis.pid --save '' --daemonize yes"
        subprocess.run(["redis-server", *shlex.split(options)], check=True, stdout=subprocess.DEVNULL)
        while not path.exists():
            time.sleep(0.05)
    return f"unix://{path}"


class Counted(EventStreamResponse):
    """Tells its run that a viewer is there, for as long as it is."""

    def __init__(self, hosted: Hosted, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._hosted = hosted

    async def __call__(self, *arguments: Any) -> None:
        self._hosted.viewers += 1
        try:
            await super().__call__(*arguments)
        finally:
            self._hosted.viewers -= 1


class Hosted:
    """One run, with a log of its own: the limits of a log are for all of its runs."""

    def __init__(self, log: ReplayLog, run: Run, options: ServerOptions, snapshot: Snapshot | None) -> None:
        self.log = log
        self.run = run
        self.options = options
        self.snapshot = snapshot
        self.responses: list[EventStreamResponse] = []
        self.viewers = 0

    def show(self, request: Request, name: str) -> Response:
        response = Counted(
            self, self.log, name, request, principal=user(request), snapshot=lambda: self.snapshot, options=self.options
        )
        self.responses.append(response)
        return response

    def take_log_away(self) -> None:
        async def read_after(*_arguments: Any) -> Any:
            raise LogUnavailable("it is away")

        self.log.read_after = read_after  # type: ignore[method-assign, assignment]
        for response in self.responses:
            response._news.set()  # as the log's own notice of its loss would


def user(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer").strip()


def options_of(said: dict[str, Any]) -> ServerOptions:
    options = ServerOptions()
    for name, value in said.items():
        setattr(options, name, value)
    options.check()
    return options


class Server:
    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.runs: dict[str, Hosted] = {}
        self.shared = make_log(kind, "keys", LogLimits())

    async def describe(self, request: Request) -> Response:
        more = [] if self.kind == "memory" else ["durable", "cluster"]
        return JSONResponse(
            {
                "kind": "server",
                "name": f"wakeful.server ({self.kind})",
                "version": "0.1.0",
                "capabilities": [*ABILITIES.split(), *more],
                "remarks": f"ours; EventStreamResponse over {type(self.shared).__name__}, uvicorn",
            }
        )

    async def create(self, request: Request) -> Response:
        said = await request.json()
        name = said.get("open") or secrets.token_hex(4)
        if "key" in said:  # only what is shared can be asked for twice
            run = await self.shared.create(name, said.get("principal", ""), key=said["key"])
            return JSONResponse({"run": run.stream, "created": run.created}, 201)
        try:
            options = options_of(said.get("options", {}))
        except OptionError as error:
            return refusal(400, error)
        texts = said.get("payloads", [])
        limits = LogLimits(**{"max_bytes": 16 * MIB, **said.get("limits", {})})
        if "first" in said:  # what is before it has left the log
            limits.max_bytes = sum(len(text.encode()) for text in texts[said["first"] - 1 :])
        log = make_log(self.kind, name, limits)
        run = await (log.open(name) if "open" in said else log.create(name, said.get("principal", "")))
        for text in texts:
            await run.append(text)
        if "ended" in said:
            await run.end(said["ended"])
        self.runs[name] = Hosted(log, run, options, snapshot_of(said))
        return JSONResponse(
            {"run": name, "epoch": run.epoch, "path": f"/runs/{name}/events", "cancel": f"/runs/{name}"}, 201
        )

    async def command(self, request: Request) -> Response:
        hosted, said = self.runs[request.path_params["run"]], await request.json()
        try:
            if "append" in said:
                seqs = [await hosted.run.append(text) for text in said["append"]]
                return JSONResponse({"seqs": seqs})
            if "end" in said:
                return JSONResponse({"seqs": [await hosted.run.end(said["end"])]})
        except WakefulError as error:
            return refusal(409, error)
        if "drain" in said:
            for response in hosted.responses:
                response.drain(said["drain"])
        elif "away" in said:
            hosted.take_log_away()
        elif "lose" in said:
            await hosted.log.delete(hosted.run.stream)
        elif "snapshot" in said:
            hosted.snapshot = snapshot_of(said)
        return JSONResponse({})

    async def look(self, request: Request) -> Response:
        return JSONResponse({"viewers": self.runs[request.path_params["run"]].viewers})

    async def events(self, request: Request) -> Response:
        hosted = self.runs.get(request.path_params["run"])
        if hosted is None:
            return problem_response(unknown_stream())
        return hosted.show(request, request.path_params["run"])

    async def cancel(self, request: Request) -> Response:
        hosted = self.runs.get(request.path_params["run"])
        try:
            if hosted is None:
                raise UnknownStream(request.path_params["run"])
            await hosted.log.cancel(request.path_params["run"], principal=user(request))
        except UnknownStream:
            return problem_response(unknown_stream())
        return Response(status_code=204)


def snapshot_of(said: dict[str, Any]) -> Snapshot | None:
    given = said.get("snapshot")
    return None if given is None else Snapshot(given["seq"], given["payloads"])


def refusal(status: int, error: Exception) -> Response:
    return JSONResponse({"error": type(error).__name__, "message": str(error)}, status)


def main(kind: str) -> None:
    server = Server(kind)
    routes: list[tuple[str, Callable[..., Any], str]] = [
        ("/", server.describe, "GET"),
        ("/runs", server.create, "POST"),
        ("/runs/{run}", server.command, "POST"),
        ("/runs/{run}", server.look, "GET"),
        ("/runs/{run}", server.cancel, "DELETE"),
        ("/runs/{run}/events", server.events, "GET"),
        ("/runs/{run}/events", server.events, "POST"),
    ]
    app = Starlette(routes=[Route(path, handler, methods=[method]) for path, handler, method in routes])
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    print(json.dumps({"url": f"http://127.0.0.1:{listening.getsockname()[1]}"}), flush=True)
    config = uvicorn.Config(app, http="h11", ws="none", log_level="critical", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1])
