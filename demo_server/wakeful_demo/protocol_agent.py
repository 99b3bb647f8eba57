"""The same scripts, spoken natively: as events of the payload (docs/payload.md), in one stream for each stage.

A tool with an "approval" (what the person is asked) and a "denied" (what the agent says then) ends a stage: the call is
complete, input.request asks, and the stream ends `paused`. The answer begins the next stage, in a stream of its own.

As in agent.py, the same script, conversation and answer give the same events and pauses, so that a server that was
restarted goes on with the event that the log lacks.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wakeful_demo.agent import SCRIPTS, TOKEN, Pace, Script, load_scripts

Event = dict[str, Any]


def load_all_scripts() -> dict[str, Script]:
    """Those that ask for an approval first."""
    return {**load_scripts(SCRIPTS / "approval"), **load_scripts()}


@dataclass(frozen=True)
class Said:
    """One event, and the pause before it in ms at normal speed."""

    pause_ms: float
    event: Event


@dataclass(frozen=True)
class Stage:
    """What is said in one stream. begins_with: the tool that was asked for; ends_with: the one to ask for now."""

    begins_with: Event | None
    steps: list[dict[str, Any]]
    ends_with: Event | None


def stages(script: Script) -> list[Stage]:
    found = []
    asked: Event | None = None
    steps: list[dict[str, Any]] = []
    for step in script.steps:
        tool = step.get("tool", {})
        if "approval" in tool:
            found.append(Stage(asked, steps, tool))
            asked, steps = tool, []
        else:
            steps.append(step)
    return [*found, Stage(asked, steps, None)]


def perform(script: Script, conversation: str, number: int, approved: bool) -> Iterator[Said]:
    """All events of one stage, from 0; the stream's own end is not among them. approved: the answer that began it."""
    stage = stages(script)[number]
    speaker = _Speaker(script, conversation, number)
    steps = stage.steps
    if stage.begins_with is not None:
        call = speaker.call_id(stage.begins_with)
        yield from speaker.result(stage.begins_with, call, approved)
        if not approved:
            steps = [{"text": [stage.begins_with["denied"]]}]
    yield speaker.start("assistant")
    for step in steps:
        if "tool" in step:
            yield from speaker.call(step["tool"])
            yield speaker.end("tool_calls")
            yield from speaker.result(step["tool"], speaker.call_id(step["tool"]), True)
            yield speaker.start("assistant")
        else:
            kind = "reasoning" if "reasoning" in step else "text"
            yield from speaker.speak(kind, "".join(step[kind]))
    if stage.ends_with is not None and (approved or stage.begins_with is None):
        yield from speaker.call(stage.ends_with)
        yield speaker.end("tool_calls")
        yield speaker.ask(stage.ends_with)
    else:
        yield speaker.end("stop")
        yield Said(0, {"type": "usage", "input": len(script.prompt) // 4, "output": speaker.tokens})


def pauses(script: Script, number: int, approved: bool) -> bool:
    """Whether a person is asked at the end of this stage."""
    stage = stages(script)[number]
    return stage.ends_with is not None and (approved or stage.begins_with is None)


class _Speaker:
    def __init__(self, script: Script, conversation: str, stage: int) -> None:
        self.tokens = 0
        self._pace = Pace(script.tokens_per_second, seed=f"{script.name} {conversation} {stage}")
        self._conversation = conversation
        self._stage = stage
        self._messages = 0
        self._parts = 0

    def start(self, role: str) -> Said:
        self._messages += 1
        return Said(self._pace.thinking(), {"type": "message.start", "mid": self._mid, "role": role})

    def end(self, finish: str) -> Said:
        return Said(0, {"type": "message.end", "mid": self._mid, "finish": finish})

    def speak(self, kind: str, text: str, **more: str) -> Iterator[Said]:
        """One part, token by token."""
        self._parts += 1
        pid = f"p{self._stage}.{self._parts}"
        yield Said(self._pace.before(""), {"type": "part.start", "mid": self._mid, "pid": pid, "kind": kind, **more})
        for token in TOKEN.findall(text):
            self.tokens += 1
            yield Said(self._pace.before(token), {"type": "part.delta", "pid": pid, "d": token})
        yield Said(0, {"type": "part.end", "pid": pid, "bytes": len(text.encode())})

    def call(self, tool: Event) -> Iterator[Said]:
        arguments = json.dumps(tool["arguments"], ensure_ascii=False)
        yield from self.speak("tool-call", arguments, callId=self.call_id(tool), name=tool["name"])

    def result(self, tool: Event, call: str, allowed: bool) -> Iterator[Said]:
        """The tool's message: what it answered, or that it was not run."""
        if allowed:
            yield Said(0, {"type": "status", "text": f"{tool['name']} is running"})
        yield Said(float(tool["takes_ms"]) if allowed else 0, self.start("tool").event)
        self._parts += 1
        pid = f"p{self._stage}.{self._parts}"
        start = {"type": "part.start", "mid": self._mid, "pid": pid, "kind": "tool-result"}
        yield Said(0, {**start, "callId": call, "name": tool["name"]})
        value = tool["result"] if allowed else {"denied": "by the person who was asked"}
        state = "ok" if allowed else "denied"
        yield Said(0, {"type": "part.end", "pid": pid, "bytes": 0, "value": value, "state": state})
        yield self.end("stop")
        if allowed:
            yield Said(0, {"type": "status", "text": ""})

    def ask(self, tool: Event) -> Said:
        call = self.call_id(tool)
        return Said(
            0, {"type": "input.request", "rid": call, "kind": "approval", "text": tool["approval"], "callId": call}
        )

    def call_id(self, tool: Event) -> str:
        return "call_" + hashlib.sha256(f"{self._conversation} {tool['name']}".encode()).hexdigest()[:16]

    @property
    def _mid(self) -> str:
        return f"m{self._stage}.{self._messages}"
