"""The helpers of the runtime give what CPython gives, on hostile values too. One Node process answers all examples."""

import importlib
import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from .conftest import Node, node_program, plain

pytestmark = pytest.mark.node

python = importlib.import_module("constructs.properties")

SAFE = st.integers(-(2**53) + 1, 2**53 - 1)
U32 = st.integers(0, 2**32 - 1)
PLACES = st.integers(-12, 12)
# Mostly the bytes that mean something to the helpers.
BYTES = st.lists(st.sampled_from([*b"aAb:\r\n \t\v\f\x1c09$&", 0, 0x7F, 0x80, 0xC3, 0xA9, 0xFF]), max_size=10).map(
    bytes
)
# Bytes near the borders of UTF-8's forms, so that most sequences are nearly right.
NEARLY_UTF8 = st.lists(
    st.sampled_from(
        [0x61, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF]
    ).map(lambda byte: bytes([byte]))
    | st.sampled_from(["\ufeff", "é", "€", "😀"]).map(str.encode),
    max_size=12,
).map(b"".join)
TEXT = st.text(st.sampled_from("abx,é€😀\ue000\uffff\U00010000`$&{}\\\n\0\u2028\ufeff"), max_size=8)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
# Two halves side by side are one character to JavaScript, so they are put together here too.
WITH_SURROGATES = st.lists(st.sampled_from(["a", "é", "\ud83d", "\ude00", "😀", "\udfff"]), max_size=6).map(
    lambda parts: "".join(parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
)


def same(node: Node, name: str, *args: object) -> None:
    wanted = plain(getattr(python, name)(*[list(arg) if isinstance(arg, list) else arg for arg in args]))
    assert node.call("constructs.properties", name, *args) == wanted


@given(SAFE, SAFE.filter(bool))
@example(-(2**53) + 1, -1)
@example(9007199254740991, 3)
def test_floor_division(node: Node, a: int, b: int) -> None:
    same(node, "floor_division", a, b)


@given(SAFE)
def test_division_by_constants(node: Node, a: int) -> None:
    same(node, "by_constants", a)


@given(U32, U32)
@example(2**32 - 1, 2**32 - 1)
@example(2**31, 2**31)
def test_bits(node: Node, a: int, b: int) -> None:
    same(node, "bits", a, b)


@given(SAFE, SAFE)
@example(5, -5)
def test_bits_beyond_32_raise_or_are_right(node: Node, a: int, b: int) -> None:
    answer = node.ask("constructs.properties", "any_bits", a, b)
    assert answer.get("error") == "OverflowError" or answer["value"] == python.any_bits(a, b)


@given(st.text(st.sampled_from("0123456789_+- \t.exaé"), max_size=6))
@example("9007199254740991")
def test_int_of_text(node: Node, text: str) -> None:
    same(node, "to_int", text)


@given(BYTES, PLACES, PLACES)
def test_find(node: Node, data: bytes, start: int, end: int) -> None:
    same(node, "find_from", data, start, end)


@given(BYTES, PLACES)
def test_parts(node: Node, data: bytes, cuts: int) -> None:
    same(node, "parts", data, cuts)
    same(node, "parts", data * 60, cuts)  # long enough for the way that long texts are split


@given(BYTES, BYTES)
def test_changed_told_and_counted(node: Node, data: bytes, other: bytes) -> None:
    same(node, "changed", data, other)
    same(node, "told", data, other)
    same(node, "counted", data, other)
    same(node, "hexadecimal", data)


@given(BYTES, PLACES, PLACES)
def test_slices_and_items(node: Node, data: bytes, a: int, b: int) -> None:
    same(node, "sliced", data, a, b)
    same(node, "item", data, a)


@given(st.lists(st.integers(-3, 3), max_size=6), PLACES, PLACES)
def test_lists(node: Node, items: list[int], a: int, b: int) -> None:
    same(node, "list_item", items, a)
    same(node, "list_slices", items, a, b)


@given(st.lists(TEXT | WITH_SURROGATES, max_size=6))
def test_sorted_text(node: Node, texts: list[str]) -> None:
    same(node, "sorted_text", texts)


@given(st.lists(BYTES, max_size=6))
def test_sorted_bytes(node: Node, items: list[bytes]) -> None:
    same(node, "sorted_bytes", items)


@given(TEXT | ANY_TEXT, TEXT)
def test_text(node: Node, text: str, other: str) -> None:
    same(node, "text_parts", text, other)
    same(node, "encode", text)


@given(WITH_SURROGATES)
def test_lone_surrogates_are_replaced(node: Node, text: str) -> None:
    same(node, "encode_replacing", text)


@given(NEARLY_UTF8 | st.binary(max_size=12))
@example(b"\xed\xa0\x80")
@example(b"\xf0\x80\x80\x41")
@example(b"\xef\xbb\xbf\xef\xbb\xbf")
def test_decode(node: Node, data: bytes) -> None:
    same(node, "decode", data)
    same(node, "decode_strict", data)
    same(node, "decode_ascii", data)


@given(NEARLY_UTF8, st.integers(0, 3))
def test_decode_of_much(node: Node, data: bytes, shift: int) -> None:
    """Beyond 4 KiB another decoder takes over."""
    same(node, "decode", b"x" * (4090 + shift) + data * 3)


@given(st.lists(st.sampled_from(["a", "__proto__", "constructor", "1", "01", "", "é", "toString"]), max_size=8))
def test_dict_keys(node: Node, keys: list[str]) -> None:
    same(node, "dict_steps", keys)


@pytest.mark.parametrize("surroundings", ["in Node", "in a page"])
def test_bytes_come_in_and_go_out_as_they_are(compiled: Path, surroundings: str) -> None:
    """Each byte is one unit, for every value and across the pieces that a page, which has no Buffer, puts together."""
    code = f"""
        import {{ arrayFrom, bytesFrom }} from {json.dumps((compiled / "runtime.mjs").as_uri())};
        const parts = [];
        for (const size of [0, 1, 255, 256, 8191, 8192, 8193, 70000]) {{
          for (const first of [0x00, 0x61, 0x80]) parts.push(Uint8Array.from({{ length: size }}, (_, n) => first + n));
          parts.push(new Uint8Array(size).fill(0x61), new TextEncoder().encode("é€😀\\ufffd".repeat(size / 10)));
        }}
        if ({json.dumps(surroundings)} === "in a page") delete globalThis.Buffer;
        let same = 0;
        for (const array of parts) {{
          const bytes = bytesFrom(array);
          const back = arrayFrom(bytes);
          const isSame = (byte, n) => bytes.charCodeAt(n) === byte && back[n] === byte;
          same += bytes.length === array.length && array.every(isSame);
        }}
        console.log(same === parts.length, typeof globalThis.Buffer);
    """
    command = [node_program(), "--input-type=module", "--eval", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert told == ["true", "function" if surroundings == "in Node" else "undefined"]
