"""What wire scenarios do not show of the driver over fetch: leaving it, refusing, exact bytes, memory."""

import asyncio
import gc
import sys

import js  # type: ignore[import-not-found]

import wakeful
from portable.dice import Dice
from wakeful.bindings.fetch import _bytes_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Pieces of bodies: whole characters of every length, U+FFFD itself, and what is not UTF-8.
PIECES = [
    b"a", b"data: ", b"\n", b"\0", "é".encode(), "流".encode(), "😀".encode(), b"\xef\xbb\xbf", b"\xef\xbf\xbd",
    b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xe6\xb5", b"\xf0\x9f\x98", b"\x80",
]  # fmt: skip


async def leave(ways: "dict[str, str]") -> "dict[str, str]":
    """Leaves an open stream in each way; by way, the state. "ways": the URL of each one's play."""
    states: dict[str, str] = {}
    for way, url in ways.items():
        states[way] = await LEAVE[way](url)
    return states


async def by_break(url: str) -> str:
    async with wakeful.connect(url) as stream:
        async for _ in stream:
            break
    return stream.state


async def by_exception(url: str) -> str:
    streams: list[Any] = []
    try:
        async with wakeful.connect(url) as stream:
            streams.append(stream)
            async for _ in stream:
                raise ValueError("the application's")
    except ValueError as error:
        return f"{streams[0].state}, {error}"
    return "no exception"


async def by_cancelling(url: str) -> str:
    got = asyncio.Event()
    streams: list[Any] = []

    async def read() -> None:
        async with wakeful.connect(url) as stream:
            streams.append(stream)
            async for _ in stream:
                got.set()

    task = asyncio.create_task(read())
    await got.wait()
    await asyncio.sleep(0)  # into the wait for the next message
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return f"{streams[0].state}, cancelled"
    return "not cancelled"


async def by_close(url: str) -> str:
    async with wakeful.connect(url) as stream:
        async for _ in stream:
            stream.close()
    return stream.state


async def before_the_head(url: str) -> str:
    async with wakeful.connect(url) as stream:
        await asyncio.sleep(0.1)  # for the request to be under way; whether it was, the journal says
    return stream.state


LEAVE = {
    "break": by_break,
    "exception": by_exception,
    "cancelling": by_cancelling,
    "close": by_close,
    "before the head": before_the_head,
}


async def over_a_reset(url: str) -> "list[str]":
    """What loops over messages give out around a reset, and say of it."""
    got = []
    async with wakeful.connect(url) as stream:
        try:
            async for message in stream:
                got.append(message.data)
        except wakeful.StreamReset as error:
            got.append(f"{error.reset.reason} {error.reset.base}")
        async for message in stream:
            got.append(message.data)
    return got


async def refusals(_: object) -> "list[str]":
    """What connect() refuses where there is only fetch, in words."""
    connect: Any = wakeful.connect
    url = "http://a.test/"
    attempts: list[Any] = [
        lambda: connect(url, client=object()),
        lambda: connect(url, auth=("a", "b")),
        lambda: connect(url, body=b""),
        lambda: connect(url, idle_ms="soon"),
        lambda: connect("ftp://a.test/"),
        lambda: connect(url).__enter__(),
    ]
    return [words_of(attempt) for attempt in attempts]


def words_of(attempt: "Any") -> str:
    try:
        attempt()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "accepted"


async def inexact_bytes(bodies: int) -> "list[str]":
    """Bodies that came over the border as other bytes than they were, in chunks cut anywhere. There should be none."""
    wrong = []
    for seed in range(bodies):
        dice = Dice(seed)
        body = b"".join([PIECES[dice.roll(len(PIECES))] for _ in range(dice.roll(60))])
        at = 0
        read_bytes = _bytes_reader()
        crossed = b""
        while at < len(body):
            end = at + 1 + dice.roll(20)
            crossed += read_bytes(js.Uint8Array.new(js.JSON.parse(str(list(body[at:end])))))
            at = end
        if crossed != body:
            wrong.append(f"seed {seed}: {body!r} as {crossed!r}")
    return wrong


async def memory(url: str) -> "list[dict[str, int]]":
    """What is in use at each message "mark", and how many messages there were by then."""
    async with wakeful.connect(url, end_data="[DONE]") as stream:
        count = 0
        used = []
        async for message in stream:
            count += 1
            if message.data == "mark":
                used.append(await in_use(count))
    return used


async def in_use(messages: int) -> "dict[str, int]":
    """After both collectors: a proxy is freed once JavaScript's has found its other half (node --expose-gc)."""
    for _ in range(2):
        gc.collect()
        js.gc()
        await asyncio.sleep(0.01)  # for what the collector found to be finalized
    if sys.implementation.name != "micropython":
        return {"messages": messages, "objects": len(gc.get_objects()), "bytes": js.heapBytes()}
    from jsffi import mem_info  # type: ignore[import-not-found]

    proxies = mem_info()
    return {"messages": messages, "bytes": proxies[1], "python_proxies": proxies[4], "js_proxies": proxies[6]}
