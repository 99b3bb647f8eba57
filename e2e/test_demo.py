"""The demo page as a person uses it: it loads, what is asked is answered, and both clients' answers are drawn."""

import re

import pytest
from playwright.sync_api import Page, expect

from demo.demo_process import DemoProcess
from demo_answers import ask, ask_slowly, assert_whole_and_once, spoken, viewers
from demo_pages import REQUEST_FAILED, open_page
from page_errors import PageErrors

# No pause of this machine may count as a connection that was lost.
HEARTBEAT_S = 20


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
            const { adapterFor } = await import("/static/adapters.js");
            const { Answer } = await import("/static/answer.js");
            const { Accumulator } = await import("/dist/wakeful.payload.mjs");
            const stage = document.createElement("div");
            const begin = async (dialect) => {
                const host = stage.appendChild(document.createElement("div"));
                return new Answer({ Accumulator, newAdapter: await adapterFor(dialect), marked: true }, host);
            };
            const answer = await begin("openai-chat");
            const say = (said) => answer.take({ type: "message", data: JSON.stringify(said), lastEventId: "" });
            const sayDelta = (delta) => say({ id: "c", choices: [{ delta }] });
            sayDelta({ content: "<img src=x onerror=alert(1)> **<b>x</b>** `<i>` [go](javascript:alert(1))\\n\\n" });
            sayDelta({ annotations: [{ url_citation: { url: "javascript:alert(2)", title: "<a>" } }] });
            sayDelta({ tool_calls: [{ index: 0, id: "t", function: { name: "<u>", arguments: '{"<s>":"<em>"}' } }] });
            say({ role: "tool", tool_call_id: "t", content: "<q>" });
            say({ error: { message: "<b>" } });
            answer.finish();
            const plain = await begin("");
            plain.take({ type: "message", data: "<script>no JSON</" + "script>", lastEventId: "" });
            plain.finish();
            return { text: stage.textContent, tags: [...stage.querySelectorAll("*")].map((one) => one.localName) };
        }"""
    )
    assert {"img", "b", "i", "u", "s", "em", "a", "q", "script"}.isdisjoint(drawn["tags"])
    said = ("<img src=x onerror=alert(1)>", "<b>x</b>", "<i>", "javascript:", "<a>", "<u>", "<s>", "<em>", "<q>", "<b>")
    for part in (*said, "<script>"):
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
    # The page's end of a worker is in the same file.
    assert {url for url in asked if url.endswith("wakeful.worker.js")} == (
        {f"{demo.url}/dist/wakeful.worker.js"} if worker else set()
    )


# The clients of two turns on the same panes: the test says what the first one's still say.
TWO_TURNS = """async () => {
    const [{ Pane }, { Turn }] = await Promise.all([import("/static/pane.js"), import("/static/turn.js")]);
    const { Accumulator } = await import("/dist/wakeful.payload.mjs");
    const { adapterFor } = await import("/static/adapters.js");
    const happened = [];
    const sources = [];
    class Source extends EventTarget {
        constructor() {
            super();
            this.number = sources.push(this);
            happened.push(`${this.number} opens`);
        }
        close() { happened.push(`${this.number} closes`); }
        say(text, id) {
            const data = JSON.stringify({ id: "c", choices: [{ delta: { content: text } }] });
            this.dispatchEvent(new MessageEvent("message", { data, lastEventId: id }));
        }
        tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
    }
    const panes = [new Pane("wakeful")];
    const reading = { Accumulator, newAdapter: await adapterFor("openai-chat"), marked: true };
    const options = { WakefulSource: Source, heartbeatMs: 1000, reading };
    const on = { news: (...said) => happened.push(said[1]), state: (_, state) => happened.push(state), settled() {} };
    const begin = (run) =>
        new Turn(options, { run, events: `/runs/${run}/events`, types: ["message"] }, "Hello", panes, on);
    const turns = [begin("first")];
    const [first] = sources;
    first.tell("statechange", { state: "open" });
    first.say("Early.", "e.1");
    turns.push(begin("second"));
    sources[1].tell("statechange", { state: "open" });
    sources[1].say("Fresh.", "e.1");
    first.say(" Late.", "e.2");
    first.tell("reset", {});
    first.tell("statechange", { state: "failed", failure: { kind: "network" } });
    for (const turn of turns) turn.render();
    turns[1].abandon();
    return {
        happened,
        answers: [...panes[0].root.querySelectorAll(".answer .text")].map((one) => one.firstChild.textContent),
    };
}"""


def test_a_late_word_of_an_old_answer_is_not_drawn_into_the_next_one(
    page: Page, page_errors: PageErrors, demo: DemoProcess
) -> None:
    page_errors.allow(REQUEST_FAILED)  # the two runs are of the test's own making, the server knows neither
    open_page(page, demo)
    told = page.evaluate(TWO_TURNS)
    assert told["answers"] == ["Early.", "Fresh."]
    assert told["happened"] == ["1 opens", "open", "1 closes", "2 opens", "open", "2 closes"]


def test_a_verdict_is_for_good_only_once_the_log_has_ended(page: Page, demo: DemoProcess) -> None:
    """A viewer that gave up may have all that the page knows of by then."""
    open_page(page, demo)
    said = page.evaluate(
        """async () => {
            const { verdictOf } = await import("/static/verdict.js");
            const counts = (missing) => ({ missing, repeated: 0, late: 0, logged: 12 });
            return [0, 2].flatMap((missing) =>
                [false, true].map((logEnded) => verdictOf("failed", "", counts(missing), logEnded).text));
        }"""
    )
    assert said == [
        "Whole, once so far: 12 tokens; gave up",
        "Whole, once: 12 tokens; gave up",
        "2 tokens missing so far, gave up",
        "2 tokens missing, gave up",
    ]


def test_a_connection_that_has_just_opened_is_not_silent(page: Page, demo: DemoProcess) -> None:
    """However long the outage was, and whatever the page has heard of the server's journal by then."""
    open_page(page, demo)
    silent = page.evaluate(
        """async () => {
            const { Turn } = await import("/static/turn.js");
            const turn = { heartbeatMs: 1000, clock: () => 9000, timeOf: (ms) => ms };
            const seat = { state: "open", lastSentMs: 700, ticks: [800] };
            return [8990, 600].map((at) => Turn.prototype.silenceMs.call(turn, { ...seat, changes: [{ at }] }));
        }"""
    )
    assert silent == [0, 8200]


def test_a_page_that_cannot_start_is_told(page: Page, demo: DemoProcess, page_errors: PageErrors) -> None:
    page_errors.allow(REQUEST_FAILED)
    page.route("**/faults", lambda route: route.fulfill(status=502, body="Bad Gateway"))
    page.goto(demo.url)
    expect(page.get_by_role("alert")).to_contain_text("The page could not start: ")
    expect(page.locator("html[data-ready]")).to_have_count(0)


def test_stop_ends_both_where_they_are(page: Page, demo: DemoProcess) -> None:
    open_page(page, demo)
    ask_slowly(page, demo)
    page.get_by_role("button", name="Stop").click()
    both = viewers(page, demo)
    for viewed in (both.wakeful, both.native):
        assert_whole_and_once(viewed)
        expect(viewed.turn.locator(".answer > .text").last.locator(".interrupted")).to_be_visible()
        expect(viewed.turn.locator(".remarks")).to_have_text("Stopped.")
    assert "families" not in spoken(both.wakeful.logged())
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
