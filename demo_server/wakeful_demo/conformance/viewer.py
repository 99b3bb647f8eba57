"""A strict viewer of event streams: one request on a socket of its own, and exactly what comes back on it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import Self
from urllib.parse import urlsplit

CONNECTION_LIMIT = 65_536


class Viewer:
    """`async with Viewer(url, headers) as viewer`. status, headers: of the head. chunks: the body's writes, as text.

    Nothing is read behind the head before read() is called: until then it is a viewer that takes nothing.
    heartbeats: whether these comments count among the blocks.
    """

    def __init__(
        self, url: str, headers: dict[str, str] | None = None, method: str = "GET", heartbeats: bool = True
    ) -> None:
        self._url = urlsplit(url)
        self._asked = headers or {}
        self._method = method
        self._heartbeats = heartbeats
        self.status = 0
        self.headers: dict[str, str] = {}
        self.chunks: list[str] = []
        self.closed = False
        self.whole = False
        self.fault = ""
        self._changed = asyncio.Condition()
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        target = self._url.path + (f"?{self._url.query}" if self._url.query else "")
        connection = socket.socket()
        connection.setblocking(False)
        # So that a viewer that takes nothing is soon one to whom nothing more can be sent.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, CONNECTION_LIMIT)
        await asyncio.get_running_loop().sock_connect(connection, (self._url.hostname, self._url.port))
        self._reader, self._writer = await asyncio.open_connection(sock=connection, limit=CONNECTION_LIMIT)
        lines = [f"{self._method} {target} HTTP/1.1", f"Host: {self._url.netloc}"]
        lines += [f"{name}: {value}" for name, value in self._asked.items()]
        lines += ["Content-Length: 0"] if self._method == "POST" else []
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        self.status = int(head[0].split(" ")[1])
        for line in head[1:-2]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    def read(self) -> Self:
        """From now on everything is taken as it comes."""
        self._reading = asyncio.create_task(self._read())
        return self

    @property
    def text(self) -> str:
        return "".join(self.chunks)

    @property
    def blocks(self) -> list[str]:
        """Of the event stream, those that are complete; and what is wrong with how it is written, in `fault`."""
        if "\r" in self.text or "\ufeff" in self.text:
            self.fault = "a CR or a byte order mark is in the stream"
        blocks = [block for block in self.text.split("\n\n")[:-1] if block]
        return [block for block in blocks if self._heartbeats or not block.startswith(": hb")]

    @property
    def ids(self) -> list[str]:
        """The ids of the events, in order."""
        return [line[4:] for block in self.blocks for line in block.split("\n") if line.startswith("id: ")]

    async def until(self, text: str, seconds: float) -> bool:
        """Whether this text came, before the end."""
        return await self._until(lambda: text in self.text or self.closed, seconds) and text in self.text

    async def until_blocks(self, count: int, seconds: float) -> bool:
        return await self._until(lambda: len(self.blocks) >= count or self.closed, seconds)

    async def until_closed(self, seconds: float) -> bool:
        return await self._until(lambda: self.closed, seconds)

    async def _until(self, fact: Callable[[], bool], seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(fact)
        except TimeoutError:
            return False
        return True

    async def _read(self) -> None:
        try:
            async for data in self._body():
                await self._enter(data)
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass  # cut off: `whole` stays False
        async with self._changed:
            self.closed = True
            self._changed.notify_all()

    async def _body(self) -> AsyncIterator[bytes]:
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(await self._reader.readline(), 16):
                yield await self._reader.readexactly(size)
                await self._reader.readexactly(2)
        else:
            length = int(self.headers.get("content-length", "0"))
            yield await self._reader.readexactly(length)
        self.whole = True

    async def _enter(self, data: bytes) -> None:
        async with self._changed:
            self.chunks.append(data.decode("utf-8", "replace"))
            self._changed.notify_all()
