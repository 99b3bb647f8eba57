"""The demo page as a person uses it: ask, break the answer in every way on offer, compare what the two clients got.

What the page says is held against what the server logged and saw. A fault is pressed before anything was asked: the
page then asks by itself, and orders the fault once both clients have some tokens, so that no test races the answer.
"""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from demo import demo_process
from demo.demo_process import DemoProcess
from demo_pages import REQUEST_FAILED, letters, open_page
from page_errors import PageErrors
from wakeful_demo.agent import load_scripts
from wakeful_demo.faults import FAULTS

SCRIPTS = load_scripts()
SHORT = SCRIPTS["short"].prompt
# What no client can make good; what none can without the protocol; and what EventSource can't.
CUT_SHORT = {"no-content"}
INCOMPLETE = {"gap"}
HANGS = {"silence", "black-hole"}
GIVES_UP = {
    "unauthorized", "too-many-seconds", "too-many-date", "server-error", "unavailable", "html-page", "no-content",
}  # fmt: skip
REPEATS = {"duplicate-replay"}


@dataclass
class Viewed:
    """One client's part of the last answer: what the page shows, and what the server says of it."""

    demo: DemoProcess
    pane: Locator

    @property
    def turn(self) -> Locator:
        return self.pane.locator(".turn").last

    def verdict(self) -> tuple[str, str]:
        """The kind and the words, once there are any that are final for this server's log."""
        line = self.turn.locator(".verdict")
        expect(line).to_be_visible()
        expect(line).not_to_contain_text("so far")
        kind, words = line.evaluate("(line) => [line.dataset.verdict, line.innerText]")
        return kind, words

    def expect_count(self, name: str, value: int) -> None:
        """The page looks at the server's log and journal now and then."""
        expect(self.pane.locator(f"dd[data-count={name}]")).to_have_text(str(value))

    def logged(self) -> list[dict[str, Any]]:
        run = self.turn.get_attribute("data-run")
        messages: list[dict[str, Any]] = self.demo.get(f"/runs/{run}/tokens").json()["messages"]
        return [message for message in messages if message["data"] != "[DONE]"]

    def journal(self) -> dict[str, Any]:
        journal: dict[str, Any] = self.demo.get(f"/journal/{self.turn.get_attribute('data-client')}").json()
        return journal

    def received(self) -> list[str]:
        """The ids of the messages that this client got, as the server can tell.

        What was on the way when a connection broke may be lost with it: the cursor of the next request says.
        """
        journal = self.journal()
        ids: list[str] = []
        for seen in journal["requests"]:
            cursor = seen["headers"].get("last-event-id", "")
            if cursor in ids:
                del ids[len(ids) - ids[::-1].index(cursor) :]
            facts = (fact for fact in journal["facts"] if fact["request"] == seen["request"])
            ids += [fact["id"] for fact in facts if fact["kind"] == "sent" and fact["id"]]
        logged = self.logged_ids()
        return [one for one in ids if one in logged]

    def logged_ids(self) -> set[str]:
        return {message["id"] for message in self.logged()}

    def asked_for_the_protocol(self) -> set[str]:
        return {request["headers"].get("event-stream-params", "") for request in self.journal()["requests"]}

    def struck_by(self) -> list[str]:
        return [fact["fault"] for fact in self.journal()["facts"] if fact["kind"] == "fault"]


@dataclass
class Both:
    wakeful: Viewed
    native: Viewed


def viewers(page: Page, demo: DemoProcess) -> Both:
    return Both(Viewed(demo, page.locator("#wakeful")), Viewed(demo, page.locator("#native")))


def spoken(messages: list[dict[str, Any]]) -> str:
    """All that the agent said and thought, its tools' names, arguments and results included, in order."""
    said: list[str] = []
    kind = ""
    for message in messages:
        chunk = json.loads(message["data"])
        pieces = [("result", chunk["content"])] if chunk.get("role") == "tool" else pieces_of(chunk)
        for found, piece in pieces:
            said.append(piece if found == kind else f"\n{piece}")
            kind = found
    return "".join(said)


