"""One viewer's request, the connection it came on, and the stream that answers it: what faults act upon.

The relay passes blocks of the event stream on. A fault interrupts it between two blocks, does its harm with the
operations here, and either the exchange is over then, or the passing on continues.
"""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import cast

from wakeful_demo import http1
from wakeful_demo.http1 import HeaderList, Request
from wakeful_demo.journal import Seen, ViewerJournal
from wakeful_demo.race import first_of
from wakeful_demo.upstream import Upstream

ID_LINE = re.compile(rb"^id: (.*)$", re.MULTILINE)
# A socket that a black hole swallowed is given up after so long, or nobody would ever free it.
BURIED_AFTER_S = 600

Strike = Callable[["Exchange"], Awaitable[None]]
Style = Callable[[bytes], Iterable[bytes]]  # one block -> the writes that carry it


class Exchange:
    def __init__(
        self,
        request: Request,
        writer: asyncio.StreamWriter,
        journal: ViewerJournal,
        kill_server: Callable[[], None],
    ) -> None:
        self.request = request
        self.kill_server = kill_server
        self.began = asyncio.get_running_loop().time()
        self.over = False
        self.through_proxy = False
        self.style: Style = lambda block: (block,)
        self.upstream: Upstream | None = None
        self._writer = writer
        self._journal = journal
        self._seen: Seen = journal.request(request)
        self._strikes: deque[Strike] = deque()
        self._struck = asyncio.Event()

    # Passing on.

    async def pass_on(self, messages: int | None = None) -> None:
        """Pass blocks on until the stream ends, or until that many messages were."""
        while not self.over and (messages is None or self._seen.messages < messages):
            block = await self.next_block()
            if block is None:
                await self.end()
            else:
                await self.send(block)

    async def pass_on_until_struck(self) -> None:
        """Pass blocks on until the end or the next strike, whichever comes first."""
        await first_of(self.pass_on(), self._struck.wait())

    async def run(self) -> None:
        """Pass blocks on until the exchange is over, and let every strike happen on the way."""
        while not self.over:
            await self.pass_on_until_struck()
            if self._strikes and not self.over:
                strike = self._strikes.popleft()
                if not self._strikes:
                    self._struck.clear()
                await strike(self)

    def strike(self, strike: Strike) -> None:
        """Do this harm as soon as the block in hand is written, behind what was asked for before."""
        self._strikes.append(strike)
        self._struck.set()

    async def next_block(self) -> bytes | None:
        """The next block that the server wrote, or None at its end."""
        assert self.upstream is not None
        return await self.upstream.block()

    # What is done to the viewer's connection.

    async def begin(self, status: int, headers: HeaderList) -> None:
        """Send the head of a stream."""
        framing: HeaderList = [("Connection", "close")]
        if self._chunked:
            framing.append(("Transfer-Encoding", "chunked"))
        self._journal.response(self._seen, status, dict(headers).get("content-type", ""))
        await self._write(http1.head_bytes(status, headers + framing))

    async def respond(self, status: int, headers: HeaderList, body: bytes = b"") -> None:
        """Send a whole response; the exchange is over."""
        content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
        self._journal.response(self._seen, status, content_type)
        await self._write(http1.whole_response(status, headers, body))
        self._finish("end")

    async def send(self, block: bytes) -> None:
        """Send one block in the current style. Nothing can interrupt it halfway: all is written before the wait."""
        found = ID_LINE.search(block)
        data = [http1.chunk(part) if self._chunked else part for part in self.style(block)]
        for part in data:
            self._writer.write(part)
        self._journal.sent(self._seen, sum(map(len, data)), found[1].decode() if found else "")
        await self._writer.drain()

    async def send_part(self, data: bytes) -> None:
        """Send some bytes of the body that need not be a whole block, in one write."""
        await self._write(http1.chunk(data) if self._chunked else data)

    async def end(self) -> None:
        """End the body as HTTP wants it, then close."""
        if self._chunked:
            self._writer.write(http1.LAST_CHUNK)
            self._journal.sent(self._seen, len(http1.LAST_CHUNK), "")
        self._finish("end")  # before the wait, in which a strike could still come: nothing may follow the last chunk
        await self._writer.drain()

    def cut(self) -> None:
        """Close in the middle: no final chunk, or no answer at all."""
        self._finish("cut")

    def reset(self, how: str = "reset") -> None:
        """Close with a TCP reset."""
        http1.reset(self._writer)
        self._finish(how)

    async def fall_silent(self) -> None:
        """Send nothing more until the client leaves, or until the next strike."""
        await self._struck.wait()

    async def vanish(self) -> None:
        """Send nothing, read nothing, and do not even notice that the client leaves. Only a strike ends it earlier."""
        self.drop_upstream()
        cast(asyncio.Transport, self._writer.transport).pause_reading()
        with suppress(TimeoutError):
            async with asyncio.timeout(BURIED_AFTER_S):
                await self._struck.wait()
        self.reset()

    # What the relay and the faults tell.

    def note_fault(self, name: str) -> None:
        self._journal.fault(self._seen, name)

    @property
    def suffers(self) -> bool:
        """Whether a fault has struck this exchange."""
        return bool(self._seen.faults)

    def note_left(self) -> None:
        self.over = True
        self._journal.closed(self._seen, "client", "left")

    def drop_upstream(self) -> None:
        if self.upstream is not None:
            self.upstream.close()

    @property
    def _chunked(self) -> bool:
        return self.request.http_version != "1.0"

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        self._journal.sent(self._seen, len(data), "")
        await self._writer.drain()

    def _finish(self, how: str) -> None:
        self.over = True
        self._journal.closed(self._seen, "server", how)
