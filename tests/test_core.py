"""What holds the core together: its imports, its table, its bundle of public names, and its parser's linearity."""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

import wakeful
from wakeful.bindings.asyncio import AsyncStream
from wakeful.bindings.sync import Stream
from wakeful.states import TRANSITIONS, allowed

CORE = Path(wakeful.__file__).parent
FOLDERS = [CORE, CORE / "payload", CORE / "adapters"]
MODULES = sorted(path for folder in FOLDERS for path in folder.glob("*.py") if path.name != "__init__.py")


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


def test_only_two_files_ask_where_they_run() -> None:
    asking = {path.name for path in CORE.rglob("*.py") if "sys.implementation" in path.read_text("utf-8")}
    assert asking <= {"connect.py", "text.py"}


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
    monkeypatch.delitem(sys.modules, "wakeful.bindings.fetch")
    return stream


def test_all_drivers_have_the_same_names(page_stream: type) -> None:
    def names(stream: type) -> set[str]:
        return {name for name, _ in inspect.getmembers(stream) if not name.startswith("_")}

    for other in (Stream, page_stream):
        assert names(AsyncStream) == names(other)
        for name in names(other):
            assert callable(getattr(AsyncStream, name)) == callable(getattr(other, name)), name


def test_public_names_have_docstrings() -> None:
    undocumented = [name for name in wakeful.__all__ if not inspect.getdoc(getattr(wakeful, name))]
    assert undocumented == []


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


def lines_of_work(chunks: list[bytes]) -> int:
    """Calls and lines executed in the parser while it reads these chunks."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    old = sys.gettrace()
    sys.settrace(trace)
    try:
        for _ in wakeful.parse(chunks, max_event_bytes=1 << 30):
            pass
    finally:
        sys.settrace(old)
    return count


@pytest.mark.parametrize(
    "make",
    [
        lambda n: [b"data: x\n\n"] * n,
        lambda n: [b"data: x\n" * n + b"\n"],
        lambda n: [bytes([byte]) for byte in b"data: " + b"x" * n + b"\n\n"],
        lambda n: [b"data: " + b"x" * 100] * n,
    ],
    ids=["an-event-a-chunk", "many-data-lines", "byte-by-byte", "one-long-line"],
)
def test_work_is_linear(make: Callable[[int], list[bytes]]) -> None:
    """Twice the input is at most twice the work, and a little; counted in steps, not in time."""
    once = lines_of_work(make(1_000))
    twice = lines_of_work(make(2_000))
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
