"""What is written, to the byte, and what is read of a request: cursors, structured fields, query strings."""

from __future__ import annotations

import pytest

from wakeful import UsageError, parse
from wakeful.server import Cursor, encode_comment, encode_event, encode_relayed, encode_retry, event_id, parse_cursor
from wakeful.server.structured import parse_dictionary, parse_query


@pytest.mark.parametrize(
    ("block", "written"),
    [
        (encode_event("x"), b"data: x\n\n"),
        (encode_event("é😀"), "data: é😀\n\n".encode()),
        (encode_event(" x"), b"data:  x\n\n"),
        (encode_event("x", "k.1"), b"id: k.1\ndata: x\n\n"),
        (encode_event("x", "k.1", "es.end", 2000), b"retry: 2000\nid: k.1\nevent: es.end\ndata: x\n\n"),
        (encode_event("x", retry_ms=0), b"retry: 0\ndata: x\n\n"),
        (encode_event("a\ud83db"), "data: a\ufffdb\n\n".encode()),
        (encode_event("\u2028\x85"), "data: \u2028\x85\n\n".encode()),
        (encode_comment("hb k.1"), b": hb k.1\n\n"),
        (encode_retry(5), b"retry: 5\n"),
    ],
)
def test_blocks(block: bytes, written: bytes) -> None:
    assert block == written


@pytest.mark.parametrize("data", ["", "a\nb", "a\rb", "a\0b"])
def test_what_a_block_cannot_hold_is_refused(data: str) -> None:
    with pytest.raises(UsageError):
        encode_event(data)
    with pytest.raises(UsageError):
        encode_event("x", id=data or "\n")
    with pytest.raises(UsageError):
        encode_comment(data or "\n")


@pytest.mark.clause("server.emit")
@pytest.mark.parametrize("data", ["x", "", "a\nb", "\n", " a\n\n:b\n", "nul\0", "data: x\nid: 7"])
def test_what_is_relayed_is_read_as_it_was(data: str) -> None:
    [message] = parse([encode_relayed(data, "k.1", "error")])
    assert (message.type, message.data, message.last_event_id) == ("error", data, "k.1")


@pytest.mark.parametrize(("data", "type"), [("a\rb", ""), ("x", "a\nb"), ("x", "a\0")])
def test_what_no_reader_was_given_is_not_relayed(data: str, type: str) -> None:
    with pytest.raises(UsageError):
        encode_relayed(data, "k.1", type)


def test_what_is_written_is_read_back() -> None:
    [message] = parse([encode_event("é", event_id("k3f9", 7), "note")])
    assert (message.type, message.data, message.last_event_id) == ("note", "é", "k3f9.7")


@pytest.mark.parametrize(
    ("text", "cursor"),
    [
        ("k3f9.3", Cursor("k3f9", 3)),
        ("_-A9.0", Cursor("_-A9", 0)),
        ("a.999999999999999", Cursor("a", 999_999_999_999_999)),
        ("k3f9.3~eu-1.node_7", Cursor("k3f9", 3)),
        ("x" * 32 + ".1~" + "y" * 64, Cursor("x" * 32, 1)),
        ("x" * 33 + ".1", None),
        ("a.1~" + "y" * 65, None),
        ("a.1~", None),
        ("a.01", None),
        ("a.1000000000000000", None),
        ("a.-1", None),
        ("a.+1", None),
        ("a.1_0", None),
        ("a.\u0663", None),
        ("a.", None),
        (".1", None),
        ("a", None),
        ("", None),
        ("é.1", None),
        ("a.1\n", None),
        ("a.1.2", None),
    ],
)
def test_cursors(text: str, cursor: Cursor | None) -> None:
    assert parse_cursor(text) == cursor


@pytest.mark.parametrize(
    ("field", "members"),
    [
        ("", {}),
        ("v=1", {"v": "1"}),
        ('v=1, epoch="k3f9",\thb=15000', {"v": "1", "epoch": "k3f9", "hb": "15000"}),
        ("  a=1 ,b ", {"a": "1", "b": "?1"}),
        ("a, b=?0", {"a": "?1", "b": "?0"}),
        ("a=1, a=2", {"a": "2"}),
        (r'a="x\"y\\z, b=1"', {"a": r'x"y\z, b=1'}),
        ('a=1;p=2;q="x;y", b', {"a": "1", "b": "?1"}),
        ('a=(1 "b)" c);x, b', {"a": '(1 "b)" c)', "b": "?1"}),
        ("a=:aGk=:, b", {"a": ":aGk=:", "b": "?1"}),
        ("*k.-_=event", {"*k.-_": "event"}),
        ("a=1,", {}),
        ("a=1,,b", {}),
        ("a=, b", {}),
        ("a b", {}),
        ("A=1", {}),
        ("1=a", {}),
        ('a="x', {}),
        (r'a="x\n"', {}),
        ('a="\u00e9"', {}),
        ("a=(1", {}),
        ("a;=1", {}),
    ],
)
def test_dictionaries_of_rfc_9651(field: str, members: dict[str, str]) -> None:
    assert parse_dictionary(field.encode()) == members


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("", {}),
        ("es=1&es.last=k.1", {"es": "1", "es.last": "k.1"}),
        ("a=%7E%2f%E2%82%AC+b", {"a": "~/€ b"}),
        ("a=1&a=2&&=x&b", {"a": "2", "b": ""}),
        ("a=%&b=%4&c=%zz&d=%ff", {"a": "%", "b": "%4", "c": "%zz", "d": "\ufffd"}),
    ],
)
def test_queries(query: str, pairs: dict[str, str]) -> None:
    assert parse_query(query.encode()) == pairs
