"""A scenario as a server plays it, and what a client must then have reported.

Both come from the scenario's text alone: the server's operations from its inputs, the expectation from its `expect`
lines. No client of ours is run for it, so it can be held against ours as against any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Operation = dict[str, Any]

# The timer under test: long enough for a busy machine to answer in, short enough to wait for.
SCALED_MS = 4_000
# Every other timer: it must not fire. The delays before another attempt are not what is tested, and are short.
CALM_MS = 120_000
PACE = {"connect_ms": CALM_MS, "idle_ms": CALM_MS, "pause_ms": CALM_MS, "base_ms": 1, "cap_ms": 20}

ORIGIN = "http://a.test"
STREAM = f"{ORIGIN}/s"
# A request that gets no response: the server closes the socket.
NO_ANSWER: Operation = {"cut": True}
REDIRECTS = (301, 302, 303, 307, 308)
FINAL = ("open", "ended", "failed")
# The mark of scenarios that the harness plays and the drivers' own tests do not.
HARNESS_ONLY = ["conformance"]
SILENT = ("check", "at", "wait", "take", "headers", "location", "wall_s")


@dataclass
class Gate:
    """The server goes on once the client has reported so many messages and so many openings."""

    messages: int
    opens: int


@dataclass(frozen=True)
class Command:
    """The application gives it once so many messages and openings were reported, and so many requests seen."""

    word: str
    messages: int
    opens: int
    requests: int


@dataclass(frozen=True)
class Request:
    """target: what follows the stream's URL. headers: by small names, what must be there; if empty, not be there."""

    method: str
    target: str
    headers: dict[str, str]
    body: str | None = None

    @property
    def last_event_id(self) -> str:
        return self.headers["last-event-id"]


@dataclass
class Case:
    """One scenario on the wire.

    connections: for a play. options: what the client must be told, by the names of the options. pace: what it should
    be told if it can be. needs: the capabilities without which the scenario says nothing about a client.
    tokens: what the application gives, in order; None is a failure. messages, comments, resets: as `expect` has them.
    requests: what the server must have seen. opens: how often it must have opened. final: open, ended or failed.
    outcome: the word for how the run ended, "" where the scenario does not say.
    """

    name: str
    clauses: list[str]
    options: dict[str, Any]
    pace: dict[str, int]
    needs: set[str]
    connections: list[list[Operation]] = field(default_factory=list)
    gates: dict[str, Gate] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    resets: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    opens: int = 0
    final: str = ""
    outcome: str = ""

    @property
    def types(self) -> list[str]:
        """The types of event that must be listened for, where a client wants to know."""
        named = (re.match(r'message "((?:[^"\\]|\\.)*)" "', line) for line in self.messages)
        return sorted({"message", *(match[1] for match in named if match)})


def load_cases(folder: Path) -> list[Case]:
    """The cases of every scenario of this folder that a server can play. Raises ValueError for one that it cannot."""
    scenarios = [one for path in sorted(folder.glob("*.json")) for one in json.loads(path.read_text("utf-8"))]
    return [Derivation(scenario).case for scenario in scenarios if scenario.get("wire")]


