"""Recorded event streams: any folder of .sse files, replayed at a human pace with ids of our own.

What a recording's own ids, comments and reconnection times were is not replayed: the ids are the log's, and comments
are no messages. A message that the recording cut off (no blank line after it) was never dispatched, so it is not there.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import wakeful
from wakeful_demo.agent import END, Beat
from wakeful_demo.dialects import dialect_of

TOKENS_PER_SECOND = 25
READ_SIZE = 64 * 1024


@dataclass(frozen=True)
class Reading:
    """How to read a run.

    types: the event types that it may have; a page must listen for each by its name.
    dialect: the npm package's adapter for it, "" where there is none.
    marked: whether the end marker is a word of its own, and not only the demo's.
    """

    types: list[str]
    dialect: str
    marked: bool


def find_recordings(folder: Path) -> dict[str, Path]:
    """Recordings by name: the path below the folder, without .sse."""
    files = sorted(folder.rglob("*.sse"))
    return {file.relative_to(folder).with_suffix("").as_posix(): file for file in files}


def reading_of(recording: Path) -> Reading:
    types, dialect, marked = {"message"}, "", False
    for message in wakeful.parse(_reads(recording)):
        types.add(message.type)
        dialect = dialect or dialect_of(message.data)
        marked = marked or message.data == END
    return Reading(sorted(types), dialect, marked)


def perform(recording: Path, run: str) -> Iterator[Beat]:
    """The messages of a recording, closed by the end marker whether the recording has it or not."""
    pace = random.Random(f"{recording.name} {run}")
    for message in wakeful.parse(_reads(recording)):
        if message.data == END:
            break
        pause_ms = 1000 / TOKENS_PER_SECOND * pace.uniform(0.4, 1.6)
        yield Beat(pause_ms, message.data, message.type)
    yield Beat(0, END)


def _reads(recording: Path) -> Iterator[bytes]:
    with recording.open("rb") as file:
        while data := file.read(READ_SIZE):
            yield data
