"""WakefulSource as a page uses it, beside what the platform's EventSource does on the same play."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from page_errors import PageErrors
from plays import journal, play
from wakeful_demo.plays import PlayThread

HERE = Path(__file__).parent
STREAM = {"head": {"status": 200, "headers": {"content-type": "text/event-stream"}}}
HOLD = {"hold": True}


@pytest.fixture(scope="module")
def plays() -> Iterator[PlayThread]:
    with PlayThread({"/pages/": HERE / "pages", "/dist/": HERE.parent / "web" / "dist"}) as thread:
        yield thread


@pytest.fixture
def source_page(page: Page, plays: PlayThread) -> Page:
    page.goto(f"{plays.url}/pages/wire.html")
    return page


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
          const { signal } = new AbortController();
          const counts = [];
          let listeners = 0;
          const { addEventListener, removeEventListener } = signal;
          signal.addEventListener = (...given) => { listeners += 1; addEventListener.apply(signal, given); };
          signal.removeEventListener = (...given) => { listeners -= 1; removeEventListener.apply(signal, given); };
          const source = new WakefulSource(url, { signal, end: "[DONE]" });
          counts.push(listeners);
          await new Promise((resolve) => (source.onend = resolve));
          return [...counts, listeners];
        }""",
        url,
    )
    assert counted == [1, 0]


def test_a_worker_ends_some_time_after_its_stream(source_page: Page, plays: PlayThread) -> None:
    url = play(plays, [STREAM, {"data": "data: a\n\ndata: [DONE]\n\n"}, HOLD])
    source_page.evaluate(
        """(url) => {
          window.waits = [];
          const { setTimeout } = window;
          window.setTimeout = (call, ms) => setTimeout(call, ms > 1000 ? (waits.push(ms), 0) : ms);
          const { terminate } = Worker.prototype;
          Worker.prototype.terminate = function () { window.terminated = this; terminate.call(this); };
          window.source = new WakefulSource(url, { worker: true, end: "[DONE]" });
          source.onmessage = () => {};
        }""",
        url,
    )
    source_page.wait_for_function("window.terminated")
    assert source_page.evaluate("[source.state, waits]") == ["ended", [30_000]]
    assert journal(url, closed=1)[0]["closed_by"] == "client"


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


@pytest.mark.parametrize("name", ["EventSource", "WakefulSource"])
def test_code_written_for_eventsource(source_page: Page, plays: PlayThread, name: str) -> None:
    """The same code, the same log, for the platform's class and ours."""
    first: list[dict[str, Any]] = [STREAM, {"data": "retry: 10\nid: 1\nevent: add\ndata: a\n\n"}]
    url = play(plays, first, [STREAM, {"data": "id: 2\ndata: b\n\n"}, HOLD])
    log = source_page.evaluate(
        """([url, name]) => new Promise((resolve) => {
          const log = [];
          const source = new globalThis[name](url, { withCredentials: true });
          log.push(`${source.url === url} ${source.withCredentials} ${source.readyState}`);
          log.push([source.CONNECTING, source.OPEN, source.CLOSED, globalThis[name].CLOSED].join());
          source.onopen = (event) => log.push(`open ${source.readyState} ${event.target === source}`);
          source.onerror = () => log.push(`error ${source.readyState}`);
          const twice = () => log.push("listener");
          source.addEventListener("add", twice);
          source.addEventListener("add", twice);
          source.addEventListener("add", ({ type, data, lastEventId, origin }) =>
            log.push(`${type} ${data} ${lastEventId} ${origin === location.origin}`));
          const removed = () => log.push("removed");
          source.addEventListener("message", removed);
          source.removeEventListener("message", removed);
          source.onmessage = ({ data, lastEventId }) => {
            log.push(`message ${data} ${lastEventId}`);
            source.close();
            log.push(`closed ${source.readyState}`);
            resolve(log);
          };
        })""",
        [url, name],
    )
    assert log == [
        "true true 0",
        "0,1,2,2",
        "open 1 true",
        "listener",
        "add a 1 true",
        "error 0",
        "open 1 true",
        "message b 2",
        "closed 2",
    ]
    assert [connection["headers"].get("last-event-id") for connection in journal(url, closed=2)] == [None, "1"]


@pytest.mark.parametrize("name", ["EventSource", "WakefulSource"])
def test_a_malformed_url_is_a_syntax_error(source_page: Page, name: str) -> None:
    thrown = source_page.evaluate(
        """(name) => {
          try { new globalThis[name]("http://["); } catch (error) { return [error.name, error.code]; }
        }""",
        name,
    )
    assert thrown == ["SyntaxError", 12]


def test_a_wrong_option_is_named(source_page: Page) -> None:
    thrown = source_page.evaluate(
        """() => ["idle", "idleMs"].map((name) => {
          try { new WakefulSource("/x", { [name]: "soon" }); } catch (error) { return error.message; }
        })"""
    )
    assert thrown == ["idle is not an option", "idleMs must be a whole number, not soon"]


