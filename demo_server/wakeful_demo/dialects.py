"""Which dialect a stream speaks, told by the shape of its messages: pages load the adapter of that name."""

import json
import re
from typing import Any

# A member that only one dialect has, and names of events: what begins with them, as a whole or up to a dot.
MEMBERS = {"jsonrpc": "mcp", "choices": "openai-chat", "candidates": "gemini", "promptFeedback": "gemini"}
TYPES = (
    (re.compile(r"response\."), "openai-responses"),
    (re.compile(r"message_start$|content_block_"), "anthropic"),
    (re.compile(r"interaction\.|step\."), "gemini-interactions"),
    (re.compile(r"[A-Z]+(_[A-Z]+)+$"), "ag-ui"),
    (re.compile(r"start(-step)?$|(text|reasoning|tool-input)-(start|delta|end)$"), "vercel-ui"),
)


def dialect_of(data: str) -> str:
    """The name of the adapter for a message with this data, as the npm package has it; "" if this does not say."""
    try:
        said = json.loads(data)
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    for member, dialect in MEMBERS.items():
        if member in said:
            return dialect
    return _by_type(said.get("event_type", said.get("type")))


def _by_type(name: Any) -> str:
    if isinstance(name, str):
        for pattern, dialect in TYPES:
            if pattern.match(name):
                return dialect
    return ""
