"""What docs/payload.md shows runs and prints what it says, in both languages; so does the package's surface."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from plays import HOLD, STREAM
from wakeful.payload import Accumulator, ChatMessage, Part
from wakeful_demo.plays import PlayThread

ROOT = Path(__file__).parent.parent
WEB = ROOT / "web"
PAGE = (ROOT / "docs" / "payload.md").read_text("utf-8")
EXAMPLE_URL = "https://example.com/runs/7/events"


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def printed(code: str) -> str:
    """What the page says that this code prints."""
    [text] = re.findall(rf"{re.escape(code)}```\n\nprints\n\n```\n(.*?)```\n", PAGE, re.DOTALL)
    return str(text)


PLAIN = [code for code in fenced("python") if "connect" not in code]


@pytest.mark.parametrize("code", PLAIN, ids=range(len(PLAIN)))
def test_the_python_examples(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "payload.md", "exec"), {"__name__": "example"})
    assert capsys.readouterr().out == printed(code)


def test_there_are_examples() -> None:
    assert len(PLAIN) == 3
    assert len(fenced("js")) == 2


# Over a stream: a run that is whole, one that is cut off, and one with a hole that a snapshot mends.

START = [
    {"type": "message.start", "mid": "m1", "role": "assistant"},
    {"type": "part.start", "mid": "m1", "pid": "p1", "kind": "text"},
    {"type": "part.delta", "pid": "p1", "d": "Hello, "},
]
END = [{"type": "part.delta", "pid": "p1", "d": "world"}, {"type": "part.end", "pid": "p1", "bytes": 12}]
SNAPSHOT = {
    "type": "snapshot",
    "messages": [
        {"mid": "m1", "role": "assistant", "parts": [{"pid": "p1", "kind": "text", "state": "open", "text": "Hello, "}]}
    ],
    "state": None,
    "rev": 0,
    "open": ["p1"],
}


def body(events: list[Any], first: int, end: str = "") -> str:
    """The body of a server that speaks the profile: hello, numbered events, and perhaps the end."""
    hello = {"v": 1, "stream": "7", "epoch": "e", "next": first, "hb": 0}
    text = f"event: es.hello\ndata: {json.dumps(hello)}\n\n"
    for seq, event in enumerate(events, first):
        text += f"id: e.{seq}\ndata: {json.dumps(event)}\n\n"
    if end:
        text += f'id: e.{first + len(events)}\nevent: es.end\ndata: {{"status": "{end}"}}\n\n'
    return text


HOLE = body([*START, END[1]], 1)
CASES = {
    "whole": ([body([*START, *END], 1, "completed")], "completed complete Hello, world"),
    "cancelled": ([body(START, 1, "cancelled")], "cancelled interrupted Hello, "),
    "hole": ([HOLE, body([SNAPSHOT, *END], 3, "completed")], "completed complete Hello, world"),
}


def connections(case: str) -> list[list[Any]]:
    return [[STREAM, {"data": text}, HOLD] for text in CASES[case][0]]


@pytest.mark.parametrize("case", CASES)
def test_the_python_stream(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    [code] = [code for code in fenced("python") if "connect" in code]
    assert EXAMPLE_URL in code
    with PlayThread() as plays:
        play = plays.create(connections(case))
        exec(code.replace(EXAMPLE_URL, plays.url_of(play)), {"__name__": "example"})
        requests = play.journal()["connections"]
        assert len(requests) == len(CASES[case][0])
    assert capsys.readouterr().out == f"{CASES[case][1]}\n"


def in_node(code: str) -> str:
    command = ["node", "--input-type=module", "--eval", code]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def from_dist(code: str) -> str:
    return code.replace('"wakeful/payload"', '"./dist/wakeful.payload.mjs"').replace(
        '"wakeful"', '"./dist/wakeful.mjs"'
    )


def test_a_server_whose_snapshots_do_not_help_is_given_up() -> None:
    [code] = [code for code in fenced("python") if "connect" in code]
    wrong = body([{**SNAPSHOT, "messages": 1}], 3)
    with PlayThread() as plays:
        play = plays.create([[STREAM, {"data": text}, HOLD] for text in (HOLE, wrong, wrong, wrong)])
        with pytest.raises(RuntimeError, match="snapshot: messages is no array"):
            exec(code.replace(EXAMPLE_URL, plays.url_of(play)), {"__name__": "example"})
        assert len(play.journal()["connections"]) == 3


@pytest.mark.node
@pytest.mark.parametrize("case", CASES)
def test_the_javascript_stream(case: str) -> None:
    [code] = [code for code in fenced("js") if "WakefulSource" in code]
    with PlayThread() as plays:
        play = plays.create(connections(case))
        found = in_node(
            "globalThis.addEventListener = () => {}; // a page's window: online, offline and so on\n"
            + from_dist(code)
            + f"""
            watch("{plays.url_of(play)}", (answer) => {{
              const part = answer.messages[0]?.parts[0];
              if (answer.outcome) console.log(answer.outcome.status, part.state, part.text);
            }});
            """
        )
    assert found == f"{CASES[case][1]}\n"


@pytest.mark.node
def test_the_javascript_examples() -> None:
    [code] = [code for code in fenced("js") if "WakefulSource" not in code]
    assert in_node(from_dist(code)) == printed(code)


# The package's surface.


def camel(name: str) -> str:
    return re.sub(r"_(.)", lambda match: match[1].upper(), name)


@pytest.mark.node
def test_the_page_lists_all_of_both_surfaces() -> None:
    table = PAGE.partition("| Python | JavaScript | |\n")[2].partition("\n\n")[0]
    public = [name for name in {*vars(Accumulator), *vars(Accumulator())} if not name.startswith("_")]
    of_parts = [name for name in vars(Part("p", "text", "", "", None)) if not name.startswith("_")]
    listed = re.findall(r"`(\w+)(?:\([a-z]*\))?`", table)
    assert set(public) - {"find_part"} <= set(listed)
    assert {*of_parts, *vars(ChatMessage("m", "user", None))} - {"has_value"} <= set(listed)
    found = json.loads(
        in_node(
            """
            import { Accumulator } from "./dist/wakeful.payload.mjs";
            const names = Object.getOwnPropertyNames(Accumulator.prototype).concat(Object.keys(new Accumulator()));
            console.log(JSON.stringify(names));
            """
        )
    )
    ours = {camel(name) for name in public} - {"findPart"}
    assert ours <= set(found)


@pytest.mark.node
def test_the_bundle_has_what_the_core_has() -> None:
    """Names with an underscore are shortened in the bundle: each that a page sees must have come through."""
    found = json.loads(
        in_node(
            """
            import * as payload from "./dist/wakeful.payload.mjs";
            const { Accumulator, applyPatch, compact, partialJson, PatchError, UsageError, WakefulError } = payload;
            const answer = new Accumulator();
            const log = [
              { type: "message.start", mid: "m", role: "assistant", meta: 1 },
              { type: "part.start", mid: "m", pid: "p", kind: "tool-call", callId: "c", name: "f" },
              { type: "part.delta", pid: "p", d: '{"a":"é' },
              { type: "state.set", rev: 1, value: { __proto__: null, constructor: 1 } },
              { type: "usage", in: 3 }, { type: "notice", problem: { title: "x" } }, { type: "status", text: "busy" },
              { type: "input.request", rid: "r", kind: "form" }, { type: "x.acme.y" },
            ];
            for (const event of log) answer.applyEvent(event);
            const [message] = answer.messages;
            const [part] = message.parts;
            const shown = [message.mid, message.role, message.finish, message.meta, part.pid, part.kind, part.callId,
              part.name, part.state, part.text, part.bytes, part.value, part.meta, answer.state, answer.rev,
              answer.usage, answer.notices, answer.inputs.length, answer.status, answer.unknown, answer.version];
            const snapshot = answer.snapshot();
            const again = new Accumulator();
            again.applyText(JSON.stringify(snapshot));
            again.apply({ type: "message", data: JSON.stringify({ type: "part.delta", pid: "p", d: '"}' }) });
            again.apply({ type: "other", data: "no JSON" });
            again.finish({ status: "truncated", problem: null });
            const restored = again.messages[0].parts[0];
            again.applyText("42");
            const thrown = [];
            for (const call of [() => applyPatch({}, [{ op: "remove", path: "/a" }]), () => again.snapshot()]) {
              try { call(); } catch (error) {
                thrown.push([error.name, error.message, error instanceof WakefulError, error instanceof Error]);
              }
            }
            console.log(JSON.stringify({
              exported: Object.keys(payload).sort(), shown, snapshot, thrown,
              restored: [restored.value, restored.state, again.outcome.status], fault: [again.fault, again.faultDetail],
              patched: applyPatch({ a: 1 }, [{ op: "add", path: "/__proto__", value: 2 }]),
              compact: compact(log).length, partial: partialJson('[1,2,{"a":"b'),
            }));
            """
        )
    )
    assert " ".join(found["exported"]) == (
        "Accumulator DocumentError PatchError UsageError WakefulError applyPatch compact partialJson"
    )
    assert found["shown"] == [
        "m", "assistant", "", 1, "p", "tool-call", "c", "f", "open", '{"a":"é', 8, {"a": "é"}, None, {"constructor": 1},
        1, {"in": 3}, [{"title": "x"}], 1, "busy", 1, 9,
    ]  # fmt: skip
    assert found["snapshot"]["open"] == ["p"]
    assert found["restored"] == [{"a": "é"}, "interrupted", "truncated"]
    assert found["thrown"] == [
        ["PatchError", "operation 0 (remove): there is nothing at this path", True, True],
        ["UsageError", "snapshot() in fault invalid: what is shown is not whole", True, True],
    ]
    assert found["fault"] == ["invalid", ": an event is no object with a type"]
    assert found["patched"] == {"a": 1, "__proto__": 2}
    assert found["compact"] == 8
    assert found["partial"] == [1, 2, {"a": "b"}]


CONSUMER = """
import { Accumulator, applyPatch, compact, partialJson, type ChatMessage, type Fault, type Part, type PartState,
  PatchError } from "wakeful/payload";
