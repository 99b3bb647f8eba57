"""One client's part of an answer on the demo's pages: what is drawn, and what the server says of it."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from demo.demo_process import AskedRun, DemoProcess, Viewer
from demo_pages import letters
from wakeful_demo.agent import load_scripts

SCRIPTS = load_scripts()
SHORT = SCRIPTS["short"].prompt
# Text alone, which lasts for half a minute at a person's pace. Cut short anywhere, it is drawn as it was said: no tool
# call is left half filled in.
LONG = "hello_world"


@dataclass
class Viewed:
    """One client's part of the last answer: what the page shows, and what the server says of it."""

    demo: DemoProcess
    pane: Locator

    @property
    def turn(self) -> Locator:
        return self.pane.locator(".turn").last

    def verdict(self, kind: str) -> str:
        """Its words, once it is of this kind and final for this server's log: who only waits for a machine that stands
        still is taken for one that hangs, until more comes."""
        line = self.turn.locator(".verdict")
        expect(line).to_have_attribute("data-verdict", kind)
        expect(line).not_to_contain_text("so far")
        words: str = line.inner_text()
        return words

    def expect_count(self, name: str, value: int) -> None:
        """The page looks at the server's log and journal now and then."""
        expect(self.pane.locator(f"dd[data-count={name}]")).to_have_text(str(value))

    def logged(self) -> list[dict[str, Any]]:
        run = self.turn.get_attribute("data-run")
        messages: list[dict[str, Any]] = self.demo.get(f"/runs/{run}/tokens").json()["messages"]
        return [message for message in messages if message["data"] != "[DONE]"]

    def journal(self) -> dict[str, Any]:
        journal: dict[str, Any] = self.demo.get(f"/journal/{self.turn.get_attribute('data-client')}").json()
        return journal

    def received(self) -> list[str]:
        """The ids of the messages that this client got, as the server can tell.

        What was on the way when a connection broke may be lost with it: the cursor of the next request says.
        """
        journal = self.journal()
        ids: list[str] = []
        for seen in journal["requests"]:
            cursor = seen["headers"].get("last-event-id", "")
            if cursor in ids:
                del ids[len(ids) - ids[::-1].index(cursor) :]
            facts = (fact for fact in journal["facts"] if fact["request"] == seen["request"])
            ids += [fact["id"] for fact in facts if fact["kind"] == "sent" and fact["id"]]
        logged = self.logged_ids()
        return [one for one in ids if one in logged]

    def logged_ids(self) -> set[str]:
        return {message["id"] for message in self.logged()}

    def asked_for_the_protocol(self) -> set[str]:
        return {request["headers"].get("event-stream-params", "") for request in self.journal()["requests"]}

    def order(self, fault: str, **parameters: int) -> None:
        """A fault of this client alone."""
        client = self.turn.get_attribute("data-client")
        self.demo.post(f"/faults/{client}", {"fault": fault, **parameters}).raise_for_status()

    @property
    def run(self) -> AskedRun:
        return AskedRun(self.demo, self.turn.get_attribute("data-run") or "")

    def until_said(self, more: int) -> None:
        """Until the agent has said so many tokens more."""
        with Viewer(self.run, cursor=self.run.ids()[-1]) as other:
            other.until_messages(more)

    def cut_short(self) -> None:
        """The agent says no more. To an answer that is over nothing happens."""
        self.run.cancel()

    def make_give_up(self) -> None:
        self.order("unauthorized", times=2)  # the fresh token is refused as well
        self.expect_gave_up()

    def expect_gave_up(self) -> None:
        expect(self.pane).to_have_attribute("data-state", "failed")
        expect(self.pane.locator(".explanation")).to_contain_text("The server answered with status 401")

    def make_wait(self) -> None:
        """Longer than any test."""
        self.order("too-many-seconds", seconds=200)
        expect(self.pane.locator(".state")).to_contain_text("the server answered 429")

    def struck_by(self) -> list[str]:
        return [fact["fault"] for fact in self.journal()["facts"] if fact["kind"] == "fault"]


@dataclass
class Both:
    wakeful: Viewed
    native: Viewed


