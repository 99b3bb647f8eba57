"""Where clients under test report what they get: one small HTTP server, one inbox for each stream."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import h11

from wakeful_demo import http1
from wakeful_demo.conformance.cases import comment_line, message_line, reset_line

FINAL = ("ended", "failed", "closed")
JSON_TYPE = ("Content-Type", "application/json")


@dataclass
class Inbox:
    """What the client has reported of one stream, in order.

    final: "ended", "failed", or "closed" from a client that cannot tell the two apart; "" while it lives.
    delays: of each wait, from a client that tells them.
    outcome: completed, failed, cancelled, paused, expired, truncated or unknown, from a client that knows the profile.
    fault: what was wrong with a report.
    """

    tokens: list[str | None]
    messages: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    resets: list[str] = field(default_factory=list)
    delays: list[int] = field(default_factory=list)
    opens: int = 0
    waits: int = 0
    final: str = ""
    outcome: str = ""
    fault: str = ""
    facts: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _held_from: int = 0  # the number of the message whose report is not answered; 0 for none

    async def take(self, body: bytes) -> dict[str, Any]:
        """Enter a report, or a list of them; what to answer."""
        answer: dict[str, Any] = {}
        async with self._changed:
            try:
                given = json.loads(body)
                for report in given if isinstance(given, list) else [given]:
                    answer = self._enter(report)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                self.fault = f"a report that cannot be read ({error!r}): {body[:200]!r}"
            self._changed.notify_all()
            if self.messages and _is_message(body):
                # The application is at work on it.
                await self._changed.wait_for(lambda: not 0 < self._held_from <= len(self.messages))
        return answer

    def hold(self, message: int) -> None:
        """From that message on the application takes its time, until release()."""
        self._held_from = message

    async def release(self) -> None:
        async with self._changed:
            self._held_from = 0
            self._changed.notify_all()

    def _enter(self, report: dict[str, Any]) -> dict[str, Any]:
        kind = report["kind"]
        # A client that fails before it sends anything (an ID that its fetch refuses) waits and waits: no sign of life.
        self.facts += kind not in ("waiting", "token")
        if kind == "message":
            self.messages.append(message_line(report["type"], report["data"], report.get("id", "")))
        elif kind == "comment":
            self.comments.append(comment_line(report["text"]))
        elif kind == "reset":
            self.resets.append(reset_line(report["reason"], report["epoch"], report["base"]))
        elif kind == "open":
            self.opens += 1
        elif kind == "token":
            return {"token": self.tokens.pop(0) if self.tokens else None}
        elif kind in FINAL:
            self.final, self.outcome = kind, report.get("outcome", "")
        elif kind == "waiting":
            self.waits += 1
            if "delay_ms" in report:
                self.delays.append(int(report["delay_ms"]))
        else:
            raise ValueError(f"unknown kind {kind}")
        return {}

    async def until_news(self, facts: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self.facts > facts or self.fault != "")


def _is_message(body: bytes) -> bool:
    return b'"message"' in body.replace(b" ", b"").partition(b'"kind":')[2][:12]


class ReportServer:
    """Takes reports on a loopback port until close()."""

    def __init__(self) -> None:
        self._inboxes: dict[str, Inbox] = {}
        self._server: asyncio.Server | None = None
        self._url = ""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def open(self, tokens: list[str | None]) -> tuple[str, Inbox]:
        """A fresh inbox and the URL to report to."""
        path = f"/reports/{len(self._inboxes) + 1}"
        inbox = self._inboxes[path] = Inbox(list(tokens))
        return self._url + path, inbox

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await http1.read_request(reader)
            if request is not None:
                writer.write(await self._answer(request))
                await writer.drain()
        except (ConnectionError, h11.RemoteProtocolError):
            pass  # whoever cannot speak HTTP has reported nothing
        finally:
            writer.close()

    async def _answer(self, request: http1.Request) -> bytes:
        inbox = self._inboxes.get(request.path)
        if inbox is None or request.method != "POST":
            return http1.whole_response(404, [])
        answer = await inbox.take(request.body)
        return http1.whole_response(200, [JSON_TYPE], json.dumps(answer).encode())
