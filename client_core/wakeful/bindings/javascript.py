"""The border to JavaScript: what the driver over fetch says to the browser, and hears of it.

What the two runtimes need, here and in fetch.py:

- On MicroPython an exception of JavaScript's cannot be caught where a call throws it, only where a promise rejects: it
  would end the interpreter. So nothing is called that may throw.
- MicroPython takes whole numbers from JavaScript as 32 bits.
- What crosses the border is a string wherever it can be: JSON for the request's and the response's head.
"""

import json
import time

import js  # type: ignore[import-not-found]

from wakeful.bindings.settings import describe
from wakeful.records import Cancel, Connect, Response

try:
    from pyodide.ffi import to_js  # type: ignore[import-not-found, import-untyped, unused-ignore]
except ImportError:
    from jsffi import to_js  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wakeful.client import Hint


def monotonic() -> float:
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


def for_page_events(method: str, listener: "Any") -> None:
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


def hint_of(event: "Any") -> "Hint | None":
    """What a page event says to the client; None if nothing."""
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


async def send_cancel(action: Cancel) -> None:
    """The DELETE. It may outlive the page. Nobody waits for the answer, and a failure is none."""
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


def build_request(action: Connect, signal: "Any") -> "Any":
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


def read_head(response: "Any") -> Response:
    """What fetch shows of the head. It hides that of a redirect which it did not follow: 302 stands for any."""
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


def body_reader(response: "Any", signal: "Any") -> "Any":
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


def end_read(reader: "Any") -> None:
    """End the read that waits, after its request was aborted.

    The abort does that by itself, but for one case: where the body ends in the same turn, a read of Node's fetch
    (undici before 7, nodejs/node#56917) waits for ever. In a worker of Firefox the reader has to read on, see above.
    """
    if not _in_gecko_worker():
        js.Promise.allSettled(to_js([reader.cancel()]))  # the abort is an error of this promise, too


async def read_on(reader: "Any") -> None:
    """Where the reader's body knows of no signal: read until the network has ended it."""
    if not _in_gecko_worker():
        return
    try:
        while not (await reader.read()).done:
            pass
    except Exception:
        pass  # an abort is an error, too


def describe_js_error(error: Exception) -> str:
    """As JavaScript's String(error). MicroPython keeps the name and the message apart, behind the object itself."""
    if len(error.args) == 3 and type(error).__name__ == "JsException":
        return f"{error.args[1]}: {error.args[2]}"
    return describe(error).replace("JsException: ", "")


def bytes_reader() -> "Callable[[Any], bytes]":
    """How this runtime takes the bytes of a Uint8Array. One for each body."""
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
