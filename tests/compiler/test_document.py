"""The door to JSON documents, compiled, gives what it gives on CPython, on hostile values too."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cases import cases
from portable import documents as python
from wakeful.document import dump_document, parse_object, quote

from .conftest import Node, node_program

pytestmark = pytest.mark.node

CORE = Path(__file__).parents[2] / "web" / "build" / "core"
NAMES = st.sampled_from(
    ["a", "__proto__", "constructor", "1", "0", "-1", "", "é", "😀", "\uffff", "toString", "8e594451", "-Infinity"]
)
HALVES = st.text(st.sampled_from('a\\"\b\f\n\x00\x1fé😀\ud83d\ude00\u2028'), max_size=8)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | HALVES | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
NEARLY = st.lists(
    st.sampled_from(
        [*'[]{},:"\\ ', "1", "0", "-", ".5", "e9", "true", '"a"', "\\u00e9", "\\ud83d", "\\uDE00", "\n", "😀", "\ud83d"]
    ),
    max_size=12,
).map("".join)


@pytest.fixture(scope="module")
def core() -> Iterator[Node]:
    assert (CORE / "portable" / "documents.mjs").exists(), "`make build` compiles the core"
    process = Node(CORE)
    yield process
    process.stop()


def same(core: Node, name: str, *args: object) -> None:
    assert core.call("portable.documents", name, *args) == getattr(python, name)(*args)


@pytest.mark.parametrize("case", cases()["documents"], ids=lambda case: case[0])
def test_every_case(core: Node, case: list[str]) -> None:
    assert core.call("portable.documents", "read_whole", case[1]) == case[2]


@given(NEARLY)
@example('"\ud83d"')
def test_nearly_json(core: Node, text: str) -> None:
    same(core, "read_whole", text)
    same(core, "probe_pieces", list(text), True)


@given(NEARLY)
@example('"\\ud83d"')
@example("[" * 63 + "]" * 63)
@example("[" * 64 + "]" * 64)
@example("[1e400]")
@example("[-1e400]")
@example('["8e594451", "-Infinity"]')
def test_frames(core: Node, text: str) -> None:
    for whole in (text, f'{{"\\uDE00a":{text}}}', f'{{"__proto__":{text},"a":-0}}'):
        assert core.call("wakeful.document", "parse_object", whole) == parse_object(whole)


@given(st.integers(1, 330), st.sampled_from(["", ".5", "e99", "E+99", "e100", "e0100", "e300", "e309", "e-400"]))
@example(199, "e99")
@example(200, "e99")
@example(209, "e99")
@example(210, "e99")
@example(309, "")
def test_numbers_about_the_end_of_the_range(core: Node, digits: int, exponent: str) -> None:
    """Of a member that another replaces: only whether it is refused is to be the same."""
    same(core, "read_whole", f'{{"a":{"9" * digits}{exponent},"a":1}}')


@given(NUMBERS)
@example(1e21)
@example(123456789012345680000.0)
@example(1e-7)
@example(5e-324)
@example(2.0**53)
def test_numbers_are_written_alike(core: Node, number: float) -> None:
    same(core, "read_whole", repr(number))
    same(core, "probe_dump", number)
    if float(number).is_integer():
        same(core, "probe_int", repr(number))


@given(HALVES)
@example('X\r\nY\x7f\x00\b\f"\\')
def test_texts_are_written_alike(core: Node, text: str) -> None:
    same(core, "probe_dump", text)
    assert core.call("wakeful.document", "quote", text) == quote(text) == dump_document(text)


@given(VALUES, VALUES)
def test_sameness(core: Node, one: Any, other: Any) -> None:
    same(core, "probe_same", dump_document(one), dump_document(other))
    same(core, "probe_same", dump_document(one), dump_document(one))


# Two halves side by side are one character to JavaScript, and are two in a Python text that nobody has dumped.
JOINED = HALVES.map(lambda text: text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass"))


@given(st.lists(st.tuples(st.sampled_from(["put", "remove"]), NAMES, JOINED).map(list), max_size=8))
def test_objects(core: Node, steps: list[list[str]]) -> None:
    same(core, "probe_object", steps)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 9)).map(list), max_size=12))
def test_arrays(core: Node, steps: list[list[int]]) -> None:
    same(core, "probe_array", steps)


def test_what_only_javascript_has(core: Node) -> None:
    script = Path(__file__).with_name("no_documents.mjs")
    done = subprocess.run([node_program(), script, CORE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    refused = "DocumentError: a value that JSON does not have"
    assert json.loads(done.stdout) == [
        ["NaN", "number", refused],
        ["Infinity", "number", refused],
        *[[name, "", refused] for name in ("undefined", "a function", "a symbol", "a bigint", "a Map", "a Date")],
        ["an instance", "", refused],
        ["undefined in an object", "object", refused],
        ["NaN in a list", "array", refused],
        ["itself in a list", "array", "DocumentError: nested deeper than 64 levels"],
        ["no prototype", "object", '{"a":1}'],
        ["prototype", "true", "null"],
        ["inherited", "null", "undefined"],
    ]
