"""The play server: a raw TCP server that performs scripted connections and writes down what it saw.

A play is a list of connections, each a list of operations; the n-th request to the play's stream performs the n-th
list. One socket carries one request, so the sockets counted here equal the attempts that a client made. A socket that
never sends a request (browsers open some ahead of need) is not counted, nor is a CORS preflight.

    python -m wakeful_demo.plays --port 0 [--static DIR | --static /prefix=DIR]...

prints {"port": n, "url": "http://127.0.0.1:n"} and serves until it is ended.

    POST /plays {"connections": [[operation, ...], ...], "cors": bool}   201 {"id", "url"}; operations: play.py
    GET or POST /plays/{id}/stream        performs the next connection (beyond the list: 204); so does any path below
    GET /plays/{id}?accepted=n&closed=n   the journal, once that many have come and gone
    POST /plays/{id}/gates/{name}         lets connections pass that gate
    GET /anything-else                    a file of the folders served
"""

import argparse
import asyncio
import json
import threading
from pathlib import Path

import h11

from wakeful_demo import http1, static_files
from wakeful_demo.http1 import HeaderList, Request
from wakeful_demo.listener import Listener
from wakeful_demo.play import BadPlay, Operation, Play
from wakeful_demo.race import unless_closed

JSON_TYPE = ("Content-Type", "application/json")


class PlayServer:
    """Serves plays on one loopback port, until close()."""

    def __init__(self, mounts: static_files.Mounts | None = None) -> None:
        self.plays: dict[str, Play] = {}
        self.url = ""
        self._mounts = mounts or {}
        self._listener = Listener(self._serve)

    async def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1; port 0 takes a free one. Returns the base URL. Raises OSError if the port is taken."""
        self.url = f"http://127.0.0.1:{await self._listener.start('127.0.0.1', port)}"
        return self.url

    async def close(self) -> None:
        """Stop listening and end every connection, held ones included."""
        await self._listener.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await http1.read_request(reader)
        except h11.RemoteProtocolError as error:
            writer.write(_problem(400, str(error)))
            return
        if request is None:
            return
        play = self._play_streamed(request)
        if play is None:
            await unless_closed(reader, self._answer(request, writer))
        elif request.method == "OPTIONS":
            play.preflights += 1
            writer.write(http1.whole_response(204, play.cors_headers(request)))
        else:
            await self._perform(play, request, reader, writer)

    def _play_streamed(self, request: Request) -> Play | None:
        parts = request.path.split("/")
        if len(parts) >= 4 and parts[1] == "plays" and parts[3] == "stream":
            return self.plays.get(parts[2])
        return None

    async def _perform(
        self, play: Play, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        connection = await play.accept(request, writer)
        try:
            finished = await unless_closed(reader, connection.perform(play))
            await play.note_closed(connection, "server" if finished else "client")
        except ConnectionError:
            await play.note_closed(connection, "client")
        except asyncio.CancelledError:
            await play.note_closed(connection, "server")
            raise

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Everything but the streams: the control routes and the static files."""
        writer.write(await self._control(request))
        await writer.drain()

    async def _control(self, request: Request) -> bytes:
        parts = request.path.strip("/").split("/")
        if parts[0] != "plays":
            return static_files.response(self._mounts, request)
        if parts == ["plays"]:
            return self._create(request)
        play = self.plays.get(parts[1])
        if play is None:
            return _problem(404, f"no play {parts[1]}")
        if len(parts) == 2 and request.method == "GET":
            try:
                accepted, closed = int(request.query("accepted") or 0), int(request.query("closed") or 0)
            except ValueError:
                return _problem(400, "accepted and closed are whole numbers")
            await play.until(accepted, closed)
            return _json(200, play.journal())
        if len(parts) == 4 and parts[2] == "gates" and request.method == "POST":
            await play.open_gate(parts[3])
            return http1.whole_response(204, [])
        return _problem(404, f"no route {request.method} {request.path}")

    def _create(self, request: Request) -> bytes:
        if request.method != "POST":
            return _problem(405, "POST a play here", [("Allow", "POST")])
        try:
            play = self.create(request.body)
        except BadPlay as error:
            return _problem(400, str(error))
        return _json(201, {"id": play.id, "url": self.url_of(play)})

    def create(self, body: bytes) -> Play:
        """Enter a play, in JSON as it is posted. Raises BadPlay."""
        play = Play.from_json(str(len(self.plays) + 1), body)
        self.plays[play.id] = play
        return play

    def url_of(self, play: Play) -> str:
        return f"{self.url}/plays/{play.id}/stream"


def _json(status: int, value: object) -> bytes:
    return http1.whole_response(status, [JSON_TYPE, ("Cache-Control", "no-store")], json.dumps(value).encode())


def _problem(status: int, detail: str, headers: HeaderList | None = None) -> bytes:
    body = json.dumps({"status": status, "title": http1.reason_of(status), "detail": detail}).encode()
    return http1.whole_response(status, [("Content-Type", "application/problem+json"), *(headers or [])], body)


class PlayThread:
    """A PlayServer on a thread of its own, for tests that block: `with PlayThread() as plays: plays.url`."""

    def __init__(self, mounts: static_files.Mounts | None = None) -> None:
        self.url = ""
        self._server = PlayServer(mounts)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="plays", daemon=True)

    def create(self, connections: list[list[Operation]], cors: bool = False) -> Play:
        """Enter a play without a request; its url_of() and journal() can be read from this thread. Raises BadPlay."""
        return self._server.create(json.dumps({"connections": connections, "cors": cors}).encode())

    def url_of(self, play: Play) -> str:
        return self._server.url_of(play)

    def __enter__(self) -> "PlayThread":
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._server.start(), self._loop).result()
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._server.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="wakeful_demo.plays", description="Perform scripted connections.")
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 takes a free one (default)")
    parser.add_argument(
        "--static", action="append", default=[], metavar="[/PREFIX=]DIR", help="also serve the files of a folder"
    )
    arguments = parser.parse_args()
    mounts = static_files.mounts_of(arguments.static)
    for folder in mounts.values():
        if not folder.is_dir():
            parser.error(f"--static: {folder} is not a folder")
    try:
        asyncio.run(_serve_forever(arguments.port, mounts))
    except KeyboardInterrupt:
        pass
    except OSError as error:
        parser.exit(1, f"cannot listen on port {arguments.port}: {error.strerror}\n")


async def _serve_forever(port: int, mounts: dict[str, Path]) -> None:
    server = PlayServer(mounts)
    url = await server.start(port)
    print(json.dumps({"port": int(url.rpartition(":")[2]), "url": url}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
