"""One play: the operations of its connections, how each is performed, and the journal of what came in.

An operation is an object with one of these keys:
  {"head": {"status": 200, "headers": {...}}}  the response head; a header's value may be a list, to repeat it
  {"data": "text"} or {"hex": "00ff"}          one write; "repeat": n writes it n times. Before a head it goes out raw
  {"gate": "name"}                             wait until POST /plays/{id}/gates/{name}
  {"silence_ms": 2000}                         say nothing for so long, at least
  {"eof": true}                                a clean end; it is also what the end of the list means
  {"cut": true}                                close without the final chunk, or before any head without an answer
  {"reset": true}                              close with a TCP reset
  {"hold": true}                               stay open until the client closes
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from wakeful_demo import http1
from wakeful_demo.http1 import HeaderList, Request

OPERATIONS = ("head", "data", "hex", "gate", "silence_ms", "eof", "cut", "reset", "hold")
EXPOSED_HEADERS = "Location, Retry-After, Event-Stream-Params, Last-Event-ID"

Closer = Literal["client", "server"]
Operation = dict[str, Any]


class BadPlay(ValueError):
    """The posted play cannot be performed; the message says which connection and operation, and why."""


@dataclass
class Connection:
    """One accepted request, the operations that answer it, and the facts that the journal gives about it.

    accepted_s: when its request was in. begun_s: when each operation began, those so far; of a monotonic clock.
    """

    number: int
    accepted_at: int
    request: Request
    port: int
    operations: list[Operation]
    extra: bool
    writer: asyncio.StreamWriter
    cors: HeaderList
    written: int = 0
    closed_by: Closer | None = None
    closed_at: int | None = None
    accepted_s: float = field(default_factory=time.monotonic)
    begun_s: list[float] = field(default_factory=list)
    _chunked: bool | None = field(default=None)  # None until a head went out: what is written then is raw

    async def perform(self, play: "Play") -> None:
        """Perform the operations; returning means that the server is the one who closes."""
        for operation in self.operations:
            self.begun_s.append(time.monotonic())
            if "head" in operation:
                await self._send_head(operation["head"])
            elif "gate" in operation:
                await play.until_gate(operation["gate"])
            elif "silence_ms" in operation:
                await asyncio.sleep(operation["silence_ms"] / 1000)
            elif "hold" in operation:
                await asyncio.Event().wait()
            elif "cut" in operation:
                return
            elif "reset" in operation:
                http1.reset(self.writer)
                return
            elif "eof" in operation:
                break
            else:
                await self._send_data(operation)
        if self._chunked:
            await self._write(http1.LAST_CHUNK)

    async def _send_head(self, head: dict[str, Any]) -> None:
        status, headers = int(head.get("status", 200)), _header_list(head.get("headers", {}))
        framing: HeaderList = []
        names = {name.lower(): value for name, value in headers}
        self._chunked = not ("content-length" in names or "connection" in names or status in http1.BODILESS_STATUSES)
        if "connection" not in names:
            framing.append(("Connection", "close"))
        if self._chunked and "transfer-encoding" not in names:
            framing.append(("Transfer-Encoding", "chunked"))
        await self._write(http1.head_bytes(status, headers + self.cors + framing))

    async def _send_data(self, operation: Operation) -> None:
        data = _bytes_of(operation)
        framed = http1.chunk(data) if self._chunked else data
        for _ in range(int(operation.get("repeat", 1))):
            await self._write(framed)

    async def _write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()
        self.written += len(data)

    def journal(self) -> dict[str, object]:
        return {
            "n": self.number,
            "method": self.request.method,
            "target": self.request.target,
            "headers": self.request.headers,
            "body": self.request.body.decode("utf-8", "replace"),
            "port": self.port,
            "extra": self.extra,
            "bytes": self.written,
            "accepted_at": self.accepted_at,
            "closed_by": self.closed_by,
            "closed_at": self.closed_at,
        }


class Play:
    """A script for the connections of one client under test, and what that client did.

    accepted_at and closed_at are places in the order of facts, not times: a connection that closed before another was
    accepted has the smaller number.
    """

    def __init__(self, play_id: str, scripts: list[list[Operation]], cors: bool = False) -> None:
        self.id = play_id
        self.cors = cors
        self.preflights = 0
        self.connections: list[Connection] = []
        self._scripts = scripts
        self._facts = 0
        self._gates: set[str] = set()
        self._changed = asyncio.Condition()

    @classmethod
    def from_json(cls, play_id: str, body: bytes) -> "Play":
        """A play from a request's body. Raises BadPlay."""
        try:
            posted = json.loads(body)
        except ValueError as error:
            raise BadPlay(f"the body is not JSON: {error}") from None
        scripts = posted.get("connections") if isinstance(posted, dict) else None
        if not isinstance(scripts, list) or not all(isinstance(script, list) for script in scripts):
            raise BadPlay("a play is an object with a list of operation lists under 'connections'")
        for number, script in enumerate(scripts):
            for place, operation in enumerate(script):
                fault = _fault_of(operation)
                if fault:
                    raise BadPlay(f"connection {number}, operation {place}: {fault}")
        return cls(play_id, scripts, bool(posted.get("cors")))

    async def accept(self, request: Request, writer: asyncio.StreamWriter) -> Connection:
        number = len(self.connections)
        extra = number >= len(self._scripts)
        script = [{"head": {"status": 204}}] if extra else self._scripts[number]
        port = writer.get_extra_info("peername")[1]
        connection = Connection(
            number, self._next_fact(), request, port, script, extra, writer, self.cors_headers(request)
        )
        async with self._changed:
            self.connections.append(connection)
            self._changed.notify_all()
        return connection

    async def note_closed(self, connection: Connection, closer: Closer) -> None:
        async with self._changed:
            connection.closed_by = closer
            connection.closed_at = self._next_fact()
            self._changed.notify_all()

    def _next_fact(self) -> int:
        self._facts += 1
        return self._facts

    async def open_gate(self, name: str) -> None:
        """Let every connection pass that waits at this gate, now or later."""
        async with self._changed:
            self._gates.add(name)
            self._changed.notify_all()

    async def until_gate(self, name: str) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: name in self._gates)

    async def until(self, accepted: int, closed: int) -> None:
        """Wait until so many connections were accepted, and so many have closed."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.connections) >= accepted and self._closed() >= closed)

    async def until_news(self, facts: int) -> None:
        """Wait until there are more facts than so many."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.facts > facts)

    @property
    def facts(self) -> int:
        """How many connections have come and gone so far, together."""
        return self._facts

    def _closed(self) -> int:
        return sum(connection.closed_by is not None for connection in self.connections)

    def journal(self) -> dict[str, Any]:
        return {
            "connections": [connection.journal() for connection in self.connections],
            "accepted": len(self.connections),
            "extra": sum(connection.extra for connection in self.connections),
            "closed": self._closed(),
            "preflights": self.preflights,
        }

    def cors_headers(self, request: Request) -> HeaderList:
        """What lets a page of any origin read this play, credentials included; nothing unless the play asks for it."""
        origin = request.headers.get("origin")
        if not self.cors or origin is None:
            return []
        headers = [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Expose-Headers", EXPOSED_HEADERS),
            ("Vary", "Origin"),
        ]
        if request.method == "OPTIONS":
            headers.append(("Access-Control-Allow-Methods", "GET, POST"))
            headers.append(("Access-Control-Allow-Headers", request.headers.get("access-control-request-headers", "")))
        return headers


