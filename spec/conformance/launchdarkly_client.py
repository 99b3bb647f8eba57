"""The PyPI package launchdarkly-eventsource as a service."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import urllib3
from ld_eventsource import SSEClient
from ld_eventsource.actions import Comment, Event, Fault, Start
from ld_eventsource.config import ConnectStrategy, ErrorStrategy
from ld_eventsource.errors import HTTPContentTypeError, HTTPStatusError

from service import Order, Stream, serve


def carry_on(error: Exception | None) -> tuple[bool, None]:
    """Its documentation: reconnect after losses; an invalid response (status, 204, type) is not retried."""
    return isinstance(error, (HTTPStatusError, HTTPContentTypeError)), None


class LaunchDarkly(Stream):
    def __init__(self, order: Order) -> None:
        super().__init__(order)
        timeout = urllib3.Timeout(connect=order.seconds("connect_ms"), read=order.seconds("idle_ms") or None)
        request: dict[str, Any] = {"timeout": timeout}
        self._client = SSEClient(
            ConnectStrategy.http(order.url, headers=order.options.get("headers"), urllib3_request_options=request),
            initial_retry_delay=order.seconds("base_ms"),
            error_strategy=ErrorStrategy.from_lambda(carry_on),
            last_event_id=order.options.get("last_event_id"),
        )

    def run(self) -> None:
        order = self.order
        for action in self._client.all:
            if self.closing:
                return  # close() alone does not keep it from connecting again
            if isinstance(action, Start):
                order.report("open")
            elif isinstance(action, Event):
                order.report("message", type=action.event, data=action.data, id=action.last_event_id or "")
            elif isinstance(action, Comment):
                order.report("comment", text=action.comment)
            elif isinstance(action, Fault):
                order.report("waiting", detail=repr(action.error))

    def close(self) -> None:
        self._client.close()


if __name__ == "__main__":
    serve(
        {
            "name": "launchdarkly-eventsource",
            "version": version("launchdarkly-eventsource"),
            "capabilities": ["reconnect", "comments", "headers", "last_event_id", "idle_ms"],
            "remarks": "the error strategy of its documentation: losses are retried, an invalid response is not;"
            " idle_ms by urllib3's read time-out, which its request options take",
        },
        LaunchDarkly,
    )