@pytest.mark.parametrize("name", ["EventSource", "WakefulSource"])
def test_the_class_looks_like_the_platforms(source_page: Page, plays: PlayThread, name: str) -> None:
    """Web IDL: where attributes, operations and constants live, and what they are there."""
    url = play(plays, [STREAM, HOLD])
    log = source_page.evaluate(
        """([url, name]) => {
          const Source = globalThis[name];
          const thrown = (call) => {
            try { return call(); } catch (error) { return error.name; }
          };
          const described = (owner, property) => {
            const { enumerable, writable, get } = Object.getOwnPropertyDescriptor(owner, property);
            return [property, enumerable, writable ?? get.name].join(" ");
          };
          const source = new Source(url);
          const log = [
            [Source.length, typeof Source, thrown(() => Source(url)), thrown(() => new Source())],
            [String(source), Object.keys(source).includes("url"), source instanceof EventTarget],
            ["CONNECTING", "OPEN", "CLOSED"].map((state) => described(Source, state)),
            ["url", "withCredentials", "readyState", "onopen", "onmessage", "onerror", "close", "CLOSED"].map(
              (property) => described(Source.prototype, property)),
            ["url", "readyState", "onmessage"].map((property) => thrown(() => Source.prototype[property])),
            [source.close.length, thrown(() => Source.prototype.close.call({}))],
          ];
          class Derived extends Source {}
          const derived = new Derived(url, null);
          log.push([derived instanceof Source, derived.withCredentials, derived.readyState]);
          derived.close();
          source.close();
          return log;
        }""",
        [url, name],
    )
    assert log == [
        [1, "function", "TypeError", "TypeError"],
        ["[object EventSource]", False, True],
        ["CONNECTING true false", "OPEN true false", "CLOSED true false"],
        [
            "url true get url",
            "withCredentials true get withCredentials",
            "readyState true get readyState",
            "onopen true get onopen",
            "onmessage true get onmessage",
            "onerror true get onerror",
            "close true true",
            "CLOSED true false",
        ],
        ["TypeError", "TypeError", "TypeError"],
        [0, "TypeError"],
        [True, False, 0],
    ]


@pytest.mark.parametrize("name", ["EventSource", "WakefulSource"])
def test_handler_attributes(source_page: Page, plays: PlayThread, name: str) -> None:
    """HTML, "Event handler attributes": what is kept, what is called, and when its turn comes."""
    url = play(plays, [STREAM, {"data": "data: a\n\n"}, {"gate": "on"}, {"data": "data: b\n\n"}, HOLD])
    log = source_page.evaluate(
        """async ([url, name]) => {
          const source = new globalThis[name](url);
          const log = [];
          const handler = {};
          for (const value of [null, 5, "text", handler]) {
            source.onmessage = value;
            log.push(source.onmessage === handler ? "the object" : String(source.onmessage));
          }
          source.onmessage = () => log.push("replaced");
          await new Promise((next) => {
            source.addEventListener("message", () => { log.push("listener"); next(); });
            source.onmessage = () => log.push("attribute");
          });
          source.onmessage = null;
          source.onmessage = function ({ data }) { log.push(`${data} ${this === source}`); };
          const last = new Promise((next) => source.addEventListener("message", next));
          await fetch(url.replace("/stream", "/gates/on"), { method: "POST" });
          await last;
          source.close();
          return log;
        }""",
        [url, name],
    )
    assert log == ["null", "null", "null", "the object", "attribute", "listener", "listener", "b true"]


@pytest.mark.parametrize("name", ["EventSource", "WakefulSource"])
def test_states_go_on_without_a_listener_for_messages(source_page: Page, plays: PlayThread, name: str) -> None:
    # Firefox tells of an open EventSource at the first byte of its body.
    again: list[dict[str, Any]] = [STREAM, {"data": ":\n"}, HOLD]
    url = play(plays, [STREAM, {"data": "retry: 10\nid: 1\ndata: a\n\n"}], again)
    log = source_page.evaluate(
        """([url, name]) => new Promise((resolve) => {
          const log = [];
          window.source = new globalThis[name](url);
          source.onerror = () => log.push(`error ${source.readyState}`);
          source.onopen = () => {
            log.push("open");
            if (log.length === 3) resolve(log);
          };
        })""",
        [url, name],
    )
    assert log == ["open", "error 0", "open"]
    if name == "WakefulSource":  # what came meanwhile is held; EventSource has dropped it
        source_page.evaluate("() => { window.got = []; source.onmessage = (event) => got.push(event.data); }")
        source_page.wait_for_function("got.join() === 'a'")
    source_page.evaluate("source.close()")


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


@pytest.mark.parametrize("url", ["ftp://example.invalid/", "about:blank", "mailto:who@example.invalid", "javascript:1"])
@pytest.mark.parametrize("name", ["EventSource", "WakefulSource"])
def test_a_url_that_cannot_be_fetched_is_an_error_event(
    source_page: Page, page_errors: PageErrors, name: str, url: str
) -> None:
    page_errors.allow(url)  # a browser's own complaint
    got = source_page.evaluate(
        """([url, name]) => new Promise((resolve) => {
          const source = new globalThis[name](url);
          const before = source.readyState;
          source.onerror = (event) => resolve([source.url, before, source.readyState, event.constructor.name]);
        })""",
        [url, name],
    )
    assert got == [url, 0, 2, "Event"]


