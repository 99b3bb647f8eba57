"""Streams of every dialect through parser, adapter and accumulator: what is folded, and what a cut makes of it."""

from portable.documents import canonical
from portable.trace import quote
from wakeful.adapters.adapter import Adapter
from wakeful.adapters.ag_ui import AGUIAdapter
from wakeful.adapters.anthropic import AnthropicAdapter
from wakeful.adapters.gemini import GeminiAdapter
from wakeful.adapters.gemini_interactions import GeminiInteractionsAdapter
from wakeful.adapters.mcp import MCPAdapter
from wakeful.adapters.openai_chat import OpenAIChatAdapter
from wakeful.adapters.openai_responses import OpenAIResponsesAdapter
from wakeful.adapters.vercel_ui import VercelUIAdapter
from wakeful.document import Document, dump_document, get, text_of
from wakeful.outcome import Outcome
from wakeful.parser import EventStreamParser
from wakeful.payload.accumulator import Accumulator
from wakeful.payload.model import Part
from wakeful.records import Message
from wakeful.text import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def adapter_of(dialect: str, request_id: str = "7") -> Adapter:
    """By the module's name. request_id: of the request that a stream of MCP answers."""
    if dialect == "openai_chat":
        return OpenAIChatAdapter()
    if dialect == "openai_responses":
        return OpenAIResponsesAdapter()
    if dialect == "anthropic":
        return AnthropicAdapter()
    if dialect == "ag_ui":
        return AGUIAdapter()
    if dialect == "mcp":
        return MCPAdapter("", request_id)
    if dialect == "vercel_ui":
        return VercelUIAdapter()
    if dialect == "gemini":
        return GeminiAdapter()
    return GeminiInteractionsAdapter()


class Run:
    """A stream that ends after these bytes, to its end."""

    def __init__(self, adapter: Adapter, body: bytes) -> None:
        self.adapter = adapter
        self.accumulator = Accumulator()
        self.extensions: list[str] = []
        parser = EventStreamParser(len(body) + 1, "")
        parser.receive_data(body)
        event = parser.next_event()
        while event is not None:
            if isinstance(event, Message):
                self._apply(adapter.receive(event))
            event = parser.next_event()
        self._apply(adapter.receive_stray(parser.stray))
        self._apply(adapter.receive_eof())
        self.outcome = Outcome("unknown") if adapter.outcome is None else adapter.outcome
        self.accumulator.finish(self.outcome)

    def _apply(self, events: list[Document]) -> None:
        for event in events:
            if text_of(get(event, "type"), "").startswith("x."):
                self.extensions.append(canonical(event))
            self.accumulator.apply_text(dump_document(event))

    # What it has come to, as lines.

    def lines(self) -> list[str]:
        accumulator = self.accumulator
        told = [self._outcome_line()]
        if accumulator.fault != "":
            told.append(f"fault {accumulator.fault} {accumulator.fault_detail}")
        told.extend(self.content_lines())
        if canonical(accumulator.usage) != "{}":
            told.append(f"usage {canonical(accumulator.usage)}")
        for notice in accumulator.notices:
            told.append(f"notice {canonical(notice)}")
        return told + self.extensions

    def content_lines(self) -> list[str]:
        """Messages, state and questions: what must be whole where a run is called complete."""
        accumulator = self.accumulator
        told: list[str] = []
        for message in accumulator.messages:
            told.append(f"message {message.mid} {message.role} {message.finish or 'unfinished'}")
            for part in message.parts:
                told.append(part_line(part))
        if accumulator.rev > 0:
            told.append(f"state {accumulator.rev} {canonical(accumulator.state)}")
        for request in accumulator.inputs:
            told.append(f"input {canonical(request)}")
        return told

    def _outcome_line(self) -> str:
        line = f"outcome {self.outcome.status}"
        problem = self.outcome.problem
        if problem is not None:
            line += f" {problem.type} {problem.status} retry={quote(problem.retry)} {quote(problem.title)}"
            line += f" {quote(problem.detail)}"
        return line if self.adapter.cursor == "" else f"{line} cursor={quote(self.adapter.cursor)}"

    @property
    def is_whole(self) -> bool:
        return self.outcome.status == "completed" or self.outcome.status == "paused"


def part_line(part: Part) -> str:
    line = f"  {part.pid} {part.kind} {part.state}"
    if part.call_id != "":
        line += f" {part.call_id}"
    if part.name != "":
        line += f" {part.name}"
    if part.text != "":
        line += f" {quote(part.text)}"
    return line if part.value is None else f"{line} {canonical(part.value)}"


def short_of(cut: Run, whole: Run) -> str:
    """How a run that was cut is silently less than the whole; "" if it is not.

    It is called complete, and is all that the whole is; or not, and each part that is called complete is so.
    """
    if cut.accumulator.fault != "":
        return f"fault {cut.accumulator.fault}"
    if cut.is_whole:
        mine = "\n".join(cut.content_lines())
        return "" if mine == "\n".join(whole.content_lines()) else f"called complete with {mine}"
    known: dict[str, str] = {}
    for message in whole.accumulator.messages:
        for part in message.parts:
            known[part.pid] = part_line(part)
    for message in cut.accumulator.messages:
        for part in message.parts:
            line = part_line(part)
            if part.state == "open":
                return f"part {part.pid} is left open"
            if part.state == "complete" and known.get(part.pid, line) != line:
                return f"part {part.pid} is called complete: {line}"
    return ""


def run_adapters(cases: list[list[str]], sink: "Callable[[str], None]") -> list[str]:
    """Each case is [name, dialect, the stream, the lines of its fold]. It is cut behind each event, too."""
    mismatches: list[str] = []
    for case in cases:
        body = encode(case[2])
        whole = Run(adapter_of(case[1]), body)
        told = "\n".join(whole.lines())
        sink(f"{case[0]}\n{told}")
        if told != case[3]:
            mismatches.append(f"{case[0]}: {told}")
        for at in event_ends(body):
            cut = Run(adapter_of(case[1]), body[:at])
            sink("\n".join(cut.lines()))
            short = short_of(cut, whole)
            if short != "":
                mismatches.append(f"{case[0]} cut at {at}: {short}")
    return mismatches


def event_ends(body: bytes) -> list[int]:
    """Behind each blank line but the last: between two of them, an adapter sees no difference."""
    ends: list[int] = []
    at = 0
    for line in body.split(b"\n"):
        at += len(line) + 1
        if at < len(body) and (len(line) == 0 or line == b"\r"):
            ends.append(at)
    return ends
