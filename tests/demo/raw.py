"""A client that shows the wire as it is: raw bytes in, raw bytes out, and how the connection ended."""

import socket
from typing import Self
from urllib.parse import urlsplit

# Far above what any test needs; reached only when a server that should have written or closed did not.
PATIENCE_S = 120


class RawClient:
    """One TCP connection to a server under test. Reads wait for bytes, never for time."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self.host = f"{address.hostname}:{address.port}"
        self.socket = socket.create_connection((address.hostname, address.port), timeout=PATIENCE_S)
        self.received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def send(self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Self:
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.host}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return self

    def get(self, target: str, headers: dict[str, str] | None = None) -> Self:
        return self.send("GET", target, headers)

    def until(self, wanted: bytes, times: int = 1) -> bytes:
        """Read until what was received holds the bytes so many times; everything received so far."""
        while self.received.count(wanted) < times:
            data = self.socket.recv(65536)
            assert data, f"closed before {wanted!r} came; the last bytes were {self.received[-300:]!r}"
            self.received += data
        return self.received

    def until_closed(self) -> str:
        """Read to the end. "closed" for an orderly end of the connection, "reset" for RST."""
        try:
            while data := self.socket.recv(65536):
                self.received += data
        except ConnectionResetError:
            return "reset"
        return "closed"

    @property
    def status(self) -> int:
        return int(self.until(b"\r\n").split(b" ", 2)[1])

    @property
    def headers(self) -> dict[str, str]:
        head = self.until(b"\r\n\r\n").partition(b"\r\n\r\n")[0].decode("latin-1")
        pairs = [line.partition(": ") for line in head.split("\r\n")[1:]]
        return {name.lower(): value for name, _, value in pairs}

    @property
    def raw_body(self) -> bytes:
        """What came behind the head so far, with its transfer coding."""
        return self.received.partition(b"\r\n\r\n")[2]

    def body(self) -> tuple[bytes, bool]:
        """The body so far with the chunked coding taken off, and whether its last chunk came."""
        rest, body = self.raw_body, b""
        while True:
            size_line, line_end, rest = rest.partition(b"\r\n")
            if not line_end:
                return body, False
            size = int(size_line, 16)
            if size == 0:
                return body, True
            body += rest[:size]
            if len(rest) < size + 2:
                return body, False
            rest = rest[size + 2 :]

    def close(self) -> None:
        self.socket.close()