def pieces_of(chunk: dict[str, Any]) -> list[tuple[str, str]]:
    pieces = []
    for choice in chunk["choices"]:
        delta = choice["delta"]
        pieces += [(key, delta[key]) for key in ("reasoning_content", "content") if delta.get(key)]
        for call in delta.get("tool_calls", ()):
            function = call["function"]
            pieces += [(key, function[key]) for key in ("name", "arguments") if function.get(key)]
    return pieces


def expected_letters(messages: list[dict[str, Any]]) -> str:
    """As the page draws it: numbers of lists are drawn, and JSON is laid out."""
    drawn = []
    for line in spoken(messages).splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            drawn.append(re.sub(r"^\d+\. ", "", line))
        else:
            drawn.append(json.dumps(value, ensure_ascii=False))
    return re.sub(r'[{}\[\]",:]+', "", letters("\n".join(drawn)))


def drawn_letters(turn: Locator) -> str:
    """The answer without the page's own words around it."""
    own_words = ".thinking > summary, .tool-status, .result > summary"
    text = turn.locator(".answer").evaluate(
        """(answer, own) => {
            const copy = answer.cloneNode(true);
            for (const element of copy.querySelectorAll(own)) element.remove();
            return copy.textContent;
        }""",
        own_words,
    )
    return re.sub(r'[{}\[\]",:]+', "", letters(text))


def assert_whole_and_once(viewed: Viewed) -> None:
    # A verdict that is there may be the last one still: after a retry, say.
    expect(viewed.turn.locator(".verdict")).to_have_attribute("data-verdict", "whole")
    expect(viewed.turn.locator(".verdict")).to_contain_text("Whole, once")
    for name, value in {"missing": 0, "repeated": 0, "received": len(viewed.logged())}.items():
        viewed.expect_count(name, value)
    assert drawn_letters(viewed.turn) == expected_letters(viewed.logged())


def hasten(page: Page) -> None:
    page.locator("[name=speed]").evaluate("(select) => { select.value = '3'; }")


def ask(page: Page, script: str) -> None:
    hasten(page)
    page.locator(f".suggestions [data-script={script}]").click()


# The page by itself.


def test_it_loads_from_its_own_origin_and_without_a_complaint(page: Page, demo: DemoProcess) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_page(page, demo)
    ask(page, "short")
    assert_whole_and_once(viewers(page, demo).wakeful)
    assert len(asked) > 10
    assert [url for url in asked if not url.startswith((demo.url + "/", "data:"))] == []


def test_its_policy_allows_no_inline_script_and_no_eval(demo: DemoProcess) -> None:
    answer = demo.get("/")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src", "worker-src")} == {"'self'"}
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style| style=| on\w+=", answer.text)


def test_what_the_stream_says_never_becomes_markup(page: Page, demo: DemoProcess) -> None:
    open_page(page, demo)
    drawn = page.evaluate(
        """async () => {
            const { Answer } = await import("/static/answer.js");
            const host = document.createElement("div");
            const answer = new Answer(host);
            const say = (delta) => answer.take("message", JSON.stringify({ id: "c", choices: [{ delta }] }));
            say({ content: "<img src=x onerror=alert(1)> **<b>x</b>** `<i>` [go](javascript:alert(1))\\n\\n" });
            say({ tool_calls: [{ index: 0, id: "t", function: { name: "<u>", arguments: '{"<s>":"<em>"}' } }] });
            answer.take("message", "<script>no JSON</" + "script>");
            answer.finish();
            return { text: host.textContent, tags: [...host.querySelectorAll("*")].map((one) => one.localName) };
        }"""
    )
    assert {"img", "b", "i", "u", "s", "em", "a", "script"}.isdisjoint(drawn["tags"])
    for part in ("<img src=x onerror=alert(1)>", "<b>x</b>", "<i>", "javascript:", "<u>", "<s>", "<em>", "<script>"):
        assert part in drawn["text"]


