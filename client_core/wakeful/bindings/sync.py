"""The driver for plain code: a thread that keeps the time, and one reader thread per connection.

A reader thread is needed because httpcore fixes the read time-out when a body starts (1.0.9): without one, an idle
time-out could neither change nor stop while the application does not read. The client is only touched under the lock.
"""

from __future__ import annotations

import contextlib
import inspect
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from wakeful.bindings.http import Event, Token, auth_of, build_cancel, build_request, load_library, read_head
from wakeful.bindings.settings import FINAL, check_reset, describe
from wakeful.bindings.stream import OpenStream
from wakeful.client import Client
from wakeful.errors import OptionError
from wakeful.explain import StreamFailed
from wakeful.records import Cancel, Connect, Message, RequestToken, StateChange

# What httpcore says once there is a socket, or a TLS connection over one.
CONNECTED = ("connect_tcp.complete", "connect_unix_socket.complete", "start_tls.complete")


class Stream(OpenStream):
    """An open stream: `for message in stream`. Made by `with wakeful.connect(…) as stream`.

    The same names as AsyncStream's, without async. close() may be called from another thread.
    """

    def __init__(self, client: Client, http: Any, transport: Any, auth: Any, token: Token | None, home: str) -> None:
        super().__init__(client, token, time.monotonic)
        self._http = http
        self._owned: Any = None
        self._transport = transport
        self._auth = auth
        self._home = home
        self._changed = threading.Condition(threading.RLock())
        self._sockets: dict[int, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._cancelling: threading.Thread | None = None

    def __enter__(self) -> Stream:
        if self._http is None:
            library = load_library()
            # Each attempt gets a connection of its own: of one that is used again nobody tells the socket.
            limits = library.Limits(max_keepalive_connections=0)
            self._owned = self._http = library.Client(transport=self._transport, limits=limits)
        if inspect.iscoroutinefunction(self._http.send):
            raise OptionError("client must be a Client for `with`, not an AsyncClient")
        self._tell(self._client.start)
        self._spawn(self._keep_time)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self._cancelling is not None:
            self._cancelling.join()  # it has a time-out of its own
        for thread in self._threads:
            # A reader whose socket is not known yet (a transport of the application's) ends when its call does.
            thread.join(timeout=1)
        if self._owned is not None:
            self._owned.close()

    def retry(self) -> None:
        super().retry()
        self._spawn(self._keep_time)

    def _tell(self, command: Callable[[int], None]) -> None:
        with self._changed:
            command(self._clock.now())
            self._act()

    def __iter__(self) -> Iterator[Message]:
        for event in self.events():
            if isinstance(event, Message):
                yield event
            else:
                check_reset(event, self._client.stats)

    def events(self) -> Iterator[Event]:
        """Messages, comments, resets, warnings and state changes, as they come. Raises StreamFailed after a failure."""
        while True:
            with self._changed:
                event = self._client.next_event(self._clock.now())
                self._act()
                if event is None:
                    if self._client.state in FINAL:
                        return
                    self._changed.wait()
                    continue
            yield event
            if isinstance(event, StateChange) and event.state == "failed":
                raise StreamFailed(event)

    def _act(self) -> None:
        """After every call to the client, under the lock: perform its actions, and wake who waits for its levels."""
        while (action := self._client.next_action()) is not None:
            if isinstance(action, Connect):
                self._spawn(self._exchange, action)
            elif isinstance(action, RequestToken):
                self._spawn(self._get_token, action)
            elif isinstance(action, Cancel):
                self._cancelling = self._spawn(self._cancel_run, action)
            else:
                self._shut(action.attempt)
        self._changed.notify_all()

    def _spawn(self, work: Any, *arguments: Any) -> threading.Thread:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=work, args=arguments, name="wakeful", daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _shut(self, attempt: int) -> None:
        """Wakes a reader that blocks in recv(), which closing from another thread would not."""
        connection = self._sockets.pop(attempt, None)
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _keep_time(self) -> None:
        with self._changed:
            while self._client.state not in FINAL:
                deadline = self._client.deadline
                now = self._clock.now()
                if deadline is not None and deadline <= now:
                    self._client.handle_timeout(now)
                    self._act()
                else:
                    self._changed.wait(None if deadline is None else (deadline - now) / 1000)

    def _exchange(self, action: Connect) -> None:
        """One request and its body. Shutting its socket down ends it."""
        attempt = action.attempt
        response: Any = None
        try:
            try:
                request = build_request(
                    self._http, action, self._home, {"trace": lambda name, info: self._note(attempt, name, info)}
                )
                extra = auth_of(action.url, self._home, self._auth)
                response = self._http.send(request, stream=True, follow_redirects=False, **extra)
                head = read_head(response)
            except Exception as error:
                self._tell_failure(attempt, error)
                return
            stream = response.extensions.get("network_stream")
            with self._changed:
                self._note_socket(attempt, stream)
                self._client.receive_response(attempt, head, self._clock.now())
                self._act()
            self._read_body(attempt, response.iter_bytes())
        finally:
            if response is not None:
                response.close()
            with self._changed:
                self._sockets.pop(attempt, None)

    def _note(self, attempt: int, name: str, info: dict[str, Any]) -> None:
        """httpcore's trace: the socket is known, and can be shut, before the response's head is there.

        The first word of a name says what connects: "connection", "proxy", "socks".
        """
        if name.partition(".")[2] in CONNECTED:
            with self._changed:
                self._note_socket(attempt, info["return_value"])

    def _note_socket(self, attempt: int, stream: Any) -> None:
        connection = None if stream is None else stream.get_extra_info("socket")
        if connection is not None:
            self._sockets[attempt] = connection
            if not self._is_current(attempt):
                self._shut(attempt)

    def _is_current(self, attempt: int) -> bool:
        return attempt == self._client.attempt and self._client.state in ("connecting", "open", "refused")

    def _cancel_run(self, action: Cancel) -> None:
        with contextlib.suppress(Exception):
            extra = auth_of(action.url, self._home, self._auth)
            response = self._http.send(build_cancel(self._http, action), stream=True, **extra)
            response.close()  # its body may be without end

    def _read_body(self, attempt: int, chunks: Iterator[bytes]) -> None:
        while True:
            with self._changed:
                while self._is_current(attempt) and not self._client.wants_data:
                    self._changed.wait()
                if not self._is_current(attempt):
                    return
            try:
                data = next(chunks, None)
            except Exception as error:
                self._tell_failure(attempt, error)
                return
            with self._changed:
                if data is None:
                    self._client.receive_eof(attempt, self._clock.now())
                elif data:
                    self._client.receive_data(attempt, data, self._clock.now())
                self._act()
            if data is None:
                return

    def _tell_failure(self, attempt: int, error: Exception) -> None:
        with self._changed:
            self._client.connection_failed(attempt, describe(error), self._clock.now())
            self._act()

    def _get_token(self, action: RequestToken) -> None:
        assert self._token is not None
        try:
            token = self._token(action.reason)
            if inspect.isawaitable(token) or not isinstance(token, str):
                raise TypeError(f"token() must give a str, not {type(token).__name__}")
        except Exception as error:
            with self._changed:
                self._client.token_failed(action.attempt, describe(error), self._clock.now())
                self._act()
            return
        with self._changed:
            self._client.receive_token(action.attempt, token, self._clock.now())
            self._act()
