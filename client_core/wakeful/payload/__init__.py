"""The payload of an agent's stream: events that fold into messages, state and what belongs to them. docs/payload.md."""

from wakeful.errors import DocumentError, PatchError
from wakeful.json_reader import JsonReader, partial_json
from wakeful.payload.accumulator import Accumulator
from wakeful.payload.compact import compact
from wakeful.payload.model import ChatMessage, Part
from wakeful.payload.patch import apply_patch

__all__ = [
    "Accumulator",
    "ChatMessage",
    "DocumentError",
    "JsonReader",
    "Part",
    "PatchError",
    "apply_patch",
    "compact",
    "partial_json",
]
