"""What docs/adapters.md shows runs, in both languages; its first table names every adapter there is."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path

import pytest

from adapters.dialects import DIALECTS, own_stream
from plays import STREAM
from wakeful.adapters.adapter import Adapter
from wakeful_demo.plays import PlayThread

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "adapters.md").read_text("utf-8")
EXAMPLE_URL = "https://example.com/v1/messages"
# The stream of the play, and how it ends.
WHOLE = own_stream("anthropic/text")[0].decode()
CASES = {
    "whole": (WHOLE, "completed complete Ein Boot ⛵ und Ruhe"),
    "cut": (WHOLE.partition(" und Ruhe")[0].rpartition("event:")[0], "truncated interrupted Ein Boot"),
    "failed": (own_stream("anthropic/error")[0].decode(), "failed interrupted Half"),
}


def example(language: str) -> str:
    [code] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(code)


@pytest.mark.parametrize("case", CASES)
def test_the_python_example(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    body, told = CASES[case]
    with PlayThread() as plays:
        play = plays.create([[STREAM, {"data": body}]])
        assert EXAMPLE_URL in example("python")
        exec(example("python").replace(EXAMPLE_URL, plays.url_of(play)), {"__name__": "example"})
        assert play.journal()["accepted"] == 1
    assert capsys.readouterr().out == f"{told}\n"


@pytest.mark.node
@pytest.mark.parametrize("case", CASES)
def test_the_javascript_example(case: str, tmp_path: Path) -> None:
    body, told = CASES[case]
    dist = (ROOT / "web" / "dist").as_uri()
    code = example("js")
    code = code.replace('"wakeful"', f'"{dist}/wakeful.mjs"').replace('"wakeful/adapters', f'"{dist}/adapters')
    code = code.replace('adapters/anthropic"', 'adapters/anthropic.mjs"')
    code = code.replace('"wakeful/payload"', f'"{dist}/wakeful.payload.mjs"')
    with PlayThread() as plays:
        play = plays.create([[STREAM, {"data": body}]])
        code += f"""
            const {{ outcome, messages }} = await ask("{plays.url_of(play)}", {{ stream: true }});
            const [part] = messages[0].parts;
            console.log(outcome.status, part.state, part.text);
        """
        script = tmp_path / "example.mjs"
        script.write_text(code, "utf-8")
        done = subprocess.run(["node", str(script)], capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-4_000:]
    assert done.stdout == f"{told}\n"


def test_the_first_table_names_every_adapter() -> None:
    rows = re.findall(r"^\| [^|]+ \| `(\w+)` \| `([\w-]+)` \| `(\w+)` \|$", PAGE, re.MULTILINE)
    assert {module for module, _, _ in rows} == set(DIALECTS.values())
    for module, entry, name in rows:
        assert entry == module.replace("_", "-")
        assert issubclass(getattr(importlib.import_module(f"wakeful.adapters.{module}"), name), Adapter)