@pytest.mark.parametrize("worker", [False, True], ids=["page", "worker"])
def test_an_answer_with_thoughts_and_tools_is_drawn_whole(page: Page, demo: DemoProcess, worker: bool) -> None:
    open_page(page, demo)
    page.get_by_text("Options").click()
    page.get_by_label("Read in a Worker").set_checked(worker)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    ask(page, "trip")
    both = viewers(page, demo)
    for viewed in (both.wakeful, both.native):
        assert_whole_and_once(viewed)
        turn = viewed.turn
        expect(turn.locator(".tool")).to_have_count(2)
        expect(turn.locator(".tool .arguments dt").first).to_have_text("place")
        expect(turn.locator(".tool .arguments dd").first).to_have_text("Lisbon, Portugal")
        expect(turn.locator(".tool-status").last).to_have_text("done")
        expect(turn.locator(".thinking")).to_have_count(2)
        expect(turn.locator("table")).to_be_attached()
        assert viewed.journal()["accepted"] == 1
        viewed.expect_count("requests", 1)
        left = viewed.pane.locator(".thread").evaluate("(one) => one.scrollHeight - one.clientHeight - one.scrollTop")
        assert left < 60  # it has followed its end
    assert [url for url in asked if url.endswith("wakeful.worker.js")] == (
        [f"{demo.url}/dist/wakeful.worker.js"] if worker else []
    )


def test_stop_ends_both_where_they_are(page: Page, demo: DemoProcess) -> None:
    open_page(page, demo)
    ask(page, "hello_world")
    expect(page.locator("#wakeful .answer p").nth(2)).to_be_attached()
    page.get_by_role("button", name="Stop").click()
    both = viewers(page, demo)
    for viewed in (both.wakeful, both.native):
        assert_whole_and_once(viewed)
    assert "families" not in spoken(both.wakeful.logged())
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()


# Names that mean something to the two clients are among them.
NAMED = b"".join(
    b"event: %b\ndata: %b\n\n" % (kind, data)
    for kind, data in (
        (b"message_start", b'{"type": "message_start"}'),
        (b"open", b'{"type": "text-delta", "delta": "Named "}'),
        (b"content_block_delta", b'{"type": "content_block_delta", "index": 0, "delta": {"text": "and "}}'),
        (b"statechange", b'{"type": "text-delta", "delta": "numbered."}'),
        (b"message", b'{"type": "text-delta", "delta": " Twice"}'),
        (b"end", b'{"type": "text-delta", "delta": " over."}'),
        (b"error", b'{"type": "error", "error": {"message": "Overloaded"}}'),
    )
)


@pytest.mark.parametrize("worker", [False, True], ids=["page", "worker"])
def test_recorded_events_with_names_reach_both_clients(
    page: Page, page_errors: PageErrors, tmp_path: Path, worker: bool
) -> None:
    page_errors.allow(REQUEST_FAILED)
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "named.sse").write_bytes(NAMED)
    with DemoProcess(tmp_path / "data", "--recordings", str(tmp_path), "--speed", "10") as demo:
        open_page(page, demo)
        page.get_by_text("Options").click()
        page.get_by_label("Read in a Worker").set_checked(worker)
        page.locator("#prompt").fill("Replay it.")
        page.get_by_role("button", name="Ask", exact=True).click()
        both = viewers(page, demo)
        for viewed in (both.wakeful, both.native):
            expect(viewed.turn.locator(".verdict")).to_contain_text("Whole, once")
            for name, value in {"missing": 0, "repeated": 0, "received": 7}.items():
                viewed.expect_count(name, value)
            expect(viewed.turn.locator(".answer")).to_contain_text("Named and numbered. Twice over.")
            expect(viewed.turn.locator(".agent-error")).to_have_text("Overloaded")


