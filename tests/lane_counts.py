"""Shows at the end of a run what each lane ran: pytest keeps to itself what a test prints that passes."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for outcome in ("", "passed") for report in terminalreporter.stats.get(outcome, [])]
    printed = [text for report in reports for title, text in report.sections if title.startswith("Captured stdout")]
    # A test's report repeats what its fixtures printed.
    lines = dict.fromkeys(line for text in printed for line in text.splitlines() if line.startswith("lane "))
    if lines:
        terminalreporter.section("lanes")
        for line in lines:
            terminalreporter.line(line)
