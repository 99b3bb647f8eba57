"""What the tests of the demo's pages share; its fixtures are in conftest.py."""

import re

from playwright.sync_api import Page, expect

from demo.demo_process import DemoProcess

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
    expect(page.locator("html[data-ready]")).to_be_attached()


def letters(text: str) -> str:
    """Without white space and Markdown's marks, which are drawn and not written."""
    return re.sub(r"[\s*#`|_-]+", "", text)
