"""The examples for pages of the README and of docs/payload.md, as they stand there, on pages of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from page_errors import PageErrors
from plays import HOLD, STREAM, journal, play
from wakeful_demo.plays import PlayThread

ROOT = Path(__file__).parent.parent
DIST = ROOT / "web" / "dist"
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAYLOAD = (ROOT / "docs" / "payload.md").read_text(encoding="utf-8")
URL = '"/runs/7/events"'
EVENTS = [
    {"type": "message.start", "mid": "m1", "role": "assistant"},
    {"type": "part.start", "mid": "m1", "pid": "p1", "kind": "text"},
    {"type": "part.delta", "pid": "p1", "d": "Half of"},
]
HELLO = 'event: es.hello\ndata: {"v":1,"stream":"7","epoch":"k","next":1}\n\n'
LOGGED = "".join(f"id: k.{n}\ndata: {json.dumps(event)}\n\n" for n, event in enumerate(EVENTS, 1))
RESET = 'event: es.reset\ndata: {"epoch":"k","reason":"slow","base":0}\n\n'
END = 'id: k.4\nevent: es.end\ndata: {"status":"failed"}\n\n'
# What the page noted of each drawing.
DRAWN = ["Half of open", "Half of interrupted"]
IMPORTS = {"wakeful": "/dist/wakeful.mjs", "wakeful/payload": "/dist/wakeful.payload.mjs"}
HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><title>README</title><link rel="icon" href="data:,">'


def example(page: str, language: str, opening: str) -> str:
    blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    [code] = [block for block in blocks if opening in block]
    return code


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, PlayThread]]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "wakeful.js").write_bytes((DIST / "wakeful.js").read_bytes())
    with PlayThread({"/site/": folder, "/dist/": DIST}) as plays:
        yield folder, plays


def visit(page: Page, site: tuple[Path, PlayThread], name: str, body: str) -> None:
    folder, plays = site
    (folder / name).write_text(HEAD + body, encoding="utf-8")
    page.goto(f"{plays.url}/site/{name}")


def module(code: str) -> str:
    return f'<script type="importmap">{json.dumps({"imports": IMPORTS})}</script><script type="module">{code}</script>'


def test_the_script_tag(page: Page, site: tuple[Path, PlayThread]) -> None:
    code = example(README, "html", "WakefulSource")
    url = play(site[1], [STREAM, {"data": 'data: {"text":"hello"}\n\ndata: [DONE]\n\n'}, HOLD])
    assert URL in code
    around = (
        "<script>const shown = [], states = [];"
        "const show = (event) => shown.push(event); const showState = (state) => states.push(state);</script>"
    )
    visit(page, site, "script.html", around + code.replace(URL, json.dumps(url)))
    page.wait_for_function("states.at(-1) === 'ended'")
    assert page.evaluate("shown") == [{"text": "hello"}]
    assert page.evaluate("states") == ["connecting", "open", "ended"]
    assert journal(url, closed=1)[0]["closed_by"] == "client"


def test_the_iterator(page: Page, site: tuple[Path, PlayThread]) -> None:
    code = example(README, "js", "for await")
    url = play(site[1], [STREAM, {"data": "data: a\n\ndata: b\n\ndata: [DONE]\n\n"}, HOLD])
    around = f"const url = {json.dumps(url)}; window.shown = []; const show = (data) => shown.push(data);"
    around += 'const getToken = async () => "t0ken";'
    visit(page, site, "iterator.html", module(f"{around}\n{code}\nwindow.parses = typeof parse; window.over = true;"))
    page.wait_for_function("window.over")
    assert page.evaluate("[shown, parses]") == [["a", "b"], "function"]
    [seen] = journal(url, closed=1)
    assert seen["headers"]["authorization"] == "Bearer t0ken"


def test_the_accumulator(page: Page, site: tuple[Path, PlayThread]) -> None:
    code = example(README, "js", "Accumulator")
    url = play(site[1], [STREAM, {"data": HELLO + LOGGED + RESET + LOGGED + END}])
    assert URL in code
    draw = (
        "window.drawn = []; const draw = ([first]) => drawn.push(`${first?.parts[0]?.text} ${first?.parts[0]?.state}`);"
    )
    visit(page, site, "payload.html", module(f"{draw}\n{code.replace(URL, json.dumps(url))}\nwindow.answer = answer;"))
    page.wait_for_function("window.answer?.outcome?.status === 'failed'")
    assert page.evaluate("drawn.slice(-2)") == DRAWN


def test_the_payloads_page(page: Page, site: tuple[Path, PlayThread], page_errors: PageErrors) -> None:
    """A part whose end tells another length is a fault: the page asks for a snapshot. Then the stream is given up."""
    page_errors.allow("404")
    code = example(PAYLOAD, "js", "function watch")
    broken = 'id: k.4\ndata: {"type":"part.end","pid":"p1","bytes":1}\n\n'
    part = {"pid": "p1", "kind": "text", "text": "Half of"}
    message = {"mid": "m1", "role": "assistant", "parts": [part]}
    snapshot = {"type": "snapshot", "messages": [message], "state": None, "rev": 0, "open": ["p1"]}
    again = HELLO + RESET.replace('"base":0', '"base":4') + f"id: k.4\ndata: {json.dumps(snapshot)}\n\n"
    gone = {"head": {"status": 404, "headers": {}}}
    url = play(site[1], [STREAM, {"data": HELLO + LOGGED + broken}, HOLD], [STREAM, {"data": again}], [gone])
    show = """window.drawn = [];
      const show = ({ messages: [first], fault }) => {
        const part = first?.parts[0];
        drawn.push(`${part?.text} ${part?.state} ${fault}`);
      };"""
    visit(page, site, "watch.html", module(f"{show}\n{code}\nwatch({json.dumps(url)}, show);"))
    page.wait_for_function("window.drawn?.at(-1)?.includes('interrupted')")
    assert page.evaluate("drawn.slice(-4)") == [
        "Half of open ", "Half of open bytes", "Half of open ", "Half of interrupted ",
    ]  # fmt: skip
    assert "es.from=snapshot" in journal(url, closed=3)[1]["target"]
