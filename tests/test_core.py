"""What holds the core together: its imports, its table, its bundle of public names, and its parser's linearity."""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import itertools
import os
import pickle
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wakeful
from flatten import flatten, load
from portable.runner import to_bytes
from portable.suite import body_of
from wakeful.bindings.asyncio import AsyncStream
from wakeful.bindings.sync import Stream
from wakeful.explain import StreamFailed, StreamReset
from wakeful.parser import EventStreamParser
from wakeful.payload.model import ChatMessage, Part
from wakeful.records import Failure, Reset, StateChange
from wakeful.states import TRANSITIONS, allowed
from work import lines_of_work

CORE = Path(wakeful.__file__).parent
FOLDERS = [CORE, CORE / "payload", CORE / "adapters"]
MODULES = sorted(path for folder in FOLDERS for path in folder.glob("*.py") if path.name != "__init__.py")


# Of hostile bodies.
WORDS = [
    *(b"data", b"event", b"id", b"retry", b"other", b":", b": ", b" ", b"\n", b"\r", b"\r\n", b"\n\n", b"x", b"\0"),
    *(
        b"data: x\n",
        b"data: y\n\n",
        b"id: 1\n",
        b"event: e\n",
        b"\xef\xbb\xbf",
        b"\xef",
        b"\xe6\xb5\x81",
        b"\xff",
        b"\xc3",
    ),
]


def imports_of(path: Path) -> set[str]:
    """Modules imported at run time: what stands under TYPE_CHECKING is for the type checker."""
    tree = ast.parse(path.read_text("utf-8"))
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_core_imports_only_itself(path: Path) -> None:
    """But for the one door to JSON documents, which asks the runtime's own json."""
    names = {".".join(module.relative_to(CORE.parent).with_suffix("").parts) for module in MODULES}
    allowed_too = names | ({"json"} if path.stem == "document" else set())
    assert imports_of(path) - allowed_too == set()


def test_only_one_file_asks_where_it_runs() -> None:
    asking = [path.name for path in CORE.rglob("*.py") if "sys.implementation" in path.read_text("utf-8")]
    assert asking == ["connect.py"]


def test_every_state_is_reached_and_closed_is_absorbing() -> None:
    reached = {following for followings in TRANSITIONS.values() for following in followings}
    assert reached | {"idle"} == set(TRANSITIONS)
    assert TRANSITIONS["closed"] == []
    assert not allowed("ended", "open")


@pytest.fixture
def page_stream(monkeypatch: pytest.MonkeyPatch) -> type:
    """The class of Python pages: to look at, so nothing of JavaScript needs to work."""
    for name, members in {"js": (), "pyodide": (), "pyodide.ffi": ("create_proxy", "to_js")}.items():
        module = ModuleType(name)
        for member in members:
            setattr(module, member, None)
        monkeypatch.setitem(sys.modules, name, module)
    stream: type = importlib.import_module("wakeful.bindings.fetch").PageStream
    for name in ("fetch", "javascript"):
        monkeypatch.delitem(sys.modules, f"wakeful.bindings.{name}")
    return stream


def test_all_drivers_have_the_same_names(page_stream: type) -> None:
    def names(stream: type) -> set[str]:
        return {name for name, _ in inspect.getmembers(stream) if not name.startswith("_")}

    for other in (Stream, page_stream):
        assert names(AsyncStream) == names(other)
        for name in names(other):
            assert callable(getattr(AsyncStream, name)) == callable(getattr(other, name)), name


def test_a_header_that_would_not_be_found_is_refused() -> None:
    client = wakeful.Client(wakeful.Options("http://a.test/s"), lambda n: 0)
    client.start(0)
    with pytest.raises(wakeful.UsageError, match="Content-Type"):
        client.receive_response(1, wakeful.Response(200, {"Content-Type": "text/event-stream"}), 0)
    assert not client.wants_data
    client.receive_response(1, wakeful.Response(200, {"content-type": "text/event-stream"}), 0)
    assert client.wants_data  # the state was as before


def test_what_a_person_prints_says_what_it_is() -> None:
    client = wakeful.Client(wakeful.Options("http://a.test/s"), lambda n: 0)
    assert repr(client.stats) == "Stats()"
    client.start(0)
    assert repr(client.stats) == "Stats(attempts=1)"
    assert repr(client) == "<Client connecting attempt=1 failures=0 last_event_id='' buffered=0 deadline=20000>"
    message = ChatMessage("m1", "assistant", None)
    message.parts.append(Part("p1", "text", "", "", None))
    message.parts[0].add("hi")
    assert repr(message) == "<ChatMessage m1 assistant finish='' parts=[<Part p1 text open 'hi'>]>"


def test_parse_wants_chunks() -> None:
    for data in (b"data: a\n\n", bytearray(b"data: a\n\n"), "data: a\n\n"):
        with pytest.raises(TypeError, match=f"such as .data., not {type(data).__name__}"):
            next(wakeful.parse(data))  # type: ignore[arg-type]


