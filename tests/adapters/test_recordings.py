"""What real services sent, through the adapters: the end as SOURCES.md has it, and the content as a plain reading does.

The recordings are not ours to ship. WAKEFUL_TRANSCRIPTS names the folder that holds them, with its SOURCES.md.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from adapters.dialects import ADAPTERS, messages_of, translate
from adapters.extraction import EXTRACTIONS

FOLDER = os.environ.get("WAKEFUL_TRANSCRIPTS", "")
pytestmark = pytest.mark.skipif(FOLDER == "", reason="WAKEFUL_TRANSCRIPTS names no folder of recorded streams")

# The last frame of this one, [DONE], was cut off, so its table calls it truncated. A finish_reason came before, which
# is an end as well: all of it is there.
ENDS_TWICE = "openai-chat/groq-eof-without-blank-line.sse"


def recordings() -> dict[str, str]:
    """File -> how it ends ("complete", "error" or "truncated"), of the dialects that have an adapter."""
    found = {}
    for line in (Path(FOLDER) / "SOURCES.md").read_text("utf-8").splitlines() if FOLDER else []:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].endswith(".sse") and cells[0].split("/")[0] in ADAPTERS:
            found[cells[0]] = "complete" if cells[0] == ENDS_TWICE else cells[-1].split()[0]
    return found


RECORDINGS = recordings()


def test_there_are_recordings_of_every_dialect() -> None:
    assert {name.split("/")[0] for name in RECORDINGS} == set(ADAPTERS)


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_ends_as_its_table_says_and_holds_what_it_holds(name: str) -> None:
    dialect = name.split("/")[0]
    messages, stray = messages_of((Path(FOLDER) / name).read_bytes())
    adapter = ADAPTERS[dialect]()
    events: Any = translate(adapter, messages, stray)
    assert adapter.outcome is not None
    expected = {"complete": ("completed", "paused"), "error": ("failed",), "truncated": ("truncated",)}
    assert adapter.outcome.status in expected[RECORDINGS[name]], adapter.outcome
    documents = [json.loads(message.data) for message in messages if message.data != "[DONE]"]
    assert collected(events) == EXTRACTIONS[dialect](documents)
    known = [event for event in events if event["type"] == "notice" and event["problem"]["type"] == "payload-invalid"]
    assert known == []


def collected(events: list[Any]) -> tuple[str, str, list[tuple[str, Any]]]:
    """Text, reasoning and calls of the assistant in a list of payload events."""
    roles = {event["mid"]: event["role"] for event in events if event["type"] == "message.start"}
    texts: dict[str, list[str]] = {"text": [], "reasoning": []}
    kinds: dict[str, str] = {}
    names: dict[str, str] = {}
    calls = []
    for event in events:
        if event["type"] == "part.start":
            kinds[event["pid"]] = event["kind"]
            names[event["pid"]] = event.get("name", "")
            assert event["mid"] in roles
        elif event["type"] == "part.delta":
            texts.setdefault(kinds[event["pid"]], []).append(event["d"])
        elif event["type"] == "part.end" and kinds[event["pid"]] == "tool-call":
            calls.append((names[event["pid"]], event["value"]))
    return "".join(texts["text"]), "".join(texts["reasoning"]), calls