import { WakefulSource } from "wakeful";

const answer = new Accumulator();
const source = new WakefulSource("https://a.test/");
source.onmessage = (message) => answer.apply(message);
source.onreset = () => answer.reset();
if (source.outcome) answer.finish(source.outcome);
const messages: readonly ChatMessage[] = answer.messages;
for (const { parts } of messages) {
  for (const part of parts) {
    const whole: Part = part;
    const state: PartState = whole.state;
    console.log(state, whole.callId.length, whole.text);
  }
}
const fault: Fault = answer.fault;
const state = applyPatch<{ a: number }>({}, []);
try { console.log(fault, state.a, compact([]), partialJson("")); } catch (error) {
  if (error instanceof PatchError) console.log(error.message);
}
// @ts-expect-error: what is shown is not for writing
answer.messages = [];
"""


@pytest.mark.node
def test_a_users_typescript_knows_the_payload(tmp_path: Path) -> None:
    package = tmp_path / "node_modules" / "wakeful"
    package.mkdir(parents=True)
    (package / "package.json").write_bytes((WEB / "package.json").read_bytes())
    (package / "dist").symlink_to(WEB / "dist")
    (tmp_path / "page.ts").write_text(CONSUMER)
    options = "--noEmit --strict --target es2022 --module nodenext --preserveSymlinks --types".split()
    command = [str(WEB / "node_modules" / ".bin" / "tsc"), *options, "", "page.ts"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
