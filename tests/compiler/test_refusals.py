"""Each construct outside the subset is an error with its file, its line, and the way to write it."""

import re
from pathlib import Path

import pytest

from .conftest import compile_to

HEAD = "from typing import Any, Iterable, Callable\n"


def read(path: Path) -> dict[str, tuple[str, str]]:
    """name -> (source, part of the message)."""
    blocks = re.findall(r"^== (.+)\n((?:.*\n)*?)=> (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: (HEAD + source, message) for name, source, message in blocks}


REFUSED = read(Path(__file__).with_name("refused.txt"))


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[int, str]]]:
    """All snippets compiled at once: snippet -> [(line, message)]."""
    folder = tmp_path_factory.mktemp("refused")
    files = {}
    for number, (name, (source, _)) in enumerate(REFUSED.items()):
        file = folder / f"snippet{number}.py"
        file.write_text(source, encoding="utf-8")
        files[name] = file
    report = folder / "report"
    capture = pytest.MonkeyPatch()
    with report.open("w", encoding="utf-8") as sink:
        capture.setattr("sys.stderr", sink)
        status = compile_to(folder / "out", *files.values())
    capture.undo()
    assert status == 1
    assert not (folder / "out").exists(), "nothing is written when something is refused"
    found: dict[str, list[tuple[int, str]]] = {name: [] for name in REFUSED}
    by_file = {str(file): name for name, file in files.items()}
    for line in report.read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"(.+?):(\d+): (.+)", line)
        assert match, line
        found[by_file[match[1]]].append((int(match[2]), match[3]))
    return found


@pytest.mark.parametrize("name", REFUSED)
def test_refused(messages: dict[str, list[tuple[int, str]]], name: str) -> None:
    source, wanted = REFUSED[name]
    lines = source.splitlines()
    marked = [number for number, line in enumerate(lines, 1) if ">>>" in line]
    found = messages[name]
    assert any(wanted in message for _, message in found), found
    for number in marked:
        assert any(line == number for line, message in found if wanted in message), found


def test_type_errors_stop_the_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("def f(x: int) -> str:\n    return x\n\n\ndef g(x):\n    return x\n", encoding="utf-8")
    assert compile_to(tmp_path / "out", file) == 1
    report = capsys.readouterr().err
    assert f"{file}:2: error: Incompatible return value type" in report
    assert f"{file}:5: error: Function is missing a type annotation" in report


def test_syntax_errors_stop_the_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("def f(:\n", encoding="utf-8")
    assert compile_to(tmp_path / "out", file) == 1
    assert f"{file}:1: " in capsys.readouterr().err


def test_a_file_that_is_not_there_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no such file or folder"):
        compile_to(tmp_path / "out", tmp_path / "no.py")


def test_an_empty_file_is_a_module(tmp_path: Path) -> None:
    file = tmp_path / "empty.py"
    file.write_text("")
    assert compile_to(tmp_path / "out", file) == 0
    assert (tmp_path / "out" / "empty.mjs").read_text() == "//# sourceMappingURL=empty.mjs.map\n"


def test_errors_of_syntax_are_told_as_python_sees_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("def f() -> str:\n    return “x”\n", encoding="utf-8")
    assert compile_to(tmp_path / "out", file) == 1
    assert f"{file}:2: invalid character '“'" in capsys.readouterr().err


def test_a_method_without_self_is_no_crash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("class A:\n    def f() -> int:\n        return 1\n", encoding="utf-8")
    assert compile_to(tmp_path / "out", file) == 1
    assert f"{file}:2: error: Method must have at least one argument" in capsys.readouterr().err


def test_what_mypy_cannot_read_stops_the_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("def f(x: int) -> int:\n    return x\n\n\ndef g(x: int) -> int:\n    nonlocal x\n    return x\n")
    assert compile_to(tmp_path / "out", file) == 1
    assert f"{file}:6: " in capsys.readouterr().err


def test_all_refusals_are_reported_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "many.py"
    file.write_text("def f(x: str) -> str:\n    y = x[0]\n    z = x.lower()\n    return y + z[1:]\n", encoding="utf-8")
    assert compile_to(tmp_path / "out", file) == 1
    assert [line.split(":")[1] for line in capsys.readouterr().err.splitlines()] == ["2", "3", "4"]


def test_there_are_snippets() -> None:
    assert len(REFUSED) > 100
