"""What real services sent, through the adapters: the end as SOURCES.md has it, the content as plain reading has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.dialects import DIALECTS, RECORDINGS, messages_of, recordings, run, silently_short, some_cuts
from adapters.extraction import EXTRACTIONS, Extract
from portable.adapters import Run

pytestmark = pytest.mark.skipif(RECORDINGS == "", reason="WAKEFUL_TRANSCRIPTS names no folder of recorded streams")

# The last frame of this one, [DONE], was cut off, so its table calls it truncated. A finish_reason came before, which
# is an end as well: all of it is there.
ENDS_TWICE = "openai-chat/groq-eof-without-blank-line.sse"
# These say that they have finished, go on, and fail: cut after the first, they have finished.
FINISHED_TOO_EARLY = ["openai-chat/openrouter-error-in-chunk.sse", "gemini/error-mid-stream-not-framed.sse"]

STATUSES = {"complete": ["completed", "paused"], "error": ["failed"], "truncated": ["truncated"]}


def table() -> dict[str, str] | None:
    """Recording -> how it ends ("complete", "error" or "truncated"); None if nobody has written SOURCES.md."""
    sources = Path(RECORDINGS) / "SOURCES.md"
    if not RECORDINGS or not sources.exists():
        return None
    found = {}
    for line in sources.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].endswith(".sse") and cells[0].split("/")[0] in DIALECTS:
            found[cells[0]] = "complete" if cells[0] == ENDS_TWICE else cells[-1].split()[0]
    return found


NAMES = recordings()
TABLE = table()


def read(name: str) -> tuple[str, bytes]:
    """The adapter's module, and the bytes."""
    return DIALECTS[name.split("/")[0]], (Path(RECORDINGS) / name).read_bytes()


def test_no_recording_is_missing_and_none_is_passed_over() -> None:
    print(f"{len(NAMES)} recordings of {len({name.split('/')[0] for name in NAMES})} dialects")
    assert NAMES != [], f"{RECORDINGS} holds no DIALECT/*.sse, where DIALECT is one of {', '.join(DIALECTS)}"
    if TABLE is not None:
        assert sorted(TABLE) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_ends_as_its_table_says_and_holds_what_it_holds(name: str) -> None:
    dialect, body = read(name)
    whole = run(dialect, body, "")
    assert whole.accumulator.fault == ""
    if TABLE is not None:
        assert whole.outcome.status in STATUSES[TABLE[name]], whole.outcome
    documents = [json.loads(message.data) for message in messages_of(body)[0] if message.data != "[DONE]"]
    assert content_of(whole) == EXTRACTIONS[name.split("/")[0]](documents)
    assert not [line for line in whole.extensions if "unreadable" in line]


def content_of(folded: Run) -> Extract:
    """Text, reasoning and calls of what the model and its tools say."""
    parts = [
        part
        for message in folded.accumulator.messages
        if message.role in ("assistant", "tool")
        for part in message.parts
    ]
    text = "".join(part.text for part in parts if part.kind == "text")
    reasoning = "".join(part.text for part in parts if part.kind == "reasoning")
    calls = [(part.name, part.value) for part in parts if part.kind == "tool-call"]
    assert [json.loads(part.text) for part in parts if part.kind == "tool-call"] == [value for _, value in calls]
    return text, reasoning, calls


@pytest.mark.parametrize("name", NAMES)
def test_no_cut_is_taken_for_the_whole(name: str) -> None:
    dialect, body = read(name)
    problems = silently_short(dialect, body, some_cuts(body, 150), "")
    if name in FINISHED_TOO_EARLY:
        assert problems != []
        assert all("called complete" in problem for problem in problems)
    else:
        assert problems == []
