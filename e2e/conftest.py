"""One browser for a run of tests, a fresh context for each test, and no error of a page that goes unnoticed.

    pytest e2e --browser chromium|firefox|both        (or WAKEFUL_BROWSER=…; both is the default)

These fixtures are our own, not pytest-playwright's: Firefox is started over another protocol than Chromium, every
page of a context is listened to from its first line on, and the back/forward cache needs a second Chromium. What would
be left of the plugin's is four lines.

Playwright's sync API runs an event loop in the main thread: a test that needs asyncio runs it in another.
"""

import os
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from browsers import NAMES, PAGE_TIMEOUT_MS, launch
from demo.demo_process import DemoProcess
from demo_pages import page_for_many
from lane_counts import pytest_terminal_summary as pytest_terminal_summary
from page_errors import PageErrors
from wakeful_demo.plays import PlayThread

HERE = Path(__file__).parent
ARTIFACTS = HERE / "artifacts"

# This machine; and a name that a test redirects to where that must not be followed, which belongs to nobody (RFC 6761).
OWN_HOSTS = ("127.0.0.1", "localhost", "elsewhere.test")
HTTP = ("http", "https", "ws", "wss")

expect.set_options(timeout=PAGE_TIMEOUT_MS)

REPORT = pytest.StashKey[pytest.TestReport]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--browser",
        choices=[*NAMES, "both"],
        default=os.environ.get("WAKEFUL_BROWSER", "both"),
        help="the browser that the tests run in",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "browser_name" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--browser")
        metafunc.parametrize("browser_name", NAMES if chosen == "both" else [chosen], scope="session")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright, browser_name: str) -> Iterator[Browser]:
    with lone_browser(playwright, browser_name) as running:
        yield running


@contextmanager
def lone_browser(playwright: Playwright, name: str, *, bfcache: bool = False) -> Iterator[Browser]:
    """It asks nobody but this machine; in the end that is asserted of all its pages and workers together."""
    running = launch(playwright, name, bfcache=bfcache)
    asked: set[str] = set()
    make = running.new_context

    def new_context(**options: Any) -> BrowserContext:
        context = make(**options)
        context.on("request", lambda request: asked.add(request.url))
        return context

    running.new_context = new_context  # type: ignore[method-assign]
    yield running
    running.close()
    foreign = {url for url in asked if urlsplit(url).hostname not in OWN_HOSTS and urlsplit(url).scheme in HTTP}
    print(f"lane {name}: {len(asked)} requests, to other hosts: {sorted(foreign)}")
    assert foreign == set()


@pytest.fixture
def page_errors() -> Iterator[PageErrors]:
    errors = PageErrors()
    yield errors
    unexpected = errors.unexpected()
    if unexpected:
        pytest.fail("the page reported errors that the test did not allow:\n" + "\n".join(unexpected), pytrace=False)


@pytest.fixture
def new_context(
    browser: Browser, page_errors: PageErrors, request: pytest.FixtureRequest
) -> Iterator[Callable[..., BrowserContext]]:
    """Makes further contexts: another person, another size of window, dark mode."""
    with ExitStack() as opened:

        def make(**options: Any) -> BrowserContext:
            return opened.enter_context(watched_context(browser, page_errors, request.node, options))

        yield make


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    return new_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def bfcache_page(
    playwright: Playwright, browser_name: str, page_errors: PageErrors, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A page of a browser of its own, which keeps its back/forward cache."""
    with (
        lone_browser(playwright, browser_name, bfcache=True) as running,
        watched_context(running, page_errors, request.node, {}) as context,
    ):
        yield context.new_page()


@pytest.fixture(scope="module")
def plays() -> Iterator[PlayThread]:
    """The play server, which serves the built client and the pages of the tests, too."""
    with PlayThread({"/pages/": HERE / "pages", "/dist/": HERE.parent / "web" / "dist"}) as thread:
        yield thread


@pytest.fixture
def source_page(page: Page, plays: PlayThread) -> Page:
    """A page with `WakefulSource`."""
    page.goto(f"{plays.url}/pages/wire.html")
    return page


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    """SPEED of the module: how much faster than a person its agent speaks."""
    # Nobody is missed before three of its heartbeats and a second: seven, or longer where a reconnect would be counted.
    heartbeat_s, speed = getattr(request.module, "HEARTBEAT_S", 2), getattr(request.module, "SPEED", 2)
    arguments = ("--heartbeat", str(heartbeat_s), "--speed", str(speed))
    with DemoProcess(tmp_path_factory.mktemp("demo"), *arguments) as running:
        yield running


@pytest.fixture(scope="module")
def long_page(request: pytest.FixtureRequest, browser: Browser, demo: DemoProcess) -> Iterator[Page]:
    """Of the demo: the PATH of the module."""
    with page_for_many(browser, demo, getattr(request.module, "PATH", "/")) as page:
        yield page


@contextmanager
def watched_context(
    browser: Browser, errors: PageErrors, test: pytest.Item, options: dict[str, Any]
) -> Iterator[BrowserContext]:
    context = browser.new_context(**options)
    context.set_default_timeout(PAGE_TIMEOUT_MS)
    errors.listen(context)
    yield context
    if test.stash.get(REPORT, None) is None or test.stash[REPORT].failed or errors.unexpected():
        save_screenshots(context, test)
    context.close()


def save_screenshots(context: BrowserContext, test: pytest.Item) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    name = re.sub(r"[^\w.-]+", "-", test.name).strip("-")
    for number, page in enumerate(context.pages):
        path = ARTIFACTS / f"{name}-{number}.png"
        page.screenshot(path=path)
        test.add_report_section("teardown", "screenshot", str(path))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[REPORT] = report
    return report
