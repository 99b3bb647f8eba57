"""connect() on CPython: what it is given is checked at once, and used as it is. Streams: tests/test_wire.py."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx
import httpx2
import pytest

import wakeful

URL = "http://a.test/s"
LIBRARIES = pytest.mark.parametrize("library", [httpx2, httpx], ids=["httpx2", "httpx"])


@pytest.mark.parametrize(
    ("url", "options", "message"),
    [
        (None, {}, "url must be a str, not NoneType"),
        ("http://a.test:99999/", {}, "url is malformed: Port "),
        ("http://a.test:b/", {}, "url is malformed: Port "),
        ("http://[::1", {}, "url is malformed: "),
        ("http://\u2028.test/", {}, "url is malformed: "),
        (URL, {"headers": None}, "headers must be a dict of str, not NoneType"),
        (URL, {"headers": {"X-Room": 5}}, "the value of X-Room must be a str, not int"),
        (URL, {"method": 5}, "method must be a str, not int"),
        (URL, {"last_event_id": 5}, "last_event_id must be a str, not int"),
        (URL, {"end_data": 5}, "end_data must be a str, not int"),
        (URL, {"attempts": "8"}, "attempts must be an int, not str"),
        (URL, {"attempts": True}, "attempts must be an int, not bool"),
        (URL, {"method": "POST", "content": 5}, "content must be bytes or a str, not int"),
        (URL, {"no_such": 1}, "no_such is not an option of connect()"),
    ],
)
def test_what_is_malformed_is_refused_before_anything_is_sent(url: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(wakeful.OptionError) as refused:
        wakeful.connect(url, **options)
    assert str(refused.value).startswith(message)


class Server:
    """Behind a transport: one event, then the end."""

    def __init__(self, library: Any) -> None:
        self.seen: list[str | None] = []
        self.transport = library.MockTransport(lambda request: self._answer(library, request))

    def _answer(self, library: Any, request: Any) -> Any:
        self.seen.append(request.headers.get("authorization"))
        return library.Response(200, headers={"content-type": "text/event-stream"}, content=b"data: a\n\ndata: end\n\n")


def read(url: str = URL, **given: Any) -> list[str]:
    with wakeful.connect(url, end_data="end", attempts=1, **given) as stream:
        return [message.data for message in stream]


async def read_async(url: str = URL, **given: Any) -> list[str]:
    async with wakeful.connect(url, end_data="end", attempts=1, **given) as stream:
        return [message.data async for message in stream]


def both(given: Callable[[bool], dict[str, Any]]) -> list[list[str]]:
    """given: the arguments, for asyncio or not."""
    return [asyncio.run(read_async(**given(True))), read(**given(False))]


@LIBRARIES
def test_a_client_is_used_and_stays_open(library: Any) -> None:
    server = Server(library)
    client = library.Client(transport=server.transport, headers={"Authorization": "of the client"})
    other = library.AsyncClient(transport=server.transport, headers={"Authorization": "of the client"})
    assert both(lambda is_async: {"client": other if is_async else client}) == [["a"], ["a"]]
    assert server.seen == ["of the client"] * 2
    assert (client.is_closed, other.is_closed) == (False, False)


def test_a_transport_and_an_auth_are_used() -> None:
    server = Server(httpx2)
    assert both(lambda _: {"transport": server.transport, "auth": ("ada", "pw")}) == [["a"], ["a"]]
    assert server.seen == ["Basic YWRhOnB3"] * 2


class Redirecting:
    """Behind a transport: http://a.test leads to where it is told. seen: what each request said of who asks."""

    def __init__(self, library: Any, target: str) -> None:
        self.seen: list[tuple[str, str | None, str | None]] = []
        self.transport = library.MockTransport(lambda request: self._answer(library, request, target))

    def _answer(self, library: Any, request: Any, target: str) -> Any:
        self.seen.append((str(request.url), request.headers.get("authorization"), request.headers.get("cookie")))
        if request.url.host == "a.test" and request.url.path == "/s":
            return library.Response(302, headers={"location": target})
        return library.Response(200, headers={"content-type": "text/event-stream"}, content=b"data: a\n\ndata: end\n\n")


BASIC = "Basic YWRhOnB3"
SECRETS = {"Authorization": "Bearer secret", "Cookie": "session=secret"}


@LIBRARIES
@pytest.mark.parametrize(("target", "is_home"), [("http://b.test/s", False), ("http://a.test/t", True)])
@pytest.mark.parametrize(
    ("of_client", "of_stream", "shown"),
    [
        ({"headers": SECRETS}, {}, tuple(SECRETS.values())),
        ({"auth": ("ada", "pw")}, {}, (BASIC, None)),
        ({}, {"auth": ("ada", "pw")}, (BASIC, None)),
    ],
)
@pytest.mark.clause("redirect.stripped")
def test_no_credentials_of_an_http_client_follow_a_redirect_to_another_origin(
    library: Any, target: str, is_home: bool, of_client: Any, of_stream: Any, shown: Any
) -> None:
    """Each request is sent on its own, so the library gave them to whomever the redirect led to."""
    server = Redirecting(library, target)

    def given(is_async: bool) -> dict[str, Any]:
        make = library.AsyncClient if is_async else library.Client
        return {"client": make(transport=server.transport, **of_client), "redirect": "follow", **of_stream}

    assert both(given) == [["a"], ["a"]]
    assert server.seen == [(URL, *shown), (target, *(shown if is_home else (None, None)))] * 2


