"""The driver for Python pages: the browser's fetch, on Pyodide and on MicroPython, in the page and in a worker.

It performs what the client asks and tells it what happened; it holds no policy. What the two runtimes need:

- On MicroPython an exception of JavaScript's cannot be caught where a call throws it, only where a promise rejects: it
  would end the interpreter. So nothing is called here that may throw.
- MicroPython has no async generators, and takes whole numbers from JavaScript as 32 bits.
- What crosses the border is a string wherever it can be: JSON for the request's and the response's head.
"""

import asyncio
import json
import time
from random import randrange as random

import js  # type: ignore[import-not-found]

from wakeful.bindings.clock import Clock
from wakeful.bindings.settings import FINAL, check_reset, describe
from wakeful.client import Client
from wakeful.explain import StreamFailed
from wakeful.hello import Hello
from wakeful.outcome import Outcome
from wakeful.records import Cancel, Connect, Message, RequestToken, Response, StateChange
from wakeful.stats import Stats

try:
    from pyodide.ffi import create_proxy, to_js  # type: ignore[import-not-found, import-untyped, unused-ignore]
except ImportError:
    from jsffi import create_proxy, to_js  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType
    from typing import Any

    from wakeful.bindings.http import Event, Token
    from wakeful.client import Hint
    from wakeful.states import State

__all__ = ["PageStream", "absolute", "random"]

# setTimeout fires at once for more. An early call does nothing but set the timer again.
LONGEST_TIMER_MS = 2_147_483_647
# Taking messages for longer than this at a time would show as jank: a frame has 16 ms.
SLICE_MS = 8


class PageStream:
    """An open stream: `async for message in stream`. Made by `async with wakeful.connect(…) as stream`.

    The same names as AsyncStream's, and the same meaning.
    """

    def __init__(self, client: Client, token: "Token | None") -> None:
        self._client = client
        self._token = token
        self._clock = Clock(_monotonic)
        self._readable = asyncio.Event()
        self._news = asyncio.Event()
        self._controller = js.AbortController.new()
        self._exchanges: "list[asyncio.Task[None]]" = []
        self._asking: "asyncio.Task[None] | None" = None
        self._cancelling: "asyncio.Task[None] | None" = None
        self._timer: "Any" = None
        self._timer_due = 0
        self._on_timer = create_proxy(self._timeout)
        self._on_page_event = create_proxy(self._hint)

    @property
    def state(self) -> "State":
        return self._client.state

    @property
    def last_event_id(self) -> str:
        return self._client.last_event_id

    @property
    def stats(self) -> Stats:
        return self._client.stats

    @property
    def hello(self) -> Hello | None:
        """What the server has said of its stream; None if it speaks no profile."""
        return self._client.hello

    @property
    def outcome(self) -> Outcome | None:
        """How the stream ended; None before its end."""
        return self._client.outcome

    async def __aenter__(self) -> "PageStream":
        _for_page_events("addEventListener", self._on_page_event)
        self._client.start(self._clock.now())
        self._act()
        return self

    async def __aexit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        self.close()
        _for_page_events("removeEventListener", self._on_page_event)
        # Aborted, all of them. On MicroPython in Node a read sometimes never hears of it, and never ends.
        for _ in range(100):
            if all(exchange.done() for exchange in self._exchanges):
                break
            await asyncio.sleep(0.01)
        for proxy in (self._on_timer, self._on_page_event):
            if hasattr(proxy, "destroy"):  # MicroPython collects them
                proxy.destroy()

    def close(self) -> None:
        """End for good; the request is aborted at once."""
        self._client.close(self._clock.now())
        self._act()

    def cancel(self) -> None:
        """Stop the run on the server, where it has said how, and end for good."""
        self._client.cancel(self._clock.now())
        self._act()

    def restart(self) -> None:
        """Drop the connection or the wait, and connect anew at once."""
        self._client.restart(self._clock.now())
        self._act()

    def retry(self) -> None:
        """After StreamFailed: try again, with a fresh budget and the last event ID kept."""
        self._client.retry(self._clock.now())
        self._act()

    def __aiter__(self) -> "AsyncIterator[Message]":
        return _Events(self, True)

    def events(self) -> "AsyncIterator[Event]":
        """Messages, comments, resets, warnings and state changes, as they come."""
        return _Events(self, False)

    def _act(self) -> None:
        """After every call to the client: perform its actions, and look at its levels again."""
        while (action := self._client.next_action()) is not None:
            if isinstance(action, Connect):
                self._controller = js.AbortController.new()
                running = [exchange for exchange in self._exchanges if not exchange.done()]
                self._exchanges = running + [asyncio.create_task(self._exchange(action, self._controller.signal))]
            elif isinstance(action, RequestToken):
                self._asking = asyncio.create_task(self._get_token(action))
            elif isinstance(action, Cancel):
                self._cancelling = asyncio.create_task(_cancel_run(action))  # kept, but waited for by nobody
            else:
                self._controller.abort()
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
        kind = _hint_of(event)
        if kind is not None:
            self._client.hint(kind, self._clock.now())
            self._timeout()

    async def _exchange(self, action: Connect, signal: "Any") -> None:
        """One request and its body. A Disconnect aborts it; what it still says then is of an old attempt."""
        try:
            response = await js.fetch(action.url, _request(action, signal))
        except Exception as error:
            self._tell_failure(action.attempt, error)
            return
        reader = _reader(response, signal)
        self._client.receive_response(action.attempt, _head(response), self._clock.now())
        self._act()
        await self._read_body(action.attempt, reader, signal)
        if signal.aborted and reader and _in_gecko_worker():
            await _read_on(reader)

    async def _read_body(self, attempt: int, reader: "Any", signal: "Any") -> None:
        read_bytes = _bytes_reader()
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
        self._client.connection_failed(attempt, _describe(error), self._clock.now())
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
            self._client.token_failed(action.attempt, _describe(error), self._clock.now())
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


