"""Every scenario that a server can play, over real sockets, to the page's client, in the page and in a worker."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

import wakeful
from browsers import PAGE_TIMEOUT_MS
from plays import attempt, journal, play, requests_of
from portable.trace import event_line
from wakeful_demo.plays import PlayThread
from wire import KNOWN_CASES, WireCase, wire_cases

# By browser and host.
PLAYED: Counter[tuple[str, str]] = Counter()


@pytest.fixture(scope="module")
def wire_page(browser: Any, plays: PlayThread) -> Iterator[Page]:
    """One page for all cases: a user's page lives long too. Its console is not watched, as cases fail on purpose."""
    context: BrowserContext = browser.new_context()
    context.set_default_timeout(PAGE_TIMEOUT_MS)
    page = context.new_page()
    page.goto(f"{plays.url}/pages/wire.html")
    yield page
    context.close()


def types_of(case: WireCase) -> list[str]:
    """Named events need a listener of their own, as with EventSource."""
    named = [line.split('"')[1] for line in case.messages if line.split('"')[2].startswith(" ")]
    return sorted({"message", *named})


@pytest.mark.parametrize("case", wire_cases("page"), ids=lambda case: case.name)
def test_in_the_page(wire_page: Page, plays: PlayThread, browser_name: str, case: WireCase) -> None:
    attempt(case, lambda case: play_to(wire_page, plays, case))
    PLAYED[browser_name, "page"] += 1


@pytest.mark.parametrize("case", wire_cases("worker"), ids=lambda case: case.name)
def test_in_a_worker(wire_page: Page, plays: PlayThread, browser_name: str, case: WireCase) -> None:
    attempt(case, lambda case: play_to(wire_page, plays, case, worker=True))
    PLAYED[browser_name, "worker"] += 1


@pytest.mark.parametrize("host", ["page", "worker"])
def test_no_case_was_lost(browser_name: str, host: str) -> None:
    """Of a whole run: alone it has nothing to count."""
    played = PLAYED[browser_name, host]
    print(f"lane {host} in {browser_name}: {played} scenarios on the wire")
    assert played >= KNOWN_CASES[host]


def play_to(page: Page, plays: PlayThread, case: WireCase, worker: bool = False) -> None:
    url = play(plays, *case.connections)
    given = {**dataclasses.asdict(case), "types": types_of(case)}
    got = page.evaluate("([url, given, worker]) => playCase(url, given, worker)", [url, given, worker])
    lines = [event_line(wakeful.Message(type, data, id)) for type, data, id in got["messages"]]
    assert lines == case.messages
    assert got["state"] == case.state
    seen = journal(url, closed=len(case.requests))
    assert requests_of(seen) == case.requests
    assert got["stats"]["attempts"] == len(seen)
    assert not any(connection["extra"] for connection in seen)
