"""The payload on this interpreter: its scenarios, its laws on many random logs, and what it costs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import cases, load_patches, load_payload
from portable.cases import run_cases
from portable.documents import canonical
from portable.payload import broken_laws, fold, summary
from portable.payload_logs import LogMaker
from wakeful.document import same_document
from wakeful.errors import PatchError, UsageError
from wakeful.outcome import Outcome
from wakeful.payload import Accumulator, apply_patch, compact, partial_json
from wakeful.records import Message
from work import lines_of_work

# A lane that runs fewer has lost some.
KNOWN_SCENARIOS = 69
KNOWN_PATCHES = 56


@pytest.mark.parametrize("section", cases())
def test_every_case(section: str) -> None:
    assert run_cases(section, cases()[section], lambda line: None) == []


def test_none_is_lost() -> None:
    assert len(load_payload()) >= KNOWN_SCENARIOS
    assert len(load_patches()) >= KNOWN_PATCHES


def test_every_type_and_fault_and_state_occurs() -> None:
    steps = [step for scenario in load_payload() for step in scenario["steps"]]
    types = {step["event"]["type"] for step in steps if isinstance(step.get("event"), dict) and "type" in step["event"]}
    faults = {step["check"]["fault"] for step in steps if "fault" in step.get("check", {})}
    shown = " ".join(line for step in steps for line in step.get("shows", []))
    assert types >= {
        "message.start", "message.end", "part.start", "part.delta", "part.set", "part.patch", "part.end", "state.set",
        "state.patch", "usage", "status", "notice", "input.request", "snapshot",
    }  # fmt: skip
    assert faults == {"", "invalid", "sequence", "patch", "bytes", "critical"}
    assert [state for state in ("open", "complete", "interrupted", "error", "denied") if f" {state}" not in shown] == []


@pytest.mark.slow
def test_laws_hold_for_many_logs() -> None:
    """Compacted, cut, and through a snapshot at every event. One in four logs goes wrong somewhere."""
    faults: Counter[str] = Counter()
    for seed in range(2_000, 2_600):
        log = LogMaker(seed).make(35)
        assert broken_laws(log, lambda line: None) == [], f"seed {seed}"
        faults[fold(log).fault] += 1
    assert set(faults) == {"", "invalid", "sequence", "patch", "bytes", "critical"}
    assert faults[""] > 200


def test_a_compacted_log_is_shorter() -> None:
    logs = [LogMaker(seed).make(60) for seed in range(1, 30)]
    before = sum(len(log) for log in logs)
    assert sum(len(compact(log)) for log in logs) < 0.9 * before


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "a", "__proto__", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b/", "__proto__", "1"]), inner),
    max_leaves=6,
)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["message.start", "part.start", "part.delta", "part.end", "part.set", "part.patch",
                                 "state.set", "state.patch", "usage", "notice", "input.request", "snapshot", "x.y", 1]),
        "mid": JSON, "pid": st.sampled_from(["p1", "p2"]) | JSON, "kind": st.sampled_from(["text", "data"]) | JSON,
        "role": st.just("user") | JSON, "d": JSON, "bytes": JSON, "value": JSON, "ops": JSON, "rev": JSON, "base": JSON,
        "messages": JSON, "open": JSON, "rid": JSON, "problem": JSON, "critical": JSON, "state": JSON, "usage": JSON,
    },
)  # fmt: skip


@given(st.lists(EVENTS | JSON, max_size=8))
def test_no_event_whatever_raises_or_breaks_a_law(log: list[Any]) -> None:
    assert broken_laws(log, lambda line: None) == []


@given(st.text(max_size=20), st.lists(EVENTS, max_size=3))
def test_no_text_whatever_raises(text: str, log: list[Any]) -> None:
    accumulator = fold(log)
    accumulator.apply(Message("message", text, ""))
    partial_json(text)


@given(JSON, st.lists(st.fixed_dictionaries({
    "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "x"]),
    "path": st.sampled_from(["", "/a", "/1", "/-", "/0", "/b~1", "/__proto__", "/a/0", "/~", "a"]),
}, optional={"from": st.sampled_from(["", "/a", "/1", "/0"]), "value": JSON}), max_size=4))  # fmt: skip
def test_a_patch_changes_nothing_of_its_document(document: Any, operations: list[Any]) -> None:
    before = canonical(document)
    try:
        after = apply_patch(document, operations)
    except PatchError:
        pass  # any other error fails the test
    else:
        whole = [{"op": "replace", "path": "", "value": after}]
        assert same_document(apply_patch(document, whole), after)
    assert canonical(document) == before


@given(JSON)
def test_partial_json_never_says_what_is_not_there(value: Any) -> None:
    """Every beginning of a text gives a document whose strings and numbers are those of the whole, or begin them."""
    text = json.dumps(value)
    for end in range(len(text)):
        assert is_beginning(partial_json(text[:end]), value)
    if not isinstance(value, int) or isinstance(value, bool):
        assert same_document(partial_json(text + " "), value)


def is_beginning(part: Any, whole: Any) -> bool:
    if isinstance(part, dict):
        return all(name in whole and is_beginning(part[name], whole[name]) for name in part)
    if isinstance(part, list):
        return len(part) <= len(whole) and all(is_beginning(*pair) for pair in zip(part, whole, strict=False))
    if isinstance(part, str):
        return isinstance(whole, str) and whole.startswith(part)
    return part is None or same_document(part, whole)


def test_a_snapshot_of_a_fault_is_refused() -> None:
    accumulator = fold([{"type": "part.delta", "pid": "p", "d": "x"}])
    with pytest.raises(UsageError, match="in fault sequence"):
        accumulator.snapshot()


def test_a_snapshot_stays_as_it_is() -> None:
    log: list[object] = [
        {"type": "message.start", "mid": "m", "role": "assistant"},
        {"type": "part.start", "mid": "m", "pid": "p", "kind": "data"},
        {"type": "part.set", "pid": "p", "value": {"rows": [1]}},
        {"type": "usage", "in": 1},
        {"type": "state.set", "rev": 1, "value": {"a": [1]}},
    ]
    accumulator = fold(log)
    snapshot = accumulator.snapshot()
    before = canonical(snapshot)
    accumulator.apply_event({"type": "part.patch", "pid": "p", "ops": [{"op": "add", "path": "/rows/-", "value": 2}]})
    accumulator.apply_event(
        {"type": "state.patch", "base": 1, "rev": 2, "ops": [{"op": "add", "path": "/a/-", "value": 2}]}
    )
    accumulator.apply_event({"type": "usage", "in": 2})
    assert accumulator.fault == ""
    assert canonical(snapshot) == before
    assert canonical(accumulator.state) == '{"a":[1,2]}'


def test_outcome_is_kept() -> None:
    accumulator = Accumulator()
    accumulator.finish(Outcome("failed"))
    assert accumulator.outcome == Outcome("failed")


# What it costs.


def growing(kind: str, count: int, piece: str, looks: bool) -> Callable[[], object]:
    def work() -> None:
        accumulator = Accumulator()
        accumulator.apply_event({"type": "message.start", "mid": "m", "role": "assistant"})
        accumulator.apply_event({"type": "part.start", "mid": "m", "pid": "p", "kind": kind})
        for _ in range(count):
            accumulator.apply_event({"type": "part.delta", "pid": "p", "d": piece})
            part = accumulator.messages[0].parts[0]
            if looks:
                assert part.text is not part.value

    return work


@pytest.mark.parametrize(
    ("kind", "piece", "looks"),
    [
        ("text", "word ", False),
        ("text", "word ", True),
        ("tool-call", "[1,", True),
        ("tool-call", '"a\\u00e9', True),
        ("tool-call", "[[", False),
    ],
)
def test_growing_text_is_linear(kind: str, piece: str, looks: bool) -> None:
    """Twice the deltas are at most twice the work and a little, even if somebody looks after each."""
    once = lines_of_work(growing(kind, 300, piece, looks))
    twice = lines_of_work(growing(kind, 600, piece, looks))
    assert twice <= 2 * once + 100


def test_growing_arguments_are_read_once() -> None:
    """An object with a long list and a long string, looked at after each of a thousand pieces."""

    def work(count: int) -> Callable[[], object]:
        def apply() -> None:
            accumulator = Accumulator()
            accumulator.apply_event({"type": "message.start", "mid": "m", "role": "assistant"})
            accumulator.apply_event({"type": "part.start", "mid": "m", "pid": "p", "kind": "tool-call"})
            for piece in ['{"a":[0', *[f",{n}" for n in range(count)], '],"b":"', *["text "] * count]:
                accumulator.apply_event({"type": "part.delta", "pid": "p", "d": piece})
                assert accumulator.messages[0].parts[0].value is not None

        return apply

    assert lines_of_work(work(1_000)) <= 2 * lines_of_work(work(500)) + 2_000


def test_compaction_is_linear() -> None:
    def log(count: int) -> list[object]:
        events: list[object] = [
            {"type": "message.start", "mid": "m", "role": "assistant"},
            {"type": "part.start", "mid": "m", "pid": "p", "kind": "text"},
        ]
        for n in range(count):
            events.append({"type": "part.delta", "pid": "p", "d": "x"})
            events.append({"type": "usage", "out": n})
        return events

    assert len(compact(log(500))) == 4
    assert lines_of_work(lambda: compact(log(1_000))) <= 2 * lines_of_work(lambda: compact(log(500))) + 100
    assert summary(fold(compact(log(9)))) == summary(fold(log(9)))