def test_parse_gives_messages_and_drops_the_rest() -> None:
    chunks = [b": hi\nid: 1\nevent: add\nda", b"ta: a\r", b"\n\r\ndata: b\n\ndata: cut"]
    assert list(wakeful.parse(chunks)) == [wakeful.Message("add", "a", "1"), wakeful.Message("message", "b", "1")]


def test_aparse_reads_an_async_iterable() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for chunk in (b"data: a\n", b"\ndata: b\n\n"):
            yield chunk

    async def read() -> list[str]:
        return [message.data async for message in wakeful.aparse(chunks())]

    assert asyncio.run(read()) == ["a", "b"]


def test_an_event_over_the_limit_comes_after_all_before_it() -> None:
    messages = wakeful.parse([b"data: a\n\ndata: 12345678901\n\n"], max_event_bytes=10)
    assert next(messages).data == "a"
    with pytest.raises(wakeful.EventTooLarge, match="max_event_bytes"):
        next(messages)


def by_the_parser(chunks: Iterable[bytes], max_event_bytes: int = 1 << 30) -> Iterator[wakeful.Message]:
    """What wakeful.parse() does, by the parser that the machine has."""
    parser = EventStreamParser(max_event_bytes, "")
    for chunk in chunks:
        parser.receive_data(chunk)
        while parser.has_lines:
            event = parser.next_event()
            if isinstance(event, wakeful.Message):
                yield event


def outcome(messages: Iterator[wakeful.Message]) -> list[wakeful.Message | str]:
    seen: list[wakeful.Message | str] = []
    try:
        for message in messages:
            seen.append(message)
    except wakeful.EventTooLarge as error:
        seen.append(str(error))
    return seen


def assert_both_agree(chunks: list[bytes]) -> None:
    size = len(b"".join(chunks))
    for limit in {1 << 24, size // 3, 12}:
        assert outcome(wakeful.parse(chunks, max_event_bytes=limit)) == outcome(by_the_parser(chunks, limit)), limit


def bodies() -> list[bytes]:
    """What the scenarios feed: each step's data alone, and all of a scenario's."""
    found: set[bytes] = set()
    for scenario in load():
        steps = flatten(scenario)
        found |= {body_of(steps)} | {to_bytes(step[1:]) for step in steps if step[0] == "data"}
    return sorted(found)


def test_parse_and_the_parser_agree_on_every_scenario_at_every_cut() -> None:
    found = bodies()
    assert len(found) > 300
    for body in found:
        assert_both_agree([body])
        assert_both_agree([bytes([byte]) for byte in body])
        for cut in range(1, min(len(body), 300)):
            assert_both_agree([body[:cut], body[cut:]])


@given(st.lists(st.sampled_from(WORDS), max_size=24).map(b"".join), st.lists(st.integers(0, 120), max_size=6))
def test_parse_and_the_parser_agree_on_hostile_bodies(body: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    assert_both_agree([body[start:end] for start, end in itertools.pairwise(edges)])


@pytest.mark.parametrize("parse", [lambda chunks: wakeful.parse(chunks, max_event_bytes=1 << 30), by_the_parser])
@pytest.mark.parametrize(
    "make",
    [
        lambda n: [b"data: x\n\n"] * n,
        lambda n: [b"data: x\n" * n + b"\n"],
        lambda n: [b"data: x\n"] * n,
        lambda n: [bytes([byte]) for byte in b"data: " + b"x" * n + b"\n\n"],
        lambda n: [b"data: " + b"x" * 100] * n,
    ],
    ids=["an-event-a-chunk", "many-data-lines", "a-data-line-a-chunk", "byte-by-byte", "one-long-line"],
)
def test_work_is_linear(
    make: Callable[[int], list[bytes]], parse: Callable[[list[bytes]], Iterator[wakeful.Message]]
) -> None:
    """Twice the input is at most twice the work, and a little."""
    once = lines_of_work(lambda: list(parse(make(1_000))))
    twice = lines_of_work(lambda: list(parse(make(2_000))))
    assert twice <= 2 * once + 100


@pytest.mark.skipif("WAKEFUL_TRANSCRIPTS" not in os.environ, reason="WAKEFUL_TRANSCRIPTS names no folder of recordings")
def test_recordings_parse_the_same_in_any_split() -> None:
    files = sorted(Path(os.environ["WAKEFUL_TRANSCRIPTS"]).rglob("*.sse"))
    assert files
    for file in files:
        body = file.read_bytes()
        whole = list(wakeful.parse([body]))
        assert list(wakeful.parse([bytes([byte]) for byte in body])) == whole, file.name
        assert list(wakeful.parse([body[:997], body[997:]])) == whole, file.name


def test_what_a_loop_raises_crosses_to_another_process() -> None:
    """A pool of processes broke, since the error could not be made anew from its text."""
    change = StateChange("failed", "open", "attempts-exhausted", 8, 0, "7", Failure("network", detail="reset"))
    failed = pickle.loads(pickle.dumps(StreamFailed(change)))
    assert (str(failed), failed.change) == (str(StreamFailed(change)), change)
    reset = pickle.loads(pickle.dumps(StreamReset(Reset("gap", "e", 1))))
    assert (str(reset), reset.reset) == (str(StreamReset(reset.reset)), Reset("gap", "e", 1))
