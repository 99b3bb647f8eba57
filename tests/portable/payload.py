"""Payload scenarios and patches; and the laws of every log: it folds into the same whole, compacted, and through a
snapshot at every event."""

from portable.documents import canonical
from portable.trace import quote
from wakeful.document import Document, get, make_array, parse_document, text_of
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
