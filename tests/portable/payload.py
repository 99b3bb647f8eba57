"""Payload scenarios and random logs: what they fold into, whole, compacted, and through a snapshot at every event."""

from portable.dice import Dice
from portable.documents import canonical
from portable.trace import quote
from wakeful.document import (
    Document,
    get,
    has,
    kind_of,
    length,
    make_array,
    make_object,
    parse_document,
    put,
    remove,
    text_of,
)
from wakeful.errors import DocumentError, PatchError
from wakeful.outcome import Outcome
from wakeful.payload.accumulator import Accumulator
from wakeful.payload.compact import compact
from wakeful.payload.model import Part
from wakeful.payload.patch import apply_patch
from wakeful.records import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


# What an accumulator shows, as lines.


def shown(accumulator: Accumulator) -> list[str]:
    """m1 assistant stop | p1 tool-call search call-1 open "{\\"q\\"" {"q":""}"""
    lines: list[str] = []
    for message in accumulator.messages:
        finish = "" if message.finish == "" else f" {message.finish}"
        lines.append(f"{message.mid} {message.role}{finish}{meta_text(message.meta)}")
        for part in message.parts:
            lines.append(part_line(part))
    return lines


def part_line(part: Part) -> str:
    line = f"{part.pid} {part.kind}"
    if part.name != "":
        line += f" {part.name}"
    if part.call_id != "":
        line += f" {part.call_id}"
    line += f" {part.state}"
    if part.text != "":
        line += f" {quote(part.text)}"
    if part.value is not None:
        line += f" {canonical(part.value)}"
    return line + meta_text(part.meta)


def meta_text(meta: Document) -> str:
    return "" if meta is None else f" meta {canonical(meta)}"


def read(accumulator: Accumulator, name: str) -> str:
    if name == "state":
        return canonical(accumulator.state)
    if name == "rev":
        return f"{accumulator.rev}"
    if name == "usage":
        return canonical(accumulator.usage)
    if name == "notices":
        return canonical(make_array(accumulator.notices))
    if name == "inputs":
        return canonical(make_array(accumulator.inputs))
    if name == "status":
        return accumulator.status
    if name == "fault":
        return accumulator.fault
    if name == "fault_detail":
        return accumulator.fault_detail
    if name == "unknown":
        return f"{accumulator.unknown}"
    if name == "snapshot":
        return canonical(accumulator.snapshot())
    return f"no {name}"


def summary(accumulator: Accumulator) -> str:
    """All that a log folds into, but for what is transient."""
    names = ["state", "rev", "usage", "notices", "inputs", "fault", "fault_detail"]
    return " | ".join(shown(accumulator) + [f"{name}={read(accumulator, name)}" for name in names])


# Scenarios.


class PayloadRun:
    """One scenario: steps as flattened by tests/cases.py. The log that it applies is kept for what follows."""

    def __init__(self, name: str, sink: "Callable[[str], None]") -> None:
        self.mismatches: list[str] = []
        self.log: list[Document] = []
        self.is_plain = True  # nothing but events that are JSON
        self.accumulator = Accumulator()
        self.name = name
        self._sink = sink

    def step(self, step: list[str]) -> None:
        word = step[0]
        accumulator = self.accumulator
        if word == "event":
            self._event(step[1])
        elif word == "message":
            self.is_plain = False
            accumulator.apply(Message(step[1], step[2], ""))
        elif word == "finish":
            self.is_plain = False
            accumulator.finish(outcome_of(step[1]))
        elif word == "reset":
            self.is_plain = False
            accumulator.reset()
        elif word == "compacted":
            self._compare("compacted", canonical(make_array(compact(self.log))), step[1])
        elif word == "shows":
            self._compare("shows", " | ".join(shown(accumulator)), " | ".join(step[1:]))
        elif word == "check":
            self._compare(step[1], read(accumulator, step[1]), step[2])
        else:
            self.mismatches.append(f"{self.name}: unknown step {word}")
        self._sink(summary(accumulator))

    def _event(self, text: str) -> None:
        try:
            self.log.append(parse_document(text))
        except DocumentError:
            self.is_plain = False
        before = self.accumulator.version
        faulty = self.accumulator.fault != ""
        self.accumulator.apply_text(text)
        if self.accumulator.version == before and not faulty:
            self.mismatches.append(f"{self.name}: the version did not rise")

    def _compare(self, what: str, found: str, wanted: str) -> None:
        if found != wanted:
            self.mismatches.append(f"{self.name}: {what}\n  expected {wanted}\n  got      {found}")


