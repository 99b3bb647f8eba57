"""What a page goes through while its stream is open: the back/forward cache, and the network going and coming."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from page_errors import PageErrors
from plays import HOLD, STREAM, journal, play
from wakeful_demo.plays import PlayThread

HERE = Path(__file__).parent
# A browser keeps no page that takes some seconds to be put into its cache, as on a machine that stops for as long.
TRIES = 4


def test_a_page_from_the_back_forward_cache_resumes(bfcache_page: Page, browser_name: str) -> None:
    """It gives the connection up on the way in (only then may it be kept), and goes on from its last event ID."""
    with PlayThread({"/pages/": HERE / "pages", "/dist/": HERE.parent / "web" / "dist"}) as plays:
        known: set[str] = set()
        for _ in range(TRIES):
            url = play(
                plays,
                [STREAM, {"data": "id: 1\ndata: a\n\n"}, HOLD],
                [STREAM, {"data": "id: 2\ndata: b\n\n"}, HOLD],
            )
            known.add(open_and_leave(bfcache_page, plays, url))
            assert journal(url, closed=1)[0]["closed_by"] == "client"
            if browser_name == "firefox":
                return  # it keeps no page that has a request under way: going back loads it anew
            # A restored page reports no navigation: it goes back by itself, and says what it got.
            with bfcache_page.expect_console_message(lambda message: is_last_word(message.text, known)) as said:
                bfcache_page.evaluate("() => void setTimeout(() => history.back())")
            if said.value.text == "got b":
                assert [c["headers"].get("last-event-id") for c in journal(url, closed=2)] == [None, "1"]
                return
        pytest.fail(f"in {TRIES} tries no page was restored")


def is_last_word(text: str, known: set[str]) -> bool:
    return text == "got b" or (text.startswith("loaded") and text not in known)


def open_and_leave(page: Page, plays: PlayThread, url: str) -> str:
    """What the page has said of itself: one that is restored says it again."""
    page.goto(f"{plays.url}/pages/wire.html")
    loaded: str = page.evaluate("`loaded ${performance.timeOrigin}`")
    with page.expect_console_message(lambda message: message.text == "got a"):
        page.evaluate(
            """(url) => {
              window.source = new WakefulSource(url);
              source.onmessage = ({ data }) => {
                if (data === "b") source.close(); // before the play ends: a stream that is cut would be asked for again
                console.log(`got ${data}`);
              };
            }""",
            url,
        )
    page.goto(f"{plays.url}/pages/blank.html")
    return loaded


def test_each_event_is_heard_once_where_the_standards_fire_it(page: Page) -> None:
    """Each was listened to on window and on document, and one that bubbles was heard twice; close() lets go of all."""
    with PlayThread({"/pages/": HERE / "pages", "/dist/": HERE.parent / "web" / "dist"}) as plays:
        url = play(plays, [STREAM, HOLD])
        page.goto(f"{plays.url}/pages/wire.html")
        heard, kept = page.evaluate(
            """(url) => {
              const heard = [];
              const add = EventTarget.prototype.addEventListener;
              EventTarget.prototype.addEventListener = function (type, listener, options) {
                const name = this === window ? "window" : this === document ? "document" : "";
                if (name) heard.push([`${type} of ${name}`, options.signal]);
                return add.call(this, type, listener, options);
              };
              const source = new WakefulSource(url);
              EventTarget.prototype.addEventListener = add;
              source.close();
              return [heard.map(([name]) => name).sort(), heard.filter(([, signal]) => !signal.aborted).length];
            }""",
            url,
        )
    assert heard == [
        "freeze of document", "offline of window", "online of window", "pagehide of window", "pageshow of window",
        "resume of document", "visibilitychange of document",
    ]  # fmt: skip
    assert kept == 0


def test_nothing_is_asked_while_a_page_freezes(source_page: Page) -> None:
    """An attempt that is due then waits for its timer: Chromium refuses to fetch in that event's listeners."""
    asked = source_page.evaluate(
        """() => new Promise((resolve) => {
          let asked = 0;
          const fetch = async () => { asked += 1; throw new TypeError("no network"); };
          const source = new WakefulSource("/stream", { fetch, baseMs: 1, capMs: 1 });
          source.onstatechange = ({ detail }) => {
            if (detail.state !== "waiting") return;
            const due = performance.now() + detail.delayMs + 5;
            while (performance.now() < due) { /* the timer of the next attempt is late */ }
            queueMicrotask(() => {
              document.dispatchEvent(new Event("freeze"));
              resolve(asked);
              source.close();
            });
          };
        })"""
    )
    assert asked == 1


def test_offline_and_online(page: Page, page_errors: PageErrors) -> None:
    """The stream goes on where it stopped, by the first attempt after the network is back."""
    page_errors.allow("ERR_CONNECTION_RESET")
    with PlayThread({"/pages/": HERE / "pages", "/dist/": HERE.parent / "web" / "dist"}) as plays:
        url = play(
            plays,
            [STREAM, {"data": "id: 1\ndata: a\n\n"}, {"gate": "cut"}, {"reset": True}],
            [STREAM, {"data": "id: 2\ndata: b\n\n"}, HOLD],
        )
        page.goto(f"{plays.url}/pages/wire.html")
        page.evaluate(
            """(url) => {
              window.got = [];
              window.source = new WakefulSource(url, { capMs: 600000 });
              source.onmessage = (event) => got.push(event.data);
            }""",
            url,
        )
        page.wait_for_function("got.join() === 'a'")
        page.evaluate("dispatchEvent(new Event('offline'))")
        page.evaluate("(gate) => fetch(gate, { method: 'POST' })", url.replace("/stream", "/gates/cut"))
        page.wait_for_function("source.state === 'waiting'")
        # At the longest pace, ten minutes: only the hint shortens it.
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_function("got.join() === 'a,b'")
        assert [c["headers"].get("last-event-id") for c in journal(url, accepted=2)] == [None, "1"]
        page.evaluate("source.close()")
