"""Plays wire cases to wakeful.connect() over fetch: on Pyodide and on MicroPython, in Node and in pages."""

import asyncio

import js  # type: ignore[import-not-found]

import wakeful
from portable.trace import event_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


async def play_cases(work_list: "dict[str, Any]") -> "list[dict[str, Any]]":
    """What each case got. In work_list: "cases" as wire.py's, each with its "url", and how many are open "at_once"."""
    waiting = work_list["cases"]
    results: list[dict[str, Any]] = []

    async def work() -> None:
        while waiting:
            results.append(await Case(waiting.pop(0)).play())

    await asyncio.gather(*[work() for _ in range(work_list["at_once"])])
    return results


class Case:
    def __init__(self, case: "dict[str, Any]") -> None:
        self.case = case
        self.tokens = list(case["tokens"])
        self.gates = sorted(case["gates"].items(), key=lambda gate: int(gate[0][1:]))
        self.got: list[str] = []

    async def play(self) -> "dict[str, Any]":
        try:
            async with wakeful.connect(self.case["url"], **self.arguments()) as stream:
                await self.read(stream)
                state, attempts = stream.state, stream.stats.attempts
        except Exception as error:
            return {"name": self.case["name"], "error": f"{type(error).__name__}: {error}"}
        return {"name": self.case["name"], "messages": self.got, "state": state, "attempts": attempts}

    def arguments(self) -> "dict[str, Any]":
        options = dict(self.case["options"])
        if options.pop("has_token", False):
            options["token"] = self.token
        if "body" in options:
            options["content"] = options.pop("body")
        return options

    async def token(self, reason: str) -> str:
        token: str | None = self.tokens.pop(0)
        if token is None:
            raise RuntimeError("no token today")
        return token

    async def read(self, stream: "Any") -> None:
        try:
            async for event in stream.events():
                if isinstance(event, wakeful.Message):
                    self.got.append(event_line(event))
                await self.open_gate(stream)
                if self.is_last(stream):
                    return
        except wakeful.StreamFailed:
            pass

    async def open_gate(self, stream: "Any") -> None:
        """The server goes on at a gate once these messages are in; one gate at a time, each is of one connection."""
        if self.gates and stream.state == "open" and len(self.got) >= self.gates[0][1]:
            name, _ = self.gates.pop(0)
            post = js.JSON.parse('{"method": "POST"}')
            await js.fetch(f"{self.case['url'].replace('/stream', '')}/gates/{name}", post)

    def is_last(self, stream: "Any") -> bool:
        """A stream that stays open is left once the last message is in, over the last connection."""
        if self.case["state"] != "open" or stream.state != "open":
            return False
        return stream.stats.attempts >= len(self.case["requests"]) and len(self.got) >= len(self.case["messages"])