# The faults.


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


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_breaks_no_answer_of_wakeful(long_page: Page, demo: DemoProcess, fault: str) -> None:
    if fault in demo.unavailable:
        expect(long_page.locator(f"[data-fault={fault}]")).to_be_disabled()
        return
    before = long_page.locator("#wakeful .turn").count()
    long_page.locator("#prompt").fill(SHORT)
    long_page.locator(f"[data-fault={fault}]").click()
    expect(long_page.locator("#wakeful .turn")).to_have_count(before + 1)
    both = viewers(long_page, demo)
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
    page.locator("#prompt").fill(SHORT)
    page.locator(f"[data-fault={fault}]").click()
    expect(page.locator("#wakeful .turn")).to_have_count(1)
    both = viewers(page, demo)
    if fault in INCOMPLETE:
        assert_incomplete(both.wakeful, fault)
    else:
        assert_whole_and_once(both.wakeful)
    assert_native_is_what_the_facts_say(both.native, fault)
    assert both.wakeful.asked_for_the_protocol() == {""}


def assert_incomplete(wakeful: Viewed, fault: str) -> None:
    """No client could have the answer whole: the server says that there is no more, or leaves messages out."""
    kind, words = wakeful.verdict()
    missing = len(wakeful.logged_ids() - set(wakeful.received()))
    assert missing > 0
    assert kind == "flawed"
    wakeful.expect_count("missing", missing)
    wakeful.expect_count("repeated", 0)
    assert f"{missing} token" in words
    if fault in CUT_SHORT:
        expect(wakeful.pane.locator(".state-text")).to_have_text("Ended")
        expect(wakeful.pane.locator(".explanation")).to_contain_text("204")
        assert "told by the server not to come back" in words


def assert_native_is_what_the_facts_say(native: Viewed, fault: str) -> None:
    kind, words = native.verdict()
    received = native.received()
    missing = len(native.logged_ids() - set(received))
    repeated = len(received) - len(set(received))
    native.expect_count("missing", missing)
    native.expect_count("repeated", repeated)
    native.expect_count("requests", native.journal()["accepted"])
    if fault in HANGS:
        assert (kind, missing > 0) == ("hanging", True)
        assert "still waiting on a connection that is dead" in words
    elif fault in GIVES_UP:
        assert (kind, missing > 0) == ("flawed", True)
        assert "gave up" in words
    elif fault in REPEATS:
        assert (kind, missing, repeated) == ("flawed", 0, FAULTS[fault].parameters["count"])
    elif fault in INCOMPLETE:
        assert (kind, missing) == ("flawed", FAULTS[fault].parameters["count"])
    else:
        assert (kind, missing, repeated) == ("whole", 0, 0), words


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


def test_faults_pressed_in_the_middle_of_an_answer_add_up(
    page: Page, page_errors: PageErrors, demo: DemoProcess
) -> None:
    page_errors.allow(REQUEST_FAILED)
    open_page(page, demo)
    ask(page, "trip")
    both = viewers(page, demo)
    for fault in ("reset", "broken-utf8", "duplicate-replay"):
        expect(page.locator("#wakeful")).to_have_attribute("data-state", "open")
        page.locator(f"[data-fault={fault}]").click()
        expect(page.locator(".history ol")).to_contain_text(f"“{FAULTS[fault].title}” struck Wakeful")
    assert_whole_and_once(both.wakeful)
    assert both.wakeful.struck_by() == ["reset", "broken-utf8", "duplicate-replay"]
    both.wakeful.expect_count("reconnects", 2)


def test_retry_goes_on_after_wakeful_gave_up(page: Page, page_errors: PageErrors, demo: DemoProcess) -> None:
    page_errors.allow(REQUEST_FAILED)
    open_page(page, demo)
    ask(page, "trip")
    wakeful = viewers(page, demo).wakeful
    expect(wakeful.turn.locator(".tool")).to_be_visible()
    order = {"fault": "unauthorized", "times": 2}  # the fresh token is refused as well
    demo.post(f"/faults/{wakeful.turn.get_attribute('data-client')}", order).raise_for_status()
    expect(wakeful.pane).to_have_attribute("data-state", "failed")
    expect(wakeful.pane.locator(".explanation")).to_contain_text("The server answered with status 401")
    expect(wakeful.turn.locator(".verdict")).to_contain_text("gave up")
    wakeful.pane.get_by_role("button", name="Retry").click()
    assert_whole_and_once(wakeful)


