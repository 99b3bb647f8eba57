"""What the services in Python share: the HTTP side of spec/conformance/README.md, over the standard library alone."""

from __future__ import annotations

import itertools
import json
import signal
import sys
import threading
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# A message's report is the application's work on it: the harness may take its time.
REPORT_S = 600


class Order:
    """What the harness asks for: the stream's URL, the options by their names, and what could be set."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.url: str = said["url"]
        self.token: bool = said["token"]
        self.options: dict[str, Any] = said["options"]
        self.pace: dict[str, int] = said["pace"]
        self._report_url: str = said["report"]

    def seconds(self, name: str) -> float:
        """An option in ms, asked for or to be set at will, in seconds."""
        milliseconds: int = self.options[name] if name in self.options else self.pace[name]
        return milliseconds / 1000

    def report(self, kind: str, **members: Any) -> dict[str, Any]:
        """Post one report and wait for the answer: so they arrive in order."""
        body = json.dumps({"kind": kind, **members}).encode()
        with urllib.request.urlopen(urllib.request.Request(self._report_url, body), timeout=REPORT_S) as response:
            answer: dict[str, Any] = json.load(response)
            return answer

    def ask_token(self, reason: str) -> str:
        """What the application's token function gives, or raises."""
        token: str | None = self.report("token", reason=reason)["token"]
        if token is None:
            raise RuntimeError("no token today")
        return token


class Refused(Exception):
    """The client does not do what it was asked for, and says so: which error its user meets, and the words."""

    def __init__(self, status: int, error: Exception) -> None:
        super().__init__(str(error))
        self.status = status
        self.said = {"error": type(error).__name__, "message": str(error)}


class Stream:
    """One stream on a thread of its own. run reads it until it is over; close, from another thread, ends it sooner."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.closing = False
        self.thread = threading.Thread(target=self._run, daemon=True)

    def run(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def command(self, word: str) -> None:
        """restart, retry or cancel. Only asked for where it was declared. Raises Refused."""
        raise NotImplementedError

    def read(self) -> dict[str, Any]:
        """state, last_event_id, stats, hello. Only asked for where `read` was declared."""
        raise NotImplementedError

    def _run(self) -> None:
        try:
            self.run()
        except Exception as error:
            if not self.closing:
                self.order.report("closed", detail=repr(error))

    def end(self) -> None:
        self.closing = True
        self.close()
        self.thread.join(timeout=30)


def serve(description: dict[str, Any], stream_of: Callable[[Order], Stream]) -> None:
    """A client's service. What stream_of raises is what the client's user meets."""
    streams: dict[str, Stream] = {}
    # Streams are opened by several requests at a time: their number so far would name two of them alike.
    numbers = itertools.count(1)

    def answer(method: str, path: str, said: Any) -> tuple[int, Any]:
        if method == "GET" and path == "/":
            return 200, description
        if method == "POST" and path == "/streams":
            name = str(next(numbers))
            try:
                stream = streams[name] = stream_of(Order(said))
            except Exception as error:
                raise Refused(400, error) from None
            stream.thread.start()
            return 201, {"id": name}
        stream = streams[path.removeprefix("/streams/")]
        if method == "GET":
            return 200, stream.read()
        if method == "POST":
            stream.command(said["command"])
        else:
            stream.end()
        return 204, None

    listen(answer)


def answer_requests(routes: dict[tuple[str, str], Callable[[Any], Any]]) -> None:
    """A service that only answers: (method, path) -> a function from the request's JSON to the answer's."""
    listen(lambda method, path, said: (200, routes[method, path](said)))


def listen(answer: Callable[[str, str, Any], tuple[int, Any]]) -> None:
    """Serve until SIGTERM, on a free port, which the first line of output names."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            try:
                self._answer(*answer(self.command, self.path, json.loads(body) if body else None))
            except Refused as error:
                self._answer(error.status, error.said)

        do_GET = do_POST = do_DELETE = _handle

        def _answer(self, status: int, value: object) -> None:
            body = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            if body:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    server.serve_forever()
