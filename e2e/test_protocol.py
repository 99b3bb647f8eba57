"""The page of the protocol as a person uses it: what it draws is the fold of what the server logged."""

import pytest
from playwright.sync_api import Page, expect

from demo.demo_process import DemoProcess
from protocol_answers import ask, assert_drawn, expect_outcome

PATH = "/protocol"
SPEED = 3


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
    answer = long_page.locator(".answer").last
    asked = demo.get(f"/journal/{answer.get_attribute('data-client')}").json()["accepted"]
    expect(long_page.locator("[data-count=attempts]")).to_have_text(str(asked))
    run = answer.get_attribute("data-run")
    drawn = long_page.evaluate(FILLING_IN, demo.get(f"/protocol/runs/{run}/log").json()["events"])
    wholes = set(long_page.locator(".arguments dd").all_text_contents())
    partial = set(drawn) - wholes - {""}
    assert any(whole.startswith(text) for text in partial for whole in wholes)


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
