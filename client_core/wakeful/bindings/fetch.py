"""The driver for Python pages: the browser's fetch, on Pyodide and on MicroPython, in the page and in a worker.

It performs what the client asks and tells it what happened; it holds no policy. How it speaks to the browser is in
javascript.py. MicroPython has no async generators.
"""

import asyncio

import js  # type: ignore[import-not-found]

from wakeful.bindings.javascript import (
    body_reader,
    build_request,
    bytes_reader,
    describe_js_error,
    end_read,
    for_page_events,
    hint_of,
    monotonic,
    read_head,
    read_on,
    send_cancel,
)
from wakeful.bindings.settings import FINAL, check_reset
from wakeful.bindings.stream import OpenStream
from wakeful.client import Client
from wakeful.explain import StreamFailed
from wakeful.records import Cancel, Connect, Message, RequestToken, StateChange

try:
    from pyodide.ffi import create_proxy  # type: ignore[import-not-found, import-untyped, unused-ignore]
except ImportError:
    from jsffi import create_proxy  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType
    from typing import Any

    from wakeful.bindings.http import Event, Token

# setTimeout fires at once for more. An early call does nothing but set the timer again.
LONGEST_TIMER_MS = 2_147_483_647
# Taking messages for longer than this at a time would show as jank: a frame has 16 ms.
SLICE_MS = 8


class PageStream(OpenStream):
    """An open stream: `async for message in stream`. Made by `async with wakeful.connect(…) as stream`.

    The same names as AsyncStream's, and the same meaning.
    """

    def __init__(self, client: Client, token: "Token | None") -> None:
        super().__init__(client, token, monotonic)
        self._readable = asyncio.Event()
        self._news = asyncio.Event()
        self._controller = js.AbortController.new()
        self._reader: "Any" = None
        self._exchanges: "list[asyncio.Task[None]]" = []
        self._asking: "asyncio.Task[None] | None" = None
        self._cancelling: "asyncio.Task[None] | None" = None
        self._timer: "Any" = None
        self._timer_due = 0
        self._on_timer = create_proxy(self._timeout)
        self._on_page_event = create_proxy(self._hint)

    async def __aenter__(self) -> "PageStream":
        for_page_events("addEventListener", self._on_page_event)
        self._tell(self._client.start)
        return self

    async def __aexit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        self.close()
        for_page_events("removeEventListener", self._on_page_event)
        for exchange in self._exchanges:
            await exchange
        for proxy in (self._on_timer, self._on_page_event):
            if hasattr(proxy, "destroy"):  # MicroPython collects them
                proxy.destroy()

    def _tell(self, command: "Callable[[int], None]") -> None:
        command(self._clock.now())
        self._act()

    def __aiter__(self) -> "AsyncIterator[Message]":
        return _Events(self, True)

    def events(self) -> "AsyncIterator[Event]":
        """Messages, comments, resets, warnings and state changes, as they come. Raises StreamFailed after a failure."""
        return _Events(self, False)

    def _act(self) -> None:
        """After every call to the client: perform its actions, and look at its levels again."""
        while (action := self._client.next_action()) is not None:
            if isinstance(action, Connect):
                self._controller, self._reader = js.AbortController.new(), None
                running = [exchange for exchange in self._exchanges if not exchange.done()]
                self._exchanges = running + [asyncio.create_task(self._exchange(action, self._controller.signal))]
            elif isinstance(action, RequestToken):
                self._asking = asyncio.create_task(self._get_token(action))
            elif isinstance(action, Cancel):
                self._cancelling = asyncio.create_task(send_cancel(action))  # kept, but waited for by nobody
            else:
                self._controller.abort()
                if self._reader is not None:
                    end_read(self._reader)
                self._readable.set()
                if self._asking is not None:
                    self._asking.cancel()
        if self._client.wants_data:
            self._readable.set()
        else:
            self._readable.clear()
        self._set_timer()
        self._news.set()

    def _set_timer(self) -> None:
        """A timer that is due earlier stays, since the deadline moves with every chunk: it sets the next one."""
        deadline = self._client.deadline
        if self._timer is not None and (deadline is None or deadline < self._timer_due):
            js.clearTimeout(self._timer)
            self._timer = None
        if deadline is not None and self._timer is None:
            self._timer_due = deadline
            delay = max(0, deadline - self._clock.now())
            self._timer = js.setTimeout(self._on_timer, min(delay, LONGEST_TIMER_MS))

    def _timeout(self) -> None:
        self._timer = None
        self._client.handle_timeout(self._clock.now())
        self._act()

    def _hint(self, event: "Any") -> None:
        kind = hint_of(event)
        if kind is not None:
            self._client.hint(kind, self._clock.now())
            self._act()

    async def _exchange(self, action: Connect, signal: "Any") -> None:
        """One request and its body. A Disconnect aborts it; what it still says then is of an old attempt."""
        try:
            response = await js.fetch(action.url, build_request(action, signal))
        except Exception as error:
            self._tell_failure(action.attempt, error)
            return
        reader = body_reader(response, signal)
        if not signal.aborted:
            self._reader = reader
        self._client.receive_response(action.attempt, read_head(response), self._clock.now())
        self._act()
        await self._read_body(action.attempt, reader, signal)
        if signal.aborted and reader:
            await read_on(reader)

    async def _read_body(self, attempt: int, reader: "Any", signal: "Any") -> None:
        read_bytes = bytes_reader()
        while not signal.aborted:
            if not self._client.wants_data:
                await self._readable.wait()
                continue
            try:
                result = await reader.read() if reader else None
            except Exception as error:
                self._tell_failure(attempt, error)
                return
            if result is None or result.done:
                self._client.receive_eof(attempt, self._clock.now())
                self._act()
                return
            data = read_bytes(result.value)
            if data:
                self._client.receive_data(attempt, data, self._clock.now())
                self._act()

    def _tell_failure(self, attempt: int, error: Exception) -> None:
        self._client.connection_failed(attempt, describe_js_error(error), self._clock.now())
        self._act()

    async def _get_token(self, action: RequestToken) -> None:
        assert self._token is not None
        try:
            token = self._token(action.reason)
            if not isinstance(token, str):
                token = await token
            if not isinstance(token, str):
                raise TypeError(f"token() must give a str, not {type(token).__name__}")
        except Exception as error:
            self._client.token_failed(action.attempt, describe_js_error(error), self._clock.now())
        else:
            self._client.receive_token(action.attempt, token, self._clock.now())
        self._act()


class _Events:
    """A class, since MicroPython has no async generators; one for both loops, since each await costs it as much as
    twenty calls."""

    def __init__(self, stream: PageStream, messages_only: bool) -> None:
        self._stream = stream
        self._messages_only = messages_only
        self._failed: StateChange | None = None
        self._slice_ms = 0

    def __aiter__(self) -> "_Events":
        return self

    async def __anext__(self) -> "Any":
        if self._failed is not None:
            raise StreamFailed(self._failed)
        stream = self._stream
        while True:
            now = stream._clock.now()
            if now - self._slice_ms > SLICE_MS:
                await asyncio.sleep(0)  # a task of its own, so that the page can paint
                now = self._slice_ms = stream._clock.now()
            event = stream._client.next_event(now)
            stream._act()
            if event is None:
                if stream.state in FINAL:
                    raise StopAsyncIteration
                stream._news.clear()
                await stream._news.wait()
            elif isinstance(event, Message):
                return event
            else:
                if isinstance(event, StateChange) and event.state == "failed":
                    if self._messages_only:
                        raise StreamFailed(event)
                    self._failed = event
                if not self._messages_only:
                    return event
                check_reset(event, stream._client.stats)
