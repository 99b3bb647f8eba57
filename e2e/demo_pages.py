"""What the tests of the demo's pages share; its fixtures are in conftest.py."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager

from playwright.sync_api import Browser, Page, expect

from browsers import PAGE_TIMEOUT_MS
from demo.demo_process import DemoProcess
from page_errors import PageErrors

# Browsers write a failed request to the console by themselves, and no page can keep them from it.
REQUEST_FAILED = "|".join(
    (
        "Failed to load resource",
        "EventSource's response has a MIME type",
        "Firefox can’t establish a connection",
        r"The connection to \S+ was interrupted",
    )
)


def open_page(page: Page, demo: DemoProcess, path: str = "/") -> None:
    page.goto(demo.url + path)
    expect(page.locator("html[data-ready], #notice:not([hidden])")).to_be_attached()
    assert page.locator("#notice").text_content() == ""


@contextmanager
def page_for_many(browser: Browser, demo: DemoProcess, path: str) -> Iterator[Page]:
    """One page for one question after the other. It may complain of requests, and of nothing else."""
    errors = PageErrors()
    errors.allow(REQUEST_FAILED)
    context = browser.new_context()
    context.set_default_timeout(PAGE_TIMEOUT_MS)
    errors.listen(context)
    with closing(context):
        page = context.new_page()
        open_page(page, demo, path)
        yield page
    assert errors.unexpected() == []


def letters(text: str) -> str:
    """Without white space and Markdown's marks, which are drawn and not written."""
    return re.sub(r"[\s*#`|_-]+", "", text)
