"""The pages whose client is Python, as a person uses them: the demo's, with its faults, and those to be copied."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.demo_process import DemoProcess
from demo_pages import letters, page_for_many
from test_demo import SHORT, Viewed, spoken
from wakeful_demo.python_pages import FILES, RUNTIMES

# One of each kind: a break, a silence that only a clock shows, a refusal that a fresh token answers, text cut inside
# its letters, messages sent twice. The rest is the core's, which every lane tests.
REPAIRED = ("reset", "silence", "unauthorized", "broken-utf8", "duplicate-replay")
TOKENS_BEFORE_FAULT = 8
STATES = ("connects", "is connected", "reconnects", "ended", "gave up")

WASM_ONLY = "'wasm-unsafe-eval'"
WIDE = {"micropython": "'unsafe-eval'", "pyscript": "'unsafe-eval'", "worker": "'unsafe-eval'"}


@pytest.fixture(scope="module", params=RUNTIMES)
def runtime(request: pytest.FixtureRequest) -> str:
    key: str = request.param
    return key


@pytest.fixture(scope="module")
def long_page(browser: Browser, demo: DemoProcess, runtime: str) -> Iterator[Page]:
    with page_for_many(browser, demo, f"/in/{runtime}") as page:
        yield page


def python_pane(page: Page, demo: DemoProcess) -> Viewed:
    return Viewed(demo, page.locator("#python"))


@contextmanager
def a_new_turn(page: Page) -> Iterator[None]:
    turns = page.locator("#python .turn").count()
    yield
    expect(page.locator("#python .turn")).to_have_count(turns + 1)


def set_speed(page: Page, speed: str) -> None:
    page.locator("[name=speed]").evaluate("(select, speed) => { select.value = speed; }", speed)


def ask_anew(page: Page, script: str, speed: str = "3") -> None:
    with a_new_turn(page):
        set_speed(page, speed)
        page.locator(f".suggestions [data-script={script}]").click()


def strike(page: Page, demo: DemoProcess, fault: str) -> None:
    """Once the server has sent some tokens to both clients: what a worker has got, the page knows much later."""
    ask_anew(page, "short", speed="1")
    labels = [Viewed(demo, page.locator(pane)).turn.get_attribute("data-client") for pane in ("#python", "#wakeful")]
    for label in labels:
        demo.get(f"/journal/{label}", accepted=1)
        while demo.get(f"/journal/{label}").json()["requests"][0]["messages"] < TOKENS_BEFORE_FAULT:
            pass
    for label in labels:
        demo.post(f"/faults/{label}", {"fault": fault}).raise_for_status()


def states(page: Page, name: str) -> list[str]:
    """What the timeline in words says of one client, without the times, which are drawn by lot."""
    lines = page.locator(".history li span").evaluate_all(
        "(spans) => spans.map((span) => [span.firstChild.textContent, span.lastChild.textContent.trim()])"
    )
    return [re.sub(r"in [\d.]+ s(: )?", "", what) for who, what in lines if who == name and what.startswith(STATES)]


def assert_whole_and_once(python: Viewed) -> None:
    """By the page's count, by what is drawn, and by what the server saw."""
    expect(python.turn.locator(".verdict")).to_have_attribute("data-verdict", "whole")
    expect(python.turn.locator(".verdict")).to_contain_text("Whole, once")
    logged = python.logged()
    for name, value in {"missing": 0, "repeated": 0, "received": len(logged)}.items():
        python.expect_count(name, value)
    assert drawn(python) == letters(spoken(logged))
    assert set(python.received()) == {message["id"] for message in logged}
    python.expect_count("requests", python.journal()["accepted"])


def drawn(python: Viewed) -> str:
    return letters(python.turn.locator(".answer").evaluate("(answer) => answer.textContent"))


@pytest.mark.parametrize("fault", REPAIRED)
def test_a_fault_breaks_no_answer_and_shows_as_in_javascript(long_page: Page, demo: DemoProcess, fault: str) -> None:
    strike(long_page, demo, fault)
    python, compiled = python_pane(long_page, demo), Viewed(demo, long_page.locator("#wakeful"))
    assert_whole_and_once(python)
    expect(compiled.turn.locator(".verdict")).to_contain_text("Whole, once")
    assert python.struck_by() == compiled.struck_by() == [fault]
    lines = states(long_page, long_page.locator("#python h2").inner_text())
    assert lines == states(long_page, long_page.locator("#wakeful h2").inner_text())
    assert lines[:2] == ["connects", "is connected"]
    assert lines[-1] == "ended"


