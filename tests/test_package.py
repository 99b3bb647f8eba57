"""The npm package: what it exports, and that a user's TypeScript finds all of it declared."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).parent.parent / "web"
ERRORS = {"WakefulError", "UsageError", "OptionError", "EventTooLarge", "StreamFailed", "StreamReset"}

# A page that tells errors apart, as a user writes it.
CONSUMER = """
import { EventTooLarge, OptionError, StreamFailed, StreamReset, UsageError, WakefulError } from "wakeful";
import { WakefulSource, parse } from "wakeful";

try {
  const source: WakefulSource = new WakefulSource("https://a.test/", { attempts: 1 });
  source.restart();
} catch (error) {
  if (error instanceof OptionError) console.log(error.name, error.message);
  if (error instanceof UsageError || error instanceof EventTooLarge) throw error;
  if (error instanceof StreamFailed) console.log(error.detail.reason);
  if (error instanceof StreamReset) console.log(error.detail.base);
}
const live = new WakefulSource("/runs/7/events");
live.addEventListener("message", (event) => console.log(event.data.length, event.lastEventId));
live.addEventListener("statechange", ({ detail }) => console.log(detail.state, detail.delayMs));
live.addEventListener("reset", ({ detail }) => console.log(detail.base + 1));
live.addEventListener("protocolwarning", ({ detail }) => console.log(detail.frame.length));
live.addEventListener("a server's own", (event) => console.log(event.data.length), { once: true });
live.addEventListener("end", { handleEvent: (event: Event) => console.log(event.type) });
const failed: WakefulError = new StreamFailed("", null!);
console.log(failed, [...parse([])]);
"""

pytestmark = pytest.mark.node


def in_node(code: str) -> object:
    command = ["node", "--input-type=module", "--eval", code]
    return json.loads(subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=True).stdout)


def test_errors_are_exported_and_caught_by_their_classes() -> None:
    found = in_node(
        """
        import * as wakeful from "./dist/wakeful.mjs";
        globalThis.addEventListener = () => {}; // a page's window: online, offline and so on
        const raised = [];
        const note = (call) => {
          try { call(); } catch (error) {
            const kinds = Object.keys(wakeful).filter((name) => /Error|Failed|Large|StreamReset/.test(name));
            raised.push([error.name, kinds.filter((name) => error instanceof wakeful[name]).sort()]);
          }
        };
        note(() => new wakeful.WakefulSource("https://a.test/", { attempts: 0 }));
        note(() => new wakeful.WakefulSource("https://a.test/", { attempt: 1 }));
        note(() => { const source = new wakeful.WakefulSource("https://a.test/"); source.close(); source.restart(); });
        note(() => [...wakeful.parse([new TextEncoder().encode("data: long")], { maxEventBytes: 3 })]);
        for (const body of [new ArrayBuffer(2), new URLSearchParams("a=1"), { a: 1 }, 5, []]) {
          note(() => new wakeful.WakefulSource("https://a.test/", { method: "POST", body }));
        }
        note(() => new wakeful.WakefulSource("https://a.test/", { end: { event: "done" } }));
        note(() => wakeful.parse(new TextEncoder().encode("data: one chunk, not an iterable of them")));
        note(() => { throw new wakeful.StreamFailed("", null); });
        note(() => { throw new wakeful.StreamReset({ reason: "gap" }); });
        console.log(JSON.stringify({ exported: Object.keys(wakeful), raised }));
        """
    )
    assert isinstance(found, dict)
    assert set(found["exported"]) >= ERRORS | {"WakefulSource", "parse"}
    assert found["raised"] == [
        ["OptionError", ["OptionError", "WakefulError"]],
        ["OptionError", ["OptionError", "WakefulError"]],
        ["UsageError", ["UsageError", "WakefulError"]],
        ["EventTooLarge", ["EventTooLarge", "WakefulError"]],
        *[["OptionError", ["OptionError", "WakefulError"]]] * 6,
        ["TypeError", []],
        ["StreamFailed", ["StreamFailed", "WakefulError"]],
        ["StreamReset", ["StreamReset", "WakefulError"]],
    ]


def test_messages_are_stored_as_they_are_seen() -> None:
    found = in_node(
        """
        import { Accumulator } from "./dist/wakeful.payload.mjs";
        const answer = new Accumulator();
        answer.applyEvent({ type: "message.start", mid: "m1", role: "assistant" });
        answer.applyEvent({ type: "part.start", mid: "m1", pid: "p1", kind: "tool-call", name: "f", callId: "c" });
        answer.applyEvent({ type: "part.delta", pid: "p1", d: '{"a":' });
        answer.applyEvent({ type: "part.delta", pid: "p1", d: "[1" });
        answer.applyEvent({ type: "part.delta", pid: "p1", d: ",2]}" });
        console.log(JSON.stringify(answer.messages));
        """
    )
    part = {"pid": "p1", "kind": "tool-call", "name": "f", "callId": "c", "state": "open", "meta": None}
    value = {"text": '{"a":[1,2]}', "bytes": 11, "value": {"a": [1, 2]}}
    assert found == [{"mid": "m1", "role": "assistant", "finish": "", "meta": None, "parts": [{**part, **value}]}]


def test_a_handler_that_fails_in_node_stops_nothing() -> None:
    """Node has no reportError(): the rejection is an uncaught error there, as it is in a page."""
    found = in_node(
        """
        import { createServer } from "node:http";
        import { WakefulSource } from "./dist/wakeful.mjs";
        const uncaught = [], got = [];
        process.on("uncaughtException", (error) => uncaught.push(error.message));
        process.on("exit", () => console.log(JSON.stringify({ got, uncaught })));
        const server = createServer((_, response) => {
          response.writeHead(200, { "content-type": "text/event-stream" });
          response.end("data: a\\n\\ndata: b\\n\\ndata: [DONE]\\n\\n");
        }).listen(0, "127.0.0.1", () => {
          const source = new WakefulSource(`http://127.0.0.1:${server.address().port}/`, { end: "[DONE]" });
          source.onmessage = async ({ data }) => { got.push(data); throw new Error(`no ${data}`); };
          source.onend = () => server.close(() => server.unref()).closeAllConnections();
        });
        """
    )
    assert found == {"got": ["a", "b"], "uncaught": ["no a", "no b"]}


def test_a_users_typescript_needs_nothing_but_the_package(tmp_path: Path) -> None:
    package = tmp_path / "node_modules" / "wakeful"
    package.mkdir(parents=True)
    (package / "package.json").write_bytes((WEB / "package.json").read_bytes())
    (package / "dist").symlink_to(WEB / "dist")
    (tmp_path / "page.ts").write_text(CONSUMER)
    options = [
        "--noEmit",
        "--strict",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        "--types",
        "",
        "--preserveSymlinks",
    ]
    compiler = WEB / "node_modules" / ".bin" / "tsc"
    done = subprocess.run([compiler, *options, "page.ts"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
