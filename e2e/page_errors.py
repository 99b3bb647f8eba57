"""What pages report as wrong, and which of it a test provokes."""

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, WebError


class PageErrors:
    """What pages said went wrong: uncaught errors and lines on the console of level error."""

    def __init__(self) -> None:
        self._seen: list[str] = []
        self._allowed: list[re.Pattern[str]] = []

    def allow(self, pattern: str) -> None:
        """Declares errors that this test provokes. A browser reports a failed fetch on the console by itself."""
        self._allowed.append(re.compile(pattern))

    def listen(self, context: BrowserContext) -> None:
        context.on("console", self._on_console)
        context.on("weberror", self._on_web_error)

    def unexpected(self) -> list[str]:
        return [line for line in self._seen if not any(pattern.search(line) for pattern in self._allowed)]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location
            self._seen.append(f"console: {message.text} ({where['url']}:{where['lineNumber']})")

    def _on_web_error(self, error: WebError) -> None:
        self._seen.append(f"uncaught: {error.error.stack or error.error.message}")
