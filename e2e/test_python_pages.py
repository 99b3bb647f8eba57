"""The pages whose client is Python, as a person uses them: the demo's, with its faults, and those to be copied."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from demo.demo_process import DemoProcess
from demo_answers import SHORT, Viewed, ask, named_turn, spoken
from demo_pages import letters, page_for_many
from page_errors import PageErrors
from wakeful_demo.faults import FAULTS
from wakeful_demo.python_pages import FILES, RUNTIMES

# One of each kind: a break, a silence that only a clock shows, a refusal that a fresh token answers, text cut inside
# its letters, messages sent twice, messages left out. The rest is the core's, which every lane tests.
REPAIRED = ("reset", "silence", "unauthorized", "broken-utf8", "duplicate-replay", "gap")
# Ends a stream behind its first messages, none of which is lost: a connection that breaks may take them along.
TOO_EARLY = "clean-eof"
# Two seconds, as elsewhere, would be seven of silence before a connection is given up, and an order with it; with four
# the demo's server may stand still for thirteen.
HEARTBEAT_S = 4
STATES = ("connects", "is connected", "reconnects", "ended", "gave up")

POLICY = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self'; connect-src 'self'; img-src 'self'{images}; "
    "worker-src {workers}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
EVAL, WASM, DATA = " 'unsafe-eval'", " 'wasm-unsafe-eval'", " data:"
POLICIES = {
    path: POLICY.format(scripts=scripts, workers=workers, images=images)
    for path, scripts, workers, images in (
        ("/", "", "'self'", DATA),
        ("/protocol", "", "'none'", ""),
        ("/in/micropython", EVAL, "'self'", DATA),
        ("/in/pyscript", EVAL, "'self'", DATA),
        ("/in/worker", EVAL, "'self' blob:", DATA),
        ("/in/pyodide", WASM, "'self'", DATA),
        ("/python/mpy.html", EVAL, "'none'", ""),
        ("/python/py.html", EVAL, "'none'", ""),
        ("/python/worker.html", EVAL, "'self' blob:", ""),
        ("/python/pyodide.html", WASM, "'none'", ""),
    )
}
BEYOND_SELF = [
    (path, directive, source)
    for path, policy in POLICIES.items()
    for directive, *sources in (part.split() for part in policy.split("; "))
    for source in sources
    if source not in ("'self'", "'none'", "data:")  # test_demo_dialects.py has the pictures
]
# What allows less, and does not do either.
NARROWER = {"'unsafe-eval'": "'wasm-unsafe-eval'"}


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


def ask_anew(page: Page, script: str, speed: float = 3) -> None:
    with a_new_turn(page):
        ask(page, script, speed)


def orders_of(fault: str) -> list[dict[str, object]]:
    """What meets a request comes behind an open stream, which ends too early."""
    opening: list[dict[str, object]] = [{"fault": TOO_EARLY}] if FAULTS[fault].target == "request" else []
    return [*opening, {"fault": fault}]


def ask_and_strike(page: Page, demo: DemoProcess, fault: str) -> list[str]:
    """Each client, behind the first messages of its stream. The faults that are to strike it.

    They are ordered before it asks: a client, or this test, may stand still for longer than any answer lasts.
    """
    orders = orders_of(fault)
    with named_turn(page) as name:
        for pane in ("python", "wakeful"):
            order(demo, f"{pane}-{name}", orders)
        ask_anew(page, "short", speed=0.5)
    return [str(one["fault"]) for one in orders]


def order(demo: DemoProcess, label: str, orders: list[dict[str, object]]) -> None:
    for one in orders:
        demo.post(f"/faults/{label}", one).raise_for_status()


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
    ordered = ask_and_strike(long_page, demo, fault)
    python, compiled = python_pane(long_page, demo), Viewed(demo, long_page.locator("#wakeful"))
    assert_whole_and_once(python)
    expect(compiled.turn.locator(".verdict")).to_contain_text("Whole, once")
    assert python.struck_by() == compiled.struck_by() == ordered
    assert python.asked_for_the_protocol() == compiled.asked_for_the_protocol() == {"v=1"}
    lines = states(long_page, long_page.locator("#python h2").inner_text())
    assert lines == states(long_page, long_page.locator("#wakeful h2").inner_text())
    assert lines[:2] == ["connects", "is connected"]
    assert lines[-1] == "ended"


def test_it_ends_where_the_server_says_do_not_come_back(long_page: Page, demo: DemoProcess) -> None:
    ordered = ask_and_strike(long_page, demo, "no-content")
    python = python_pane(long_page, demo)
    expect(python.pane.locator(".explanation")).to_contain_text("204")
    expect(python.turn.locator(".verdict")).to_contain_text("told by the server not to come back")
    assert letters(spoken(python.logged())).startswith(drawn(python))
    assert python.struck_by() == ordered


def test_thoughts_and_tools_are_drawn(long_page: Page, demo: DemoProcess) -> None:
    ask_anew(long_page, "trip", speed=10)
    python = python_pane(long_page, demo)
    assert_whole_and_once(python)
    expect(python.turn.locator(".tool")).to_have_count(2)
    expect(python.turn.locator(".tool .result")).to_have_count(2)
    expect(python.turn.locator(".thinking")).to_have_count(2)
    assert python.journal()["accepted"] == 1


def test_retry_goes_on_after_it_gave_up(long_page: Page, demo: DemoProcess) -> None:
    with named_turn(long_page) as name:
        order(demo, f"python-{name}", [{"fault": TOO_EARLY}, {"fault": "unauthorized", "times": 2}])
        ask_anew(long_page, "trip", speed=10)
    python = python_pane(long_page, demo)
    python.expect_gave_up()
    expect(python.turn.locator(".answer p").first).to_be_attached()
    python.pane.get_by_role("button", name="Retry").click()
    assert_whole_and_once(python)


def test_its_socket_closes_with_the_question_and_with_the_page(long_page: Page, demo: DemoProcess) -> None:
    ways: dict[str, Callable[[], object]] = {
        "another question": lambda: ask_anew(long_page, "short"),
        "loading anew": long_page.reload,
    }
    for way, leave in ways.items():
        ask_anew(long_page, "trip", speed=0.05)  # it would take seven minutes: a worker draws far behind the server
        python = python_pane(long_page, demo)
        expect(python.turn.locator(".answer p").first).to_be_attached()
        journal = f"/journal/{python.turn.get_attribute('data-client')}"
        leave()
        asked = demo.get(journal).json()["accepted"]  # one, if nothing stood still for long
        seen = demo.get(journal, closed=asked).json()
        assert [request["closed_by"] for request in seen["requests"]] == ["client"] * asked, (way, seen["facts"][-3:])
    expect(long_page.locator("html[data-ready]")).to_be_attached()


def test_python_may_be_there_before_the_page_is(page: Page, demo: DemoProcess, runtime: str) -> None:
    held: list[Route] = []
    page.route("**/static/fold.js", lambda route: held.append(route))  # of what the page's own script asks for
    with page.expect_request("**/static/fold.js"):
        page.goto(f"{demo.url}/in/{runtime}", wait_until="commit")
    expect(page.locator("#python .about[data-loaded-ms]")).to_be_attached()
    expect(page.locator("html[data-ready]")).to_have_count(0)
    [route] = held
    route.continue_()
    expect(page.locator("html[data-ready]")).to_be_attached()


def test_a_question_may_be_there_before_python_is(page: Page, demo: DemoProcess) -> None:
    held: list[Route] = []
    page.route("**/static/viewer.py", lambda route: held.append(route))
    with (
        page.expect_request("**/static/viewer.py"),
        page.expect_request(lambda request: request.method == "HEAD"),  # the page's own script has run
    ):
        page.goto(f"{demo.url}/in/micropython", wait_until="commit")
    came: list[str] = []
    page.on("request", lambda request: came.append("asked") if request.url.endswith("/runs") else None)
    page.locator(".suggestions [data-script=short]").click()
    page.evaluate("fetch('/faults').then((answer) => answer.text())")  # a question would have been on its way before it
    came.append("Python")
    held[0].continue_()
    assert_whole_and_once(python_pane(page, demo))
    expect(page.locator("#notice")).to_have_text("")
    expect(page.locator("#python .turn")).to_have_count(1)
    assert came == ["Python", "asked"]


WRONG = "raise OSError('there is no answer today')"
# Of what a worker's Python raises the page hears nothing but that it has run.
TOLD = {"worker": "Python could not start: the console says why"}


def test_python_that_cannot_start_is_told(page: Page, demo: DemoProcess, page_errors: PageErrors, runtime: str) -> None:
    page_errors.allow("")  # each browser says it in its own words
    page.route("**/static/viewer.py", lambda route: route.fulfill(body=WRONG))
    page.goto(f"{demo.url}/in/{runtime}")
    told = TOLD.get(runtime, "Python could not start: OSError: there is no answer today")
    expect(page.get_by_role("alert")).to_have_text(told)


@pytest.mark.parametrize("file", FILES)
def test_a_page_to_copy_says_that_its_python_cannot_start(
    page: Page, demo: DemoProcess, page_errors: PageErrors, file: str
) -> None:
    page_errors.allow("")  # each browser says it in its own words
    page.route("**/python/main.py", lambda route: route.fulfill(body=WRONG))
    page.goto(f"{demo.url}/python/{file}")
    told = TOLD.get(FILES[file], "Python could not start: OSError: there is no answer today")
    expect(page.get_by_role("status")).to_have_text(told)


@pytest.mark.parametrize(
    ("file", "missing"),
    [
        ("mpy.html", "pyscript/core.js"),
        ("mpy.html", "mpy.toml"),
        ("mpy.html", "micropython/micropython.wasm"),
        ("py.html", "pyodide/pyodide.asm.wasm"),
        ("worker.html", "main.py"),
        ("pyodide.html", "pyodide/pyodide.asm.wasm"),
        ("pyodide.html", "pyodide/snapshot.bin"),
        ("pyodide.html", "answer.py"),
    ],
)
def test_a_page_to_copy_says_that_a_file_is_missing(
    page: Page, demo: DemoProcess, page_errors: PageErrors, file: str, missing: str
) -> None:
    page_errors.allow("")
    page.route(f"**/python/{missing}", lambda route: route.fulfill(status=404, body="Not Found"))
    page.goto(f"{demo.url}/python/{file}")
    expect(page.get_by_role("status")).to_contain_text("Python could not start: ")
    expect(page.locator("#state")).to_have_attribute("data-state", "failed")


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


def test_every_page_of_the_demo_has_the_same_head_and_knows_its_place(demo: DemoProcess) -> None:
    links = []
    for path in ("/", *(f"/in/{key}" for key in RUNTIMES), "/protocol"):
        [head] = re.findall(r'<header class="masthead">.*?</header>', demo.get(path).text, re.DOTALL)
        assert re.findall(r'<a href="(\S+)" aria-current="page">', head) == [path]
        links.append(re.findall(r'<a href="(\S+)"(?: aria-current="page")?>([^<]+)</a>', head))
    assert len(links[0]) == len(links)
    assert [one for one in links if one != links[0]] == []


@pytest.mark.parametrize("key", RUNTIMES)
def test_a_page_speaks_of_the_clients_that_are_in_it(demo: DemoProcess, key: str) -> None:
    text = demo.get(f"/in/{key}").text
    assert "EventSource" not in text
    assert f"<title>Wakeful demo: {RUNTIMES[key].name}</title>" in text


@pytest.mark.parametrize("path", POLICIES)
def test_each_page_sends_its_own_policy(demo: DemoProcess, path: str) -> None:
    answer = demo.get(path)
    assert answer.headers["content-security-policy"] == POLICIES[path]
    isolated = {"cross-origin-embedder-policy", "cross-origin-opener-policy"} <= set(answer.headers)
    assert isolated == ("worker" in path)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style| style=| on\w+=", answer.text)


@pytest.mark.parametrize(("path", "directive", "source"), BEYOND_SELF)
def test_it_does_not_start_without_what_its_policy_allows_beyond_its_own_files(
    page: Page, page_errors: PageErrors, demo: DemoProcess, browser_name: str, path: str, directive: str, source: str
) -> None:
    if browser_name != "chromium":
        pytest.skip("what a page needs is a matter of the page; one browser says it")
    page_errors.allow("Content Security Policy")

    def narrow(route: Route) -> None:
        answer = route.fetch()
        policy = answer.headers["content-security-policy"].replace(source, NARROWER.get(source, ""))
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": policy})

    page.route(demo.url + path, narrow)
    page.add_init_script(
        "self.violated = [];"
        "addEventListener('securitypolicyviolation', ({ effectiveDirective }) => violated.push(effectiveDirective))"
    )
    page.goto(demo.url + path)
    page.wait_for_function("(directive) => violated.includes(directive)", arg=directive)
    expect(page.locator("html[data-ready], #state[data-state]:not([data-state=failed])")).to_have_count(0)
