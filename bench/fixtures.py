"""Named, seeded bodies of event streams, and the ways they arrive in chunks."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

TOKENS = 60_000


def tokens(count: int = TOKENS) -> list[bytes]:
    """One small JSON event for each token, as a model's API sends them; about 44 bytes each."""
    dice = random.Random(1)
    words = ["the", "a", "stream", "wakes", "again", "and", "token", "of", "text"]
    return [f'data: {{"i":{number},"delta":"{dice.choice(words)} "}}\n\n'.encode() for number in range(count)]


def named(count: int = TOKENS) -> list[bytes]:
    return [b"event: delta\n" + event for event in tokens(count)]


def numbered(count: int = TOKENS) -> list[bytes]:
    return [b"id: %d\n" % number + event for number, event in enumerate(tokens(count))]


def named_and_numbered(count: int = TOKENS) -> list[bytes]:
    return [b"event: delta\n" + event for event in numbered(count)]


def accented(count: int = TOKENS) -> list[bytes]:
    dice = random.Random(2)
    words = ["où", "déjà", "流", "読む", "😀", "naïve"]
    return [
        b"data: " + json.dumps({"delta": dice.choice(words)}, ensure_ascii=False).encode() + b"\n\n"
        for _ in range(count)
    ]


def large(megabytes: int = 4) -> list[bytes]:
    return [b"data: " + b"x" * (megabytes << 20) + b"\n\n"]


def chunked(events: list[bytes], size: int) -> list[bytes]:
    body = b"".join(events)
    return [body[at : at + size] for at in range(0, len(body), size)]


FIXTURES: dict[str, Callable[[], list[bytes]]] = {
    "tokens, 16 KiB chunks": lambda: chunked(tokens(), 16_384),
    "tokens, 1.4 KB chunks": lambda: chunked(tokens(), 1_400),
    "tokens, one event a chunk": tokens,
    "named events, 1.4 KB chunks": lambda: chunked(named(), 1_400),
    "named events, one a chunk": named,
    "events with ids, 1.4 KB chunks": lambda: chunked(numbered(), 1_400),
    "events with ids, one a chunk": numbered,
    "named events with ids, 16 KiB chunks": lambda: chunked(named_and_numbered(), 16_384),
    "named events with ids, 1.4 KB chunks": lambda: chunked(named_and_numbered(), 1_400),
    "named events with ids, one a chunk": named_and_numbered,
    "text that is not ASCII, 1.4 KB chunks": lambda: chunked(accented(), 1_400),
    "text that is not ASCII, one event a chunk": accented,
    "one event of 4 MB, 16 KiB chunks": lambda: chunked(large(), 16_384),
}
