"""An event stream as an ASGI response: the driver of ServerStream. It holds no policy: send, receive, one timer.

@app.get("/runs/{run}/events")
async def events(request: Request, run: str) -> Response:
    return EventStreamResponse(log, run, request, principal=user_of(request))
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from random import SystemRandom
from types import FrameType
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from wakeful.bindings.settings import check_type
from wakeful.errors import OptionError
from wakeful.outcome import Problem
from wakeful.server.heads import refusal_headers
from wakeful.server.logs.interface import LogUnavailable, ReplayLog, UnknownStream
from wakeful.server.options import ServerOptions
from wakeful.server.problems import log_unavailable, problem_text, unknown_stream
from wakeful.server.records import Snapshot, StreamInfo
from wakeful.server.request import read_request
from wakeful.server.stream import ServerStream

try:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send
except ImportError as error:
    raise ImportError("EventStreamResponse needs Starlette: pip install 'wakeful[server]'") from error

if TYPE_CHECKING:
    from wakeful.server.options import Control, OnDisconnect
    from wakeful.server.records import DrainReason

Snapshots = Callable[[], "Snapshot | Awaitable[Snapshot | None] | None"]

# What is said to viewers whose request met a log that does not answer.
RETRY_AFTER_MS = 1_000

_random = SystemRandom()
# All streams of this process, and what drain() was told, for those that open after it.
_open: set[EventStreamResponse] = set()
_draining: DrainReason | None = None


class ServerSettings(TypedDict, total=False):
    """ServerOptions as keyword arguments; see there for units, defaults and reasons."""

    control: Control
    hb_ms: int
    least_hb_ms: int
    most_hb_ms: int
    retry_ms: int
    retry_base_ms: int
    retry_cap_ms: int
    retry_attempts: int
    retry_budget_ms: int
    rotate_ms: int
    drain_window_ms: int
    drain_deadline_ms: int
    unsent_bytes: int
    unsent_ms: int
    wait_ms: int
    on_disconnect: OnDisconnect
    resume: str
    cancel: str
    ttl_ms: int
    payload: str


def _merged(options: ServerOptions | None, settings: Mapping[str, object]) -> ServerOptions:
    """A misspelt attribute of `options` would be silently without effect: it is refused too."""
    merged = copy.copy(options) if options else ServerOptions()
    vars(merged).update(settings)
    defaults = vars(ServerOptions())
    for name, value in vars(merged).items():
        if name not in defaults:
            raise OptionError(f"{name} is not an option of EventStreamResponse")
        check_type(name, value, type(defaults[name]))
    merged.check()
    return merged


class EventStreamResponse(Response):
    """What a viewer may read of a stream, from its cursor on, live until the end; or why not, as a problem.

    log, stream: which, of which log. request: the viewer's, whose headers and query say what is wanted.
    principal: who asks, as the application has authenticated them: only a stream that was created for the same
      principal is shown. It is asked for at every connection, so every replay is authorised.
    snapshot: a function (it may be async) that gives the application's whole state, for viewers whose cursor has left
      the log. Without one they get 410.
    options: see ServerOptions. settings: the same by their names (hb_ms=10_000, cancel="/runs/7"), over those of
      `options`. A response to a POST needs `resume`: the path that the same stream can be GET from. To a GET it needs
      none: a viewer resumes at the URL that it knows, also behind a proxy that changes the path.

    status_code: 200, which FastAPI reads off to document a route whose response_class this is. Others are refused: what
      is answered follows from the cursor.

    Raises OptionError for a value that is out of range and for a name that is no option's.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        log: ReplayLog,
        stream: str,
        request: Request,
        *,
        principal: str,
        snapshot: Snapshots | None = None,
        options: ServerOptions | None = None,
        status_code: int = 200,
        **settings: Unpack[ServerSettings],
    ) -> None:
        if status_code != 200:
            raise OptionError(f"status_code must be 200, with which a stream begins, not {status_code}")
        super().__init__()
        self.raw_headers = []  # those of an empty body; what the application adds to `headers` is sent too
        self.options = _merged(options, settings)
        self._log = log
        self._stream = stream
        self._principal = principal
        self._snapshot = snapshot
        self._request = request
        self._began = time.monotonic()
        self._news = asyncio.Event()
        self._gone = False
        self._epoch = ""
        self._drain_as: DrainReason | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            viewer = await self._judge()
        except LogUnavailable:
            await problem_response(log_unavailable(RETRY_AFTER_MS))(scope, receive, send)
            return
        except UnknownStream:  # it left the log just now
            await problem_response(unknown_stream())(scope, receive, send)
            return
        headers = [(name.lower().encode(), value.encode()) for name, value in viewer.headers] + self.raw_headers
        await send({"type": "http.response.start", "status": viewer.status, "headers": headers})
        if viewer.streams and scope["method"] != "HEAD":
            await self._serve(viewer, receive, send)
        else:
            await send({"type": "http.response.body", "body": viewer.body, "more_body": False})
        if self.background is not None:
            await self.background()

    async def _judge(self) -> ServerStream:
        """Decides the head: the only part that can still be refused."""
        asked = read_request({name: value for name, value in self._request.headers.items()}, self._request.url.query)
        info = await self._authorised()
        viewer = ServerStream(self.options, asked, info, self._log.limits, _random.randrange)
        if viewer.wants_snapshot:
            await self._give_snapshot(viewer)
        return viewer

    async def _authorised(self) -> StreamInfo | None:
        try:
            info = await self._log.info(self._stream)
        except UnknownStream:
            return None
        self._epoch = info.epoch
        return info if info.principal == self._principal else None

    async def _give_snapshot(self, viewer: ServerStream) -> None:
        made = self._snapshot() if self._snapshot else None
        snapshot = await made if inspect.isawaitable(made) else made
        viewer.receive_snapshot(snapshot, await self._log.info(self._stream, self._epoch), self._now())

    async def _serve(self, viewer: ServerStream, receive: Receive, send: Send) -> None:
        leaving = asyncio.create_task(self._listen(receive))
        self._loop = asyncio.get_running_loop()
        _open.add(self)
        self._drain_as = _draining
        try:
            async with self._log.watch(self._stream, self._news.set):
                viewer.start(self._now())
                while not viewer.closed and not self._gone:
                    self._news.clear()
                    viewer.handle_timeout(self._now())
                    if self._drain_as:
                        viewer.drain(self._drain_as, self._now())
                    if not await self._write(viewer, send) and not await self._read(viewer):
                        await self._wait(viewer)
        except UnknownStream:
            viewer.close("stream-gone")
        except LogUnavailable:
            viewer.close("log-unavailable")
        finally:
            _open.discard(self)
            leaving.cancel()
        await self._finish(viewer, send)

    async def _write(self, viewer: ServerStream, send: Send) -> bool:
        """Send the next write, if there is one, until the transport has taken it or the viewer is given up."""
        data = viewer.next_write(self._now())
        if data is None:
            return False
        sending = asyncio.ensure_future(send({"type": "http.response.body", "body": data, "more_body": True}))
        try:
            while not sending.done() and not viewer.closed:
                await asyncio.wait([sending], timeout=self._seconds_left(viewer))
                if not sending.done():
                    viewer.handle_timeout(self._now())
            if sending.done():
                sending.result()
                viewer.sent(self._now())
        except OSError:  # what servers raise once the viewer has left
            self._gone = True
        finally:
            sending.cancel()
        return True

    async def _read(self, viewer: ServerStream) -> bool:
        """Hand over what the log holds behind the viewer, if there is anything."""
        if viewer.closed:
            return True
        entries, more = await self._log.read_after(self._stream, self._epoch, viewer.seq, viewer.batch_bytes)
        viewer.receive_entries(entries, more, self._now())
        if viewer.wants_snapshot:
            await self._give_snapshot(viewer)
        return len(entries) > 0

    async def _wait(self, viewer: ServerStream) -> None:
        try:
            async with asyncio.timeout(self._seconds_left(viewer)):
                await self._news.wait()
        except TimeoutError:
            viewer.handle_timeout(self._now())

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        self._news.set()

    async def _finish(self, viewer: ServerStream, send: Send) -> None:
        if self._gone:
            if viewer.ends_run:
                await self._log.cancel(self._stream, self._principal)
        elif viewer.reason != "slow-consumer":  # whose transport takes nothing more: the server closes it
            with suppress(OSError):  # it has left just now
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    def drain(self, reason: DrainReason) -> None:
        """Ask this viewer to reconnect; from any thread. reason: "deploy", "rotate", "auth" or "limit", as it hears."""
        self._drain_as = reason
        with suppress(RuntimeError):  # its event loop is closed, and it with it
            self._loop.call_soon_threadsafe(self._news.set)

    def _seconds_left(self, viewer: ServerStream) -> float | None:
        deadline = viewer.deadline
        return None if deadline is None else max(0, deadline - self._now()) / 1000

    def _now(self) -> int:
        return int((time.monotonic() - self._began) * 1000)


