"""The scripted agent: what it says, in the shape of OpenAI chat-completion chunks, and at which pace.

A script is a file of scripts/: a title, a suggested prompt, tokens_per_second, and steps, each with one key:
  {"reasoning": [text, ...]} and {"text": [text, ...]}   spoken token by token; the pieces are joined as they are
  {"tool": {"name", "arguments", "result", "takes_ms"}}  a call, argument text in pieces, then the tool's message

The same script, run and seed give the same messages and the same pauses. A server that was restarted in the middle of
a run therefore goes on with the message that the log lacks.
"""

import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parent / "scripts"
MODEL = "wakeful-scripted-agent"
END = "[DONE]"

# Word pieces with the space before them, runs of line ends, and single other characters: about what tokenizers make of
# prose. A token may end inside a grapheme (an emoji family is seven code points), never inside a code point.
TOKEN = re.compile(r" ?[^\W_]{1,7}|\n+| ?.", re.DOTALL)
SENTENCE_END = (".", "!", "?", ":", "\n", "。", "？")


@dataclass(frozen=True)
class Beat:
    """One message, and the pause before it in ms at normal speed."""

    pause_ms: float
    data: str
    type: str = "message"


@dataclass(frozen=True)
class Script:
    name: str
    title: str
    prompt: str
    tokens_per_second: float
    steps: list[dict[str, Any]]


def load_scripts(folder: Path = SCRIPTS) -> dict[str, Script]:
    scripts = {}
    for file in sorted(folder.glob("*.json")):
        content = json.loads(file.read_text(encoding="utf-8"))
        scripts[file.stem] = Script(file.stem, **content)
    return scripts


def perform(script: Script, run: str, created_s: int) -> Iterator[Beat]:
    """Everything that the agent says in this run, the end marker last."""
    pace = Pace(script.tokens_per_second, seed=f"{script.name} {run}")
    completion = _Completion(run, created_s)
    yield Beat(pace.thinking(), completion.chunk({"role": "assistant", "content": ""}))
    for step in script.steps:
        if "tool" in step:
            yield from _call_tool(step["tool"], completion, pace)
            continue
        field, pieces = ("reasoning_content", step["reasoning"]) if "reasoning" in step else ("content", step["text"])
        for token in TOKEN.findall("".join(pieces)):
            yield Beat(pace.before(token), completion.chunk({field: token}))
            completion.tokens += 1
    yield Beat(pace.before(""), completion.chunk({}, finish="stop"))
    yield Beat(0, completion.usage(len(script.prompt) // 4))
    yield Beat(0, END)


def _call_tool(tool: dict[str, Any], completion: "_Completion", pace: "Pace") -> Iterator[Beat]:
    """A call ends one completion; the tool answers with a message of its own, and the next completion begins."""
    call_id = completion.new_id("call_")
    function = {"name": tool["name"], "arguments": ""}
    opening = {"index": 0, "id": call_id, "type": "function", "function": function}
    yield Beat(pace.thinking(), completion.chunk({"tool_calls": [opening]}))
    for token in TOKEN.findall(json.dumps(tool["arguments"], ensure_ascii=False)):
        piece = {"index": 0, "function": {"arguments": token}}
        yield Beat(pace.before(token), completion.chunk({"tool_calls": [piece]}))
        completion.tokens += 1
    yield Beat(0, completion.chunk({}, finish="tool_calls"))
    content = json.dumps(tool["result"], ensure_ascii=False)
    answer = json.dumps({"role": "tool", "tool_call_id": call_id, "content": content}, ensure_ascii=False)
    yield Beat(float(tool["takes_ms"]), answer)
    completion.begin_next()
    yield Beat(pace.thinking(), completion.chunk({"role": "assistant", "content": ""}))


class _Completion:
    """The fields that all chunks of one completion share."""

    def __init__(self, run: str, created_s: int) -> None:
        self.tokens = 0
        self._run = run
        self._created_s = created_s
        self._ids = 0
        self._id = self.new_id("chatcmpl-")

    def begin_next(self) -> None:
        self._id = self.new_id("chatcmpl-")

    def new_id(self, prefix: str) -> str:
        self._ids += 1
        return prefix + hashlib.sha256(f"{self._run} {self._ids}".encode()).hexdigest()[:24]

    def chunk(self, delta: dict[str, Any], finish: str | None = None) -> str:
        return self._json(choices=[{"index": 0, "delta": delta, "finish_reason": finish}])

    def usage(self, prompt_tokens: int) -> str:
        total = prompt_tokens + self.tokens
        usage = {"prompt_tokens": prompt_tokens, "completion_tokens": self.tokens, "total_tokens": total}
        return self._json(choices=[], usage=usage)

    def _json(self, **content: Any) -> str:
        head = {"id": self._id, "object": "chat.completion.chunk", "created": self._created_s, "model": MODEL}
        return json.dumps({**head, **content}, ensure_ascii=False, separators=(",", ":"))


class Pace:
    """Pauses like those of somebody who speaks: uneven, longer behind a sentence, longest before a new thought."""

    def __init__(self, tokens_per_second: float, seed: str) -> None:
        self._mean_ms = 1000 / tokens_per_second
        self._random = random.Random(seed)
        self._sentence_ended = False

    def before(self, token: str) -> float:
        pause = self._mean_ms * self._random.uniform(0.4, 1.5)
        if self._sentence_ended and token:
            pause += self._random.uniform(20, 160)
        self._sentence_ended = token.endswith(SENTENCE_END)
        return pause

    def thinking(self) -> float:
        return self._random.uniform(250, 700)
