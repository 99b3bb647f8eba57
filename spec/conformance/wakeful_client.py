"""Wakeful's drivers for CPython as services: `python wakeful_client.py asyncio`, `python wakeful_client.py sync`."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import wakeful
from asyncio_stream import AsyncioStream
from service import Order, Stream, serve

VERSION = "0.1.0"
OPTIONS = (
    "method headers body token last_event_id idempotency_key redirect end_data end_type connect_ms idle_ms"
    " attempts budget_ms high_water max_event_bytes max_header_bytes dedupe_window dedupe_bytes rotate_ms credentials"
    " negotiate heartbeat_ms open_from"
)


def arguments(order: Order) -> dict[str, Any]:
    """The order's options as connect() takes them."""
    given: dict[str, Any] = {**order.options, **order.pace}
    if "body" in given:
        given["content"] = given.pop("body")
    if order.token:
        given["token"] = order.ask_token
    return given


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
        order.report(event.state, detail=event.reason, **outcome)


class Sync(Stream):
    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._opened: Any = None

    def run(self) -> None:
        with wakeful.connect(self.order.url, **arguments(self.order)) as stream:
            self._opened = stream
            if self.closing:
                return
            try:
                for event in stream.events():
                    tell(self.order, event, stream)
            except wakeful.StreamFailed:
                pass  # the event before it has told

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def restart(self) -> None:
        self._opened.restart()


class Asyncio(AsyncioStream):
    _opened: Any = None

    async def read(self) -> None:
        async with wakeful.connect(self.order.url, **arguments(self.order)) as stream:
            self._opened = stream
            try:
                async for event in stream.events():
                    await asyncio.to_thread(tell, self.order, event, stream)
            except wakeful.StreamFailed:
                pass  # the event before it has told

    def restart(self) -> None:
        self.call(self._opened.restart)


if __name__ == "__main__":
    kind = sys.argv[1]
    serve(
        {
            "name": f"wakeful {kind}",
            "version": VERSION,
            "capabilities": ["reconnect", "comments", "profile", "outcome", "redirects", "restart", *OPTIONS.split()],
            "remarks": "ours",
        },
        {"asyncio": Asyncio, "sync": Sync}[kind],
    )
