"""The faults: one named misbehaviour each, with what it is called in the page and what it does to an exchange.

A fault strikes the open stream (after a few messages, if it was asked for before the stream began), the next request
in place of its answer, or the server itself.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Literal

from wakeful_demo.exchange import ID_LINE, Exchange
from wakeful_demo.http1 import HeaderList

Target = Literal["stream", "request", "server"]
Parameters = dict[str, int]
Act = Callable[[Exchange, Parameters], Awaitable[None]]

PROBLEM: HeaderList = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
# Messages of the demo's own making, for faults that add some: no viewer listens to this type, and they have no id.
NOISE = "x.noise"
PIECE = 64 * 1024


@dataclass(frozen=True)
class Fault:
    """parameters: names with their defaults. times: how many connections in a row it strikes, unless told otherwise."""

    name: str
    title: str
    description: str
    target: Target
    act: Act
    times: int = 1
    parameters: Parameters = field(default_factory=dict)


FAULTS: dict[str, Fault] = {}


def fault(name: str, title: str, target: Target, times: int = 1, **parameters: int) -> Callable[[Act], Act]:
    """Enter a function in FAULTS; its docstring is the sentence that describes the fault to a person."""

    def enter(act: Act) -> Act:
        FAULTS[name] = Fault(name, title, act.__doc__ or "", target, act, times, parameters)
        return act

    return enter


# Ends of the connection.


@fault("cut-mid-token", "Cut mid-token", "stream")
async def cut_mid_token(exchange: Exchange, _: Parameters) -> None:
    """The connection closes after half of a message."""
    block = await next_message(exchange)
    if block is not None:
        await exchange.send_part(block[: len(block) // 2])
        exchange.cut()


@fault("reset", "Reset", "stream")
async def reset(exchange: Exchange, _: Parameters) -> None:
    """The connection is torn down by a TCP reset, as when a process dies."""
    exchange.reset()


@fault("clean-eof", "Clean end, too early", "stream")
async def clean_eof(exchange: Exchange, _: Parameters) -> None:
    """The response ends in perfect order, only the answer is not finished."""
    await exchange.end()


@fault("silence", "Silence", "stream")
async def silence(exchange: Exchange, _: Parameters) -> None:
    """The socket stays open and not one byte comes any more, heartbeats included."""
    await exchange.fall_silent()


@fault("black-hole", "Black hole", "stream")
async def black_hole(exchange: Exchange, _: Parameters) -> None:
    """Packets vanish both ways: nothing comes, nothing is read, and nobody closes."""
    await exchange.vanish()


@fault("age-limit", "Cut at a fixed age", "stream", times=3, ms=4000)
async def age_limit(exchange: Exchange, parameters: Parameters) -> None:
    """A proxy cuts every response at the same age, whatever flows in it."""
    try:
        async with asyncio.timeout_at(exchange.began + parameters["ms"] / 1000):
            await exchange.pass_on_until_struck()
    except TimeoutError:
        exchange.cut()


@fault("restart", "Restart the server", "server")
async def restart(exchange: Exchange, _: Parameters) -> None:
    """The server is killed without warning and started again; its log survives."""
    exchange.kill_server()


# What comes in place of the stream.


@fault("accept-then-close", "Accept, then close", "request", times=3)
async def accept_then_close(exchange: Exchange, _: Parameters) -> None:
    """The next connections are accepted and closed without an answer."""
    exchange.cut()


@fault("slow-first-byte", "Slow first byte", "request", ms=5000)
async def slow_first_byte(exchange: Exchange, parameters: Parameters) -> None:
    """The next answer begins only after seconds of silence."""
    await asyncio.sleep(parameters["ms"] / 1000)


@fault("unauthorized", "401, then fine", "request")
async def unauthorized(exchange: Exchange, _: Parameters) -> None:
    """The next request is refused as unauthorised, as when a token has expired."""
    challenge = ("WWW-Authenticate", 'Bearer realm="wakeful demo"')
    await exchange.respond(401, [*PROBLEM, challenge], problem(401, "the token has expired"))


@fault("too-many-seconds", "429, wait in seconds", "request", seconds=2)
async def too_many_seconds(exchange: Exchange, parameters: Parameters) -> None:
    """The next request is told to slow down: Retry-After as a number of seconds."""
    header = ("Retry-After", str(parameters["seconds"]))
    await exchange.respond(429, [*PROBLEM, header], problem(429, "too many requests"))


@fault("too-many-date", "429, wait until a date", "request", seconds=3)
async def too_many_date(exchange: Exchange, parameters: Parameters) -> None:
    """The next request is told to slow down: Retry-After as a date."""
    header = ("Retry-After", formatdate(time.time() + parameters["seconds"], usegmt=True))
    await exchange.respond(429, [*PROBLEM, header], problem(429, "too many requests"))


@fault("server-error", "500", "request")
async def server_error(exchange: Exchange, _: Parameters) -> None:
    """The next request meets an internal server error."""
    await exchange.respond(500, PROBLEM, problem(500, "something broke"))


@fault("unavailable", "503", "request")
async def unavailable(exchange: Exchange, _: Parameters) -> None:
    """The next request finds the service unavailable."""
    await exchange.respond(503, PROBLEM, problem(503, "no server is ready"))


@fault("html-page", "502 page with status 200", "request")
async def html_page(exchange: Exchange, _: Parameters) -> None:
    """A gateway answers the next request with its HTML error page, and calls it 200."""
    page = b"<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>\n"
    await exchange.respond(200, [("Content-Type", "text/html")], page)


@fault("no-content", "204", "request")
async def no_content(exchange: Exchange, _: Parameters) -> None:
    """The next request gets 204, which by the standard means: do not come back."""
    await exchange.respond(204, [])


@fault("buffering", "Buffering proxy", "request")
async def buffering(exchange: Exchange, _: Parameters) -> None:
    """The next connection runs through nginx with buffering on, which holds small writes back."""
    exchange.through_proxy = True


@fault("duplicate-replay", "Replay too much", "request", count=5)
async def duplicate_replay(exchange: Exchange, parameters: Parameters) -> None:
    """The next connection resumes too early: messages that were received already come once more."""
    request = exchange.request
    epoch, _, seq = request.headers.get("last-event-id", "").rpartition(".")
    if epoch and seq.isdecimal():
        rewound = f"{epoch}.{max(0, int(seq) - parameters['count'])}"
        exchange.request = replace(request, headers={**request.headers, "last-event-id": rewound})


# What happens to the bytes.


@fault("gap", "Leave messages out", "stream", count=3)
async def gap(exchange: Exchange, parameters: Parameters) -> None:
    """The next messages are left out, without a word."""
    for _ in range(parameters["count"]):
        await next_message(exchange)


@fault("broken-utf8", "Broken UTF-8", "stream")
async def broken_utf8(exchange: Exchange, _: Parameters) -> None:
    """A comment and a message nobody asked for arrive with bytes that are no UTF-8."""
    broken = b"\xff\xfe \xc3( \xed\xa0\x80 \xf0\x9f\x99"
    await exchange.send(b": " + broken + b"\n\n")
    await exchange.send(b"event: " + NOISE.encode() + b"\ndata: " + broken + b"\n\n")


@fault("byte-by-byte", "One byte at a time", "stream")
async def byte_by_byte(exchange: Exchange, _: Parameters) -> None:
    """From here on every byte is a chunk and a packet of its own."""
    exchange.style = lambda block: (block[place : place + 1] for place in range(len(block)))


@fault("crlf", "CRLF line ends", "stream")
async def crlf(exchange: Exchange, _: Parameters) -> None:
    """From here on lines end in CR and LF, and the two never arrive together."""
    exchange.style = between_cr_and_lf


@fault("huge-message", "A huge message", "stream", bytes=8 * 1024 * 1024)
async def huge_message(exchange: Exchange, parameters: Parameters) -> None:
    """One message of many megabytes arrives between two tokens."""
    await exchange.send_part(f"event: {NOISE}\ndata: ".encode())
    left = parameters["bytes"]
    while left > 0:
        await exchange.send_part(b"." * min(left, PIECE))
        left -= PIECE
    await exchange.send_part(b"\n\n")


def between_cr_and_lf(block: bytes) -> Iterator[bytes]:
    lines = block.split(b"\n")[:-1]
    yield lines[0] + b"\r"
    for line in lines[1:]:
        yield b"\n" + line + b"\r"
    yield b"\n"


async def next_message(exchange: Exchange) -> bytes | None:
    """The next logged message, passing other blocks on. None if the stream ended first; the exchange is over then."""
    while (block := await exchange.next_block()) is not None:
        if ID_LINE.search(block):
            return block
        await exchange.send(block)
    await exchange.end()
    return None


def problem(status: int, detail: str) -> bytes:
    return json.dumps({"type": "about:blank", "status": status, "title": detail}).encode()
