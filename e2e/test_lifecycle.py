"""What a page goes through while its stream is open: the back/forward cache, and the network going and coming."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from page_errors import PageErrors
from plays import journal, play
from wakeful_demo.plays import PlayThread

HERE = Path(__file__).parent
STREAM = {"head": {"status": 200, "headers": {"content-type": "text/event-stream"}}}


def test_a_page_from_the_back_forward_cache_resumes(
    bfcache_page: Page, browser_name: str, page_errors: PageErrors
) -> None:
    """It gives the connection up on the way in (only then may it be kept), and goes on from its last event ID."""
    page = bfcache_page
    page_errors.allow("ERR_INCOMPLETE_CHUNKED_ENCODING")  # the play ends while the last connection is open
    with PlayThread({"/pages/": HERE / "pages", "/dist/": HERE.parent / "web" / "dist"}) as plays:
        url = play(
            plays,
            [STREAM, {"data": "id: 1\ndata: a\n\n"}, {"hold": True}],
            [STREAM, {"data": "id: 2\ndata: b\n\n"}, {"hold": True}],
        )
        page.goto(f"{plays.url}/pages/wire.html")
        with page.expect_console_message(lambda message: message.text == "got a"):
            page.evaluate(
                """(url) => {
                  window.source = new WakefulSource(url);
                  source.onmessage = (event) => console.log(`got ${event.data}`);
                }""",
                url,
            )
        page.goto(f"{plays.url}/pages/blank.html")
        assert journal(url, closed=1)[0]["closed_by"] == "client"
        if browser_name == "firefox":
            return  # it keeps no page that has a request under way: going back loads it anew
        # A restored page reports no navigation: it goes back by itself, and says what it got.
        with page.expect_console_message(lambda message: message.text == "got b"):
            page.evaluate("() => void setTimeout(() => history.back())")
        assert [c["headers"].get("last-event-id") for c in journal(url, accepted=2)] == [None, "1"]


def test_offline_and_online(page: Page, page_errors: PageErrors) -> None:
    """The stream goes on where it stopped, by the first attempt after the network is back."""
    page_errors.allow("ERR_CONNECTION_RESET")
    with PlayThread({"/pages/": HERE / "pages", "/dist/": HERE.parent / "web" / "dist"}) as plays:
        url = play(
            plays,
            [STREAM, {"data": "id: 1\ndata: a\n\n"}, {"gate": "cut"}, {"reset": True}],
            [STREAM, {"data": "id: 2\ndata: b\n\n"}, {"hold": True}],
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
