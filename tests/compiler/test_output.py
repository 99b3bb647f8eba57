"""What is written: files that people can read, bundlers can shake, and debuggers can lead back to the Python lines."""

import importlib
import json
import re
import subprocess
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from wakeful.client import Client
from wakeful.options import Options
from wakeful.parser import EventStreamParser

from .conftest import HERE, Node, compile_to, node_program

pytestmark = pytest.mark.node

failures = importlib.import_module("constructs.failures")

ROOT = HERE.parent.parent
CORE = ROOT / "client_core" / "wakeful"
TOOLS = ROOT / "web" / "node_modules"


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("core")
    assert compile_to(out, CORE) == 0
    return out


def run_node(*arguments: str | Path) -> str:
    command = [node_program(), "--enable-source-maps", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def python_line(run: Callable[[], object]) -> tuple[str, str, str]:
    """(error, its message, file:line) of what this raises on CPython."""
    try:
        run()
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        message = str(error.args[0]) if error.args else ""
        return type(error).__name__, message, f"{Path(frame.filename).name}:{frame.lineno}"
    raise AssertionError("nothing was raised")


def first_python_frame(stack: str) -> str:
    """The innermost frame that lies in a Python file: helpers of the runtime lie above it."""
    found = re.search(r"/(\w+\.py:\d+):\d+", stack)
    assert found, stack
    return found[1]


@pytest.mark.parametrize("case", range(11))
def test_errors_lead_back_to_their_python_lines(node: Node, case: int) -> None:
    numbers = list(failures.NUMBERS)
    name, _, place = python_line(lambda: failures.fail(case))
    failures.NUMBERS[:] = numbers
    answer = node.ask("constructs.failures", "fail", case)
    assert (answer["error"], first_python_frame(answer["stack"])) == (name, place)


def core_errors() -> list[Callable[[], object]]:
    """The same as in core_errors.mjs."""

    def options(name: str, value: object) -> Options:
        made = Options("http://localhost/")
        setattr(made, name, value)
        return made

    def started() -> Client:
        client = Client(Options("http://localhost/"), lambda n: 0)
        client.start(0)
        return client

    def too_large() -> None:
        parser = EventStreamParser(8, "")
        parser.receive_data(b"data: far too much\n")
        parser.next_event()

    return [
        Options("nowhere").check,
        options("method", "A B").check,
        options("body", b"x").check,
        options("redirect", "sideways").check,
        options("headers", {"a b": "c"}).check,
        options("headers", {"a": "c\n"}).check,
        options("attempts", -1).check,
        lambda: started().start(1),
        lambda: started().retry(1),
        too_large,
    ]


def test_ten_errors_of_the_core_lead_back_to_their_python_lines(core: Path) -> None:
    found = json.loads(run_node(HERE / "core_errors.mjs", core))
    told = [(name, message, first_python_frame(stack)) for name, message, stack in found]
    assert told == [python_line(run) for run in core_errors()]


def test_source_maps_carry_the_source(core: Path) -> None:
    for file in sorted((core / "wakeful").glob("*.map")):
        content = json.loads(file.read_text(encoding="utf-8"))
        python = (file.parent / content["sources"][0]).resolve()
        assert python == CORE / f"{file.name.split('.')[0]}.py"
        assert content["version"] == 3
        assert content["sourcesContent"] == [python.read_text(encoding="utf-8")]


def test_nothing_of_javascript_is_changed(core: Path, compiled: Path) -> None:
    files = [file for folder in (core, compiled) for file in sorted(folder.rglob("*.mjs"))]
    assert json.loads(run_node(HERE / "surroundings.mjs", *files)) == []


def bundle(folder: Path, entry: str) -> str:
    program = TOOLS / ".bin" / "esbuild"
    assert program.exists(), f"{program} is missing: `make build` installs it"
    file = folder / "entry.mjs"
    file.write_text(entry, encoding="utf-8")
    command = [str(program), str(file), "--bundle", "--minify", "--format=esm", "--log-level=error"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout


def test_what_is_not_used_is_shaken_off(core: Path) -> None:
    """Nothing runs on import: a bundle of imports alone is empty, the runtime included."""
    files = [file.relative_to(core) for file in sorted(core.rglob("*.mjs")) if file.name != "entry.mjs"]
    assert bundle(core, "".join(f'import "./{file}";\n' for file in files)).strip() == ""


def test_one_helper_does_not_bring_the_others(core: Path) -> None:
    text = bundle(core, 'import { lstrip } from "./runtime.mjs"; console.log(lstrip("  x"));')
    assert len(text) < 300
    assert "Error" not in text


def test_declarations_suit_typescript(core: Path, compiled: Path) -> None:
    program = TOOLS / "typescript" / "bin" / "tsc"
    assert program.exists(), f"{program} is missing: `make build` installs it"
    use = core / "use.ts"
    use.write_text(
        'import { Client } from "./wakeful/client.mjs";\n'
        'import { Options } from "./wakeful/options.mjs";\n'
        'import { Message, StateChange } from "./wakeful/records.mjs";\n'
        'import { bytesFrom } from "./runtime.mjs";\n'
        'const client = new Client(new Options("http://x/"), (n) => n - 1);\n'
        "client.receive_data(1, bytesFrom(new Uint8Array(1)), 0);\n"
        "const event = client.next_event(0);\n"
        "if (event instanceof Message) { const text: string = event.data; void text; }\n"
        "if (event instanceof StateChange) { const late: number = event.delay_ms; void late; }\n"
        "const deadline: number | null = client.deadline;\nvoid deadline;\n"
        "// @ts-expect-error: time is a number\n"
        'client.start("now");\n',
        encoding="utf-8",
    )
    files = [use, *sorted(compiled.rglob("*.d.mts"))]
    options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", ""]
    done = subprocess.run([node_program(), program, *options, *files], capture_output=True, text=True, check=False)
    assert done.stdout == ""


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    """One file, run by itself on both sides."""
    file = tmp_path / "mine.py"
    file.write_text(
        '"""Greets."""\n\n\n'
        "def greet(name: str, times: int = 2) -> str:\n"
        '    """A line for each time."""\n'
        "    lines = []  # filled below\n"
        "    for n in range(times):\n"
        '        lines.append(f"{n}: hello, {name}")\n'
        '    return "\\n".join(lines)\n\n\n'
        'if __name__ == "__main__":\n'
        '    print(greet("😀"))\n',
        encoding="utf-8",
    )
    assert compile_to(tmp_path / "out", file) == 0
    assert run_node(tmp_path / "out" / "mine.mjs") == "0: hello, 😀\n1: hello, 😀\n"
    assert (tmp_path / "out" / "mine.mjs").read_text(encoding="utf-8") == (
        '/** Greets. */\n\nimport { isMain } from "./runtime.mjs";\n\n'
        "/** A line for each time. */\n"
        "export function greet(name, times = 2) {\n"
        "  const lines = []; // filled below\n"
        "  for (let n = 0; n < times; n++) {\n"
        "    lines.push(`${n}: hello, ${name}`);\n"
        "  }\n"
        '  return lines.join("\\n");\n'
        "}\n\n"
        "if (isMain(import.meta.url)) {\n"
        '  console.log(greet("\\ud83d\\ude00"));\n'
        "}\n"
        "//# sourceMappingURL=mine.mjs.map\n"
    )


def test_the_page_shows_the_current_output(core: Path) -> None:
    page = (ROOT / "docs" / "compiled.md").read_text(encoding="utf-8")
    python = (CORE / "backoff.py").read_text(encoding="utf-8")
    script = (core / "wakeful" / "backoff.mjs").read_text(encoding="utf-8")
    assert f"```python\n{python}```" in page, "copy client_core/wakeful/backoff.py into docs/compiled.md again"
    assert f"```js\n{script}```" in page, "copy the compiled wakeful/backoff.mjs into docs/compiled.md again"


def test_the_compiler_is_as_short_as_its_page_says() -> None:
    """All Python of web/compiler, in lines without blank ones, comments and docstrings. (phrasebook.txt is data.)"""
    lines = {}
    for file in (ROOT / "web" / "compiler").rglob("*.py"):
        text = re.sub(r'^ *""".*?"""$', "", file.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        lines[file.stem] = sum(1 for line in text.splitlines() if line.strip() and not line.strip().startswith("#"))
    page = (ROOT / "docs" / "compiled.md").read_text(encoding="utf-8")
    [total] = re.findall(r"The whole compiler is ([\d,]+) lines", page)
    assert sum(lines.values()) <= int(total.replace(",", "")) < 1000, lines
