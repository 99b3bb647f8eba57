"""The relay: the one port that everybody meets. It passes requests on, and lets the ordered faults strike.

It answers one request per connection, so that what the journal counts are a viewer's connections. Only requests for a
run's events are looked into; all others are passed on as they are.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable

import h11

from wakeful_demo import http1, upstream
from wakeful_demo.desk import BadOrder, Desk, Order
from wakeful_demo.exchange import Exchange
from wakeful_demo.faults import PROBLEM, problem
from wakeful_demo.http1 import Request
from wakeful_demo.journal import Journal
from wakeful_demo.listener import Listener
from wakeful_demo.race import unless_closed
from wakeful_demo.upstream import Address, Upstream, UpstreamGone

EVENTS_PATH = re.compile(r"(?:/protocol)?/runs/[^/]+/events")
LABEL = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
NO_LABEL = "anonymous"
CONTROL_PATHS = ("/faults", "/journal")
# A stream fault that was ordered before the stream began strikes after so many messages: it has something to break.
MESSAGES_BEFORE_FAULT = 3


class Relay:
    """app and control: where the two servers behind it listen; proxy: where nginx does, in front of app, if it runs.

    app_ready: returns once app is up. Viewers meet a restarting server as it is; all other requests wait for it.
    """

    def __init__(
        self,
        desk: Desk,
        journal: Journal,
        app: Address,
        app_ready: Callable[[], Awaitable[None]],
        control: Address,
        proxy: Address | None,
    ) -> None:
        self._app_ready = app_ready
        self._desk = desk
        self._journal = journal
        self._app = app
        self._control = control
        self._proxy = proxy
        self._listener = Listener(self._serve)

    async def start(self, host: str, port: int) -> int:
        """Listen; the port, which is a free one if 0 was asked for. Raises OSError if it is taken."""
        return await self._listener.start(host, port)

    async def close(self) -> None:
        """Stop listening and end every connection."""
        await self._listener.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await http1.read_request(reader)
        except h11.RemoteProtocolError as error:
            writer.write(http1.whole_response(400, PROBLEM, problem(400, str(error))))
            return
        if request is None:
            return
        if request.method == "GET" and EVENTS_PATH.fullmatch(request.path):
            await self._serve_viewer(request, reader, writer)
        else:
            await unless_closed(reader, self._pass_whole(request, writer))

    async def _pass_whole(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Pass a request on, and its response back byte by byte as it comes."""
        address = self._control
        if not request.path.startswith(CONTROL_PATHS):
            address = self._app
            await self._app_ready()
        try:
            upstream_reader, upstream_writer = await upstream.connect(address)
        except UpstreamGone:
            refusal = problem(503, "the server is starting")
            writer.write(http1.whole_response(503, [*PROBLEM, ("Retry-After", "1")], refusal))
            return
        try:
            upstream_writer.write(upstream.forwarded(request))
            while data := await upstream_reader.read(http1.READ_SIZE):
                writer.write(data)
                await writer.drain()
        finally:
            upstream_writer.close()

    async def _serve_viewer(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        label = request.query("client") or NO_LABEL
        if not LABEL.fullmatch(label):
            refusal = problem(400, "'client' is 1 to 64 letters, digits, - and _")
            writer.write(http1.whole_response(400, PROBLEM, refusal))
            return
        exchange = Exchange(request, writer, self._journal.viewer(label), self._desk.kill_server)
        try:
            order = self._desk.enter(label, exchange)
            if not await unless_closed(reader, self._answer(exchange, order)):
                exchange.note_left()
        except BadOrder as error:
            await exchange.respond(400, PROBLEM, problem(400, str(error)))
        except UpstreamGone:
            exchange.reset("gone")
        except ConnectionError:
            exchange.note_left()
        except asyncio.CancelledError:
            exchange.cut()
            raise
        finally:
            self._desk.leave(label, exchange)
            exchange.drop_upstream()

    async def _answer(self, exchange: Exchange, order: Order | None) -> None:
        if order is not None and order.fault.target == "request":
            await order.strike(exchange)
            if exchange.over:
                return
        address = self._proxy if exchange.through_proxy and self._proxy is not None else self._app
        exchange.upstream = opened = await Upstream.open(address, exchange.request)
        if opened.status != 200:
            await exchange.respond(opened.status, opened.end_to_end_headers(), await opened.rest())
            return
        await exchange.begin(opened.status, opened.end_to_end_headers())
        if order is not None and order.fault.target != "request":
            await exchange.pass_on(MESSAGES_BEFORE_FAULT)
            if not exchange.over:
                await order.strike(exchange)
        await exchange.run()
