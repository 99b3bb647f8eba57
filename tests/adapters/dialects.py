"""Streams of every dialect: our own, and the recordings, where there are any."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

from portable.adapters import Run, adapter_of, short_of
from wakeful.parser import EventStreamParser
from wakeful.records import Message

STREAMS = Path(__file__).parent / "streams"
# In our own streams of MCP, the request that is answered.
REQUEST_ID = "7"
# The recordings are not ours to ship: this names the folder that holds them, as docs/adapters.md says.
RECORDINGS = os.environ.get("WAKEFUL_TRANSCRIPTS", "")
# By the folder of the recordings, the adapter's module.
DIALECTS = {
    "openai-chat": "openai_chat",
    "openai-responses": "openai_responses",
    "anthropic": "anthropic",
    "ag-ui": "ag_ui",
    "mcp": "mcp",
    "ai-sdk": "vercel_ui",
    "gemini": "gemini",
    "gemini-interactions": "gemini_interactions",
}


def own_streams() -> list[str]:
    """dialect/name of each."""
    return sorted(f"{path.parent.name}/{path.stem}" for path in STREAMS.glob("*/*.sse"))


def own_stream(name: str) -> tuple[bytes, str]:
    """The stream, and the lines of its fold."""
    path = STREAMS / name
    return path.with_suffix(".sse").read_bytes(), path.with_suffix(".fold").read_text("utf-8").removesuffix("\n")


def recordings() -> list[str]:
    """dialect/file of each, of the dialects that have an adapter."""
    files = Path(RECORDINGS).rglob("*.sse") if RECORDINGS else []
    names = sorted(file.relative_to(RECORDINGS).as_posix() for file in files)
    return [name for name in names if name.split("/")[0] in DIALECTS]


def adapter_cases() -> list[list[str]]:
    """For portable/adapters.py."""
    cases = []
    for name in own_streams():
        body, fold = own_stream(name)
        cases.append([name, name.split("/")[0], body.decode(), fold])
    return cases


def messages_of(body: bytes) -> tuple[list[Message], str]:
    """The messages of a body that ends after these bytes, and what stood in it outside of any event."""
    parser = EventStreamParser(len(body) + 1, "")
    parser.receive_data(body)
    messages = []
    while (event := parser.next_event()) is not None:
        if isinstance(event, Message):
            messages.append(event)
    return messages, parser.stray


def run(dialect: str, body: bytes, request_id: str) -> Run:
    """dialect: the adapter's module. request_id: for MCP, "" where the first response counts."""
    return Run(adapter_of(dialect, request_id), body)


def every_cut(body: bytes) -> list[int]:
    return list(range(len(body)))


def some_cuts(body: bytes, most: int) -> list[int]:
    """The bytes beside each line end, and as many others, by chance but always the same; `most` of each."""
    ends = [match.start() for match in re.finditer(rb"\n", body)]
    dice = random.Random(len(body))
    ends = dice.sample(ends, min(most, len(ends))) + ends[-4:]
    beside = {at + step for at in ends for step in (-1, 0, 1, 2)}
    return sorted(cut for cut in beside | {dice.randrange(len(body)) for _ in range(most)} if 0 <= cut < len(body))


def silently_short(dialect: str, body: bytes, cuts: list[int], request_id: str) -> list[str]:
    """Of these cuts, those after which a run is called complete and is less than the whole.

    What an adapter sees of a body are its messages: of all cuts that leave the same ones, it is run once.
    """
    whole = run(dialect, body, request_id)
    messages, _ = messages_of(body)
    known: dict[tuple[int, str], str] = {}
    problems = []
    for cut in cuts:
        left, stray = messages_of(body[:cut])
        assert [(each.type, each.data) for each in left] == [(each.type, each.data) for each in messages[: len(left)]]
        key = (len(left), stray)
        if key not in known:
            known[key] = short_of(run(dialect, body[:cut], request_id), whole)
        if known[key] != "":
            problems.append(f"cut at {cut}: {known[key]}")
    return problems
