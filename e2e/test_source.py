"""WakefulSource as a page uses it. What it shares with the platform's class is in test_eventsource.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from page_errors import PageErrors
from plays import HOLD, STREAM, journal, play
from wakeful_demo.plays import PlayThread

WORKER = Path(__file__).parents[1] / "web" / "dist" / "wakeful.worker.js"


def test_messages_wait_for_the_first_listener(source_page: Page, plays: PlayThread) -> None:
    url = play(plays, [STREAM, {"data": "data: a\n\ndata: b\n\n"}, HOLD])
    source_page.evaluate("(url) => { window.source = new WakefulSource(url); }", url)
    source_page.wait_for_function("source.stats.bytes > 0")
    source_page.evaluate("() => { window.got = []; source.onmessage = (event) => got.push(event.data); }")
    source_page.wait_for_function("got.join() === 'a,b'")
    source_page.evaluate("source.close()")
    assert journal(url, closed=1)[0]["closed_by"] == "client"


def test_a_handler_that_returns_a_promise_holds_the_stream_back(source_page: Page, plays: PlayThread) -> None:
    url = play(plays, [STREAM, {"data": "data: a\n\ndata: b\n\ndata: c\n\n"}, HOLD])
    source_page.evaluate(
        """(url) => {
          window.got = [];
          window.source = new WakefulSource(url);
          source.onmessage = (event) => { got.push(event.data); return new Promise((go) => { window.go = go; }); };
        }""",
        url,
    )
    source_page.wait_for_function("got.length === 1")
    assert source_page.evaluate("() => new Promise((look) => setTimeout(() => look(got.length)))") == 1
    source_page.evaluate("go()")
    source_page.wait_for_function("got.length === 2")
    source_page.evaluate("source.close()")


def test_the_iterator_ends_with_the_stream(source_page: Page, plays: PlayThread) -> None:
    url = play(plays, [STREAM, {"data": "data: a\n\ndata: b\n\ndata: [DONE]\n\n"}, HOLD])
    got = source_page.evaluate(
        """async (url) => {
          const got = [];
          for await (const event of new WakefulSource(url, { end: "[DONE]" })) got.push(event.data);
          return got;
        }""",
        url,
    )
    assert got == ["a", "b"]
    assert journal(url, closed=1)[0]["closed_by"] == "client"


def test_leaving_the_iterator_closes_the_socket(source_page: Page, plays: PlayThread) -> None:
    url = play(plays, [STREAM, {"data": "data: a\n\n"}, HOLD])
    state = source_page.evaluate(
        """async (url) => {
          const source = new WakefulSource(url);
          for await (const event of source) break;
          return [source.state, source.readyState];
        }""",
        url,
    )
    assert state == ["closed", 2]
    assert journal(url, closed=1)[0]["closed_by"] == "client"


def test_a_second_loop_is_refused_and_the_first_goes_on(source_page: Page, plays: PlayThread) -> None:
    url = play(plays, [STREAM, {"data": "data: a\n\ndata: b\n\ndata: [DONE]\n\n"}, HOLD])
    got, refusal = source_page.evaluate(
        """async (url) => {
          const source = new WakefulSource(url, { end: "[DONE]" });
          const got = [];
          let refusal;
          for await (const event of source) {
            got.push(event.data);
            try {
              for await (const other of source) got.push("the second loop: " + other.data);
            } catch (error) {
              refusal = `${error.name}: ${error.message}`;
            }
          }
          return [got, refusal];
        }""",
        url,
    )
    assert (got, refusal) == (["a", "b"], "UsageError: another loop reads this stream")


@pytest.mark.parametrize("worker", [False, True], ids=["page", "worker"])
def test_a_token_that_comes_late_is_not_taken_for_the_next(source_page: Page, plays: PlayThread, worker: bool) -> None:
    url = play(plays, [STREAM, {"data": "data: a\n\n"}, HOLD])
    source_page.evaluate(
        """([url, worker]) => {
          window.answers = [];
          const token = () => new Promise((answer) => answers.push(answer));
          window.source = new WakefulSource(url, { token, worker });
        }""",
        [url, worker],
    )
    source_page.wait_for_function("answers.length === 1")
    source_page.evaluate("source.restart()")
    source_page.wait_for_function("answers.length === 2")
    source_page.evaluate("() => { answers[0]('old'); answers[1]('new'); }")
    source_page.wait_for_function("source.state === 'open'")
    source_page.evaluate("source.close()")
    requests = journal(url, closed=1)
    assert [request["headers"]["authorization"] for request in requests] == ["Bearer new"]


def test_giving_up_says_why(source_page: Page, plays: PlayThread, page_errors: PageErrors) -> None:
    page_errors.allow("404")
    head = {"head": {"status": 404, "headers": {"content-type": "application/json"}}}
    url = play(plays, [head, {"data": '{"title":"no such run"}'}])
    error = source_page.evaluate(
        """async (url) => {
          const source = new WakefulSource(url);
          try {
            for await (const event of source) return "a message";
          } catch (error) {
            return { name: error.name, text: error.message, same: error === source.failed, ...error.detail.failure };
          }
        }""",
        url,
    )
    assert error["name"] == "StreamFailed"
    assert "404" in error["text"]
    assert error["same"]
    assert (error["kind"], error["status"], error["body"]) == ("status", 404, '{"title":"no such run"}')


def test_an_abort_signal_closes(source_page: Page, plays: PlayThread) -> None:
    url = play(plays, [STREAM, {"data": "data: a\n\n"}, HOLD])
    source_page.evaluate(
        """(url) => {
          window.stop = new AbortController();
          window.source = new WakefulSource(url, { signal: stop.signal });
          source.onmessage = () => stop.abort();
        }""",
        url,
    )
    source_page.wait_for_function("source.readyState === WakefulSource.CLOSED")
    assert journal(url, closed=1)[0]["closed_by"] == "client"


def test_a_signal_does_not_keep_streams_that_are_over(source_page: Page, plays: PlayThread) -> None:
    url = play(plays, [STREAM, {"data": "data: a\n\ndata: [DONE]\n\n"}])
    counted = source_page.evaluate(
        """async (url) => {
          const controller = new AbortController();
          const { signal } = controller;
          const until = []; // the signal that takes each listener away
          signal.addEventListener = (type, listener, options) => {
            until.push(options.signal);
            AbortSignal.prototype.addEventListener.call(signal, type, listener, options);
          };
          const source = new WakefulSource(url, { signal, end: "[DONE]" });
          const kept = () => until.filter(({ aborted }) => !aborted).length;
          const before = kept();
          await new Promise((resolve) => (source.onend = resolve));
          controller.abort();
          return [before, kept(), source.state];
        }""",
        url,
    )
    assert counted == [1, 0, "ended"]


@pytest.mark.parametrize("missing", [0, 1], ids=["its-page-end", "itself"])
def test_retry_loads_a_worker_anew(source_page: Page, plays: PlayThread, page_errors: PageErrors, missing: int) -> None:
    """A page loads the file twice: its own end of the worker first, then the worker."""
    page_errors.allow("(?i)404|not found|failed|loading (worker|.*module)")  # what browsers say of it
    script = WORKER.read_text("utf-8")
    headers = {"content-type": "text/javascript", "cache-control": "no-store"}
    found: list[dict[str, Any]] = [{"head": {"status": 200, "headers": headers}}, {"data": script}]
    file = play(plays, *[[{"head": {"status": 404}}] if at == missing else found for at in range(4)])
    url = play(plays, [STREAM, {"data": "data: a\n\n"}, HOLD])
    got = source_page.evaluate(
        """async ([url, worker]) => {
          const source = new WakefulSource(url, { worker });
          source.onmessage = () => {};
          await new Promise((resolve) => (source.onerror = resolve));
          const got = [source.failed.message, source.readyState];
          source.retry();
          const { data } = await new Promise((resolve) => (source.onmessage = resolve));
          got.push(data, source.state, source.failed);
          source.close();
          return got;
        }""",
        [url, file],
    )
    assert got[0].startswith("The connection failed: network (the worker could not be loaded")
    assert got[1:] == [2, "a", "open", None]
    assert journal(url, closed=1)[0]["closed_by"] == "client"


def test_retry_of_a_url_that_cannot_be_fetched(source_page: Page) -> None:
    messages = source_page.evaluate(
        """async () => {
          const source = new WakefulSource("ftp://a.test/");
          const messages = [];
          for (let tries = 0; tries < 2; tries++) {
            await new Promise((resolve) => (source.onerror = resolve));
            messages.push(source.failed.message);
            source.retry();
          }
          await new Promise((resolve) => (source.onerror = resolve));
          source.close();
          source.retry(); // there is no way back
          await new Promise((resolve) => setTimeout(resolve));
          messages.push(source.state);
          return messages;
        }"""
    )
    assert messages.pop() == "closed"
    assert len(messages) == 2
    assert all("only http and https URLs" in message for message in messages)


def test_a_worker_ends_some_time_after_its_stream(source_page: Page, plays: PlayThread) -> None:
    url = play(plays, [STREAM, {"data": "data: a\n\ndata: [DONE]\n\n"}, HOLD])
    source_page.evaluate(
        """(url) => {
          window.waits = [];
          const { setTimeout } = window;
          window.setTimeout = (call, ms) => (ms > 1000 ? waits.push({ call, ms }) : setTimeout(call, ms));
          const { terminate } = Worker.prototype;
          Worker.prototype.terminate = function () { window.terminated = true; terminate.call(this); };
          window.source = new WakefulSource(url, { worker: true, end: "[DONE]" });
          source.onmessage = () => {};
        }""",
        url,
    )
    source_page.wait_for_function("source.state === 'ended'")
    assert journal(url, closed=1)[0]["closed_by"] == "client"  # while the worker lives
    assert source_page.evaluate("[waits.map(({ ms }) => ms), window.terminated]") == [[30_000], None]
    assert source_page.evaluate("() => { waits[0].call(); return window.terminated; }")


def test_parse_reads_a_body(source_page: Page, plays: PlayThread) -> None:
    url = play(plays, [STREAM, {"data": "id: 7\nevent: add\nda"}, {"data": "ta: é😀\r\n\r\ndata: cut"}])
    got = source_page.evaluate(
        """async (url) => {
          const got = [];
          const { parse } = await import("/dist/wakeful.mjs");
          for await (const message of parse((await fetch(url)).body)) got.push(message);
          return got;
        }""",
        url,
    )
    assert got == [{"type": "add", "data": "é😀", "lastEventId": "7"}]


WRONG_OPTIONS = {
    '{ idle: "soon" }': "idle is not an option",
    "{ url: 5 }": "url is not an option",
    '{ idleMs: "soon" }': "idleMs must be a whole number, not soon",
    '{ idleMs: "5" }': "idleMs must be a whole number, not 5",
    "{ idleMs: 1.5 }": "idleMs must be a whole number, not 1.5",
    "{ maxEventBytes: 0 }": "maxEventBytes must be 1 to 2147483647, not 0",
    "{ lastEventId: 5 }": "lastEventId must be a string, not 5",
    '{ lastEventId: "5\\n" }': "lastEventId holds a control character",
    '{ idempotencyKey: " k" }': "idempotencyKey holds a control character, or white space at an end",
    '{ method: "G\\r\\nET" }': 'method must be an HTTP token, not "G\\r\\nET"',
    '{ openFrom: "end" }': "openFrom must be one of start, now, snapshot, not end",
    "{ heartbeatMs: 5 }": "heartbeatMs must be 0 without negotiate, not 5",
    "{ body: 5 }": "body must be text or a Uint8Array, not number",
    "{ fetch: 5 }": "fetch must be a function, not number",
    '{ token: "secret" }': "token must be a function, not string",
    '{ headers: { "X Y": "secret" } }': "malformed headers",
    "{ signal: 5 }": "malformed signal",
    "{ signal: 0 }": "malformed signal",
    "{ signal: {} }": "malformed signal",
    '{ headers: { a_b: "\\x01" } }': "headers: the value of a_b holds a control character, or white space at an end",
    "{ end: 5 }": "end must be a string, or { data, type } of strings, not 5",
    "{ end: { data: 5 } }": 'end must be a string, or { data, type } of strings, not {"data":5}',
    '{ end: { text: "x" } }': 'end must be a string, or { data, type } of strings, not {"text":"x"}',
}


def test_a_wrong_option_is_named(source_page: Page) -> None:
    """As a page writes it, when the source is made."""
    thrown = source_page.evaluate(
        """(wrong) => wrong.map((text) => {
          const init = eval(`(${text})`);
          try { new WakefulSource("/x", init); } catch (error) { return `${error.name}: ${error.message}`; }
        })""",
        list(WRONG_OPTIONS),
    )
    assert thrown == [f"OptionError: {message}" for message in WRONG_OPTIONS.values()]


def test_an_option_may_be_absent(source_page: Page, plays: PlayThread) -> None:
    url = play(plays, [STREAM, HOLD], [STREAM, HOLD])
    made = source_page.evaluate(
        """(url) => {
          const names = ["idleMs", "lastEventId", "end", "fetch", "token", "headers", "body", "signal", "worker"];
          const source = new WakefulSource(url, Object.fromEntries(names.map((name) => [name, undefined])));
          source.close();
          const other = new WakefulSource(url, { end: { data: "x", type: null }, idleMs: null, token: null });
          other.close();
          return [source.state, other.state];
        }""",
        url,
    )
    assert made == ["closed", "closed"]


def test_what_is_held_is_bounded(source_page: Page, plays: PlayThread) -> None:
    """Nobody listens for messages: at the limit the connection is given up, to be resumed by whoever comes."""
    lines = "".join(f"id: {number}\ndata: {'x' * 50}\n\n" for number in range(1, 1001))
    url = play(plays, [STREAM, {"data": lines}, HOLD], [STREAM, {"data": "id: last\ndata: y\n\n"}, HOLD])
    source_page.evaluate(
        """(url) => new Promise((resolve) => {
          window.got = [];
          window.source = new WakefulSource(url, { highWater: 2000, pauseMs: 1 });
          source.onstatechange = ({ detail }) => { if (detail.reason === "paused") resolve(); };
        })""",
        url,
    )
    source_page.evaluate("() => { source.onmessage = (event) => got.push(event.lastEventId); }")
    source_page.wait_for_function("got.at(-1) === 'last'")
    got = source_page.evaluate("got.slice(0, -1)")
    source_page.evaluate("source.close()")
    assert got == [str(number) for number in range(1, len(got) + 1)]
    assert [c["headers"].get("last-event-id") for c in journal(url, closed=2)] == [None, got[-1]]