def outcome_of(status: str) -> Outcome:
    if status == "completed":
        return Outcome("completed")
    if status == "truncated":
        return Outcome("truncated")
    return Outcome("failed")


def run_payload(cases: list[list[str]], sink: "Callable[[str], None]") -> list[str]:
    """A case with "scenario" at its head begins one; those up to the next are its steps. Returns what differed."""
    runs: list[PayloadRun] = []
    for case in cases:
        if case[0] == "scenario":
            runs.append(PayloadRun(case[1], sink))
        elif len(runs) > 0:
            runs[len(runs) - 1].step(case)
    mismatches: list[str] = []
    for run in runs:
        mismatches.extend(run.mismatches)
        if run.is_plain:
            mismatches.extend([f"{run.name}: {problem}" for problem in broken_laws(run.log, sink)])
    return mismatches


def run_patches(cases: list[list[str]], sink: "Callable[[str], None]") -> list[str]:
    """Each case is [name, document, patch, what comes of it]. Returns what differed."""
    mismatches: list[str] = []
    for case in cases:
        document = parse_document(case[1])
        before = canonical(document)
        try:
            found = canonical(apply_patch(document, parse_document(case[2])))
        except PatchError as error:
            found = f"error: {error}"
        sink(found)
        if found != case[3]:
            mismatches.append(f"{case[0]}: {found}, not {case[3]}")
        if canonical(document) != before:
            mismatches.append(f"{case[0]}: the document was changed")
    return mismatches


# Laws: what holds of every log.


def fold(log: "list[Document]") -> Accumulator:
    accumulator = Accumulator()
    for event in log:
        accumulator.apply_event(event)
    return accumulator


def broken_laws(log: "list[Document]", sink: "Callable[[str], None]") -> list[str]:
    problems: list[str] = []
    whole = fold(log)
    wanted = summary(whole)
    sink(wanted)
    shorter = compact(log)
    folded = fold(shorter)
    sink(f"{len(log)} {len(shorter)}")
    if summary(folded) != wanted:
        problems.append(f"compacted\n  expected {wanted}\n  got      {summary(folded)}")
    if len(shorter) > len(log):
        problems.append("compacted is longer")
    problems.extend(broken_cuts(log, wanted))
    return problems


def broken_cuts(log: "list[Document]", wanted: str) -> list[str]:
    """At every event: a snapshot and the rest fold into the same, and a stream cut there shows no part as complete that
    has not ended."""
    problems: list[str] = []
    accumulator = Accumulator()
    for cut in range(len(log) + 1):
        if accumulator.fault == "":
            restored = Accumulator()
            restored.apply_event(parse_document(canonical(accumulator.snapshot())))
            for event in log[cut:]:
                restored.apply_event(event)
            if summary(restored) != wanted:
                problems.append(f"snapshot at {cut}\n  expected {wanted}\n  got      {summary(restored)}")
        problems.extend([f"cut at {cut}: {line}" for line in early_ends(log[:cut])])
        if cut < len(log):
            accumulator.apply_event(log[cut])
    return problems


def early_ends(log: "list[Document]") -> list[str]:
    """Parts that are shown as complete, and have had no end."""
    ended: dict[str, bool] = {}
    for event in log:
        if text_of(get(event, "type"), "") == "part.end":
            ended[text_of(get(event, "pid"), "")] = True
        if text_of(get(event, "type"), "") == "snapshot":
            return []  # says itself what is complete
    accumulator = fold(log)
    accumulator.finish(Outcome("truncated"))
    found: list[str] = []
    for message in accumulator.messages:
        for part in message.parts:
            if part.state == "open" or (part.state == "complete" and part.pid not in ended):
                found.append(part_line(part))
    return found


