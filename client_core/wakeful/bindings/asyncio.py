"""The asyncio driver: one task per connection, one timer. It performs what the client asks and tells it what happened.

The network is read apart from the application's loop: messages wait, bounded, in the client until they are taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any

from wakeful.bindings.http import Event, Token, auth_of, build_cancel, build_request, load_library, read_head
from wakeful.bindings.settings import FINAL, check_reset, describe
from wakeful.bindings.stream import OpenStream
from wakeful.client import Client
from wakeful.errors import OptionError
from wakeful.explain import StreamFailed
from wakeful.records import Cancel, Connect, Message, RequestToken, StateChange

# Among the tasks, which go by their attempt: the one that tells the server to stop.
CANCELLING = 0


class AsyncStream(OpenStream):
    """An open stream: `async for message in stream`. Made by `async with wakeful.connect(…) as stream`.

    The loop ends when the stream ends or is closed, and raises StreamFailed when it was given up; after retry() the
    next loop goes on from there. It raises StreamReset where the server begins the stream anew behind messages that it
    has given out. events() gives resets, comments and state changes too.
    """

    def __init__(self, client: Client, http: Any, transport: Any, auth: Any, token: Token | None, home: str) -> None:
        super().__init__(client, token, time.monotonic)
        self._http = http
        self._owned: Any = None
        self._transport = transport
        self._auth = auth
        self._home = home
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._readable = asyncio.Event()
        self._news = asyncio.Event()

    async def __aenter__(self) -> AsyncStream:
        if self._http is None:
            self._owned = self._http = load_library().AsyncClient(transport=self._transport)
        if not inspect.iscoroutinefunction(self._http.send):
            raise OptionError("client must be an AsyncClient for `async with`")
        self._tell(self._client.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self._stop_asking()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._owned is not None:
            await self._owned.aclose()

    def _tell(self, command: Callable[[int], None]) -> None:
        command(self._clock.now())
        self._act()

    def __aiter__(self) -> AsyncIterator[Message]:
        return self._messages()

    async def _messages(self) -> AsyncIterator[Message]:
        async for event in self.events():
            if isinstance(event, Message):
                yield event
            else:
                check_reset(event, self._client.stats)

    async def events(self) -> AsyncIterator[Event]:
        """Messages, comments, resets, warnings and state changes, as they come. Raises StreamFailed after a failure."""
        while True:
            event = self._client.next_event(self._clock.now())
            self._act()
            if event is not None:
                yield event
                if isinstance(event, StateChange) and event.state == "failed":
                    raise StreamFailed(event)
            elif self._client.state in FINAL:
                return
            else:
                self._news.clear()
                await self._news.wait()

    def _act(self) -> None:
        """After every call to the client: perform its actions, and look at its levels again."""
        while (action := self._client.next_action()) is not None:
            if isinstance(action, Connect):
                self._spawn(action.attempt, self._exchange(action))
            elif isinstance(action, RequestToken):
                self._stop_asking()
                self._asking = self._spawn(action.attempt, self._get_token(action))
            elif isinstance(action, Cancel):
                self._spawn(CANCELLING, self._cancel_run(action))
            elif action.attempt in self._tasks:
                self._tasks[action.attempt].cancel()
        if self._client.wants_data:
            self._readable.set()
        else:
            self._readable.clear()
        self._set_timer()
        self._news.set()

    def _stop_asking(self) -> None:
        """The application's token() may never answer; nobody waits for it once the attempt that needed it is over."""
        if self._asking is not None:
            self._asking.cancel()

    def _spawn(self, attempt: int, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks[attempt] = task
        task.add_done_callback(lambda done: self._tasks.pop(attempt) if self._tasks.get(attempt) is done else None)
        return task

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._client.deadline
        if deadline is not None:
            delay = max(0, deadline - self._clock.now()) / 1000
            self._timer = asyncio.get_running_loop().call_later(delay, self._timeout)

    def _timeout(self) -> None:
        self._timer = None
        self._client.handle_timeout(self._clock.now())
        self._act()

    async def _exchange(self, action: Connect) -> None:
        """One request and its body. Cancelling this task closes the socket."""
        attempt = action.attempt
        response: Any = None
        try:
            try:
                request = build_request(self._http, action, self._home)
                extra = auth_of(action.url, self._home, self._auth)
                response = await self._http.send(request, stream=True, follow_redirects=False, **extra)
                head = read_head(response)
            except Exception as error:
                self._client.connection_failed(attempt, describe(error), self._clock.now())
                return
            self._client.receive_response(attempt, head, self._clock.now())
            self._act()
            await self._read_body(attempt, response.aiter_bytes())
        finally:
            if response is not None:
                await response.aclose()
            self._act()

    async def _cancel_run(self, action: Cancel) -> None:
        with contextlib.suppress(Exception):
            extra = auth_of(action.url, self._home, self._auth)
            response = await self._http.send(build_cancel(self._http, action), stream=True, **extra)
            await response.aclose()  # its body may be without end

    async def _read_body(self, attempt: int, chunks: AsyncIterator[bytes]) -> None:
        while True:
            await self._readable.wait()
            try:
                data = await anext(chunks, None)
            except Exception as error:
                self._client.connection_failed(attempt, describe(error), self._clock.now())
                return
            if data is None:
                self._client.receive_eof(attempt, self._clock.now())
                return
            if data:
                self._client.receive_data(attempt, data, self._clock.now())
                self._act()

    async def _get_token(self, action: RequestToken) -> None:
        assert self._token is not None
        try:
            token = self._token(action.reason)
            if inspect.isawaitable(token):
                token = await token
            if not isinstance(token, str):
                raise TypeError(f"token() must give a str, not {type(token).__name__}")
        except Exception as error:
            self._client.token_failed(action.attempt, describe(error), self._clock.now())
        else:
            self._client.receive_token(action.attempt, token, self._clock.now())
        self._act()
