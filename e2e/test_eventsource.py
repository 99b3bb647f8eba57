"""Code written for EventSource, beside what the platform's class does on the same play."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from page_errors import PageErrors
from plays import HOLD, STREAM, journal, play
from wakeful_demo.plays import PlayThread

BOTH = pytest.mark.parametrize("name", ["EventSource", "WakefulSource"])


@BOTH
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


@BOTH
def test_a_malformed_url_is_a_syntax_error(source_page: Page, name: str) -> None:
    thrown = source_page.evaluate(
        """(name) => {
          try { new globalThis[name]("http://["); } catch (error) { return [error.name, error.code]; }
        }""",
        name,
    )
    assert thrown == ["SyntaxError", 12]


@BOTH
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


@BOTH
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


@BOTH
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


@pytest.mark.parametrize("url", ["ftp://example.invalid/", "about:blank", "mailto:who@example.invalid", "javascript:1"])
@BOTH
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


@BOTH
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
