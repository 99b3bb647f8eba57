"""What wire scenarios do not show of the driver over fetch: leaving it, refusing, exact bytes, memory."""

import asyncio
import gc
import sys

import js  # type: ignore[import-not-found]

import wakeful
from portable.dice import Dice
from wakeful.bindings.javascript import bytes_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Pieces of bodies: whole characters of every length, U+FFFD itself, and what is not UTF-8.
PIECES = [
    b"a", b"data: ", b"\n", b"\0", "é".encode(), "流".encode(), "😀".encode(), b"\xef\xbb\xbf", b"\xef\xbf\xbd",
    b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xe6\xb5", b"\xf0\x9f\x98", b"\x80",
]  # fmt: skip

# How much garbage calls a browser's collector, and how often at the most; with so few proxies more it has come.
GARBAGE = 32 * 1024 * 1024
ROUNDS = 20
FEW_PROXIES = 500


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
        await js.fetch(url.replace("/stream", "?accepted=1"))  # answered once the request is there
    return stream.state


LEAVE = {
    "break": by_break,
    "exception": by_exception,
    "cancelling": by_cancelling,
    "close": by_close,
    "before the head": before_the_head,
}


async def leave_as_they_end(urls: "list[str]") -> "list[str]":
    """Leaves each stream with its last message, whose bytes came together with the body's end: the next read waits
    already. All of them at once; the state of each."""

    async def read(url: str) -> str:
        async with wakeful.connect(url) as stream:
            async for event in stream.events():
                if isinstance(event, wakeful.Message):
                    break
                if stream.state == "open":
                    await js.fetch(url.replace("/stream", "/gates/head"), js.JSON.parse('{"method": "POST"}'))
        return stream.state

    return await asyncio.gather(*[read(url) for url in urls])


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
        read_bytes = bytes_reader()
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
        used: list[dict[str, int]] = []
        async for message in stream:
            count += 1
            if message.data == "mark":
                used.append(await in_use(count, used))
    return used


async def in_use(messages: int, before: "list[dict[str, int]]") -> "dict[str, int]":
    if sys.implementation.name != "micropython":
        await collect()
        return {"messages": messages, "objects": len(gc.get_objects()), "bytes": js.heapBytes()}
    from jsffi import mem_info  # type: ignore[import-not-found]

    proxies = mem_info()
    for _ in range(ROUNDS):
        await collect()
        proxies = mem_info()
        if before and proxies[4] + proxies[6] < before[0]["python_proxies"] + before[0]["js_proxies"] + FEW_PROXIES:
            break
    return {"messages": messages, "bytes": proxies[1], "python_proxies": proxies[4], "js_proxies": proxies[6]}


async def collect() -> None:
    """By both collectors: a proxy is freed once JavaScript's has found its other half. That one comes when it is
    called, in `node --expose-gc`, or as garbage mounts up."""
    for _ in range(2):
        gc.collect()
        if hasattr(js, "gc"):
            js.gc()
        else:
            js.ArrayBuffer.new(GARBAGE)
        await asyncio.sleep(0.01)  # for what the collector found to be finalized
