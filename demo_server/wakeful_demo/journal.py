"""The journal: what the server saw of each viewer, as facts in the order in which they happened.

The tests' oracle and the page's timeline. A fact has a seq (its place in the order, per viewer) and ms since the demo
started; the kinds are request, response, sent, fault and closed. Headers are shown but for the secret ones.
"""

import asyncio
import time
from collections import OrderedDict, deque
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from wakeful_demo.http1 import Request

MAX_VIEWERS = 100
MAX_REQUESTS = 500
MAX_FACTS = 3000
SECRET_HEADERS = ("authorization", "cookie", "proxy-authorization")

Fact = dict[str, Any]
Closer = Literal["client", "server"]


@dataclass
class Seen:
    """One request and what became of it. status is 0 and closed_by None until that is known."""

    request: int
    seq: int
    ms: int
    method: str
    target: str
    headers: dict[str, str]
    status: int = 0
    bytes: int = 0
    messages: int = 0
    last_id: str = ""
    faults: list[str] = field(default_factory=list)
    closed_by: Closer | None = None
    how: str = ""
    closed_seq: int = 0
    closed_ms: int = 0


class ViewerJournal:
    """The facts about one viewer. Whoever waits for the next one is woken."""

    def __init__(self, began: float) -> None:
        self.facts: deque[Fact] = deque(maxlen=MAX_FACTS)
        self.seen: deque[Seen] = deque(maxlen=MAX_REQUESTS)
        self._began = began
        self._seq = 0
        self._requests = 0
        self._closed = 0
        self._changed = asyncio.Event()

    def request(self, request: Request) -> Seen:
        headers = {name: "(hidden)" if name in SECRET_HEADERS else value for name, value in request.headers.items()}
        self._requests += 1
        fact = self._note("request", self._requests, method=request.method, target=request.target, headers=headers)
        seen = Seen(self._requests, fact["seq"], fact["ms"], request.method, request.target, headers)
        self.seen.append(seen)
        return seen

    def response(self, seen: Seen, status: int, content_type: str) -> None:
        seen.status = status
        self._note("response", seen.request, status=status, content_type=content_type)

    def sent(self, seen: Seen, size: int, message_id: str) -> None:
        seen.bytes += size
        if message_id:
            seen.messages += 1
            seen.last_id = message_id
        self._note("sent", seen.request, bytes=size, id=message_id)

    def fault(self, seen: Seen, name: str) -> None:
        seen.faults.append(name)
        self._note("fault", seen.request, fault=name)

    def closed(self, seen: Seen, by: Closer, how: str) -> None:
        """How: end, cut, reset, left (the client went) or gone (the server behind the relay died)."""
        if seen.closed_by is not None:
            return
        fact = self._note("closed", seen.request, by=by, how=how)
        seen.closed_by, seen.how, seen.closed_seq, seen.closed_ms = by, how, fact["seq"], fact["ms"]
        self._closed += 1
        self._wake()

    def summary(self) -> dict[str, Any]:
        requests = [asdict(seen) for seen in self.seen]
        return {"requests": requests, "accepted": self._requests, "closed": self._closed, "seq": self._seq}

    def after(self, seq: int) -> list[Fact]:
        return [fact for fact in self.facts if fact["seq"] > seq]

    async def wait_after(self, seq: int) -> None:
        """Return once there is a fact beyond seq."""
        while self._seq <= seq:
            await self._changed.wait()

    async def until(self, accepted: int, closed: int) -> None:
        """Return once so many requests have come, and so many of them are over."""
        while self._requests < accepted or self._closed < closed:
            await self._changed.wait()

    def _note(self, kind: str, request: int, **details: Any) -> Fact:
        self._seq += 1
        ms = int((time.monotonic() - self._began) * 1000)
        fact = {"seq": self._seq, "ms": ms, "kind": kind, "request": request, **details}
        self.facts.append(fact)
        self._wake()
        return fact

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class Journal:
    """The journals of all viewers, by their label; the one unused for longest makes room for a new one."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._viewers: OrderedDict[str, ViewerJournal] = OrderedDict()

    def viewer(self, label: str) -> ViewerJournal:
        journal = self._viewers.setdefault(label, ViewerJournal(self._began))
        self._viewers.move_to_end(label)
        if len(self._viewers) > MAX_VIEWERS:
            self._viewers.popitem(last=False)
        return journal
