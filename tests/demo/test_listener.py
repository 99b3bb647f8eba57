"""The listener lets go of every connection when it is closed."""

import asyncio
import socket
from contextlib import suppress

import pytest

from demo.raw import PATIENCE_S
from wakeful_demo.listener import Listener


@pytest.mark.parametrize("turns", range(6))
def test_a_connection_that_is_just_being_accepted_is_ended_as_well(turns: int) -> None:
    """asyncio takes some turns of its loop from the accepted socket to the task that serves it: close() missed those,
    and what was left in a loop that was closed then failed whichever test came next."""

    async def hold(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async def close_after(turns: int) -> set[asyncio.Task[object]]:
        listener = Listener(hold)
        address = ("127.0.0.1", await listener.start("127.0.0.1", 0))
        with socket.create_connection(address, PATIENCE_S) as client:
            for _ in range(turns):
                await asyncio.sleep(0)
            await listener.close()
            left = asyncio.all_tasks() - {asyncio.current_task()}
            if not left:
                with suppress(ConnectionResetError):  # it was not accepted
                    assert await asyncio.to_thread(client.recv, 1) == b""
        return left

    assert asyncio.run(close_after(turns)) == set()


def test_what_a_client_does_not_read_is_not_waited_for() -> None:
    size = 64 * 1024 * 1024  # more than sockets hold
    writing = asyncio.Event()

    async def write(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * size)
        writing.set()
        await writer.drain()

    async def close_while_it_writes() -> int:
        listener = Listener(write)
        address = ("127.0.0.1", await listener.start("127.0.0.1", 0))
        with socket.create_connection(address, PATIENCE_S) as client:
            await writing.wait()
            await listener.close()
            return await asyncio.to_thread(read_all, client)

    assert asyncio.run(close_while_it_writes()) < size


def read_all(client: socket.socket) -> int:
    size = 0
    while data := client.recv(1 << 20):
        size += len(data)
    return size
