"""The little HTTP/1.1 that the play server and the relay share: one request per socket, parsed by h11."""

import asyncio
import socket
import struct
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import h11

READ_SIZE = 64 * 1024
MAX_BODY = 64 * 1024 * 1024
# Method tokens that a body-less answer belongs to, and statuses that never carry a body (RFC 9110, "Content").
BODILESS_STATUSES = (204, 304)

HeaderList = list[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """One parsed request. Header names are lower-case; repeated ones are joined by a comma, as RFC 9110 allows."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    http_version: str = "1.1"

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def query(self, name: str) -> str | None:
        """The first value of a query parameter, or None."""
        values = parse_qs(urlsplit(self.target).query, keep_blank_values=True).get(name)
        return values[0] if values else None


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """Read one whole request. None if the peer left before sending one, as a speculative connection does.

    Raises h11.RemoteProtocolError if what arrives is not HTTP/1.1 or the body is over MAX_BODY.
    """
    parser = h11.Connection(h11.SERVER)
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = parser.next_event()
        if event is h11.NEED_DATA:
            data = await reader.read(READ_SIZE)
            if not data and head is None:
                return None
            parser.receive_data(data)
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_BODY:
                raise h11.RemoteProtocolError("request body too large", error_status_hint=413)
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return _request(head, bytes(body))
        else:
            return None


def _request(head: h11.Request, body: bytes) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in head.headers:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Request(
        head.method.decode("ascii"),
        head.target.decode("latin-1"),
        headers,
        body,
        head.http_version.decode("ascii"),
    )


def head_bytes(status: int, headers: HeaderList) -> bytes:
    """A response's status line and headers, exactly as given: nothing is added, checked or reordered."""
    lines = [f"HTTP/1.1 {status} {reason_of(status)}"] + [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def whole_response(status: int, headers: HeaderList, body: bytes = b"") -> bytes:
    """A complete response that ends its connection."""
    framing: HeaderList = [("Connection", "close")]
    if status not in BODILESS_STATUSES:
        framing.append(("Content-Length", str(len(body))))
    return head_bytes(status, headers + framing) + body


def chunk(data: bytes) -> bytes:
    """One chunk of the chunked transfer coding; empty data would end the body, so it gives nothing."""
    return b"%x\r\n%s\r\n" % (len(data), data) if data else b""


LAST_CHUNK = b"0\r\n\r\n"


def reason_of(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def write_through(writer: asyncio.StreamWriter) -> None:
    """Make `await writer.drain()` mean "the kernel has every byte", and send each write at once."""
    writer.transport.set_write_buffer_limits(high=0)
    connection = writer.get_extra_info("socket")
    if connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with a TCP reset: a lingering time of zero makes the kernel send RST in place of FIN."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