def problem_response(problem: Problem) -> Response:
    """A refusal as `application/problem+json` (RFC 9457)."""
    return Response(problem_text(problem), problem.status, dict(refusal_headers(problem)))


def drain(reason: DrainReason = "deploy") -> int:
    """Ask all viewers of this process to reconnect, and those who still come; how many there are. From any thread.

    reason: "deploy", "rotate", "auth" or "limit", as they are told. Each leaves after a random part of
    `drain_window_ms`, and is closed after `drain_deadline_ms`.
    """
    global _draining
    _draining = reason
    viewers = tuple(_open)
    for response in viewers:
        response.drain(reason)
    return len(viewers)


@asynccontextmanager
async def drain_on_shutdown() -> AsyncIterator[None]:
    """Around an application's life (`lifespan`): at SIGTERM and SIGINT viewers are drained, then the server goes on.

    A server tells its application of the shutdown only after the last connection has closed, which would be too late.
    So let it wait long enough: for uvicorn --timeout-graceful-shutdown, of the drain's deadline in seconds or more.
    Outside of the main thread there are no signals: call drain().
    """
    global _draining
    _draining = None  # of an application that ran in this process before
    loop = asyncio.get_running_loop()
    replaced: dict[signal.Signals, Any] = {}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(drain)
        replaced[signal.Signals(number)](number, frame)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            handler = signal.getsignal(number)
            if callable(handler):  # else no server waits for it, and it ends the process
                replaced[number] = handler
                signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)
