"""The demo page for everybody: by keyboard and by ear, on any width, in either scheme, and without motion."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from demo.demo_process import DemoProcess
from demo_answers import SCRIPTS, SHORT, ask, ask_slowly, assert_whole_and_once, set_speed, viewers
from demo_pages import REQUEST_FAILED, open_page
from page_errors import PageErrors


def test_all_of_it_works_by_keyboard(page: Page, page_errors: PageErrors, demo: DemoProcess) -> None:
    page_errors.allow(REQUEST_FAILED)
    open_page(page, demo)
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the question"
    page.keyboard.press("Enter")
    tab_to(page, "prompt")
    page.keyboard.type(SCRIPTS["trip"].prompt)
    page.keyboard.press("Enter")
    wakeful = viewers(page, demo).wakeful
    expect(wakeful.turn.locator(".tool").first).to_be_visible()
    tab_to(page, "Reset")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.locator(".history ol")).to_contain_text("“Reset” struck Wakeful")
    assert_whole_and_once(wakeful)
    expect(page.locator("#announcements")).to_contain_text("The answer is over. Wakeful: Whole, once")


def focused(page: Page) -> str:
    name: str = page.evaluate(
        """() => {
            const { activeElement: on } = document;
            return on.id || (on.querySelector(".fault-title") ?? on).textContent.trim();
        }"""
    )
    return name


def tab_to(page: Page, name: str) -> None:
    seen = []
    while focused(page) != name:
        page.keyboard.press("Tab")
        seen.append(focused(page))
        assert len(seen) < 80, f"{name} cannot be reached: {seen}"


def test_everything_has_a_name_and_a_place(page: Page, demo: DemoProcess) -> None:
    open_page(page, demo)
    for role in ("banner", "main", "contentinfo"):
        expect(page.get_by_role(role)).to_have_count(1)
    for name in ("Wakeful", "EventSource", "Timeline", "Break it"):
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, select, textarea, input, summary, canvas")]
            .filter((one) => !(one.textContent.trim() || one.labels?.length || one.ariaLabel))
            .map((one) => one.outerHTML)"""
    )
    assert nameless == []


def test_focus_is_never_lost(page: Page, demo: DemoProcess) -> None:
    """The button that was pressed makes room for another: the focus goes with it, and home when the answer is over."""
    open_page(page, demo)
    set_speed(page, 3)
    questions: list[Route] = []
    page.route("**/runs", lambda route: questions.append(route))
    tab_to(page, "prompt")
    page.keyboard.type(SHORT)
    page.keyboard.press("Tab")
    assert focused(page) == "Ask"
    with page.expect_request("**/runs"):
        page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    questions[0].continue_()  # not before: the answer takes less than a second
    assert_whole_and_once(viewers(page, demo).wakeful)
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()


def test_what_went_wrong_is_an_alert(page: Page, page_errors: PageErrors, demo: DemoProcess) -> None:
    page_errors.allow(REQUEST_FAILED)
    open_page(page, demo)
    alert = page.get_by_role("alert")
    expect(alert).to_have_count(0)
    page.route(
        "**/runs", lambda route: route.fulfill(status=429, json={"title": "Too many", "detail": "50 run already"})
    )
    ask(page, "short")
    expect(alert).to_have_text("The question could not be asked: 50 run already")
    page.unroute("**/runs")
    ask(page, "short")
    assert_whole_and_once(viewers(page, demo).wakeful)
    expect(alert).to_have_count(0)


# Roles, names, levels and states, as assistive technology is told of them. What may be there besides is left open.
WHILE_IT_ANSWERS = """
- link "Skip to the question"
- banner:
  - heading "Wakeful" [level=1]
- main:
  - region "Wakeful":
    - heading "Wakeful" [level=2]
    - 'log "Wakeful: the conversation"':
      - article:
        - paragraph: "/You asked: .+/"
    - term
    - definition
  - region "EventSource":
    - heading "EventSource" [level=2]
    - 'log "EventSource: the conversation"'
  - region "Timeline":
    - heading "Timeline" [level=2]
    - list
    - 'img /Timeline over \\d+ s\\. Wakeful: .+, \\d+ of \\d+ tokens?\\. EventSource: .+/'
    - group: The same as a list
  - form "Ask the agent":
    - list "Suggestions"
    - textbox "Your question"
    - button "Stop"
    - group: Options
  - region "Break it":
    - heading "Break it" [level=2]
    - group:
      - heading "Network" [level=3]
      - list:
        - listitem:
          - button "Reset"
- contentinfo
- status
"""


