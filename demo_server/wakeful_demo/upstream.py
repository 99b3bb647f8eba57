"""The relay's own connection to a server behind it: one request, and the response as a head and its blocks."""

import asyncio
from collections import deque
from pathlib import Path

import h11

from wakeful_demo import http1
from wakeful_demo.http1 import HeaderList, Request

Address = Path | int  # a Unix socket, or a port of the loopback interface

# Headers that concern one connection only (RFC 9110, "Connection"), and what is said anew for the next one.
HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length", "expect", "host")


class UpstreamGone(ConnectionError):
    """The server behind the relay refused the connection or vanished in the middle of its answer."""


async def connect(address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Raises UpstreamGone."""
    try:
        if isinstance(address, Path):
            return await asyncio.open_unix_connection(str(address))
        return await asyncio.open_connection("127.0.0.1", address)
    except OSError as error:
        raise UpstreamGone(str(error)) from error


def forwarded(request: Request) -> bytes:
    """The request as the relay sends it on: the same, on a connection of its own that ends with the response."""
    headers = [(name, value) for name, value in request.headers.items() if name not in HOP_BY_HOP]
    headers += [("host", request.headers.get("host", "localhost")), ("connection", "close")]
    if request.body or request.method not in ("GET", "HEAD"):
        headers.append(("content-length", str(len(request.body))))
    lines = [f"{request.method} {request.target} HTTP/1.1"] + [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + request.body


class Upstream:
    """A request that was sent on. Read the head by open(), then the body by block() or rest()."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.status = 0
        self.headers: HeaderList = []
        self._reader = reader
        self._writer = writer
        self._parser = h11.Connection(h11.CLIENT)
        self._blocks: deque[bytes] = deque()
        self._rest = b""
        self._ended = False

    @classmethod
    async def open(cls, address: Address, request: Request) -> "Upstream":
        """Send the request and read the response's head. Raises UpstreamGone."""
        upstream = cls(*await connect(address))
        try:
            upstream._parser.send(h11.Request(method=request.method, target=request.target, headers=[("host", "x")]))
            upstream._parser.send(h11.EndOfMessage())
            upstream._writer.write(forwarded(request))
            head = await upstream._next_event()
            if not isinstance(head, h11.Response):
                raise UpstreamGone("no response head")
        except BaseException:
            upstream.close()
            raise
        upstream.status = head.status_code
        upstream.headers = [(name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers]
        return upstream

    @property
    def content_type(self) -> str:
        return dict(self.headers).get("content-type", "")

    def end_to_end_headers(self) -> HeaderList:
        return [(name, value) for name, value in self.headers if name not in HOP_BY_HOP]

    async def block(self) -> bytes | None:
        """The next block of the event stream with its blank line; None at the clean end. Raises UpstreamGone."""
        while not self._blocks:
            data = await self._data()
            if data is None:
                return None
            *blocks, self._rest = (self._rest + data).split(b"\n\n")
            self._blocks.extend(blocks)
        return self._blocks.popleft() + b"\n\n"

    async def rest(self) -> bytes:
        """The whole body, when it is no event stream. Raises UpstreamGone."""
        body = b""
        while (data := await self._data()) is not None:
            body += data
        return body

    def close(self) -> None:
        self._writer.close()

    async def _data(self) -> bytes | None:
        if self._ended:
            return None
        event = await self._next_event()
        if isinstance(event, h11.Data):
            return bytes(event.data)
        self._ended = True
        return None

    async def _next_event(self) -> object:
        try:
            while (event := self._parser.next_event()) is h11.NEED_DATA:
                self._parser.receive_data(await self._reader.read(http1.READ_SIZE))
        except (h11.RemoteProtocolError, ConnectionError) as error:
            raise UpstreamGone(str(error)) from error
        return event