# The border to JavaScript.


def _monotonic() -> float:
    """Seconds. A whole number from 2^31 on arrives negative on MicroPython: after 24 days of one page."""
    reading: float = js.performance.now()
    return (reading + 4_294_967_296 if reading < 0 else reading) / 1000


def absolute(url: str) -> str:
    """As the page would resolve it. A worker may have the address of a blob, which is no base: then by its origin."""
    bases = []
    if hasattr(js, "document"):
        bases.append(js.document.baseURI)
    elif hasattr(js, "location"):
        bases = [js.location.href, js.location.origin]
    for base in bases:
        if js.URL.canParse(url, base):
            return str(js.URL.new(url, base).href)
    return url  # the client says what is wrong with it


def _for_page_events(method: str, listener: "Any") -> None:
    """Add or remove the listener for what hints at the network's and the page's life.

    By call(): the window's and the document's methods are one function, and MicroPython 1.27 calls one that it has once
    met as an object's method always with its first argument as the object.
    """
    if not hasattr(js, "addEventListener"):
        return
    change = getattr(js.EventTarget.prototype, method)
    events = [(js.globalThis, "online"), (js.globalThis, "offline")]
    # In its workers PyScript puts the page's document here: a stand-in, and none of this thread's event targets.
    if hasattr(js, "document") and not hasattr(js, "WorkerGlobalScope"):
        # The back/forward cache: only a page without an open connection may enter it.
        events += [(js.globalThis, "pagehide"), (js.globalThis, "pageshow")]
        events += [(js.document, kind) for kind in ("visibilitychange", "freeze", "resume")]
    for target, kind in events:
        change.call(target, kind, listener)


def _hint_of(event: "Any") -> "Hint | None":
    kind = event.type
    if kind == "online":
        return "online"
    if kind == "offline":
        return "offline"
    if kind == "freeze" or (kind == "pagehide" and event.persisted):
        return "freeze"
    shown = kind == "visibilitychange" and not js.document.hidden
    if shown or kind == "resume" or (kind == "pageshow" and event.persisted):
        return "wake"
    return None


async def _cancel_run(action: Cancel) -> None:
    """It may outlive the page. Nobody waits for the answer, and a failure is none."""
    init = {
        "method": "DELETE",
        "headers": _headers(action.headers),
        "credentials": "include" if action.credentials else "same-origin",
        "keepalive": True,
    }
    try:
        await js.fetch(action.url, js.JSON.parse(json.dumps(init)))
    except Exception:
        pass


def _headers(headers: "list[tuple[str, bytes]]") -> "list[list[str]]":
    """One character a byte, as fetch sends them."""
    return [[name, "".join([chr(byte) for byte in value])] for name, value in headers]


