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
        ["StreamFailed", ["StreamFailed", "WakefulError"]],
        ["StreamReset", ["StreamReset", "WakefulError"]],
    ]


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