def test_it_ends_where_the_server_says_do_not_come_back(long_page: Page, demo: DemoProcess) -> None:
    strike(long_page, demo, "no-content")
    python = python_pane(long_page, demo)
    expect(python.pane.locator(".explanation")).to_contain_text("204")
    expect(python.turn.locator(".verdict")).to_contain_text("told by the server not to come back")
    assert letters(spoken(python.logged())).startswith(drawn(python))
    assert python.struck_by() == ["no-content"]


def test_thoughts_and_tools_are_drawn(long_page: Page, demo: DemoProcess) -> None:
    ask_anew(long_page, "trip", speed="10")
    python = python_pane(long_page, demo)
    assert_whole_and_once(python)
    expect(python.turn.locator(".tool")).to_have_count(2)
    expect(python.turn.locator(".tool .result")).to_have_count(2)
    expect(python.turn.locator(".thinking")).to_have_count(2)
    assert python.journal()["accepted"] == 1


def test_retry_goes_on_after_it_gave_up(long_page: Page, demo: DemoProcess) -> None:
    ask_anew(long_page, "trip")
    python = python_pane(long_page, demo)
    expect(python.turn.locator(".tool").first).to_be_visible()
    order = {"fault": "unauthorized", "times": 2}  # the fresh token is refused as well
    demo.post(f"/faults/{python.turn.get_attribute('data-client')}", order).raise_for_status()
    expect(python.pane).to_have_attribute("data-state", "failed")
    expect(python.pane.locator(".explanation")).to_contain_text("The server answered with status 401")
    python.pane.get_by_role("button", name="Retry").click()
    assert_whole_and_once(python)


def test_its_socket_closes_with_the_question_and_with_the_page(
    long_page: Page, demo: DemoProcess, runtime: str, browser_name: str
) -> None:
    # A worker of Firefox ESR 153 that goes with its page may leave its socket to the server's next write.
    closes = (runtime, browser_name) != ("worker", "firefox")
    for leave in (lambda: ask_anew(long_page, "short"), long_page.reload):
        ask_anew(long_page, "trip", speed="0.5")  # it would take a minute and more
        python = python_pane(long_page, demo)
        expect(python.turn.locator(".answer p").first).to_be_attached()
        label = python.turn.get_attribute("data-client")
        leave()
        if closes:
            [request] = demo.get(f"/journal/{label}", closed=1).json()["requests"]
            assert request["closed_by"] == "client"
    expect(long_page.locator("html[data-ready]")).to_be_attached()


@pytest.mark.parametrize("file", FILES)
def test_a_page_to_copy(page: Page, demo: DemoProcess, file: str) -> None:
    page.goto(f"{demo.url}/python/{file}")
    expect(page.get_by_role("status")).to_have_text("Ready")
    page.set_viewport_size({"width": 390, "height": 500})
    ways: list[Callable[[], None]] = [
        lambda: page.keyboard.press("Enter"),
        page.get_by_role("button", name="Ask").click,
    ]
    for turns, ask_it in enumerate(ways, 1):
        page.get_by_label("Your question").fill(SHORT)
        with page.expect_response("**/runs") as asked:
            ask_it()
        expect(page.locator(".question")).to_have_count(turns)
        expect(page.get_by_label("Your question")).to_have_value("")
        expect(page.get_by_role("status")).to_have_text("Ended")
        expect(page.locator(".question").last).to_have_text(SHORT)
        logged = demo.get(f"/runs/{asked.value.json()['run']}/tokens").json()["messages"]
        said = spoken([message for message in logged if message["data"] != "[DONE]"])
        assert letters(page.locator(".answer").last.evaluate("(answer) => answer.textContent")) == letters(said)
    main = page.get_by_role("main", name="The conversation")  # it stays at its end, which is 0 for it
    assert main.evaluate("(main) => main.scrollHeight > main.clientHeight && main.scrollTop === 0")


@pytest.mark.parametrize("path", ["/in/{}", "/python/{}"])
@pytest.mark.parametrize("key", RUNTIMES)
def test_no_policy_is_wider_than_it_must_be(demo: DemoProcess, path: str, key: str) -> None:
    files = {runtime: file for file, runtime in FILES.items()}
    answer = demo.get(path.format(key if path == "/in/{}" else files[key]))
    headers: Any = answer.headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'self' {WIDE.get(key, WASM_ONLY)}"
    assert policy["worker-src"] == ("'self' blob:" if key == "worker" else "'self'")
    assert {policy[name] for name in ("style-src", "connect-src")} == {"'self'"}
    isolated = "cross-origin-embedder-policy" in headers and "cross-origin-opener-policy" in headers
    assert isolated == (key == "worker")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style| style=| on\w+=", answer.text)