@LIBRARIES
@pytest.mark.clause("redirect.stripped")
def test_no_query_of_an_http_client_follows_a_redirect_to_another_origin(library: Any) -> None:
    server = Redirecting(library, "http://b.test/s?x=1")

    def given(is_async: bool) -> dict[str, Any]:
        make = library.AsyncClient if is_async else library.Client
        return {"client": make(transport=server.transport, params={"key": "secret"}), "redirect": "follow"}

    assert both(given) == [["a"], ["a"]]
    assert [url for url, _, _ in server.seen] == [f"{URL}?key=secret", "http://b.test/s?x=1"] * 2


def test_a_token_goes_out_without_white_space_at_its_end() -> None:
    server = Server(httpx2)
    assert both(lambda _: {"transport": server.transport, "token": lambda reason: "t \t"}) == [["a"], ["a"]]
    assert server.seen == ["Bearer t"] * 2


@pytest.mark.parametrize("is_async", [True, False], ids=["asyncio", "sync"])
def test_a_redirect_to_no_url_is_final(is_async: bool) -> None:
    """It was taken for a failure of the network, and asked for again until the attempts were used up."""
    transport = httpx2.MockTransport(lambda request: httpx2.Response(302, headers={"location": "http://[a"}))
    with pytest.raises(wakeful.StreamFailed) as failed:
        asyncio.run(read_async(transport=transport)) if is_async else read(transport=transport)
    assert failed.value.change.reason == "not-retryable"


@LIBRARIES
def test_a_redirect_within_an_international_host_name_is_followed(library: Any) -> None:
    """The name that is sent is another text than the one that was given: it was taken for another origin."""
    seen = []

    def answer(request: Any) -> Any:
        seen.append(str(request.url))
        if request.url.path == "/s":
            return library.Response(302, headers={"location": "/t"})
        return library.Response(200, headers={"content-type": "text/event-stream"}, content=b"data: a\n\ndata: end\n\n")

    def given(is_async: bool) -> dict[str, Any]:
        make = library.AsyncClient if is_async else library.Client
        return {"url": "http://bücher.test/s", "client": make(transport=library.MockTransport(answer))}

    assert both(given) == [["a"], ["a"]]
    assert seen == ["http://xn--bcher-kva.test/s", "http://xn--bcher-kva.test/t"] * 2


class Silent:
    """A server that answers what it is told, one request after the other, and then nothing. closed: by the client."""

    def __init__(self, listener: socket.socket, *answers: bytes) -> None:
        self.closed = threading.Event()
        self.connections = 0
        self.asked = threading.Event()  # what is not answered
        self._listener = listener
        self._answers = list(answers)
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self.closed.is_set():
            connection, _ = self._listener.accept()
            self.connections += 1
            with connection:
                while connection.recv(65_536):
                    if not self._answers:
                        self.asked.set()
                        connection.recv(1)
                        self.closed.set()
                        break
                    connection.sendall(self._answers.pop(0))


def test_close_shuts_a_unix_socket_before_the_responses_head(tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "socket"))
    listener.listen()
    transport = httpx2.HTTPTransport(uds=str(tmp_path / "socket"))
    with Silent(listener) as server:
        with wakeful.connect(URL, transport=transport) as stream:
            server.asked.wait()
            stream.close()
            server.closed.wait()


def test_close_shuts_a_later_attempts_socket_before_the_responses_head() -> None:
    """The connection of the first attempt was kept alive, and used again: its reader, and its socket, stayed."""
    listener = socket.create_server(("127.0.0.1", 0))
    busy = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
    with Silent(listener, busy) as server:
        with wakeful.connect(f"http://127.0.0.1:{listener.getsockname()[1]}/", base_ms=0) as stream:
            server.asked.wait()
            stream.close()
            server.closed.wait()
        assert server.connections == 2


class Malformed:
    """A server whose answer no HTTP library takes. url: where it listens."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._answer)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._thread.join()
        self._socket.close()

    def _answer(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie : session=s3cret\r\n\r\n")


@pytest.mark.parametrize("is_async", [True, False], ids=["asyncio", "sync"])
def test_no_failure_repeats_a_header(is_async: bool) -> None:
    with Malformed() as server, pytest.raises(wakeful.StreamFailed) as failed:
        asyncio.run(read_async(server.url)) if is_async else read(server.url)
    assert failed.value.change.failure is not None
    assert failed.value.change.failure.detail == "RemoteProtocolError: illegal header line"


@LIBRARIES
def test_a_client_of_the_other_kind_is_refused(library: Any) -> None:
    """It would fail at each attempt, as if the network did."""
    with pytest.raises(wakeful.OptionError, match="client must be a Client for `with`, not an AsyncClient"):
        read(client=library.AsyncClient())
    with pytest.raises(wakeful.OptionError, match="client must be an AsyncClient for `async with`"):
        asyncio.run(read_async(client=library.Client()))