def test_retry_now_ends_the_wait(page: Page, page_errors: PageErrors, demo: DemoProcess) -> None:
    page_errors.allow(REQUEST_FAILED)
    open_page(page, demo)
    ask(page, "trip")
    wakeful = viewers(page, demo).wakeful
    expect(wakeful.turn.locator(".tool")).to_be_visible()
    order = {"fault": "too-many-seconds", "seconds": 200}
    demo.post(f"/faults/{wakeful.turn.get_attribute('data-client')}", order).raise_for_status()
    expect(wakeful.pane.locator(".state")).to_contain_text("the server answered 429")
    wakeful.pane.get_by_role("button", name="Retry now").click()
    assert_whole_and_once(wakeful)


# Everybody.


def test_all_of_it_works_by_keyboard(page: Page, page_errors: PageErrors, demo: DemoProcess) -> None:
    page_errors.allow(REQUEST_FAILED)
    open_page(page, demo)
    hasten(page)
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the question"
    page.keyboard.press("Enter")
    tab_to(page, "prompt")
    page.keyboard.type(SCRIPTS["trip"].prompt)
    page.keyboard.press("Enter")
    wakeful = viewers(page, demo).wakeful
    expect(wakeful.turn.locator(".tool")).to_be_visible()
    tab_to(page, "Reset")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.locator(".history ol")).to_contain_text("“Reset” struck Wakeful")
    assert_whole_and_once(wakeful)
    expect(page.locator("#announcements")).to_contain_text("The answer is over. Wakeful: Whole, once")


def focused(page: Page) -> str:
    name: str = page.evaluate(
        """() => {
            const { activeElement: on } = document;
            return on.id || (on.querySelector(".fault-title") ?? on).textContent.trim();
        }"""
    )
    return name


def tab_to(page: Page, name: str) -> None:
    seen = []
    while focused(page) != name:
        page.keyboard.press("Tab")
        seen.append(focused(page))
        assert len(seen) < 80, f"{name} cannot be reached: {seen}"


def test_everything_has_a_name_and_a_place(page: Page, demo: DemoProcess) -> None:
    open_page(page, demo)
    for role in ("banner", "main", "contentinfo"):
        expect(page.get_by_role(role)).to_have_count(1)
    for name in ("Wakeful", "EventSource", "Timeline", "Break it"):
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, select, textarea, input, summary, canvas")]
            .filter((one) => !(one.textContent.trim() || one.labels?.length || one.ariaLabel))
            .map((one) => one.outerHTML)"""
    )
    assert nameless == []


def test_focus_is_never_lost(page: Page, demo: DemoProcess) -> None:
    """The button that was pressed makes room for another: the focus goes with it, and home when the answer is over."""
    open_page(page, demo)
    hasten(page)
    tab_to(page, "prompt")
    page.keyboard.type(SHORT)
    page.keyboard.press("Tab")
    assert focused(page) == "Ask"
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    assert_whole_and_once(viewers(page, demo).wakeful)
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()


def test_what_went_wrong_is_an_alert(page: Page, page_errors: PageErrors, demo: DemoProcess) -> None:
    page_errors.allow(REQUEST_FAILED)
    open_page(page, demo)
    alert = page.get_by_role("alert")
    expect(alert).to_have_count(0)
    page.route(
        "**/runs", lambda route: route.fulfill(status=429, json={"title": "Too many", "detail": "50 run already"})
    )
    ask(page, "short")
    expect(alert).to_have_text("The question could not be asked: 50 run already")
    page.unroute("**/runs")
    ask(page, "short")
    assert_whole_and_once(viewers(page, demo).wakeful)
    expect(alert).to_have_count(0)


# Roles, names, levels and states, as assistive technology is told of them. What may be there besides is left open.
WHILE_IT_ANSWERS = """
- link "Skip to the question"
- banner:
  - heading "Wakeful" [level=1]
