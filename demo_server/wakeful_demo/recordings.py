"""Recorded event streams: any folder of .sse files, replayed at a human pace with ids of our own.

What a recording's own ids, comments and reconnection times were is not replayed: the ids are the log's, and comments
are no messages. A message that the recording cut off (no blank line after it) was never dispatched, so it is not there.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import wakeful
from wakeful_demo.agent import END, Beat

TOKENS_PER_SECOND = 25
READ_SIZE = 64 * 1024


def find_recordings(folder: Path) -> dict[str, Path]:
    """Recordings by name: the path below the folder, without .sse."""
    files = sorted(folder.rglob("*.sse"))
    return {file.relative_to(folder).with_suffix("").as_posix(): file for file in files}


def types_of(recording: Path) -> set[str]:
    """The event types in it: a page must listen for each by its name."""
    return {message.type for message in wakeful.parse(_reads(recording))}


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