class Derivation:
    """Follows a scenario's steps, and keeps the state that the client is in by its text."""

    def __init__(self, scenario: dict[str, Any]) -> None:
        options = {name: value for name, value in scenario.get("options", {}).items() if name not in ("die", "url")}
        case = self.case = Case(scenario["name"], scenario["clauses"], options, dict(PACE), set(options))
        for name in case.pace:
            case.needs.discard(name)
            options.pop(name, None)
        self._url = scenario.get("options", {}).get("url", STREAM)
        self._waiting_gate = ""
        self.state = "idle"
        if scenario.get("given"):
            self._start()
        if scenario.get("given") == "open":
            self._step({"response": 200})
            case.opens += 1
        for step in scenario["steps"]:
            self._step(step)
        self._finish(scenario)

    def _start(self) -> None:
        options = self.case.options
        if options.get("negotiate") == "query":
            raise ValueError(f"{self.case.name}: with negotiate query the first request must be among what is expected")
        self.state = "authenticating" if options.get("has_token") else "connecting"
        if self.state == "connecting":
            headers = {name.lower(): value for name, value in options.get("headers", {}).items()}
            headers["last-event-id"] = options.get("last_event_id", "")
            self.case.requests.append(Request(options.get("method", "GET"), "", headers, options.get("body")))

    def _step(self, step: dict[str, Any]) -> None:
        case, state = self.case, self.state
        if "expect" in step:
            for line in step["expect"]:
                self._expect(line)
        elif "response" in step:
            case.connections.append([{"head": {"status": step["response"], "headers": _headers(step)}}])
            self.state = "open"
        elif "data" in step or "hex" in step:
            data = step["data"].encode() if "data" in step else bytes.fromhex(step["hex"])
            case.connections[-1].append({"hex": data.hex()})
            if b"event: es." in data:
                case.needs.add("profile")
        elif "eof" in step:
            case.connections[-1].append({"eof": True})
            self.state = "waiting"
        elif "error" in step:
            self._break(state)
        elif "token" in step or "token_error" in step:
            case.tokens.append(step.get("token"))
            self.state = "connecting"
        elif "deadline" in step:
            self._wait(state)
        elif step.get("do") == "start":
            self.state = "connecting"
        elif step.get("do") == "restart":
            self._restart(state)
        elif step.get("check", {}).get("outcome", "none") != "none":
            case.outcome = step["check"]["outcome"].split(" ")[0]
        elif set(step) - set(SILENT):
            raise ValueError(f"{case.name}: {sorted(set(step) - set(SILENT))} cannot be played on the wire")

    def _break(self, state: str) -> None:
        if state == "connecting":
            self.case.connections.append([NO_ANSWER])
        else:
            # A reset throws away what the client has not read: first it must have everything before it.
            self._waiting_gate = f"g{len(self.case.gates)}"
            self._set_gate()
            self.case.connections[-1] += [{"gate": self._waiting_gate}, {"reset": True}]
        self.state = "waiting"

    def _restart(self, state: str) -> None:
        """From a wait the client would connect by itself meanwhile: the delays are short on the wire."""
        case = self.case
        if state == "open":
            self._hold()
        elif state == "connecting":
            case.connections.append([{"hold": True}])
        else:
            raise ValueError(f"{case.name}: a restart in state {state} cannot be played on the wire")
        case.commands.append(Command("restart", len(case.messages), case.opens, len(case.requests)))
        case.needs |= {"restart", "reconnect"}
        self.state = "connecting"

    def _wait(self, state: str) -> None:
        """Time goes to a deadline: the server is silent until the client gives the connection up."""
        case = self.case
        if state == "waiting":
            self.state = "connecting"
        elif state == "connecting":
            self._scale("connect_ms")
            case.connections.append([{"hold": True}])
        elif state == "open":
            self._scale("idle_ms")
            self._hold()
        else:
            raise ValueError(f"{case.name}: a deadline in state {state} cannot be played on the wire")

    def _scale(self, timer: str) -> None:
        self.case.needs.add(timer)
        self.case.pace.pop(timer, None)
        self.case.options[timer] = SCALED_MS
        self.state = "waiting"

    def _hold(self) -> None:
        """Stay open. Firefox tells of a response only with its first byte, so a head alone is followed by a comment."""
        operations = self.case.connections[-1]
        if "head" in operations[-1]:
            operations.append({"data": ":\n"})
        operations.append({"hold": True})

    def _expect(self, line: str) -> None:
        case = self.case
        change = re.match(r"[a-z]+ -> ([a-z]+) ", line)
        if change:
            if change[1] == "waiting" or change[1] in FINAL[1:]:
                self._waiting_gate = ""
            self.state = change[1]
            case.opens += change[1] == "open"
        elif line.startswith("message "):
            case.messages.append(line)
        elif line.startswith("comment "):
            case.comments.append(line)
        elif line.startswith("reset "):
            case.resets.append(line)
        elif line.startswith("connect "):
            case.requests.append(self._request(line))
        if self._waiting_gate:
            self._set_gate()

    def _set_gate(self) -> None:
        """Whatever is expected before the loss is told of, the client must have reported before it."""
        self.case.gates[self._waiting_gate] = Gate(len(self.case.messages), self.case.opens)

    def _request(self, line: str) -> Request:
        """connect 2 GET http://a.test/s accept="text/event-stream" last-event-id="7" body="…" """
        _, _, method, url, *_ = line.split(" ")
        named = {name: unquote(value) for name, value in re.findall(r' ([^ ="]+)="((?:[^"\\]|\\.)*)"', line)}
        body = named.pop("body", None)
        target = url.removeprefix(self._url if url.startswith(self._url) else ORIGIN)
        return Request(method, target, {"last-event-id": "", "authorization": "", **named}, body)

    def _finish(self, scenario: dict[str, Any]) -> None:
        case = self.case
        case.final = self.state
        if case.final == "connecting" and scenario.get("wire") == HARNESS_ONLY:
            # What it asks for is all that there is to see.
            case.connections.append([{"hold": True}])
            case.final = "open"
        elif case.final == "open":
            self._hold()
        if case.final not in FINAL:
            raise ValueError(f"{case.name} ends in {case.final}: on the wire it must end open, ended or failed")
        self._add_needs(scenario)

    def _add_needs(self, scenario: dict[str, Any]) -> None:
        """What follows from the whole of it."""
        case = self.case
        statuses = [operations[0].get("head", {}).get("status") for operations in case.connections]
        if sum(status not in REDIRECTS for status in statuses) > 1:
            case.needs.add("reconnect")
        if case.options.pop("has_token", False):
            case.needs.remove("has_token")
            case.needs.add("token")
        if "parse.comment" in case.clauses:
            case.needs.add("comments")
        if case.outcome:
            case.needs.add("outcome")
        if isinstance(scenario.get("wire"), list) and scenario["wire"] != HARNESS_ONLY and case.final == "failed":
            # What only some drivers are played: to refuse a redirect, a client has to see it.
            case.needs.add("redirects")