def viewers(page: Page, demo: DemoProcess) -> Both:
    return Both(Viewed(demo, page.locator("#wakeful")), Viewed(demo, page.locator("#native")))


@contextmanager
def named_turn(page: Page) -> Iterator[str]:
    """What the next question's clients will be called at the server, each behind its pane's id and a hyphen: a fault
    can be ordered before they ask. The question is asked in here."""
    drawn = page.evaluate("Math.random()")
    page.evaluate("(drawn) => { self.random = Math.random; Math.random = () => drawn; }", drawn)
    name: str = page.evaluate("Math.random().toString(36).slice(2, 10)")
    yield name
    page.evaluate("Math.random = self.random")
    client = page.locator(".turn").last.get_attribute("data-client") or ""
    assert client.endswith(f"-{name}")


def spoken(messages: list[dict[str, Any]]) -> str:
    """All that the agent said and thought, its tools' names, arguments and results included, in order."""
    said: list[str] = []
    kind = ""
    for message in messages:
        chunk = json.loads(message["data"])
        pieces = [("result", chunk["content"])] if chunk.get("role") == "tool" else pieces_of(chunk)
        for found, piece in pieces:
            said.append(piece if found == kind else f"\n{piece}")
            kind = found
    return "".join(said)


def pieces_of(chunk: dict[str, Any]) -> list[tuple[str, str]]:
    pieces = []
    for choice in chunk["choices"]:
        delta = choice["delta"]
        pieces += [(key, delta[key]) for key in ("reasoning_content", "content") if delta.get(key)]
        for call in delta.get("tool_calls", ()):
            function = call["function"]
            pieces += [(key, function[key]) for key in ("name", "arguments") if function.get(key)]
    return pieces


def expected_letters(messages: list[dict[str, Any]]) -> str:
    """As the page draws it: numbers of lists are drawn, and JSON is laid out."""
    drawn = []
    for line in spoken(messages).splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            drawn.append(re.sub(r"^\d+\. ", "", line))
        else:
            drawn.append(json.dumps(value, ensure_ascii=False))
    return re.sub(r'[{}\[\]",:]+', "", letters("\n".join(drawn)))


def drawn_letters(turn: Locator) -> str:
    """The answer without the page's own words around it."""
    own_words = ".thinking > summary, .tool-status, .result > summary, .interrupted"
    text = turn.locator(".answer").evaluate(
        """(answer, own) => {
            const copy = answer.cloneNode(true);
            for (const element of copy.querySelectorAll(own)) element.remove();
            return copy.textContent;
        }""",
        own_words,
    )
    return re.sub(r'[{}\[\]",:]+', "", letters(text))


def assert_whole_and_once(viewed: Viewed) -> None:
    # A verdict that is there may be the last one still: after a retry, say.
    expect(viewed.turn.locator(".verdict")).to_have_attribute("data-verdict", "whole")
    expect(viewed.turn.locator(".verdict")).to_contain_text("Whole, once")
    for name, value in {"missing": 0, "repeated": 0, "received": len(viewed.logged())}.items():
        viewed.expect_count(name, value)
    assert drawn_letters(viewed.turn) == expected_letters(viewed.logged())


def ask(page: Page, script: str, speed: float = 3) -> None:
    """speed: 3 gives an answer of ten seconds; where a test must meet the middle of it, a busy machine needs more."""
    set_speed(page, speed)
    page.locator(f".suggestions [data-script={script}]").click()


def ask_slowly(page: Page, demo: DemoProcess) -> Viewed:
    """Wakeful's part of an answer that has begun and lasts for minutes, or until it is cut short."""
    ask(page, LONG, speed=0.2)
    wakeful = viewers(page, demo).wakeful
    expect(wakeful.turn.locator(".answer p").first).to_be_visible()
    return wakeful


def set_speed(page: Page, speed: float) -> None:
    """Times that of the demo. The page need not have it on offer."""
    page.locator("[name=speed]").evaluate(
        "(select, speed) => { [select.options[0].value, select.selectedIndex] = [speed, 0]; }", str(speed)
    )