# Random logs: mostly right, now and then wrong.

WORDS = ["a", "é", "😀", "{", '"', "\\", "\n", "Hello ", "1", "[true,", '{"q":"x y"', "}", "]", ",", "\\u00e9"]
KINDS = ["text", "reasoning", "tool-call", "tool-call", "tool-result", "data", "source", "x.odd"]
NAMES = ["a", "b", "__proto__", "1", "0", "constructor", "~/"]


class LogMaker:
    """A random log of this many events."""

    def __init__(self, seed: int) -> None:
        self._dice = Dice(seed)
        self._log: list[Document] = []
        self._mids = 0
        self._pids = 0
        self._open: list[str] = []
        self._kinds: dict[str, str] = {}
        self._shadow = Accumulator()  # knows lengths and revisions
        self._wrong = self._dice.roll(4) == 0

    def make(self, count: int) -> "list[Document]":
        self._add([("type", "message.start"), ("mid", "m1"), ("role", "assistant")])
        self._mids = 1
        for _ in range(count):
            self._event()
        return self._log

    def _add(self, members: "list[tuple[str, Document]]") -> None:
        event = make_object(members)
        if self._dice.roll(40) == 0:
            put(event, "meta", make_object([("n", self._dice.roll(9))]))
        if self._dice.roll(40) == 0:
            put(event, "pad", "xxxx")
        if self._wrong and self._dice.roll(30) == 0:
            self._spoil(event)
        self._log.append(event)
        self._shadow.apply_event(event)

    def _spoil(self, event: Document) -> None:
        kind = self._dice.roll(5)
        if kind == 0:
            remove(event, "pid")
        elif kind == 1:
            put(event, "pid", "nowhere")
        elif kind == 2:
            put(event, "bytes", 9_999)
        elif kind == 3:
            put(event, "base", 77)
        else:
            put(event, "d", 7)

    def _event(self) -> None:
        roll = self._dice.roll(100)
        if roll < 45 and len(self._open) > 0:
            self._delta()
        elif roll < 60:
            self._start_part()
        elif roll < 70 and len(self._open) > 0:
            self._end_part()
        elif roll < 74:
            self._mids += 1
            self._add([("type", "message.start"), ("mid", f"m{self._mids}"), ("role", "assistant")])
        elif roll < 76:
            self._add(
                [("type", "message.end"), ("mid", f"m{self._mids}"), ("finish", "stop"), ("usage", self._usage())]
            )
        elif roll < 82:
            self._state()
        elif roll < 86:
            self._add([("type", "usage"), ("in", self._dice.roll(99)), (self._name(), self._dice.roll(99))])
        else:
            self._rare(roll)

    def _rare(self, roll: int) -> None:
        if roll < 90:
            self._add([("type", "status"), ("text", "working")])
        elif roll < 92:
            self._add([("type", "notice"), ("problem", make_object([("title", f"{roll}")]))])
        elif roll < 94:
            rid = f"r{self._dice.roll(2)}"
            self._add(
                [
                    ("type", "input.request"),
                    ("rid", rid),
                    ("kind", "form"),
                    ("schema", make_object([("title", self._word())])),
                ]
            )
        elif roll < 97:
            self._add([("type", "x.vendor.mark"), ("pid", self._pid())])
        elif roll == 97 and self._wrong:
            self._add([("type", "future.thing"), ("critical", True)])
        elif roll == 98 and self._shadow.fault == "":
            self._log.append(self._shadow.snapshot())
        else:
            self._add([("type", "future.thing")])

    def _usage(self) -> Document:
        return make_object([("out", self._dice.roll(99))])

    def _name(self) -> str:
        return NAMES[self._dice.roll(len(NAMES))]

    def _word(self) -> str:
        return WORDS[self._dice.roll(len(WORDS))]

    def _pid(self) -> str:
        return self._open[self._dice.roll(len(self._open))] if len(self._open) > 0 else "p0"

    def _value(self, levels: int) -> Document:
        kind = self._dice.roll(6 if levels > 0 else 4)
        if kind == 0:
            return self._word()
        if kind == 1:
            return self._dice.roll(1_000)
        if kind == 2:
            return self._dice.roll(2) == 0
        if kind == 3:
            return None
        items = [self._value(levels - 1) for _ in range(self._dice.roll(3))]
        return make_array(items) if kind == 4 else make_object([(self._name(), item) for item in items])

    def _start_part(self) -> None:
        self._pids += 1
        pid = f"p{self._pids}"
        kind = KINDS[self._dice.roll(len(KINDS))]
        self._open.append(pid)
        self._kinds[pid] = kind
        members: list[tuple[str, Document]] = [
            ("type", "part.start"),
            ("mid", f"m{self._mids}"),
            ("pid", pid),
            ("kind", kind),
        ]
        if kind == "tool-call" or kind == "tool-result":
            members.append(("callId", f"c{self._pids}"))
        self._add(members)

    def _delta(self) -> None:
        pid = self._pid()
        kind = self._kinds.get(pid, "")
        if kind == "data" and self._dice.roll(2) == 0:
            path = make_object([("op", "add"), ("path", ""), ("value", self._value(2))])
            self._add([("type", "part.patch"), ("pid", pid), ("ops", make_array([path]))])
        elif kind == "data" or kind == "source" or (kind == "tool-result" and self._dice.roll(2) == 0):
            self._add([("type", "part.set"), ("pid", pid), ("value", self._value(2))])
        elif kind == "tool-call" and self._dice.roll(12) == 0:
            self._add([("type", "part.set"), ("pid", pid), ("value", self._value(2))])
        else:
            self._add([("type", "part.delta"), ("pid", pid), ("d", self._word() + self._word())])

    def _end_part(self) -> None:
        pid = self._pid()
        part = self._shadow.find_part(pid)
        size = 0 if part is None else part.bytes
        kind = self._kinds.get(pid, "")
        self._open.remove(pid)
        members: list[tuple[str, Document]] = [("type", "part.end"), ("pid", pid), ("bytes", size)]
        roll = self._dice.roll(8)
        if roll == 0:
            text = kind == "text" or kind == "reasoning"
            members.append(("value", self._word() if text else self._value(2)))
        elif roll == 1:
            members.append(("state", "denied"))
        elif roll == 2:
            members.append(("state", "error"))
        self._add(members)

    def _state(self) -> None:
        rev = self._shadow.rev
        if self._dice.roll(2) == 0:
            self._add([("type", "state.set"), ("rev", rev + 1), ("value", self._value(3))])
            return
        operations = [self._operation() for _ in range(1 + self._dice.roll(3))]
        ops = make_array(operations)
        self._add([("type", "state.patch"), ("base", rev), ("rev", rev + 1 + self._dice.roll(3)), ("ops", ops)])

    def _operation(self) -> Document:
        """One that mostly applies: to the root, or to a member of it if it is an object."""
        state = self._shadow.state
        name = self._name()
        path = "/" + name.replace("~", "~0").replace("/", "~1")
        if kind_of(state) == "object" and self._dice.roll(2) == 0:
            word = "replace" if has(state, name) else "add"
            return make_object([("op", word), ("path", path), ("value", self._value(2))])
        if kind_of(state) == "array" and length(state) > 0 and self._dice.roll(2) == 0:
            return make_object([("op", "copy"), ("from", "/0"), ("path", "/-")])
        return make_object([("op", "add"), ("path", ""), ("value", self._value(2))])


def run_random_logs(cases: list[list[str]], sink: "Callable[[str], None]") -> list[str]:
    """Each case is [first seed, count of logs, events of each]. Returns the laws that were broken."""
    problems: list[str] = []
    for case in cases:
        for seed in range(int(case[0]), int(case[0]) + int(case[1])):
            log = LogMaker(seed).make(int(case[2]))
            sink(canonical(make_array(log)))
            problems.extend([f"log {seed}: {problem}" for problem in broken_laws(log, sink)])
    return problems