def _bytes_of(operation: Operation) -> bytes:
    if "hex" in operation:
        return bytes.fromhex(operation["hex"])
    text: str = operation["data"]
    return text.encode("utf-8", "surrogatepass")  # JSON can name a lone surrogate; on the wire it is invalid UTF-8


def _header_list(headers: dict[str, str | list[str]]) -> HeaderList:
    pairs: HeaderList = []
    for name, value in headers.items():
        pairs += [(name, one) for one in value] if isinstance(value, list) else [(name, value)]
    return pairs


def _fault_of(operation: object) -> str:
    """What keeps this operation from being performed, or an empty string."""
    if not isinstance(operation, dict):
        return "an operation is an object"
    names = [name for name in OPERATIONS if name in operation]
    if len(names) != 1 or set(operation) - {names[0], "repeat"}:
        return f"one key of {', '.join(OPERATIONS)} is wanted, and beside it at most 'repeat': {operation}"
    value = operation[names[0]]
    if names[0] == "head" and not isinstance(value, dict):
        return "'head' is an object with 'status' and 'headers'"
    if names[0] in ("data", "hex", "gate") and not isinstance(value, str):
        return f"'{names[0]}' is a string"
    if names[0] == "silence_ms" and not (type(value) is int and value >= 0):
        return "'silence_ms' is a whole number, 0 or more"
    try:
        bytes.fromhex(value if names[0] == "hex" else "")
    except ValueError:
        return "'hex' is pairs of hexadecimal digits"
    return ""
