"""The door to JSON documents on this interpreter, against the json module and on hostile values."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import wakeful.document as door
from cases import cases
from portable.cases import run_cases
from portable.documents import canonical, probe_array, probe_object, probe_pieces, read_whole
from wakeful.errors import DocumentError

NAMES = st.sampled_from(["a", "__proto__", "constructor", "1", "0", "-1", "", "é", "😀", "\uffff", "~/"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | NAMES
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
# Texts that are nearly JSON: pieces of it, put together.
NEARLY = st.lists(
    st.sampled_from(
        [*'[]{},:"\\ ', "1", "0", "-", ".", "e", "true", "null", '"a"', "\\u00e9", "\\ud83d", "\n", "é", "\x00"]
    ),
    max_size=12,
).map("".join)


def test_every_case() -> None:
    assert run_cases("documents", cases()["documents"], lambda line: None) == []


def strictly(text: str) -> str:
    """What the json module makes of a text, with I-JSON's narrowing."""

    def refuse(word: str) -> None:
        raise ValueError

    def number(word: str) -> float:
        if not math.isfinite(float(word)):
            raise ValueError
        return float(word) if float(word) != int(float(word)) or abs(float(word)) >= 2**53 else int(float(word))

    try:
        return canonical(json.loads(text, parse_constant=refuse, parse_float=number, parse_int=number))
    except ValueError:
        return "error: this is not JSON"


@given(NEARLY)
@example("1e-400")
def test_nearly_json_is_what_the_json_module_says(text: str) -> None:
    wanted = strictly(text)
    assert read_whole(text) == wanted
    assert probe_pieces(list(text), True) == wanted


@given(DOCUMENTS, st.integers(1, 7), st.booleans())
def test_reader_in_any_pieces(value: Any, size: int, looks: bool) -> None:
    text = json.dumps(value, ensure_ascii=size % 2 == 0, indent=size % 3 or None)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert probe_pieces(pieces, looks) == canonical(door.parse_document(text))


@given(DOCUMENTS)
@example([1e22, 123456789012345680000.0, 1e16, 5e-324, 1.7976931348623157e308, 1e-6, 1e-7, 0.1, -0.0])
def test_dump_and_parse_are_inverse(value: Any) -> None:
    text = door.dump_document(value)
    assert door.same_document(door.parse_document(text), value)
    assert door.same_document(json.loads(text), value)


@given(DOCUMENTS, DOCUMENTS)
def test_copies_are_the_same_and_share_nothing(value: Any, other: Any) -> None:
    copied = door.copy_document(value)
    assert door.same_document(copied, value)
    assert door.same_document(value, other) == (canonical(value) == canonical(other))
    if isinstance(copied, dict):
        door.put(copied, "new", 1)
        assert not door.same_document(copied, value)


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, {1}, (1, 2), b"x", {1: 2}, [[object()]], {"a": math.nan}, 10**400],
    ids=lambda value: repr(value)[:12],
)
def test_what_is_no_document_is_not_written(value: object) -> None:
    with pytest.raises(DocumentError, match="a value that JSON does not have"):
        door.dump_document(value)


def test_a_document_that_holds_itself_is_not_written() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(DocumentError, match="nested deeper"):
        door.dump_document(value)


def test_halves_of_pairs_are_replaced_on_the_way_out() -> None:
    assert door.dump_document({"\ud83d": "x\ude00", "y": "\ud83d\ude00"}) == '{"�":"x�","y":"😀"}'


def test_true_is_no_number() -> None:
    assert door.int_of(True, 7) == 7
    assert door.kind_of(True) == "boolean"
    assert not door.same_document(True, 1)
    assert door.same_document(1, 1.0)
    assert [door.int_of(value, 7) for value in (1.0, 1.5, 2.0**53, -(2**53), math.nan, math.inf, "1")] == [1, *[7] * 6]
    assert [door.bool_of(value, True) for value in (False, 0, None)] == [False, True, True]
    values: list[object] = [{}, [], "", 0, 0.5, None, (1,)]
    assert [door.kind_of(value) for value in values] == [*"object array string number number null".split(), ""]


def test_what_is_not_there_is_none() -> None:
    assert door.get([1], "0") is None
    assert door.get({}, "a") is None
    assert door.item_at([1], 1) is None
    assert door.item_at([1], -1) is None
    assert door.item_at("abc", 0) is None
    assert door.length({"a": 1}) == 0
    assert door.names(["a"]) == []
    assert door.has({"a": None}, "a")
    assert not door.has("a", "a")


def test_steps() -> None:
    assert probe_object([["put", "__proto__", "x"], ["remove", "first"]]) == [
        'yes x __proto__ first {"__proto__":"x","first":"1"}',
        'no none __proto__ {"__proto__":"x"}',
    ]
    assert probe_array([[3, 0, 5], [0, 0, 6], [1, 1, 7], [2, 0, 0]]) == ["1 5 [5]", "2 6 [6,5]", "2 7 [6,7]", "1 7 [7]"]