def _request(action: Connect, signal: "Any") -> "Any":
    """The action in fetch's words. fetch cannot say "follow within the origin" but by mode "same-origin", which needs
    a URL of this origin; otherwise a redirect is stopped where the client can be told of it."""
    home = js.location.origin if hasattr(js, "location") else ""
    same_origin = action.redirect == "same-origin" and js.URL.new(action.url).origin == home
    init = {
        "method": action.method,
        "headers": _headers(action.headers),
        "cache": "no-store",
        "credentials": "include" if action.credentials else "same-origin",
        "mode": "same-origin" if same_origin else "cors",
        "redirect": "follow" if same_origin or action.redirect == "follow" else "manual",
    }
    request = js.JSON.parse(json.dumps(init))
    request.signal = signal
    if action.body is not None:
        request.body = js.Uint8Array.new(to_js(list(action.body)))
    return request


def _head(response: "Any") -> Response:
    headers = json.loads(js.JSON.stringify(js.Object.fromEntries(response.headers)))
    location = headers.get("location", "")
    if location and js.URL.canParse(location, response.url):
        location = js.URL.new(location, response.url).href
    else:
        location = ""
    status = 302 if response.type == "opaqueredirect" else response.status
    return Response(status, headers, location, int(time.time()))


def _in_gecko_worker() -> bool:
    return hasattr(js, "WorkerGlobalScope") and "Gecko/" in js.navigator.userAgent


_late: "list[Any]" = []


def _reader(response: "Any", signal: "Any") -> "Any":
    """What reads the body; None if there is none.

    In a worker of Firefox ESR 153 the signal ends the body at once, but reaches the network by way of the main thread
    of another process. If bytes arrive meanwhile, they find the body gone: the request counts as over, the abort finds
    nothing to do, and the socket stays open until the server's next byte. So there a copy is read that knows of no
    signal, and it is read until the network has ended it. A copy is made of a copy, since a Response that has been
    asked for its body follows the signal.
    """
    if not _in_gecko_worker():
        return response.body.getReader() if response.body else None
    if signal.aborted:
        _late[:] = [response]  # nobody reads it, but its body must not be collected before the network has ended it
        return None
    copy = js.Response.new(response.clone().body)
    body = copy.clone().body
    if not body:
        return None
    copy.body.cancel()
    response.body.cancel()
    return body.getReader()


async def _read_on(reader: "Any") -> None:
    try:
        while not (await reader.read()).done:
            pass
    except Exception:
        pass  # an abort is an error, too


def _describe(error: Exception) -> str:
    """As JavaScript's String(error). MicroPython keeps the name and the message apart, behind the object itself."""
    if len(error.args) == 3 and type(error).__name__ == "JsException":
        return f"{error.args[1]}: {error.args[2]}"
    return describe(error).replace("JsException: ", "")


def _bytes_reader() -> "Any":
    """How this runtime takes the bytes of a Uint8Array."""
    if not hasattr(js.Uint8Array.new(0), "to_bytes"):
        return _DecodedBytes()
    return lambda chunk: chunk.to_bytes()


class _DecodedBytes:
    """Exact bytes on MicroPython, which takes a string quickly and anything else byte by byte.

    16 KiB took 0.15 ms as a string that is encoded again, and 12 ms by bytes(). A string is exact where no U+FFFD is in
    it. Where one is, the chunk may begin or end inside a character: those bytes cross one by one, and the middle as a
    string. What is left is not UTF-8, or has an U+FFFD of its own.
    """

    def __init__(self) -> None:
        self._decoder = js.TextDecoder.new("utf-8", js.JSON.parse('{"ignoreBOM": true}'))

    def __call__(self, chunk: "Any") -> bytes:
        data = self._decode(chunk)
        if _REPLACEMENT not in data:
            return data
        length: int = chunk.length
        start = 0
        while start < min(3, length) and chunk[start] & 0xC0 == 0x80:
            start += 1
        end = _whole_characters(chunk, start, length)
        middle = self._decode(chunk.subarray(start, end))
        if _REPLACEMENT in middle:
            return bytes(chunk)
        return _one_by_one(chunk, 0, start) + middle + _one_by_one(chunk, end, length)

    def _decode(self, chunk: "Any") -> bytes:
        text: str = self._decoder.decode(chunk)
        return text.encode("utf-8")


_REPLACEMENT = b"\xef\xbf\xbd"


def _whole_characters(chunk: "Any", start: int, length: int) -> int:
    """Where the last character begins, if it is cut off; otherwise the length."""
    for back in range(1, 4):
        at = length - back
        if at < start:
            break
        byte = chunk[at]
        if byte & 0xC0 != 0x80:
            needed = 1 + (byte >= 0xC0) + (byte >= 0xE0) + (byte >= 0xF0)
            return at if needed > back else length
    return length


def _one_by_one(chunk: "Any", start: int, end: int) -> bytes:
    return bytes([chunk[at] for at in range(start, end)])