- main:
  - region "Wakeful":
    - heading "Wakeful" [level=2]
    - 'log "Wakeful: the conversation"':
      - article:
        - paragraph: "/You asked: .+/"
    - term
    - definition
  - region "EventSource":
    - heading "EventSource" [level=2]
    - 'log "EventSource: the conversation"'
  - region "Timeline":
    - heading "Timeline" [level=2]
    - list
    - 'img /Timeline over \\d+ s\\. Wakeful: .+, \\d+ of \\d+ tokens?\\. EventSource: .+/'
    - group: The same as a list
  - form "Ask the agent":
    - list "Suggestions"
    - textbox "Your question"
    - button "Stop"
    - group: Options
  - region "Break it":
    - heading "Break it" [level=2]
    - group:
      - heading "Network" [level=3]
      - list:
        - listitem:
          - button "Reset"
- contentinfo
- status
"""


def test_assistive_technology_is_told_what_is_there(page: Page, demo: DemoProcess) -> None:
    open_page(page, demo)
    ask(page, "trip")
    expect(page.locator("#wakeful .tool .result")).to_have_count(1)
    expect(page.locator("body")).to_match_aria_snapshot(WHILE_IT_ANSWERS)
    assert_whole_and_once(viewers(page, demo).wakeful)
    expect(page.get_by_role("status")).to_contain_text("The answer is over.")


def test_chromiums_own_tree_names_everything_that_can_be_used(page: Page, demo: DemoProcess, browser_name: str) -> None:
    if browser_name != "chromium":
        pytest.skip("only Chromium shows its accessibility tree over its protocol; the snapshot above covers both")
    open_page(page, demo)
    ask(page, "short")
    assert_whole_and_once(viewers(page, demo).wakeful)
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    shown = [node for node in nodes if not node["ignored"]]
    by_role: dict[str, list[dict[str, Any]]] = {}
    for node in shown:
        by_role.setdefault(node["role"]["value"], []).append(node)
    used = [node for role in ("button", "textbox", "image", "log") for node in by_role[role]]
    assert len(used) > 25
    assert [node for node in used if not node.get("name", {}).get("value")] == []
    [status] = by_role["status"]
    live = {one["name"]: one["value"]["value"] for one in status["properties"]}
    assert live["live"] == "polite"
    # What grows many times a second is not read out; a few words at its turns are.
    quiet = [{one["name"]: one["value"]["value"] for one in node["properties"]} for node in by_role["log"]]
    assert [one.get("live", "off") for one in quiet] == ["off", "off"]


def test_nothing_moves_for_those_who_want_it_still(
    new_context: Callable[..., BrowserContext], page_errors: PageErrors, demo: DemoProcess
) -> None:
    page_errors.allow(REQUEST_FAILED)
    page = new_context().new_page()
    open_page(page, demo)
    ask(page, "trip")
    wakeful = viewers(page, demo).wakeful
    expect(wakeful.turn.locator(".tool")).to_be_visible()
    order = {"fault": "too-many-seconds", "seconds": 200}
    demo.post(f"/faults/{wakeful.turn.get_attribute('data-client')}", order).raise_for_status()
    expect(wakeful.pane.locator(".state")).to_contain_text("the server answered 429")
    moving = "document.getAnimations().filter((one) => one.playState === 'running').length"
    assert page.evaluate(moving) > 0  # the dot of the state
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(APPLY_STILLNESS)
    assert page.evaluate(moving) == 0
    wakeful.pane.get_by_role("button", name="Retry now").click()
    assert_whole_and_once(wakeful)


# As for the scheme below: where the browser cannot be told, its rules are put in force.
APPLY_STILLNESS = """() => {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const rule of document.styleSheets[0].cssRules) {
        if (rule.conditionText === "(prefers-reduced-motion: reduce)") rule.media.mediaText = "all";
    }
}"""


@pytest.mark.parametrize("width", [360, 820, 1920])
def test_no_width_makes_the_page_scroll_sideways(
    new_context: Callable[..., BrowserContext], demo: DemoProcess, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 740}).new_page()
    open_page(page, demo)
    ask(page, "bug")
    page.get_by_text("Options").click()
    page.get_by_text("The same as a list").click()
    expect(page.locator("#wakeful figure.code").nth(2)).to_be_attached()
    page.get_by_role("button", name="Stop").click()
    assert_whole_and_once(viewers(page, demo).wakeful)
    inner, scrolled = page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
    assert scrolled <= inner
    clipped = page.evaluate(
        """() => [...document.querySelectorAll("button, h2, .state, .counts > div, select, .question, .verdict")]
            .filter((one) => !one.closest(".suggestions") && one.getClientRects().length > 0)
            .filter((one) => one.getBoundingClientRect().right > innerWidth || one.scrollWidth > one.clientWidth + 1)
            .map((one) => one.outerHTML)"""
    )
    assert clipped == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_either_scheme(
    new_context: Callable[..., BrowserContext], page_errors: PageErrors, demo: DemoProcess, scheme: str, tmp_path: Path
) -> None:
    page_errors.allow("blocked an inline style")  # it is the screenshot's, in Firefox
    page = new_context(color_scheme=scheme).new_page()
    open_page(page, demo)
    page.evaluate(APPLY_SCHEME, scheme)
    ask(page, "short")
    assert_whole_and_once(viewers(page, demo).wakeful)
    contrasts: dict[str, float] = page.evaluate(CONTRASTS)
    assert {name: ratio for name, ratio in contrasts.items() if ratio < 4.5} == {}
    assert (page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(13, 16, 26)") == (
        scheme == "dark"
    )
    assert len(page.screenshot(path=tmp_path / f"{scheme}.png", caret="initial")) > 20_000


# Firefox cannot be told of a scheme over the protocol that it is driven with here: its rules are put in force instead.
APPLY_SCHEME = """(scheme) => {
    if (matchMedia(`(prefers-color-scheme: ${scheme})`).matches) return;
    for (const rule of document.styleSheets[0].cssRules) {
        if (rule.conditionText === `(prefers-color-scheme: ${scheme})`) rule.media.mediaText = "all";
    }
}"""

# WCAG 2.2's contrast of every text that shows, against the nearest ground that is painted.
CONTRASTS = """() => {
    const channels = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => {
        const [r, g, b] = channels(color).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (one) => {
        const color = getComputedStyle(one).backgroundColor;
        return channels(color)[3] === 0 && one.parentElement ? ground(one.parentElement) : color;
    };
    const found = {};
    for (const one of document.querySelectorAll("body *")) {
        const speaks = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!speaks || one.getClientRects().length === 0 || one.closest(":disabled, noscript")) continue;
        const [a, b] = [light(getComputedStyle(one).color), light(ground(one))].sort((x, y) => y - x);
        found[`${one.localName}.${one.className} ${one.textContent.trim().slice(0, 30)}`] = (a + 0.05) / (b + 0.05);
    }
    return found;
}"""


def test_the_picture_of_the_readme(
    new_context: Callable[..., BrowserContext], page_errors: PageErrors, demo: DemoProcess
) -> None:
    """WAKEFUL_PICTURE=FILE keeps it: silence struck both, Wakeful finished, EventSource waits."""
    page_errors.allow(REQUEST_FAILED)
    page = new_context(viewport={"width": 1360, "height": 850}).new_page()
    open_page(page, demo)
    ask(page, "trip")
    expect(page.locator("#wakeful .tool .result")).to_have_count(2)
    page.locator("[data-fault=silence]").click()
    both = viewers(page, demo)
    assert_whole_and_once(both.wakeful)
    assert both.native.verdict()[0] == "hanging"
    if file := os.environ.get("WAKEFUL_PICTURE"):
        page.screenshot(path=file, caret="initial")
