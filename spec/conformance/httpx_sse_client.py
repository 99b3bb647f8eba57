"""The PyPI package httpx-sse as a service: it reads one response, and leaves connecting again to the application."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

import httpx
from httpx_sse import aconnect_sse

from asyncio_stream import AsyncioStream
from service import serve


class HttpxSse(AsyncioStream):
    async def read_stream(self) -> None:
        order, options = self.order, self.order.options
        timeout = httpx.Timeout(order.seconds("connect_ms"), read=order.seconds("idle_ms"))
        async with httpx.AsyncClient(timeout=timeout) as client:
            method, body = options.get("method", "GET"), options.get("body")
            headers = dict(options.get("headers", {}))
            async with aconnect_sse(client, method, order.url, headers=headers, content=body) as source:
                source.response.raise_for_status()
                await asyncio.to_thread(order.report, "open")
                async for event in source.aiter_sse():
                    report = {"type": event.event, "data": event.data, "id": event.id}
                    await asyncio.to_thread(order.report, "message", **report)
                await asyncio.to_thread(order.report, "closed", detail="end of file")


if __name__ == "__main__":
    serve(
        {
            "name": "httpx-sse",
            "version": version("httpx-sse"),
            "capabilities": ["headers", "method", "body"],
            "remarks": "over httpx; raise_for_status() first; it does not connect again, by design",
        },
        HttpxSse,
    )
