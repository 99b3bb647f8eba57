"""Recordings on the demo page: each dialect is read by its adapter, and drawn as that and the accumulator fold it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from adapters.dialects import STREAMS
from demo.demo_process import DemoProcess
from demo_answers import viewers
from demo_pages import REQUEST_FAILED, letters, open_page
from page_errors import PageErrors
from portable.adapters import Run, adapter_of

DRAWN = (
    "ag_ui/tool",
    "ag_ui/state",
    "anthropic/thinking",
    "gemini/function-calls",
    "gemini_interactions/hosted-tool",
    "mcp/initialize",
    "openai_chat/reasoning",
    "openai_responses/hosted-tool-and-sources",
    "vercel_ui/sources-files-data",
    "vercel_ui/tools",
)


@contextmanager
def recordings_page(page: Page, data: Path, recordings: Path, speed: int = 1) -> Iterator[DemoProcess]:
    """The page of a demo with these recordings. It has left the demo before that ends: it asks without end."""
    with DemoProcess(data, "--recordings", str(recordings), "--speed", str(speed)) as demo:
        open_page(page, demo)
        page.get_by_text("Options").click()
        yield demo
        page.goto("about:blank")


def replay(page: Page, recording: str) -> None:
    turns = page.locator("#wakeful .turn").count()
    page.locator("[name=script]").select_option(recording)
    page.locator("#prompt").fill("Replay it.")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#wakeful .turn")).to_have_count(turns + 1)


def test_each_dialect_is_drawn_as_it_is_folded(page: Page, tmp_path: Path) -> None:
    loaded: list[str] = []
    known: set[str] = set()
    page.on("request", lambda request: loaded.append(request.url.rpartition("/dist/adapters/")[2]))
    with recordings_page(page, tmp_path, STREAMS, speed=10) as demo:
        for recording in DRAWN:
            dialect = recording.partition("/")[0]
            loaded.clear()
            replay(page, recording)
            both = viewers(page, demo)
            for viewed in (both.wakeful, both.native):
                expect(viewed.turn.locator(".verdict")).to_contain_text("Whole, once")
                assert_folded(viewed.turn.locator(".answer").evaluate(PARTS), recording)
            adapter = f"{dialect.replace('_', '-')}.mjs"
            assert [name for name in loaded if name.endswith(".mjs")] == [adapter] * (adapter not in known)
            known.add(adapter)


# Of what is drawn: texts, thoughts, of each tool call its name, arguments and result, and the shared state.
PARTS = """(answer) => {
    const all = (selector, from = answer) => [...from.querySelectorAll(selector)].map((one) => one.textContent);
    return {
        text: all(":scope > .text:not([hidden])"),
        reasoning: all(".thinking:not([hidden]) > .text"),
        calls: [...answer.querySelectorAll(".tool")].map((tool) => [all("header code", tool), all("dd", tool)]),
        results: all(".result pre"),
        sources: all(".source"),
        values: all(".value pre"),
        state: all(".shared dd", answer.parentElement),
        open: all(".tool-status").filter((word) => word === "filling in…"),
    };
}"""


def assert_folded(drawn: dict[str, Any], recording: str) -> None:
    run = Run(adapter_of(recording.partition("/")[0], ""), (STREAMS / f"{recording}.sse").read_bytes())
    assert run.accumulator.fault == ""
    parts: list[Any] = [part for message in run.accumulator.messages for part in message.parts]
    for kind in ("text", "reasoning"):
        said = [letters(part.text) for part in parts if part.kind == kind and part.text]
        assert [letters(text) for text in drawn[kind]] == said
    calls = [part for part in parts if part.kind == "tool-call"]
    assert drawn["calls"] == [[[part.name], arguments_of(part)] for part in calls]
    results = [part for part in parts if part.kind == "tool-result" and part.value is not None]
    assert drawn["results"] == [as_laid_out(part.value) for part in results]
    sources = [part.value for part in parts if part.kind == "source"]
    assert drawn["sources"] == [source.get("title") or source["url"] for source in sources]
    state: Any = run.accumulator.state or {}
    assert drawn["state"] == [as_laid_out(value) for value in state.values()]
    assert drawn["values"] == [as_laid_out(part.value) for part in parts if part.kind == "data"]
    assert drawn["open"] == []


def arguments_of(call: Any) -> list[str]:
    return [call.text] if call.state == "error" else [as_shown(value) for value in call.value.values()]


def as_shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def as_laid_out(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def test_what_nobody_reads_is_shown_as_it_came(page: Page, tmp_path: Path) -> None:
    (tmp_path / "own.sse").write_text('data: {"type": "my-own", "n": 1}\n\ndata: no JSON\ndata: at all\n\n')
    with recordings_page(page, tmp_path / "data", tmp_path) as demo:
        replay(page, "own")
        both = viewers(page, demo)
        for viewed in (both.wakeful, both.native):
            expect(viewed.turn.locator(".verdict")).to_contain_text("Whole, once")
            expect(viewed.turn.locator(".answer")).to_have_text('{"type": "my-own", "n": 1}\nno JSON\nat all')


# Names that mean something to the two clients are among them.
NAMED = b"".join(
    b"event: %b\ndata: %b\n\n" % (kind, data)
    for kind, data in (
        (b"ready", b'{"type": "start"}'),
        (b"open", b'{"type": "text-start", "id": "t"}'),
        (b"named", b'{"type": "text-delta", "id": "t", "delta": "Named and "}'),
        (b"statechange", b'{"type": "text-delta", "id": "t", "delta": "numbered."}'),
        (b"message", b'{"type": "text-delta", "id": "t", "delta": " Twice"}'),
        (b"end", b'{"type": "text-delta", "id": "t", "delta": " over."}'),
        (b"error", b'{"type": "error", "errorText": "Overloaded"}'),
    )
)


@pytest.mark.parametrize("worker", [False, True], ids=["page", "worker"])
def test_recorded_events_with_names_reach_both_clients(
    page: Page, page_errors: PageErrors, tmp_path: Path, worker: bool
) -> None:
    page_errors.allow(REQUEST_FAILED)
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "named.sse").write_bytes(NAMED)
    with recordings_page(page, tmp_path / "data", tmp_path, speed=10) as demo:
        page.get_by_label("Read in a Worker").set_checked(worker)
        replay(page, "vendor/named")
        both = viewers(page, demo)
        for viewed in (both.wakeful, both.native):
            expect(viewed.turn.locator(".verdict")).to_contain_text("Whole, once")
            for name, value in {"missing": 0, "repeated": 0, "received": 7}.items():
                viewed.expect_count(name, value)
            expect(viewed.turn.locator(".answer")).to_contain_text("Named and numbered. Twice over.")
            expect(viewed.turn.locator(".interrupted")).to_have_count(1)
            expect(viewed.turn.locator(".agent-error")).to_contain_text("Overloaded")
