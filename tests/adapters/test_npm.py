"""The adapters of the npm package, minified and in their own names, say what those of Python say."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from adapters.dialects import DIALECTS, REQUEST_ID, messages_of, own_stream, own_streams
from portable.adapters import adapter_of
from wakeful.adapters.adapter import Adapter
from wakeful.adapters.mcp import MCPAdapter

pytestmark = pytest.mark.node
HERE = Path(__file__).parent
DIST = HERE.parent.parent / "web" / "dist"


def adapter_with_prefix(dialect: str) -> Adapter:
    return MCPAdapter("r.", REQUEST_ID) if dialect == "mcp" else type(adapter_of(dialect))("r.")


def say(dialect: str, body: bytes) -> dict[str, Any]:
    adapter = adapter_with_prefix(dialect)
    events = [event for message in messages_of(body)[0] for event in adapter.receive(message)]
    events += adapter.receive_eof()
    assert adapter.outcome is not None
    problem = adapter.outcome.problem
    told = problem and {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "retry": problem.retry,
        "retryAfterMs": problem.retry_after_ms,
    }
    markers = {"data": adapter.END_DATA, "type": adapter.END_TYPE}
    return {
        "events": events,
        "outcome": {"status": adapter.outcome.status, "problem": told},
        "cursor": adapter.cursor,
        "end": {name: marker for name, marker in markers.items() if marker is not None},
    }


def test_the_package_says_what_python_says(tmp_path: Path) -> None:
    streams = [(name.split("/")[0], own_stream(name)[0]) for name in own_streams()]
    given = tmp_path / "streams.json"
    given.write_text(json.dumps([[dialect, body.decode()] for dialect, body in streams]), "utf-8")
    done = subprocess.run(
        ["node", str(HERE / "npm.mjs"), str(given)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    for (dialect, body), found in zip(streams, json.loads(done.stdout), strict=True):
        assert found == say(dialect, body)


def test_each_adapter_is_an_entry_of_its_own() -> None:
    names = {dialect.replace("_", "-") for dialect in DIALECTS.values()}
    assert {path.stem for path in (DIST / "adapters").glob("*.mjs")} == names
    assert {path.name.removesuffix(".d.ts") for path in (DIST / "types" / "adapters").iterdir()} == names | {"adapter"}
    for name in names:  # nothing of the client, and none of the others
        code = (DIST / "adapters" / f"{name}.mjs").read_text("utf-8")
        assert "import" not in code.replace("import.meta", "")
        assert "text/event-stream" not in code
