"""The browsers themselves: they start, load a page, take a click; what goes wrong in a page is seen."""

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from page_errors import PageErrors

TRIES = 4
PAGE = b"""<!doctype html><title>Browsers</title>
<button id="greet">Greet</button> <button id="log">Log</button> <button id="throw">Throw</button>
<output></output>
<script>
  const on = (id, run) => document.getElementById(id).addEventListener("click", run);
  on("greet", () => (document.querySelector("output").textContent = "hello"));
  on("log", () => console.error("logged on purpose"));
  on("throw", () => setTimeout(() => { throw new Error("thrown on purpose"); }));
  const when = performance.timeOrigin;
  addEventListener("pageshow", ({ persisted }) => console.log(`${persisted ? "restored" : "loaded"} ${when}`));
</script>"""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_page_takes_a_click(page: Page, site: str) -> None:
    page.goto(site)
    page.click("#greet")
    expect(page.locator("output")).to_have_text("hello")


@pytest.mark.parametrize(("button", "message"), [("#log", "logged on purpose"), ("#throw", "thrown on purpose")])
def test_an_error_of_the_page_is_seen(
    page: Page, site: str, page_errors: PageErrors, button: str, message: str
) -> None:
    page.goto(site)
    event = "console" if button == "#log" else "weberror"
    # It also says that it was loaded, which may come as late.
    with page.context.expect_event(event, lambda said: message in (getattr(said, "text", "") or said.error.message)):
        page.click(button)
    assert [message in line for line in page_errors.unexpected()] == [True]
    page_errors.allow(message)
    assert page_errors.unexpected() == []


def test_going_back_restores_the_page_from_the_cache(bfcache_page: Page, site: str) -> None:
    """A restored page loads nothing: in Firefox, `go_back` and locators wait for a navigation that nobody reports.

    So the page goes back by itself and says on the console what became of it. A browser drops a page that takes some
    seconds to be put into the cache, as all do on a machine that stops for as long: so it is tried more than once.
    """
    known: set[str] = set()  # a restored page's words are told again
    for _ in range(TRIES):
        for path in ("", "elsewhere"):
            bfcache_page.goto(site + path)
            known.add(bfcache_page.evaluate("`loaded ${performance.timeOrigin}`"))
        with bfcache_page.expect_console_message(lambda message: message.text not in known) as said:
            bfcache_page.evaluate("() => void setTimeout(() => history.back())")
        if said.value.text.startswith("restored"):
            return
    pytest.fail(f"in {TRIES} tries no page was restored")
