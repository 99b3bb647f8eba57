"""The page of the protocol as a person uses it: what it draws is the fold of what the server logged."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

import wakeful
from demo.demo_process import DemoProcess
from demo_pages import letters, open_page
from wakeful.payload import Accumulator

PATH = "/protocol"
SPEED = 3


def ask(page: Page, script: str) -> None:
    before = page.locator(".turn").count()
    page.locator(f"[data-script={script}]").click()
    expect(page.locator(".turn")).to_have_count(before + 1)


def expect_outcome(page: Page, status: str) -> None:
    expect(page.locator(".events [data-kind=outcome]").first).to_contain_text(status)


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
        assert [letters(text) for text in drawn.locator(selector).all_text_contents()] == texts
    calls = [part for part in parts if part.kind == "tool-call"]
    assert drawn.locator(".tool > header code").all_text_contents() == [part.name for part in calls]
    shown = drawn.locator(".tool").evaluate_all(
        "(tools) => tools.map((tool) => [...tool.querySelectorAll('dd')].map((dd) => dd.textContent))"
    )
    assert shown == [[as_shown(value) for value in part.value.values()] for part in calls]
    results = [part.value for part in parts if part.kind == "tool-result"]
    assert [json.loads(text) for text in drawn.locator(".result pre").all_text_contents()] == results


def as_shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# What the fields of tool calls show while they fill in: of what arrives, a page draws as much as it has the time to.
FILLING_IN = """async (events) => {
    const { Fold } = await import("/static/fold.js");
    const { Accumulator } = await import("/dist/wakeful.payload.mjs");
    const host = document.createElement("div");
    const accumulator = new Accumulator();
    const fold = new Fold(host, accumulator);
    const drawn = new Set();
    for (const { id, type, data } of events) {
        accumulator.apply({ type: type || "message", data, lastEventId: id });
        fold.render();
        for (const field of host.querySelectorAll(".arguments dd")) drawn.add(field.textContent);
    }
    return [...drawn];
}"""


def test_an_answer_with_tools_is_drawn_whole(long_page: Page, demo: DemoProcess) -> None:
    ask(long_page, "trip")
    expect(long_page.locator("[data-fact=mode]")).to_have_text("the profile, version 1")
    expect_outcome(long_page, "completed")
    assert_drawn(long_page, demo)
    expect(long_page.locator("[data-count=attempts]")).to_have_text("1")
    run = long_page.locator(".answer").last.get_attribute("data-run")
    drawn = long_page.evaluate(FILLING_IN, demo.get(f"/protocol/runs/{run}/log").json()["events"])
    wholes = set(long_page.locator(".arguments dd").all_text_contents())
    partial = set(drawn) - wholes - {""}
    assert any(whole.startswith(text) for text in partial for whole in wholes)


@pytest.mark.parametrize(
    ("button", "counted", "event"),
    [
        ("[data-act=drain]", "drains", "drained"),
        ("[data-act=forget]", "resets", "reset"),
        ("[data-fault=gap]", "gaps", "gap"),
        ("[data-fault=restart]", "resumes", "waiting"),
        ("[data-fault=cut-mid-token]", "resumes", "waiting"),
        ("[data-fault=silence]", "resumes", "idle-timeout"),
    ],
)
def test_what_breaks_is_mended_and_told(
    long_page: Page, demo: DemoProcess, button: str, counted: str, event: str
) -> None:
    ask(long_page, "night_watch")  # long enough that it is still being told when the blow falls
    expect(long_page.locator(".turn").last.locator(".answer > *").first).to_be_visible()
    long_page.locator(button).click()
    expect_outcome(long_page, "completed")
    assert_drawn(long_page, demo)
    expect(long_page.locator(f"[data-count={counted}]")).not_to_have_text("0")
    expect(long_page.locator(".events")).to_contain_text(event)


@pytest.mark.parametrize(("button", "words"), [("Approve", "Have a good evening"), ("Deny", "Nothing was booked")])
def test_the_agent_asks_and_goes_on_with_the_answer(
    long_page: Page, demo: DemoProcess, button: str, words: str
) -> None:
    ask(long_page, "booking")
    card = long_page.locator(".turn").last.get_by_role("group", name="The agent asks")
    expect(card).to_contain_text("Book a table for 4")
    expect(long_page.locator("#announcements")).to_contain_text("The agent asks")
    card.get_by_role("button", name=button).press("Enter")
    expect(long_page.get_by_role("log")).to_be_focused()  # the button is gone, the focus is not
    expect_outcome(long_page, "completed")
    expect(long_page.locator(".turn").last).to_contain_text(words)
    assert_drawn(long_page, demo)
    last = long_page.locator(".turn").last.locator(".tool-status").last
    expect(last).to_have_text("done" if button == "Approve" else "not allowed")


def test_one_stream_at_a_time_is_read(page: Page, demo: DemoProcess) -> None:
    """Also where the next question is asked while the last one is on its way."""
    open_page(page, demo, PATH)
    questions: list[Route] = []
    page.route("**/protocol/runs", lambda route: questions.append(route))
    for script in ("night_watch", "short"):
        with page.expect_request("**/protocol/runs"):
            page.locator(f"[data-script={script}]").click()
    questions[0].continue_()
    expect(page.locator(".answer > *").first).to_be_attached()
    questions[1].continue_()
    expect_outcome(page, "completed")
    expect(page.locator(".answer")).to_have_count(2)
    expect(page.locator(".turn").first).to_contain_text("interrupted")
    client = page.locator(".answer").first.get_attribute("data-client")
    [request] = demo.get(f"/journal/{client}", closed=1).json()["requests"]
    assert request["closed_by"] == "client"


def test_stop_cancels_the_run(long_page: Page, demo: DemoProcess) -> None:
    ask(long_page, "hello_world")
    turn = long_page.locator(".turn").last
    expect(turn.locator(".answer p").nth(1)).to_be_attached()
    long_page.get_by_role("button", name="Stop", exact=True).click()
    expect(long_page.locator("#chat .state-text")).to_have_text("Stopped")
    expect(long_page.locator(".explanation")).to_contain_text("You stopped it")
    expect(turn.locator(".interrupted")).to_be_visible()
    run = turn.locator(".answer").get_attribute("data-run")
    # The page tells the server without waiting for it.
    for _ in range(10_000):
        if demo.get(f"/protocol/runs/{run}/log").json()["ended"]:
            break
    last = demo.get(f"/protocol/runs/{run}/log").json()["events"][-1]
    assert (last["type"], json.loads(last["data"])["status"]) == ("es.end", "cancelled")
