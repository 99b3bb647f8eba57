"""Wakeful's drivers for CPython as services: `python wakeful_client.py asyncio`, `python wakeful_client.py sync`."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sys
import threading
from typing import Any

import wakeful
from asyncio_stream import AsyncioStream
from service import Order, Refused, Stream, serve

VERSION = "0.1.0"
OPTIONS = (
    "method headers body token last_event_id idempotency_key redirect end_data end_type connect_ms idle_ms pause_ms"
    " base_ms cap_ms attempts budget_ms high_water max_event_bytes max_header_bytes dedupe_window dedupe_bytes"
    " rotate_ms credentials negotiate heartbeat_ms open_from"
)
ABILITIES = (
    "reconnect comments profile outcome redirects restart retry cancel close read backpressure delays usage-errors"
    " option-errors"
)


def connect(order: Order) -> Any:
    """The order's options as connect() takes them."""
    given: dict[str, Any] = {**order.options, **order.pace}
    if "body" in given:
        given["content"] = given.pop("body")
    if order.token:
        given["token"] = order.ask_token
    return wakeful.connect(given.pop("url", order.url), **given)


def tell(order: Order, event: Any, stream: Any) -> None:
    """An event of the stream as a report. A state between two others is nobody's business here."""
    if isinstance(event, wakeful.Message):
        order.report("message", type=event.type, data=event.data, id=event.last_event_id)
    elif isinstance(event, wakeful.Comment):
        order.report("comment", text=event.text)
    elif isinstance(event, wakeful.Reset):
        order.report("reset", reason=event.reason, epoch=event.epoch, base=event.base)
    elif isinstance(event, wakeful.StateChange) and event.state in ("open", "waiting", "ended", "failed"):
        outcome = {} if stream.outcome is None else {"outcome": stream.outcome.status}
        order.report(event.state, detail=event.reason, delay_ms=event.delay_ms, **outcome)


def command(stream: Any, word: str) -> None:
    try:
        {"restart": stream.restart, "retry": stream.retry, "cancel": stream.cancel, "close": stream.close}[word]()
    except wakeful.UsageError as error:
        raise Refused(409, error) from None


def read(stream: Any) -> dict[str, Any]:
    counts = {**vars(stream.stats), **stream.stats.failures}
    del counts["failures"]
    hello = None if stream.hello is None else stream.hello.said
    return {"state": stream.state, "last_event_id": stream.last_event_id, "stats": counts, "hello": hello}


class Sync(Stream):
    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._connection = connect(order)
        self._opened: Any = None
        # The server may have seen the request before this thread has got its stream: whoever asks something waits.
        self._ready = threading.Event()
        self._again = threading.Event()

    def run(self) -> None:
        try:
            self._read()
        finally:
            self._ready.set()

    def _read(self) -> None:
        with self._connection as stream:
            self._opened = stream
            self._ready.set()
            while not self.closing:
                try:
                    for event in stream.events():
                        tell(self.order, event, stream)
                except wakeful.StreamFailed:
                    pass  # the event before it has told
                # Over, until retry(); the application may still ask what it has become.
                self._again.wait()
                self._again.clear()

    def close(self) -> None:
        self._ready.wait()
        if self._opened is not None:
            self._opened.close()
        self._again.set()

    def command(self, word: str) -> None:
        self._ready.wait()
        command(self._opened, word)
        self._again.set()

    def read(self) -> dict[str, Any]:
        self._ready.wait()
        return read(self._opened)


class Asyncio(AsyncioStream):
    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._connection = connect(order)
        self._opened: Any = None
        self._again: Any = None

    async def read_stream(self) -> None:
        self._again = asyncio.Event()
        async with self._connection as stream:
            self._opened = stream
            while True:
                try:
                    async for event in stream.events():
                        await asyncio.to_thread(tell, self.order, event, stream)
                except wakeful.StreamFailed:
                    pass  # the event before it has told
                # Over, until retry(); the application may still ask what it has become.
                await self._again.wait()
                self._again.clear()

    def command(self, word: str) -> None:
        done: concurrent.futures.Future[None] = concurrent.futures.Future()

        def give() -> None:
            try:
                command(self._opened, word)
                self._again.set()
                done.set_result(None)
            except Refused as error:
                done.set_exception(error)

        self.call(give)
        done.result(30)

    def read(self) -> dict[str, Any]:
        return read(self._opened)


if __name__ == "__main__":
    kind = sys.argv[1]
    serve(
        {
            "name": f"wakeful {kind}",
            "version": VERSION,
            "capabilities": [*ABILITIES.split(), *OPTIONS.split()],
            "remarks": "ours; Python is told nothing of the surroundings, which hints are about",
        },
        {"asyncio": Asyncio, "sync": Sync}[kind],
    )
