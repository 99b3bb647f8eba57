"""Answers on the page of the protocol: what is drawn, and the fold of what the server logged."""

import json
import re
from typing import Any

from playwright.sync_api import Page, expect

import wakeful
from demo.demo_process import DemoProcess
from demo_pages import letters
from wakeful.payload import Accumulator

PATH = "/protocol"


def ask(page: Page, script: str) -> None:
    before = page.locator(".turn").count()
    page.locator(f"[data-script={script}]").click()
    expect(page.locator(".turn")).to_have_count(before + 1)


def expect_outcome(page: Page, status: str) -> None:
    expect(page.locator(".events [data-kind=outcome]").first).to_contain_text(status)


def cut_short(page: Page, demo: DemoProcess) -> None:
    """The agent is stopped, and not by the page: that reads to the end, as ever. To a stream that is over nothing
    happens."""
    demo.delete(f"/protocol/runs/{page.locator('.answer').last.get_attribute('data-run')}").raise_for_status()


def folded(demo: DemoProcess, run: str) -> Accumulator:
    fold = Accumulator()
    for event in demo.get(f"/protocol/runs/{run}/log").json()["events"]:
        fold.apply(wakeful.Message(event["type"] or "message", event["data"], event["id"]))
    assert fold.fault == ""
    return fold


def assert_drawn(page: Page, demo: DemoProcess) -> None:
    """The last turn shows the fold of its streams' logs, part by part."""
    answers = page.locator(".turn").last.locator(".answer").all()
    parts: list[Any] = []
    for answer in answers:
        run = answer.get_attribute("data-run")
        assert run is not None
        parts += [part for message in folded(demo, run).messages for part in message.parts]
    drawn = page.locator(".turn").last
    for kind, selector in (("text", ".answer > .text"), ("reasoning", ".thinking > .text")):
        # Numbers of lists are drawn, and not written.
        texts = [letters(re.sub(r"(?m)^\d+\. ", "", part.text)) for part in parts if part.kind == kind]
        assert [letters(text) for text in drawn.locator(selector).evaluate_all(SAID)] == texts
    calls = [part for part in parts if part.kind == "tool-call"]
    assert drawn.locator(".tool > header code").all_text_contents() == [part.name for part in calls]
    shown = drawn.locator(".tool").evaluate_all(
        "(tools) => tools.map((tool) => [...tool.querySelectorAll('dd')].map((dd) => dd.textContent))"
    )
    assert shown == [[as_shown(value) for value in part.value.values()] for part in calls]
    results = [part.value for part in parts if part.kind == "tool-result"]
    assert [json.loads(text) for text in drawn.locator(".result pre").all_text_contents()] == results


# Without the page's own word below a text that was not ended.
SAID = """(texts) => texts.map((text) => {
    const copy = text.cloneNode(true);
    for (const element of copy.querySelectorAll(".interrupted")) element.remove();
    return copy.textContent;
})"""


def as_shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