def test_assistive_technology_is_told_what_is_there(page: Page, demo: DemoProcess) -> None:
    open_page(page, demo)
    ask_slowly(page, demo)
    expect(page.locator("body")).to_match_aria_snapshot(WHILE_IT_ANSWERS)
    page.get_by_role("button", name="Stop").click()
    assert_whole_and_once(viewers(page, demo).wakeful)
    expect(page.get_by_role("status")).to_contain_text("The answer is over.")


def test_chromiums_own_tree_names_everything_that_can_be_used(page: Page, demo: DemoProcess, browser_name: str) -> None:
    if browser_name != "chromium":
        pytest.skip("only Chromium shows its accessibility tree over its protocol; the snapshot above covers both")
    open_page(page, demo)
    ask(page, "short")
    assert_whole_and_once(viewers(page, demo).wakeful)
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    shown = [node for node in nodes if not node["ignored"]]
    by_role: dict[str, list[dict[str, Any]]] = {}
    for node in shown:
        by_role.setdefault(node["role"]["value"], []).append(node)
    used = [node for role in ("button", "textbox", "image", "log") for node in by_role[role]]
    assert len(used) > 25
    assert [node for node in used if not node.get("name", {}).get("value")] == []
    [status] = by_role["status"]
    live = {one["name"]: one["value"]["value"] for one in status["properties"]}
    assert live["live"] == "polite"
    # What grows many times a second is not read out; a few words at its turns are.
    quiet = [{one["name"]: one["value"]["value"] for one in node["properties"]} for node in by_role["log"]]
    assert [one.get("live", "off") for one in quiet] == ["off", "off"]


def test_nothing_moves_for_those_who_want_it_still(
    new_context: Callable[..., BrowserContext], page_errors: PageErrors, demo: DemoProcess
) -> None:
    page_errors.allow(REQUEST_FAILED)
    page = new_context().new_page()
    open_page(page, demo)
    wakeful = ask_slowly(page, demo)
    wakeful.make_wait()
    moving = "document.getAnimations().filter((one) => one.playState === 'running').length"
    assert page.evaluate(moving) > 0  # the dot of the state
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(APPLY_STILLNESS)
    assert page.evaluate(moving) == 0
    wakeful.pane.get_by_role("button", name="Retry now").click()
    wakeful.cut_short()
    assert_whole_and_once(wakeful)


# As for the scheme below: where the browser cannot be told, its rules are put in force.
APPLY_STILLNESS = """() => {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const rule of document.styleSheets[0].cssRules) {
        if (rule.conditionText === "(prefers-reduced-motion: reduce)") rule.media.mediaText = "all";
    }
}"""


@pytest.mark.parametrize("width", [360, 820, 1920])
def test_no_width_makes_the_page_scroll_sideways(
    new_context: Callable[..., BrowserContext], demo: DemoProcess, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 740}).new_page()
    open_page(page, demo)
    ask(page, "bug", speed=1)
    page.get_by_text("Options").click()
    page.get_by_text("The same as a list").click()
    expect(page.locator("#wakeful figure.code").nth(1)).to_be_attached()
    wakeful = viewers(page, demo).wakeful
    wakeful.cut_short()
    assert_whole_and_once(wakeful)
    inner, scrolled = page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
    assert scrolled <= inner
    clipped = page.evaluate(
        """() => [...document.querySelectorAll("button, h2, .state, .counts > div, select, .question, .verdict")]
            .filter((one) => !one.closest(".suggestions") && one.getClientRects().length > 0)
            .filter((one) => one.getBoundingClientRect().right > innerWidth || one.scrollWidth > one.clientWidth + 1)
            .map((one) => one.outerHTML)"""
    )
    assert clipped == []


