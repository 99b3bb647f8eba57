"""The page of the protocol when its streams are broken, left and stopped: what it draws is still the fold of the log.

An answer lasts for minutes here, or until it is cut short: so no test races it.
"""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from demo.demo_process import DemoProcess
from demo_pages import REQUEST_FAILED, open_page
from page_errors import PageErrors
from protocol_answers import PATH, ask, assert_drawn, cut_short, expect_outcome

SPEED = 0.3


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
    ask(long_page, "hello_world")
    expect(long_page.locator(".turn").last.locator(".answer > *").first).to_be_visible()
    long_page.locator(button).click()
    expect(long_page.locator(f"[data-count={counted}]")).not_to_have_text("0")
    expect(long_page.locator(".events")).to_contain_text(event)
    cut_short(long_page, demo)
    expect_outcome(long_page, "cancelled")
    assert_drawn(long_page, demo)


def test_one_stream_at_a_time_is_read(page: Page, demo: DemoProcess) -> None:
    """Also where the next question is asked while the last one is on its way."""
    open_page(page, demo, PATH)
    questions: list[Route] = []
    page.route("**/protocol/runs", lambda route: questions.append(route))
    for script in ("hello_world", "short"):
        with page.expect_request("**/protocol/runs"):
            page.locator(f"[data-script={script}]").click()
    questions[0].continue_()
    expect(page.locator(".answer > *").first).to_be_attached()
    questions[1].continue_()
    expect(page.locator(".answer")).to_have_count(2)
    expect(page.locator(".turn").last.locator(".answer > *").first).to_be_attached()
    cut_short(page, demo)
    expect_outcome(page, "cancelled")
    expect(page.locator(".turn").first).to_contain_text("interrupted")
    client = page.locator(".answer").first.get_attribute("data-client")
    opened = demo.get(f"/journal/{client}").json()["accepted"]
    # More than one where this machine stood still for longer than a connection may be silent.
    requests = demo.get(f"/journal/{client}", closed=opened).json()["requests"]
    assert {request["closed_by"] for request in requests} == {"client"}


def test_stop_cancels_the_run(long_page: Page, demo: DemoProcess) -> None:
    ask(long_page, "hello_world")
    turn = long_page.locator(".turn").last
    expect(turn.locator(".answer p").first).to_be_attached()
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


def test_on_a_phone_a_fault_brings_up_what_it_breaks(
    new_context: Callable[..., BrowserContext], page_errors: PageErrors, demo: DemoProcess
) -> None:
    page_errors.allow(REQUEST_FAILED)
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    open_page(page, demo, PATH)
    ask(page, "hello_world")
    expect(page.locator(".answer > *").first).to_be_attached()
    page.locator("[data-fault=silence]").click()
    expect(page.locator("#chat .state")).to_be_in_viewport(ratio=1)
