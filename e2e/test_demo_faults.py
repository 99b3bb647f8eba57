"""The demo page when its answers are broken in every way on offer: what the two clients got, and what the page says.

That is held against what the server logged and saw. A fault is pressed before anything was asked: the page then asks by
itself, and orders the fault once both clients have some tokens. The answer lasts until it is cut short, behind the
fault: so no test races it.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from demo import demo_process
from demo.demo_process import DemoProcess, Viewer
from demo_answers import (
    LONG,
    SCRIPTS,
    Both,
    Viewed,
    ask,
    ask_slowly,
    assert_whole_and_once,
    drawn_letters,
    expected_letters,
    set_speed,
    viewers,
)
from demo_pages import REQUEST_FAILED, open_page
from page_errors import PageErrors
from wakeful_demo.faults import FAULTS

SPEED = 1
# Half a second of the answer that a fault is pressed for.
BEHIND_THE_FAULT = 10

# What no client can make good; what none can without the protocol; and what EventSource can't.
CUT_SHORT = {"no-content"}
INCOMPLETE = {"gap"}
HANGS = {"silence", "black-hole"}
GIVES_UP = {
    "unauthorized", "too-many-seconds", "too-many-date", "server-error", "unavailable", "html-page", "no-content",
}  # fmt: skip
REPEATS = {"duplicate-replay"}
CUT_OFF = "Cut off: the stream ended before the answer did."


def test_every_fault_is_on_offer(long_page: Page, demo: DemoProcess) -> None:
    offered = {fault["name"]: fault for fault in demo.get("/faults").json()["faults"]}
    assert set(offered) == set(FAULTS)
    buttons = long_page.locator(".fault")
    expect(buttons).to_have_count(len(offered))
    for name, fault in offered.items():
        button = long_page.locator(f"[data-fault={name}]")
        expect(button).to_contain_text(fault["title"])
        expect(button).to_contain_text(fault["description"])
        expect(button).to_be_enabled(enabled=fault["available"])
        if not fault["available"]:
            expect(button).to_contain_text(fault["reason"])


def test_the_first_on_offer_are_those_that_eventsource_does_not_get_over(long_page: Page) -> None:
    """What it gets over shows nothing, and is where it is no worse."""
    first = long_page.locator(".faults details").first.locator(".fault")
    names = first.evaluate_all("(buttons) => buttons.map((button) => button.dataset.fault)")
    assert len(names) > 3
    assert set(names) <= HANGS | GIVES_UP | REPEATS | INCOMPLETE
    assert names[:2] == ["silence", "html-page"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_breaks_no_answer_of_wakeful(long_page: Page, demo: DemoProcess, fault: str) -> None:
    if fault in demo.unavailable:
        expect(long_page.locator(f"[data-fault={fault}]")).to_be_disabled()
        return
    both = break_an_answer(long_page, demo, fault)
    if fault in CUT_SHORT:
        assert_incomplete(both.wakeful, fault)
    else:
        assert_whole_and_once(both.wakeful)
    assert fault in both.wakeful.struck_by()
    both.wakeful.expect_count("requests", both.wakeful.journal()["accepted"])
    assert_native_is_what_the_facts_say(both.native, fault)
    assert both.wakeful.asked_for_the_protocol() == {"v=1"}
    assert both.native.asked_for_the_protocol() == {""}


@pytest.mark.parametrize("fault", [*INCOMPLETE, "silence", "restart"])
def test_without_the_protocol_only_a_gap_goes_unnoticed(
    page: Page, page_errors: PageErrors, demo: DemoProcess, fault: str
) -> None:
    page_errors.allow(REQUEST_FAILED)
    open_page(page, demo)
    page.get_by_text("Options").click()
    page.get_by_label("Plain SSE, without the protocol").check()
    both = break_an_answer(page, demo, fault)
    if fault in INCOMPLETE:
        assert_incomplete(both.wakeful, fault)
    else:
        assert_whole_and_once(both.wakeful)
    assert_native_is_what_the_facts_say(both.native, fault)
    assert both.wakeful.asked_for_the_protocol() == {""}


def break_an_answer(page: Page, demo: DemoProcess, fault: str) -> Both:
    """The answer ends some tokens behind the fault, whenever that has come to strike."""
    before = page.locator("#wakeful .turn").count()
    set_speed(page, 0.5)
    page.locator("#prompt").fill(SCRIPTS[LONG].prompt)
    page.locator(f"[data-fault={fault}]").click()
    expect(page.locator("#wakeful .turn")).to_have_count(before + 1)
    both = viewers(page, demo)
    # There is one server, and it is struck once.
    for name in ("Wakeful",) if FAULTS[fault].target == "server" else ("Wakeful", "EventSource"):
        expect(page.locator(".history ol")).to_contain_text(f"“{FAULTS[fault].title}” struck {name}")
    both.wakeful.until_said(BEHIND_THE_FAULT)
    both.wakeful.cut_short()
    return both


def assert_incomplete(wakeful: Viewed, fault: str) -> None:
    """No client could have the answer whole: the server says that there is no more, or leaves messages out."""
    words = wakeful.verdict("flawed")
    missing = len(wakeful.logged_ids() - set(wakeful.received()))
    assert missing > 0
    wakeful.expect_count("missing", missing)
    wakeful.expect_count("repeated", 0)
    assert f"{missing} token" in words
    if fault in CUT_SHORT:
        expect(wakeful.pane.locator(".state-text")).to_have_text("Ended")
        expect(wakeful.pane.locator(".explanation")).to_contain_text("204")
        assert "told by the server not to come back" in words
        expect(wakeful.turn.locator(".remarks")).to_have_text(CUT_OFF)


def assert_native_is_what_the_facts_say(native: Viewed, fault: str) -> None:
    hangs, is_flawed = fault in HANGS, fault in GIVES_UP | REPEATS | INCOMPLETE
    words = native.verdict("hanging" if hangs else "flawed" if is_flawed else "whole")
    received = native.received()
    missing = len(native.logged_ids() - set(received))
    repeated = len(received) - len(set(received))
    native.expect_count("missing", missing)
    native.expect_count("repeated", repeated)
    native.expect_count("requests", native.journal()["accepted"])
    if fault in HANGS:
        assert missing > 0
        assert "still waiting on a connection that is dead" in words
    elif fault in GIVES_UP:
        assert missing > 0
        assert "gave up" in words
        expect(native.turn.locator(".remarks")).to_have_text(CUT_OFF)
    elif fault in REPEATS:
        assert (missing, repeated) == (0, FAULTS[fault].parameters["count"])
        assert len(drawn_letters(native.turn)) > len(expected_letters(native.logged()))  # it says them twice
    elif fault in INCOMPLETE:
        assert missing == FAULTS[fault].parameters["count"]
        assert len(drawn_letters(native.turn)) < len(expected_letters(native.logged()))
    else:
        assert (missing, repeated) == (0, 0), words


def test_a_fault_that_this_machine_lacks_is_off_and_says_why(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nginx = tmp_path / "bin" / "nginx"
    nginx.parent.mkdir()
    nginx.write_text("#!/bin/sh\necho 'no buffers today' >&2\nexit 1\n")
    nginx.chmod(0o755)
    monkeypatch.setitem(demo_process.ENVIRONMENT, "PATH", f"{nginx.parent}:{os.environ['PATH']}")
    with DemoProcess(tmp_path / "data") as demo:
        open_page(page, demo)
        button = page.locator("[data-fault=buffering]")
        expect(button).to_be_disabled()
        expect(button).to_contain_text("Off here: nginx did not start: no buffers today")
        page.goto("about:blank")  # a browser that had not loaded the page's icon yet would say so


def test_faults_pressed_in_the_middle_of_an_answer_add_up(
    page: Page, page_errors: PageErrors, demo: DemoProcess
) -> None:
    page_errors.allow(REQUEST_FAILED)
    open_page(page, demo)
    wakeful = ask_slowly(page, demo)
    for fault in ("reset", "broken-utf8", "duplicate-replay"):
        expect(page.locator("#wakeful")).to_have_attribute("data-state", "open")
        page.locator(f"[data-fault={fault}]").click()
        expect(page.locator(".history ol")).to_contain_text(f"“{FAULTS[fault].title}” struck Wakeful")
    wakeful.until_said(BEHIND_THE_FAULT)
    wakeful.cut_short()
    assert_whole_and_once(wakeful)
    assert wakeful.struck_by() == ["reset", "broken-utf8", "duplicate-replay"]
    streams = [fact for fact in wakeful.journal()["facts"] if fact.get("content_type") == "text/event-stream"]
    assert len(streams) > 2  # more than three where this machine stood still for longer than a connection may be silent
    wakeful.expect_count("reconnects", len(streams) - 1)


def test_a_fault_pressed_while_the_question_is_on_its_way_asks_no_second_one(
    page: Page, page_errors: PageErrors, demo: DemoProcess
) -> None:
    page_errors.allow(REQUEST_FAILED)
    open_page(page, demo)
    questions: list[Route] = []
    page.route("**/runs", lambda route: questions.append(route))
    with page.expect_request("**/runs"):
        ask(page, LONG, speed=0.5)
    page.locator("[data-fault=reset]").click()
    questions[0].continue_()
    expect(page.locator(".history ol")).to_contain_text("“Reset” struck Wakeful")
    wakeful = viewers(page, demo).wakeful
    wakeful.cut_short()
    assert_whole_and_once(wakeful)
    assert wakeful.struck_by() == ["reset"]
    assert len(questions) == 1


def test_retry_goes_on_after_wakeful_gave_up(page: Page, page_errors: PageErrors, demo: DemoProcess) -> None:
    page_errors.allow(REQUEST_FAILED)
    open_page(page, demo)
    ask(page, "trip", speed=1)
    wakeful = viewers(page, demo).wakeful
    expect(wakeful.turn.locator(".tool").first).to_be_visible()
    wakeful.make_give_up()
    expect(wakeful.turn.locator(".verdict")).to_contain_text("gave up")
    expect(wakeful.turn.locator(".remarks")).to_have_text(CUT_OFF)
    with Viewer(wakeful.run) as other:
        other.until(b'"role": "tool"', times=2)  # from here on it is text
    wakeful.cut_short()
    wakeful.pane.get_by_role("button", name="Retry").click()
    assert_whole_and_once(wakeful)
    expect(wakeful.turn.locator(".remarks")).not_to_contain_text("Cut off")
    expect(wakeful.turn.locator(".interrupted, .broken")).to_have_count(0)


def test_retry_now_ends_the_wait(page: Page, page_errors: PageErrors, demo: DemoProcess) -> None:
    page_errors.allow(REQUEST_FAILED)
    open_page(page, demo)
    wakeful = ask_slowly(page, demo)
    wakeful.make_wait()
    wakeful.pane.get_by_role("button", name="Retry now").click()
    wakeful.cut_short()
    assert_whole_and_once(wakeful)


def test_the_picture_of_the_readme(
    new_context: Callable[..., BrowserContext], page_errors: PageErrors, demo: DemoProcess
) -> None:
    """WAKEFUL_PICTURE=FILE keeps it: silence struck both, Wakeful finished, EventSource waits."""
    page_errors.allow(REQUEST_FAILED)
    page = new_context(viewport={"width": 1360, "height": 850}).new_page()
    open_page(page, demo)
    ask(page, "trip", speed=2)
    expect(page.locator("#wakeful .tool .result")).to_have_count(2)
    page.locator("[data-fault=silence]").click()
    both = viewers(page, demo)
    assert_whole_and_once(both.wakeful)
    both.native.verdict("hanging")
    if file := os.environ.get("WAKEFUL_PICTURE"):
        page.screenshot(path=file, caret="initial")