def test_a_url_with_a_password_in_it_fails_at_once_and_again(source_page: Page) -> None:
    """fetch refuses it. EventSource fails in Chromium; Firefox sends it."""
    got = source_page.evaluate(
        """async () => {
          const source = new WakefulSource("http://me:secret@127.0.0.1/");
          const failed = () => new Promise((next) => source.addEventListener("error", next, { once: true }));
          await failed();
          const first = source.failed;
          source.retry();
          await failed();
          return [first !== source.failed, source.failed.detail.failure.detail, source.readyState];
        }"""
    )
    assert got == [True, "only http and https URLs without a user or a password can be fetched", 2]


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[PlayThread]:
    """Another origin."""
    with PlayThread() as thread:
        yield thread


@pytest.mark.parametrize(
    ("name", "init"), [("EventSource", {}), ("WakefulSource", {}), ("WakefulSource", {"worker": True})]
)
@pytest.mark.parametrize("start", ["at home", "elsewhere"])
def test_redirects_to_another_origin(
    source_page: Page, plays: PlayThread, elsewhere: PlayThread, name: str, init: dict[str, Any], start: str
) -> None:
    """Both follow, and say where the messages came from."""
    stream = elsewhere.create([[STREAM, {"data": "data: a\n\n"}, HOLD]], cors=True)
    redirect = {"head": {"status": 307, "headers": {"location": elsewhere.url_of(stream)}}}
    server = plays if start == "at home" else elsewhere
    first = server.create([[redirect]], cors=True)
    got = source_page.evaluate(
        """([url, name, init]) => new Promise((resolve) => {
          const source = new globalThis[name](url, init);
          source.onmessage = (event) => {
            source.close();
            resolve([event.data, event.origin, source.url]);
          };
        })""",
        [server.url_of(first), name, init],
    )
    assert got == ["a", elsewhere.url, server.url_of(first)]


def test_headers_keep_redirects_within_the_origin(
    source_page: Page, plays: PlayThread, elsewhere: PlayThread, page_errors: PageErrors
) -> None:
    page_errors.allow("plays/")
    stream = elsewhere.create([[STREAM, HOLD]], cors=True)
    redirect = {"head": {"status": 307, "headers": {"location": elsewhere.url_of(stream)}}}
    kinds = source_page.evaluate(
        """async (url) => {
          const kinds = [];
          for (const init of [{ headers: { "X-Key": "1" } }, { token: () => "secret" }]) {
            const source = new WakefulSource(url, { ...init, attempts: 1 });
            await new Promise((next) => { source.onerror = next; });
            kinds.push(source.failed.detail.failure.kind);
          }
          return kinds;
        }""",
        play(plays, [redirect], [redirect]),
    )
    assert kinds == ["network", "network"]
    assert stream.journal()["connections"] == []


@pytest.mark.parametrize("name", ["EventSource", "WakefulSource"])
def test_a_query_is_in_the_encoding_of_the_page(page: Page, plays: PlayThread, name: str) -> None:
    head = {"head": {"status": 200, "headers": {"content-type": "text/html; charset=windows-1252"}}}
    page.goto(play(plays, [head, {"data": '<link rel="icon" href="data:,"><script src="/dist/wakeful.js"></script>'}]))
    url = page.evaluate(
        """(name) => {
          const source = new globalThis[name]("?q=\\u00e5#\\u00e5");
          source.close();
          return source.url.split("/stream")[1];
        }""",
        name,
    )
    assert url == "?q=%E5#%C3%A5"


@pytest.mark.parametrize(
    "expression",
    [
        "EventSource",
        """class EventSource extends WakefulSource {
          constructor(url, init) {
            super(url, { idleMs: 0, attempts: 2 ** 31 - 1, budgetMs: 0, baseMs: 1, capMs: 10, ...init });
          }
        }""",
    ],
    ids=["EventSource", "derived"],
)
def test_as_patient_as_the_platform(source_page: Page, plays: PlayThread, expression: str) -> None:
    """What docs/eventsource.md gives for a server that is polled: more empty answers than the default would bear."""
    empty: list[dict[str, Any]] = [STREAM, {"data": "retry: 1\n"}]
    url = play(plays, *[empty] * 9, [STREAM, {"data": "data: news\n\n"}, HOLD])
    got = source_page.evaluate(
        """([url, expression]) => new Promise((resolve) => {
          const states = [];
          const source = new (eval(`(${expression})`))(url);
          source.onerror = () => states.push(source.readyState);
          source.onmessage = ({ data }) => {
            source.close();
            resolve([data, source.constructor.name, states]);
          };
        })""",
        [url, expression],
    )
    assert got == ["news", "EventSource", [0] * 9]
