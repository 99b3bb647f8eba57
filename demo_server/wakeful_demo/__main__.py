"""One command for the whole demo: python -m wakeful_demo. The relay's port is the one to open in a browser."""

import argparse
import asyncio
import fcntl
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette

from wakeful_demo.app import DIST
from wakeful_demo.control import create_control
from wakeful_demo.desk import Desk
from wakeful_demo.journal import Journal
from wakeful_demo.model import BadModel, Model
from wakeful_demo.recordings import find_recordings
from wakeful_demo.relay import Relay
from wakeful_demo.supervisor import AppServer, BufferingProxy, StartFailed

MODEL_HELP = """\
A real model answers, in place of the scripts, where the environment names one that speaks OpenAI's Chat Completions:
  WAKEFUL_DEMO_BASE_URL  such as http://localhost:8080/v1
  WAKEFUL_DEMO_API_KEY   sent as a bearer token; may be left out for a server of your own
  WAKEFUL_DEMO_MODEL     the model's name"""


class ControlServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.began = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.began.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals to us: this server is one of several things that Ctrl-C ends."""
        yield


def main() -> None:
    arguments = _arguments()
    try:
        arguments.data.mkdir(parents=True, exist_ok=True)
        lock = (arguments.data / "lock").open("w")
    except OSError as error:
        sys.exit(f"cannot write to {arguments.data}: {error.strerror}. Choose another folder with --data")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"another demo is using {arguments.data}; choose another folder with --data")
    with lock, tempfile.TemporaryDirectory(prefix="wakeful-demo-") as folder:
        try:
            asyncio.run(_run(arguments, Path(folder)))
        except StartFailed as error:
            sys.exit(str(error))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m wakeful_demo",
        description="See an agent's event stream break, and not break: a page, and everything behind it.",
        epilog=MODEL_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    say = parser.add_argument
    say("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1, for this machine only)")
    say("--port", type=_port, default=8000, help="port to listen on; 0 takes a free one (default: 8000)")
    say("--data", metavar="DIR", type=Path, default=_cache_folder(), help="folder of the replay log (%(default)s)")
    say("--recordings", metavar="DIR", type=_recordings, help="replay the .sse files of this folder, not the scripts")
    say("--speed", metavar="X", type=_factor, default=1.0, help="how much faster than a person to speak (default: 1)")
    say(
        "--heartbeat",
        metavar="S",
        type=_seconds,
        default=4.0,
        help="seconds of silence that a heartbeat ends (default: 4)",
    )
    say("--dist", metavar="DIR", type=Path, default=DIST, help="folder of the built client (default: web/dist)")
    say("--json", action="store_true", help="announce the address as one line of JSON, for programs")
    arguments = parser.parse_args()
    try:
        arguments.model = Model.from_environment()
    except BadModel as error:
        parser.error(str(error))
    return arguments


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"a port is a whole number from 0 to 65535, not {text}")
    return int(text)


def _factor(text: str) -> float:
    return _number(text, 0.001, 1000)


def _seconds(text: str) -> float:
    return _number(text, 0.05, 600)


def _number(text: str, least: float, most: float) -> float:
    with suppress(ValueError):
        if least <= float(text) <= most:
            return float(text)
    raise argparse.ArgumentTypeError(f"a number from {least} to {most} is wanted, not {text}")


def _recordings(text: str) -> Path:
    folder = Path(text)
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{folder} is not a folder")
    if not find_recordings(folder):
        raise argparse.ArgumentTypeError(f"there is no .sse file in {folder}, or in a folder below it")
    return folder


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wakeful-demo"


async def _run(arguments: argparse.Namespace, folder: Path) -> None:
    """Start everything, say where, and end everything on SIGINT, SIGTERM or when the server can't be kept up."""
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    app_socket, control_socket = folder / "app.sock", folder / "control.sock"
    server, proxy, journal = AppServer(_server_arguments(arguments, app_socket)), BufferingProxy(folder), Journal()
    async with AsyncExitStack() as stack:
        supervising = await stack.enter_async_context(_background(server.run()))
        await _unless_failed(supervising, server.ready())
        stack.push_async_callback(proxy.close)
        reason = await proxy.start(app_socket)
        desk = Desk({"buffering": reason} if reason else {}, server.kill)
        control = create_control(desk, journal, server.ready)
        await stack.enter_async_context(_serving(control_socket, control))
        relay = Relay(desk, journal, app_socket, server.ready, control_socket, None if reason else proxy.socket)
        stack.push_async_callback(relay.close)
        try:
            port = await relay.start(arguments.host, arguments.port)
        except OSError as error:
            where = f"{arguments.host}:{arguments.port}"
            way_out = "--host" if isinstance(error, socket.gaierror) else "--port; 0 takes any"
            raise StartFailed(f"cannot listen on {where}: {error.strerror}. Try another {way_out}") from None
        _announce(arguments, port, desk)
        await _unless_failed(supervising, stopped.wait())
        if not arguments.json:
            print("\nEnded. Answers that were not finished go on at the next start.", flush=True)


def _server_arguments(arguments: argparse.Namespace, path: Path) -> list[str]:
    values = {
        "--socket": path,
        "--data": arguments.data,
        "--recordings": arguments.recordings,
        "--speed": arguments.speed,
        "--heartbeat": arguments.heartbeat,
        "--dist": arguments.dist,
    }
    return [part for name, value in values.items() if value is not None for part in (name, str(value))]


async def _unless_failed(task: asyncio.Task[None], work: Coroutine[Any, Any, object]) -> None:
    """Do the work; raise what the task raises, if that comes first."""
    working = asyncio.ensure_future(work)
    await asyncio.wait((task, working), return_when=asyncio.FIRST_COMPLETED)
    working.cancel()
    if task.done():
        task.result()


@asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Run the work as a task that ends with the block."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _serving(path: Path, app: Starlette) -> AsyncIterator[None]:
    """Serve the application on a Unix socket for as long as the block lasts."""
    config = uvicorn.Config(
        app, uds=str(path), http="h11", ws="none", lifespan="off", log_level="warning", timeout_graceful_shutdown=1
    )
    server = ControlServer(config)
    serving = asyncio.create_task(server.serve())
    await asyncio.wait((serving, asyncio.ensure_future(server.began.wait())), return_when=asyncio.FIRST_COMPLETED)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _announce(arguments: argparse.Namespace, port: int, desk: Desk) -> None:
    host = "localhost" if arguments.host in ("127.0.0.1", "::1") else arguments.host
    if arguments.json:
        url = f"http://127.0.0.1:{port}" if host == "localhost" else f"http://{host}:{port}"
        print(json.dumps({"url": url, "port": port, "unavailable": desk.unavailable}), flush=True)
        return
    print(f"Wakeful demo: http://{host}:{port}")
    if arguments.model:
        print(f"  Answers are those of the model {arguments.model.name} at {arguments.model.base_url}.")
    for name, reason in desk.unavailable.items():
        print(f"  The fault '{name}' is off: {reason}.")
    if not (arguments.dist / "wakeful.mjs").is_file():
        print(f"  The page's client is not built ({arguments.dist} has no wakeful.mjs): run “make build”.")
    print(f"  The replay log is in {arguments.data}; unfinished answers go on when you start again.")
    print("  Ctrl-C ends it.", flush=True)


if __name__ == "__main__":
    main()
