"""The payload's schemas: true of everything that is folded and sent, open for what is unknown, and no less strict than
the accumulator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.dialects import DIALECTS, RECORDINGS, own_stream, own_streams, recordings
from cases import load_patches, load_payload
from portable.adapters import Run, adapter_of
from portable.payload import fold
from portable.payload_logs import LogMaker
from spec_schemas import faults
from wakeful.document import Document
from wakeful.payload import Accumulator, compact

CONSUMER = "payload.consumer"
PRODUCER = "payload.producer"

MESSAGE = {"type": "message.start", "mid": "m1", "role": "assistant"}
PART = {"type": "part.start", "mid": "m1", "pid": "p1", "kind": "data"}
SNAPSHOT: dict[str, Any] = {"type": "snapshot", "messages": [], "state": None, "rev": 0, "open": []}


def walked() -> list[tuple[str, Any, str, str]]:
    """Each event of each scenario that is applied: its scenario, the event, and the fault before it and after."""
    found = []
    for scenario in load_payload():
        accumulator = Accumulator()
        for step in scenario["steps"]:
            if "reset" in step:
                accumulator.reset()
            if "event" in step or "text" in step:
                before = accumulator.fault
                accumulator.apply_text(step.get("text") or json.dumps(step["event"]))
                if "event" in step:
                    found.append((scenario["name"], step["event"], before, accumulator.fault))
    return found


def test_what_is_folded_is_valid() -> None:
    folded = [(name, event) for name, event, _, fault in walked() if fault == ""]
    assert len(folded) > 150
    assert [(name, faults(CONSUMER, event)) for name, event in folded if faults(CONSUMER, event)] == []


# What a schema of one event cannot say: it depends on the part, or compares two members.
BEYOND_A_SCHEMA = {
    "payload-value-of-text-is-refused",
    "payload-text-of-a-source-is-refused",
    "payload-patch-of-a-result-is-refused",
    "payload-nested-too-deep",
    "payload-snapshot-with-too-deep-a-note",
    "payload-revision-must-rise",
    "payload-snapshot-with-a-message-twice",
    "payload-snapshot-with-a-part-twice",
    "payload-snapshot-opens-an-unknown-part",
}


def test_what_is_a_fault_by_itself_is_not_valid() -> None:
    invalid = [(name, event) for name, event, before, after in walked() if before == "" and after == "invalid"]
    assert {name for name, event in invalid if faults(CONSUMER, event) == []} == BEYOND_A_SCHEMA
    assert len(invalid) > 10


GOOD = [
    *[
        step["event"]
        for scenario in load_payload()
        for step in scenario["steps"]
        if isinstance(step.get("event"), dict)
    ],
]
KNOWN = sorted({event["type"] for event in GOOD if isinstance(event.get("type"), str)})


@pytest.mark.parametrize("value", [42, "x", [], None, True, {}, {"type": 1}, {"type": ""}, {"type": None}], ids=repr)
def test_what_is_no_event_is_refused(value: object) -> None:
    assert faults(CONSUMER, value) != []
    assert faults(PRODUCER, value) != []
    assert fold([value]).fault == "invalid"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message.start", "mid": 1, "role": "user"},
        {"type": "message.start", "mid": "m"},
        {"type": "message.end", "mid": "m1"},
        {"type": "message.end", "mid": "m1", "finish": "stop", "usage": [1]},
        {"type": "message.end", "mid": "m1", "finish": "stop", "usage": {"in": -1}},
        {"type": "part.start", "mid": "m1", "pid": "p2"},
        {"type": "part.start", "mid": "m1", "pid": "p2", "kind": "text", "name": 7},
        {"type": "part.delta", "pid": "p1"},
        {"type": "part.delta", "pid": "p1", "d": ["x"]},
        {"type": "part.set", "pid": "p1"},
        {"type": "part.patch", "pid": "p1", "ops": {}},
        {"type": "part.patch", "pid": "p1", "ops": [{"op": "append", "path": "/a", "value": 1}]},
        {"type": "part.patch", "pid": "p1", "ops": [{"op": "add", "path": "/a"}]},
        {"type": "part.patch", "pid": "p1", "ops": [{"op": "move", "path": "/a"}]},
        {"type": "part.patch", "pid": "p1", "ops": [{"op": "remove", "path": "a"}]},
        {"type": "part.end", "pid": "p1"},
        {"type": "part.end", "pid": "p1", "bytes": "0"},
        {"type": "part.end", "pid": "p1", "bytes": -1},
        {"type": "part.end", "pid": "p1", "bytes": 2**53},
        {"type": "part.end", "pid": "p1", "bytes": 0, "state": 1},
        {"type": "state.set", "rev": 1},
        {"type": "state.set", "rev": 1.5, "value": 1},
        {"type": "state.patch", "base": 0, "ops": []},
        {"type": "usage", "in": "7"},
        {"type": "usage", "in": 7, "cost": {}},
        {"type": "status"},
        {"type": "notice", "problem": "no"},
        {"type": "input.request", "rid": "r"},
        {**SNAPSHOT, "messages": {}},
        {**SNAPSHOT, "open": "p1"},
        {**SNAPSHOT, "rev": None},
        {**SNAPSHOT, "messages": [{"mid": "m2", "role": "user"}]},
        {**SNAPSHOT, "messages": [{"mid": "m2", "role": "user", "parts": [{"pid": "p"}]}]},
        {**SNAPSHOT, "inputs": [{"rid": "r"}]},
        {**SNAPSHOT, "usage": {"in": 0.5}},
        {"type": "snapshot", "messages": [], "rev": 0, "open": []},
    ],
    ids=json.dumps,
)
def test_a_bad_event_of_a_known_type_is_refused(event: dict[str, Any]) -> None:
    assert faults(CONSUMER, event) != []
    assert fold([MESSAGE, PART, event]).fault in ("invalid", "patch")


@pytest.mark.parametrize("type", KNOWN)
def test_no_known_type_is_valid_alone(type: str) -> None:
    if type != "usage":  # no counter at all is no news, and no harm
        assert (faults(CONSUMER, {"type": type}) == []) == type.startswith(("x.", "future."))


@pytest.mark.parametrize("type", ["x.acme.thing", "future.thing", "Part.Delta", "part.delta.v2", "es.end"])
def test_an_unknown_type_is_valid_to_a_client(type: str) -> None:
    event = {"type": type, "pid": 7, "anything": [1], "critical": True}
    assert faults(CONSUMER, event) == []
    assert (faults(PRODUCER, event) == []) == type.startswith("x.")


@pytest.mark.parametrize(
    "event",
    [
        {**MESSAGE, "mood": "good"},
        {"type": "part.delta", "pid": "p1", "d": ""},
        {"type": "part.delta", "pid": "p1", "d": "x", "value": 1},
        {"type": "part.start", "mid": "m1", "pid": "p1", "kind": "hologram"},
        {"type": "part.end", "pid": "p1", "bytes": 0, "state": "fine"},
        {**SNAPSHOT, "epoch": "k"},
        {**SNAPSHOT, "messages": [{"mid": "m", "role": "user", "parts": [], "at": 7}]},
        {**SNAPSHOT, "messages": [{"mid": "m", "role": "user", "parts": [{"pid": "p", "kind": "text"}]}]},
        {"type": "x.", "a": 1},
        {"type": "x.acme", "a": 1},
    ],
    ids=json.dumps,
)
def test_a_server_is_held_to_more(event: dict[str, Any]) -> None:
    assert faults(CONSUMER, event) == []
    assert faults(PRODUCER, event) != []


def test_snapshots_and_compacted_logs_are_as_a_server_sends_them() -> None:
    for seed in range(1, 40):
        log = LogMaker(seed).make(40)
        accumulator = Accumulator()
        for event in log:
            accumulator.apply_event(event)
            if accumulator.fault == "":
                assert faults(PRODUCER, accumulator.snapshot()) == []
        if accumulator.fault == "":
            assert [faults(CONSUMER, event) for event in compact(log) if faults(CONSUMER, event)] == []


def test_patches_of_the_vectors() -> None:
    """What a patch says that applies is valid; a malformed one is not; one that fails on its document may be."""
    for vector in load_patches():
        event = {"type": "part.patch", "pid": "p1", "ops": vector["patch"]}
        if "result" in vector:
            assert faults(CONSUMER, event) == [], vector["name"]
        elif "missing" in vector["fails"] or "no operation" in vector["fails"] or "pointer" in vector["fails"]:
            assert faults(CONSUMER, event) != [], vector["name"]


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from(["", "a", "p1", "m1", "text"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["rid", "kind", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
MEMBERS = "mid pid kind role d bytes value ops rev base finish text rid problem messages open state usage name callId"
ANY_EVENT = st.builds(
    lambda type, members: {"type": type, **members},
    st.sampled_from([type for type in KNOWN if "." in type or type in ("usage", "status", "notice", "snapshot")]),
    st.dictionaries(st.sampled_from(MEMBERS.split()), JSON, max_size=5),
)


@given(ANY_EVENT)
def test_a_valid_event_is_never_a_fault_by_itself(event: dict[str, Any]) -> None:
    """And one that is not valid never passes, but for problems: the accumulator keeps them as they are."""
    fault = fold([MESSAGE, PART, event])
    if faults(CONSUMER, event) == []:
        beyond = ("no value", "no text", "cannot be patched", "is there twice", "is not there", "rise above")
        assert fault.fault != "invalid" or any(words in fault.fault_detail for words in beyond), fault.fault_detail
    elif fault.fault == "":
        places = {place.split("'")[1] for place in faults(CONSUMER, event) if place.startswith("['")}
        assert places <= {"problem", "text", "schema", "value"}, faults(CONSUMER, event)


class Kept(Run):
    """Keeps the events that an adapter makes."""

    events: list[Document]

    def _apply(self, events: list[Document]) -> None:
        self.__dict__.setdefault("events", []).extend(events)
        super()._apply(events)


def check_stream(dialect: str, body: bytes) -> None:
    """What the adapter makes of it is as a server sends it, folds without a fault, and leaves nothing open."""
    run = Kept(adapter_of(dialect, ""), body)
    assert (run.accumulator.fault, run.accumulator.fault_detail) == ("", "")
    assert [faults(PRODUCER, event) for event in run.events if faults(PRODUCER, event)] == []
    assert "open" not in {part.state for message in run.accumulator.messages for part in message.parts}


@pytest.mark.parametrize("name", own_streams())
def test_what_adapters_make_is_as_a_server_sends_it(name: str) -> None:
    check_stream(name.split("/")[0], own_stream(name)[0])


@pytest.mark.skipif(RECORDINGS == "", reason="WAKEFUL_TRANSCRIPTS names no folder of recorded streams")
def test_so_it_is_of_real_streams() -> None:
    assert recordings() != []
    for name in recordings():
        check_stream(DIALECTS[name.split("/")[0]], (Path(RECORDINGS) / name).read_bytes())
