"""Waiting for whichever comes first."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from wakeful_demo import http1


async def first_of(*works: Coroutine[Any, Any, object]) -> int:
    """Run all until one is done; cancel the others and wait until they are gone. Which one it was, counted from 0.

    If several were done at once, the first given counts. What the one that counts raised is raised here.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        first = next(place for place, task in enumerate(tasks) if task.done())
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    tasks[first].result()
    return first


async def unless_closed(reader: asyncio.StreamReader, work: Coroutine[Any, Any, object]) -> bool:
    """Do the work unless the peer closes first. True if the work was finished."""
    return await first_of(work, _until_closed(reader)) == 0


async def _until_closed(reader: asyncio.StreamReader) -> None:
    try:
        while await reader.read(http1.READ_SIZE):
            pass  # a second request on this socket is not for us: the answer says Connection: close
    except ConnectionError:
        pass
