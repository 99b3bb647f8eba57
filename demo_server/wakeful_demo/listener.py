"""Listening for connections, each served by a task of its own, until the listener is closed and all of them with it."""

import asyncio
from collections.abc import Awaitable, Callable

from wakeful_demo import http1

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

# Of the loop, from a socket that asyncio has accepted to the end of its own task for it.
TURNS_TO_HAND_OVER = 3


class Listener:
    """serve: answers one connection; it ends when serve returns, when the peer is gone, or when close() is called."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen; the port, which is a free one if 0 was asked for. Raises OSError if it is taken."""
        self._server = await asyncio.start_server(self._accept, host, port)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        if self._server is not None:
            for listening in self._server.sockets:
                asyncio.get_running_loop().remove_reader(listening.fileno())
            # A server that is closed while a connection is handed over leaves that one open, and nobody's.
            for _ in range(TURNS_TO_HAND_OVER):
                await asyncio.sleep(0)
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """No coroutine, whose task is nobody's until its first step; cancelled before that, it would close nothing."""
        task = asyncio.get_running_loop().create_task(self._answer(reader, writer))
        self._open.add(task)
        task.add_done_callback(lambda done: self._let_go(done, writer))

    def _let_go(self, task: asyncio.Task[None], writer: asyncio.StreamWriter) -> None:
        self._open.discard(task)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            http1.write_through(writer)
            await self._serve(reader, writer)
        except ConnectionError:
            pass  # the peer vanished
        except asyncio.CancelledError:
            writer.transport.abort()  # close() was called: what the peer has not taken by now is not waited for
