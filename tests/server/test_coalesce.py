"""Fewer, larger events for a viewer that lags: what is joined, what is left as it is, and how large it may become."""

from __future__ import annotations

import json

import pytest

from wakeful.server import Entry
from wakeful.server.coalesce import coalesce


def delta(seq: int, pid: str, text: str, **more: object) -> Entry:
    return Entry(seq, "", json.dumps({"type": "part.delta", "pid": pid, "d": text, **more}))


def told(entries: list[Entry]) -> list[tuple[int, str, str]]:
    """seq, and of a delta its part and text."""
    found = []
    for entry in entries:
        event = json.loads(entry.data)
        found.append((entry.seq, event.get("pid", event["type"]), event.get("d", "")))
    return found


def test_adjacent_deltas_of_one_part_become_one_with_the_last_seq() -> None:
    log = [delta(1, "p1", "a"), delta(2, "p1", "é"), delta(3, "p2", "c"), delta(4, "p2", "d"), delta(5, "p1", "e")]
    assert told(coalesce(log, 10_000)) == [(2, "p1", "aé"), (4, "p2", "cd"), (5, "p1", "e")]


def test_what_is_no_delta_parts_them() -> None:
    log = [delta(1, "p1", "a"), Entry(2, "", '{"type":"status","text":"part.delta"}'), delta(3, "p1", "b")]
    assert coalesce(log, 10_000) == log


@pytest.mark.parametrize(
    "other",
    [
        Entry(2, "", '{"type":"part.delta","pid":"p1","d":'),
        Entry(2, "", '{"type":"x.note","of":"part.delta","pid":"p1","d":"b"}'),
        Entry(2, "", '{"type":"part.delta","pid":"p1"}'),
        Entry(2, "note", '{"type":"part.delta","pid":"p1","d":"b"}'),
        delta(2, "p1", "b", meta={"of": "this one alone"}),
    ],
    ids=["no JSON", "another type", "no text", "another event type", "with meta"],
)
def test_what_only_looks_like_one_is_left_as_it_is(other: Entry) -> None:
    log = [delta(1, "p1", "a"), other, delta(3, "p1", "c")]
    assert coalesce(log, 10_000) == log


def test_none_becomes_larger_than_an_event_may_be() -> None:
    log = [delta(seq, "p1", "x" * 50) for seq in range(1, 21)]
    joined = coalesce(log, 300)
    assert 1 < len(joined) < len(log)
    assert all(len(entry.data.encode()) <= 300 for entry in joined)
    assert "".join(text for _, _, text in told(joined)) == "x" * 1000
    assert joined[-1].seq == 20
