"""wakeful.connect(): one call for `async with` and for `with`, on CPython and in Python pages.

The only file that asks where it runs. It imports the drivers only when they are used: `import wakeful` costs no HTTP
library, and works where there is none.
"""

import sys

from wakeful.bindings.settings import check_type, copy_headers, encode_body, make_client
from wakeful.client import Client
from wakeful.errors import OptionError, UsageError
from wakeful.options import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Unpack

    from wakeful.bindings.asyncio import AsyncStream
    from wakeful.bindings.http import StreamOptions, Token
    from wakeful.bindings.sync import Stream

# Pyodide is CPython on Emscripten.
IN_PAGE = sys.implementation.name == "micropython" or sys.platform == "emscripten"


def connect(
    url: str,
    *,
    client: "Any" = None,
    transport: "Any" = None,
    auth: "Any" = None,
    token: "Token | None" = None,
    content: bytes | str | None = None,
    json: "Any" = None,
    credentials: bool = False,
    **options: "Unpack[StreamOptions]",
) -> "Connection":
    """A stream to be opened by `async with` (asyncio, and Python pages) or by `with` (plain code, on CPython).

    url: absolute; in a page also relative to it.
    client: an httpx2 or httpx client to use, asynchronous for `async with`; it stays open. Without one, a client is
      made, over `transport` if given.
    auth: as in httpx. token: called with "connect" or "unauthorized" before each attempt, gives a bearer token;
      may be async under `async with`.
    content, json: the request's body; set method="POST" too.
    credentials: send cookies to another origin too. In a page only, where client, transport and auth mean nothing.
    options: see StreamOptions and Options. Raises OptionError.
    """
    check_type("url", url, str)
    settings = Options(url)
    headers = copy_headers(options.get("headers", {}))
    settings.body = encode_body(content, json, headers)
    settings.has_token = token is not None
    settings.credentials = credentials
    options["headers"] = headers
    if IN_PAGE:
        if client is not None or transport is not None or auth is not None:
            raise OptionError(
                "client, transport and auth are for httpx: a page has the browser's fetch; use token or headers"
            )
        from random import randrange as random

        from wakeful.bindings.javascript import absolute

        settings.url = absolute(url)
    else:
        if credentials:
            raise OptionError("credentials is for pages: elsewhere the HTTP client has the cookies")
        from random import SystemRandom

        from wakeful.bindings.http import checked_url

        settings.url = checked_url(url)
        random = SystemRandom().randrange
    return Connection(make_client(settings, options, random), client, transport, auth, token, settings.url)


class Connection:
    """What connect() gives: enter it once."""

    def __init__(
        self, core: Client, client: "Any", transport: "Any", auth: "Any", token: "Token | None", home: str
    ) -> None:
        self._parts = (core, client, transport, auth, token, home)
        self._stream: "Any" = None

    async def __aenter__(self) -> "AsyncStream":
        stream: "Any"
        if IN_PAGE:
            from wakeful.bindings.fetch import PageStream

            stream = PageStream(self._parts[0], self._parts[4])
        else:
            from wakeful.bindings.asyncio import AsyncStream

            stream = AsyncStream(*self._parts)
        self._stream = stream
        opened: "AsyncStream" = await stream.__aenter__()
        return opened

    async def __aexit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        await self._stream.__aexit__(kind, error, trace)

    def __enter__(self) -> "Stream":
        if IN_PAGE:
            raise UsageError("a page cannot wait without async: write `async with` and `async for`")
        from wakeful.bindings.sync import Stream

        stream = Stream(*self._parts)
        self._stream = stream
        return stream.__enter__()

    def __exit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        self._stream.__exit__(kind, error, trace)
