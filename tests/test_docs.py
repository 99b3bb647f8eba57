"""The documents say what is so: code runs, links lead somewhere, tables name all that the source has."""

from __future__ import annotations

import ast
import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

import wakeful
from wakeful import Failure, Options, Outcome, Problem, ProtocolWarning, Reset, StateChange, Stats
from wakeful.states import TRANSITIONS
from wakeful_demo.plays import PlayThread

ROOT = Path(__file__).parent.parent
CORE = ROOT / "client_core" / "wakeful"
PAGES = [
    ROOT / "README.md",
    ROOT / "spec" / "README.md",
    ROOT / "spec" / "conformance" / "README.md",
    ROOT / "tests" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
EXAMPLE_URL = "https://example.com/runs/7/events"
# Where JavaScript's name is not Python's in camel case.
JS_NAMES = {"has_token": "token", "credentials": "withCredentials", "end_data": "end", "end_type": "end"}

README = (ROOT / "README.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def section(title: str) -> str:
    """Of the reference: from this heading to the next of its rank."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", REFERENCE, re.DOTALL | re.MULTILINE)
    assert found is not None, f"docs/reference.md has no section {title}"
    return found[1]


def rows(title: str) -> dict[str, list[str]]:
    """The tables of a section: the word in each row's first cell, and its other cells."""
    lines = [line for line in section(title).splitlines() if line.startswith("| `")]
    table = {}
    for line in lines:
        name, *cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        assert name.strip("`") not in table, f"{name} has two rows"
        table[name.strip("`")] = cells
    return table


def words(file: str, name: str) -> list[str]:
    """The words of a Literal, which exists only for type checkers."""
    for node in ast.walk(ast.parse((CORE / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            assert isinstance(node.value, ast.Subscript)
            found = ast.literal_eval(node.value.slice)
            return list(found)
    raise AssertionError(f"{file} has no {name}")


def camel(name: str) -> str:
    return re.sub(r"_(.)", lambda match: match[1].upper(), name)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def run_example(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})


# The README.


@pytest.mark.parametrize("opening", ["async with wakeful.connect", "\nwith wakeful.connect"], ids=["asyncio", "plain"])
def test_the_readmes_streams_run(opening: str, capsys: pytest.CaptureFixture[str]) -> None:
    [code] = [block for block in fenced(README, "python") if opening in block]
    body = "data: hello\n\ndata: world\n\ndata: [DONE]\n\n"
    head = {"status": 200, "headers": {"Content-Type": "text/event-stream"}}
    with PlayThread() as plays:
        play = plays.create([[{"head": head}, {"data": body}, {"hold": True}]])
        assert EXAMPLE_URL in code
        run_example(code.replace(EXAMPLE_URL, plays.url_of(play)))
        assert play.journal()["accepted"] == 1
    assert capsys.readouterr().out == "hello\nworld\n"


def test_the_readmes_server_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [code] = [block for block in fenced(README, "python") if "wakeful.server" in block]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"user_of": lambda request: "ada"}
    exec(compile(code, "README.md", "exec"), names)

    async def ask() -> str:
        try:
            run = await names["log"].create("7", principal="ada")
            await run.append({"type": "status", "text": "hello"})
            await run.end()
            app = Starlette(routes=[Route("/runs/{run}/events", names["events"])])
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a.test") as client:
                body = (await client.get("/runs/7/events")).text
        finally:
            await names["log"].close()
        return body

    types = [message.type for message in wakeful.parse([asyncio.run(ask()).encode()])]
    assert types == ["es.hello", "message", "es.end"]


def test_the_readmes_other_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    others = ("with wakeful.connect", "wakeful.server")
    blocks = [block for block in fenced(README, "python") if not any(other in block for other in others)]
    printed = []
    for code in blocks:
        run_example(code)
        printed.append(capsys.readouterr().out.splitlines())
    parsed, sans_io = printed
    assert parsed == ["message hello ", "message world 7"]
    assert [line.partition("(")[0] for line in sans_io[:-1]] == ["StateChange", "StateChange", "Message"]
    assert sans_io[-1] == "45050 True 1"


def test_the_readmes_commands_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)
    commands = re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE)
    assert {"demo", "test"} <= set(commands)
    assert set(commands) <= set(targets)
    [module] = re.findall(r"^PYTHONPATH=web \.venv/bin/python -m (\w+) ", README, re.MULTILINE)
    assert (ROOT / "web" / module / "__main__.py").exists()


def test_the_specification_names_every_file_of_scenarios() -> None:
    page = (ROOT / "spec" / "README.md").read_text(encoding="utf-8")
    listed = page.partition("### Files\n")[2].partition("\n## ")[0].partition("The expectations")[0]
    files = {path.stem for path in (ROOT / "spec" / "scenarios").glob("*.json")}
    assert set(re.findall(r"`([\w-]+)`", listed)) == files


def test_the_readmes_folders_exist() -> None:
    folders = re.findall(r"`([\w/]+/)`", README.partition("## Where things are")[2])
    assert len(folders) >= 8
    assert [folder for folder in folders if not (CORE / folder).is_dir() and not (ROOT / folder).is_dir()] == []


# All pages.


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in anchors(target), f"{link}: {target.name} has no such heading"


# The reference.


def test_the_references_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    [code] = fenced(REFERENCE, "python")
    run_example(code)
    message = "Message(type='message', data='a', last_event_id='1')"
    assert capsys.readouterr().out == f"Comment(text=' beat')\n{message}\n1 -1\n"


def test_every_option_is_there_with_both_names_and_its_default() -> None:
    options = Options("http://a.test/")
    table = rows("Options")
    assert set(table) == set(vars(options))
    for name, value in vars(options).items():
        javascript, default, *_ = table[name]
        if name != "url":
            assert javascript == f"`{JS_NAMES.get(name, camel(name))}`"
        if isinstance(value, int) and not isinstance(value, bool):
            assert default == f"{value:,}", name
        elif isinstance(value, str) and name != "url":
            assert default == (f"`{value}`" if value else "empty"), name


def test_every_option_of_the_page_is_there() -> None:
    source = (ROOT / "web" / "src" / "init.ts").read_text(encoding="utf-8")
    interface = source.partition("export interface WakefulSourceInit {")[2].partition("\n}")[0]
    names = re.findall(r"^  (\w+)\?:", interface, re.MULTILINE)
    assert len(names) > 20
    assert [name for name in names if f"`{name}`" not in section("Options")] == []


def test_every_state_is_there_with_its_transitions() -> None:
    table = rows("States")
    listed = {state: re.findall(r"`([\w-]+)`", cells[-1]) for state, cells in table.items()}
    assert listed == TRANSITIONS
    assert list(listed) == words("states.py", "State")


def test_the_diagram_shows_transitions_that_exist() -> None:
    [diagram] = fenced(section("States"), "mermaid")
    arrows = re.findall(r"^ +(\w+) --> (\w+)$", diagram, re.MULTILINE)
    assert len(arrows) > 10
    assert [arrow for arrow in arrows if arrow[1] not in TRANSITIONS[arrow[0]]] == []
    assert {state for arrow in arrows for state in arrow} == set(TRANSITIONS) - {"closed"}


@pytest.mark.parametrize(
    ("title", "name"), [("Reasons", "Reason"), ("Kinds of failure", "FailureKind")], ids=["Reason", "FailureKind"]
)
def test_every_word_is_there(title: str, name: str) -> None:
    assert list(rows(title)) == words("records.py", name)


def test_every_counter_is_there_with_both_names() -> None:
    table = rows("Counters")
    assert list(table) == list(vars(Stats()))
    for name, cells in table.items():
        if name != "failures":
            assert cells[0] == f"`{camel(name)}`"


def test_names_that_the_page_spells_from_the_cores_are_not_mangled() -> None:
    """web/src/records.ts and options.ts turn last_event_id into lastEventId: the build must keep such names."""
    build = (ROOT / "web" / "build.mjs").read_text(encoding="utf-8")
    [kept] = re.findall(r"^const SPELT_NAMES =\n\s*/\^(.*)\$/;", build, re.MULTILINE)
    numbers = [name for name, value in vars(Options("http://a.test")).items() if type(value) is int]
    members = [*StateChange.FIELDS, *Failure.FIELDS, *Problem.FIELDS, *Outcome.FIELDS, *Reset.FIELDS]
    spelt = {name for name in [*vars(Stats()), *numbers, *members, *ProtocolWarning.FIELDS] if "_" in name}
    assert len(spelt) > 20
    assert [name for name in spelt if not re.fullmatch(kept, name)] == []


def test_every_error_is_there() -> None:
    sources = [(CORE / file).read_text(encoding="utf-8") for file in ("errors.py", "explain.py")]
    names = re.findall(r"^class (\w+)\(", "\n".join(sources), re.MULTILINE)
    assert set(rows("Errors")) == set(names)