@pytest.mark.parametrize(("width", "height"), [(1280, 600), (1280, 720), (390, 844)])
def test_the_question_stays_in_reach_under_its_options(
    new_context: Callable[..., BrowserContext], demo: DemoProcess, width: int, height: int
) -> None:
    page = new_context(viewport={"width": width, "height": height}).new_page()
    open_page(page, demo)
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_in_viewport(ratio=1)
    page.get_by_text("Options").click()
    page.evaluate("scrollTo(0, 0)")
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("Plain SSE, without the protocol")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("path", ["/", "/protocol"])
def test_a_conversation_scrolls_by_itself_and_not_the_page(
    new_context: Callable[..., BrowserContext], demo: DemoProcess, path: str
) -> None:
    page = new_context(viewport={"width": 1360, "height": 850}).new_page()
    open_page(page, demo, path)
    page.locator("[data-script=night_watch]").click()
    thread = page.locator(".thread").first
    expect(thread.get_by_text("What does not help")).to_be_attached()
    page.locator("[data-script=short]").click()  # the page's height below the first question
    expect(thread.locator(".turn").nth(1).locator(".answer > *").first).to_be_attached()
    inner, scrolled = page.evaluate("[innerHeight, document.documentElement.scrollHeight]")
    assert scrolled <= inner


def test_on_a_phone_a_fault_brings_up_what_it_breaks(
    new_context: Callable[..., BrowserContext], page_errors: PageErrors, demo: DemoProcess
) -> None:
    page_errors.allow(REQUEST_FAILED)
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    open_page(page, demo)
    ask_slowly(page, demo)
    page.locator("[data-fault=silence]").click()
    expect(page.locator("#wakeful .state")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_either_scheme(
    new_context: Callable[..., BrowserContext], page_errors: PageErrors, demo: DemoProcess, scheme: str, tmp_path: Path
) -> None:
    page_errors.allow("blocked an inline style")  # it is the screenshot's, in Firefox
    page = new_context(color_scheme=scheme).new_page()
    open_page(page, demo)
    page.evaluate(APPLY_SCHEME, scheme)
    ask(page, "short")
    assert_whole_and_once(viewers(page, demo).wakeful)
    contrasts: dict[str, float] = page.evaluate(CONTRASTS)
    assert {name: ratio for name, ratio in contrasts.items() if ratio < 4.5} == {}
    assert (page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(13, 16, 26)") == (
        scheme == "dark"
    )
    assert len(page.screenshot(path=tmp_path / f"{scheme}.png", caret="initial")) > 20_000


# Firefox cannot be told of a scheme over the protocol that it is driven with here: its rules are put in force instead.
APPLY_SCHEME = """(scheme) => {
    if (matchMedia(`(prefers-color-scheme: ${scheme})`).matches) return;
    for (const rule of document.styleSheets[0].cssRules) {
        if (rule.conditionText === `(prefers-color-scheme: ${scheme})`) rule.media.mediaText = "all";
    }
}"""

# WCAG 2.2's contrast of every text that shows, against the nearest ground that is painted.
CONTRASTS = """() => {
    const channels = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => {
        const [r, g, b] = channels(color).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (one) => {
        const color = getComputedStyle(one).backgroundColor;
        return channels(color)[3] === 0 && one.parentElement ? ground(one.parentElement) : color;
    };
    const found = {};
    for (const one of document.querySelectorAll("body *")) {
        const speaks = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!speaks || one.getClientRects().length === 0 || one.closest(":disabled, noscript")) continue;
        const [a, b] = [light(getComputedStyle(one).color), light(ground(one))].sort((x, y) => y - x);
        found[`${one.localName}.${one.className} ${one.textContent.trim().slice(0, 30)}`] = (a + 0.05) / (b + 0.05);
    }
    return found;
}"""
