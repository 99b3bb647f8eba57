"""wakeful.connect(): one call for `async with` and for `with`.

This file is the other one that asks where it runs. It imports the drivers only when they are used: `import wakeful`
costs no HTTP library, and works where there is none.
"""

import sys

from wakeful.client import Client
from wakeful.errors import WakefulError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Unpack

    from wakeful.bindings.asyncio import AsyncStream
    from wakeful.bindings.http import StreamOptions, Token
    from wakeful.bindings.sync import Stream


def connect(
    url: str,
    *,
    client: "Any" = None,
    transport: "Any" = None,
    auth: "Any" = None,
    token: "Token | None" = None,
    content: bytes | str | None = None,
    json: "Any" = None,
    **options: "Unpack[StreamOptions]",
) -> "Connection":
    """A stream to be opened by `async with` (asyncio) or by `with` (plain code).

    client: an httpx2 or httpx client to use, asynchronous for `async with`; it stays open. Without one, a client is
      made, over `transport` if given.
    auth: as in httpx. token: called with "connect" or "unauthorized" before each attempt, gives a bearer token;
      may be async under `async with`.
    content, json: the request's body; set method="POST" too.
    options: see StreamOptions and Options. Raises OptionError.
    """
    if sys.implementation.name == "micropython" or sys.platform == "emscripten":
        raise WakefulError("connect() has no sockets in a browser: feed a Client or parse() from fetch")
    from wakeful.bindings.http import encode_body, make_client

    headers = dict(options.get("headers", {}))
    body = encode_body(content, json, headers)
    options["headers"] = headers
    return Connection(make_client(url, body, token is not None, options), client, transport, auth, token)


class Connection:
    """What connect() gives: enter it once."""

    def __init__(self, core: Client, client: "Any", transport: "Any", auth: "Any", token: "Token | None") -> None:
        self._parts = (core, client, transport, auth, token)
        self._stream: "Any" = None

    async def __aenter__(self) -> "AsyncStream":
        from wakeful.bindings.asyncio import AsyncStream

        stream = AsyncStream(*self._parts)
        self._stream = stream
        return await stream.__aenter__()

    async def __aexit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        await self._stream.__aexit__(kind, error, trace)

    def __enter__(self) -> "Stream":
        from wakeful.bindings.sync import Stream

        stream = Stream(*self._parts)
        self._stream = stream
        return stream.__enter__()

    def __exit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        self._stream.__exit__(kind, error, trace)
