"""Which Chromium and which Firefox the tests drive, and how they are started.

Playwright's own builds come first, where they are installed; else the system's browsers. Of those, Chromium is driven
over the DevTools protocol, and Firefox, which has to be Playwright's patched build for that, over WebDriver BiDi: the
stock browser that people use.
"""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "firefox")

# A loaded machine with two slow cores has taken half a minute to start Firefox; one may be ten times as slow.
LAUNCH_TIMEOUT_MS = 600_000

# How long one click or one look at a page may take before it counts as stuck. Never what a test measures.
PAGE_TIMEOUT_MS = 300_000

# Nothing here needs the GPU, and no browser is to talk to its maker: the tests' journals count every request.
# QUIC off: it would race the TCP connections that the faults are played on.
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

SYSTEM_BROWSERS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    # Debian's /usr/bin/firefox-esr is a shell script around this one.
    "firefox": ("/usr/lib/firefox-esr/firefox-esr", "/usr/lib/firefox/firefox", "firefox-esr", "firefox"),
}


class BrowserNotFound(Exception):
    """Neither Playwright nor the system has this browser."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"no {name} found: run `make setup`, or `.venv/bin/python -m playwright install {name}`"
            f" (looked for Playwright's own and for {', '.join(SYSTEM_BROWSERS[name])})"
        )


def launch(playwright: Playwright, name: str, *, bfcache: bool = False) -> Browser:
    """Starts a browser. With `bfcache`, Chromium keeps its back/forward cache, which Playwright switches off."""
    options: dict[str, Any] = {"timeout": LAUNCH_TIMEOUT_MS}
    if name == "chromium":
        options["args"] = list(CHROMIUM_ARGS)
        if bfcache:
            options["ignore_default_args"] = ["--disable-back-forward-cache"]
    if not playwright_has(playwright, name):
        options["executable_path"] = system_browser(name)
        if name == "firefox":
            options["channel"] = "moz-firefox"
    browser: Browser = getattr(playwright, name).launch(**options)
    return browser


def playwright_has(playwright: Playwright, name: str) -> bool:
    return Path(getattr(playwright, name).executable_path).exists()


def system_browser(name: str) -> str:
    for candidate in SYSTEM_BROWSERS[name]:
        path = shutil.which(candidate)
        if path is not None:
            return path
    raise BrowserNotFound(name)


def missing(names: Iterable[str] = NAMES) -> list[str]:
    """The browsers that the tests need and that are not here."""
    absent = [name for name in names if not any(map(shutil.which, SYSTEM_BROWSERS[name]))]
    if not absent:
        return []  # without asking Playwright, which takes half a second
    with sync_playwright() as playwright:
        return [name for name in absent if not playwright_has(playwright, name)]


if __name__ == "__main__" and sys.argv[1:] == ["missing"]:
    for browser_name in missing():
        print(browser_name)