def _headers(step: dict[str, Any]) -> dict[str, str]:
    headers = dict(step.get("headers", {"content-type": "text/event-stream"}))
    if step.get("location"):
        headers["location"] = _location(step["location"])
    return headers


def _location(url: str) -> str:
    """Relative to the play's own URL, …/stream, below which every path is the play's too."""
    if url.startswith(STREAM):
        return url.removeprefix(STREAM) or "stream"
    return f"stream{url.removeprefix(ORIGIN)}" if url.startswith(f"{ORIGIN}/") else url


def clauses_of(cases: Iterable[Case]) -> set[str]:
    return {clause for case in cases for clause in case.clauses}


def message_line(type: str, data: str, id: str) -> str:
    """As `expect` has it: message "add" "data" id="7"."""
    name = "" if type == "message" else f"{quote(type)} "
    return f"message {name}{quote(data)}" + (f" id={quote(id)}" if id else "")


def reset_line(reason: str, epoch: str, base: int) -> str:
    return f"reset {quote(reason)} {quote(epoch)} {base}"


def comment_line(text: str) -> str:
    return f"comment {quote(text)}"


ESCAPES = {"\\": "\\", '"': '"', "n": "\n", "r": "\r", "0": "\0"}


def quote(text: str) -> str:
    for escaped, plain in ESCAPES.items():
        text = text.replace(plain, f"\\{escaped}")
    return f'"{text}"'


def unquote(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: ESCAPES[match[1]], text)
