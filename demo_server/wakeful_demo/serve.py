"""The process that the demo's server runs in: started, killed and started again by the supervisor.

    python -m wakeful_demo.serve --socket PATH --data DIR ...

listens on a Unix socket, prints "ready" once it does, and ends when its standard input ends, so that it never outlives
the process that started it, however that one died.
"""

import argparse
import asyncio
import socket
import sys
import threading
from pathlib import Path

import uvicorn

from wakeful_demo.app import DIST, Settings, create_app
from wakeful_demo.model import Model


class AnnouncingServer(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup()
        print("ready", flush=True)


async def serve(path: Path, settings: Settings) -> None:
    app = create_app(settings, Model.from_environment())
    # Viewers stay for as long as a run takes; at the end they are cut off at once, and resume later.
    config = uvicorn.Config(app, uds=str(path), http="h11", ws="none", log_level="warning", timeout_graceful_shutdown=1)
    server = AnnouncingServer(config)
    threading.Thread(target=_exit_with_parent, args=[server], daemon=True).start()
    await server.serve()


def _exit_with_parent(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True


def main() -> None:
    parser = argparse.ArgumentParser(prog="wakeful_demo.serve")
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--recordings", type=Path)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--heartbeat", type=float, default=4.0)
    parser.add_argument("--dist", type=Path, default=DIST)
    arguments = parser.parse_args()
    settings = Settings(arguments.data, arguments.recordings, arguments.speed, arguments.heartbeat, arguments.dist)
    asyncio.run(serve(arguments.socket, settings))


if __name__ == "__main__":
    main()
