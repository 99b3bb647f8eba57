"""Each construct outside the subset is an error with its file, its line, and the way to write it."""

import re
from pathlib import Path

import pytest

from .conftest import compile_to

HEAD = "from typing import Any, Iterable, Callable\n"

# (what a user writes, what the compiler must say). ">>>" marks the line of the error; one error a snippet.
REFUSED = {
    "truth of a tuple": ("def f(x: tuple[int, str]) -> int:\n    if x:  # >>>\n        return 1\n    return 0", "truth value of a tuple: compare its length"),
    "truth of object": ("def f(x: object) -> bool:\n    return not x  # >>>", "truth value of a value that is no"),
    "truth of sized": ("class A:\n    def __init__(self) -> None:\n        self.x = 1\n\n    def __bool__(self) -> bool:  # >>>\n        return True", "__bool__"),
    "len of text": ("def f(x: str) -> int:\n    return len(x)  # >>>", "count bytes before decoding"),
    "index of text": ("def f(x: str) -> str:\n    return x[0]  # >>>", "count bytes before decoding"),
    "slice of text": ("def f(x: str) -> str:\n    return x[1:]  # >>>", "count bytes before decoding"),
    "find in text": ('def f(x: str) -> int:\n    return x.find("a")  # >>>', "search the bytes before decoding"),
    "lower of text": ("def f(x: str) -> str:\n    return x.lower()  # >>>", "use .lower() on bytes"),
    "strip of text": ("def f(x: str) -> str:\n    return x.strip()  # >>>", "name the characters"),
    "isdigit of text": ("def f(x: str) -> bool:\n    return x.isdigit()  # >>>", "0123456789"),
    "splitlines of text": ("def f(x: str) -> list[str]:\n    return x.splitlines()  # >>>", 'use .split("\\n")'),
    "split by a variable": ("def f(x: str, y: str) -> list[str]:\n    return x.split(y)  # >>>", "no literal"),
    "split of white space": ("def f(x: str) -> list[str]:\n    return x.split()  # >>>", "white space of text differs"),
    "order of text": ("def f(x: str, y: str) -> bool:\n    return x < y  # >>>", "the order of text differs"),
    "format": ('def f(x: int) -> str:\n    return "{}".format(x)  # >>>', "use an f-string"),
    "percent": ('def f(x: int) -> str:\n    return "%d" % x  # >>>', "use an f-string"),
    "bool in text": ('def f(x: bool) -> str:\n    return f"{x}"  # >>>', '"true" if … else "false"'),
    "bool in str": ("def f(x: bool) -> str:\n    return str(x)  # >>>", "str of bool"),
    "None in text": ('def f(x: str | None) -> str:\n    return f"{x}"  # >>>', "None in text"),
    "bytes in text": ('def f(x: bytes) -> str:\n    return f"{x!s}"  # >>>', "decode them"),
    "repr in text": ('def f(x: str) -> str:\n    return f"{x!r}"  # >>>', "write the quotes yourself"),
    "list in text": ('def f(x: list[int]) -> str:\n    return f"{x}"  # >>>', "write out what you mean"),
    "format of text": ('def f(x: str) -> str:\n    return f"{x:10}"  # >>>', "of an int"),
    "bool and int": ("def f(x: bool, y: int) -> bool:\n    return x == y  # >>>", "True == 1 in Python only"),
    "bool arithmetic": ("def f(x: bool) -> int:\n    return x + 1  # >>>", "write 1 if … else 0"),
    "bool as int": ("def g(x: int) -> int:\n    return x\n\n\ndef f() -> int:\n    return g(True)  # >>>", "write 1 if … else 0"),
    "bool returned as int": ("def f(x: int) -> int:\n    return x > 1  # >>>", "write 1 if … else 0"),
    "bool assigned to int": ("def f() -> int:\n    x: int = False  # >>>\n    return x", "write 1 if … else 0"),
    "bool into ints": ("def f(x: list[int]) -> None:\n    x.append(True)  # >>>", "write 1 if … else 0"),
    "bool beside ints": ("def f() -> list[int]:\n    return [1, True]  # >>>", "write 1 if … else 0"),
    "bool in ints": ("def f(x: list[int]) -> bool:\n    return True in x  # >>>", "True == 1 in Python only"),
    "str and bytes": ("def f(x: str, y: Any) -> bool:\n    z: bytes | str = y\n    return x == z  # >>>", "== of two kinds"),
    "equal lists": ("def f(x: list[int], y: list[int]) -> bool:\n    return x == y  # >>>", "compare what is in them"),
    "equal tuples": ("def f(x: tuple[int, int]) -> bool:\n    return x == (1, 2)  # >>>", "compare what is in them"),
    "equal objects": ("class A:\n    pass\n\n\ndef f(x: A, y: A) -> bool:\n    return x == y  # >>>", "compare their fields"),
    "order of lists": ("def f(x: list[int], y: list[int]) -> bool:\n    return x < y  # >>>", "two ints or two bytes"),
    "is of ints": ("def f(x: int, y: int) -> bool:\n    return x is y  # >>>", "only with None"),
    "int in bytes": ("def f(x: bytes) -> bool:\n    return 10 in x  # >>>", 'write b"…" in it'),
    "find of an int": ("def f(x: bytes) -> int:\n    return x.find(10)  # >>>", "of a literal"),
    "object in list": ("class A:\n    pass\n\n\ndef f(x: A, y: list[A]) -> bool:\n    return x in y  # >>>", "in: "),
    "chain": ("def g() -> int:\n    return 1\n\n\ndef f(x: int) -> bool:\n    return 1 < g() < x  # >>>", "give it a name first"),
    "or of a computed list": ("def g() -> list[int]:\n    return []\n\n\ndef f() -> list[int]:\n    return g() or [1]  # >>>", "give it a name first"),
    "division": ("def f(x: int) -> float:\n    return x / 2  # >>>", "use //"),
    "float": ("def f() -> float:\n    return 1.5  # >>>", "use int"),
    "big int": ("def f() -> int:\n    return 9007199254740993  # >>>", "2**53"),
    "power": ("def f(x: int) -> int:\n    y: int = 2**x  # >>>\n    return y", "2**53"),
    "shift": ("def f(x: int) -> int:\n    return x << 3  # >>>", "& 0xFFFFFFFF"),
    "shift by a variable": ("def f(x: int, y: int) -> int:\n    return x >> y  # >>>", "a constant of 0 to 31"),
    "invert": ("def f(x: int) -> int:\n    return ~x  # >>>", "write x ^ 0xFFFFFFFF"),
    "step": ("def f(x: list[int]) -> list[int]:\n    return x[::2]  # >>>", "use a loop"),
    "dict of tuples": ("X = {(1, 2): 3}  # >>>", "keys that are str, bytes or ints"),
    "dict with **": ("def f(x: dict[str, int]) -> dict[str, int]:\n    return {**x}  # >>>", "use .update()"),
    "unpacked list": ("def f(x: list[int]) -> int:\n    a, b = x  # >>>\n    return a + b", "only a tuple has a known length"),
    "slice assigned": ("def f(x: list[int]) -> None:\n    x[0:1] = []  # >>>", "assignment to an item"),
    "del of a variable": ("def f(x: int) -> None:\n    del x  # >>>", "del of something else"),
    "Any called": ("def f(x: Any) -> None:\n    x()  # >>>", "Callable[…]"),
    "Any indexed": ("def f(x: Any) -> int:\n    y: int = x[0]  # >>>\n    return y", "annotate it"),
    "Any looped over": ("def f(x: Any) -> None:\n    for y in x:  # >>>\n        pass", "annotate it"),
    "method of Any": ("def f(x: Any) -> None:\n    x.append(1)  # >>>", "not in the subset"),
    "getattr": ('class A:\n    x = 1\n\n\ndef f(a: A) -> object:\n    return getattr(a, "x")  # >>>', "a minifier renames attributes"),
    "isinstance of bytes": ("def f(x: bytes | str) -> bool:\n    return isinstance(x, bytes)  # >>>", "in JavaScript"),
    "type": ("def f(x: int) -> bool:\n    return type(x) == int  # >>>", "use isinstance()"),
    "built-in as a value": ("def f() -> Callable[[int], int]:\n    return abs  # >>>", "abs as a value"),
    "zip": ("def f(x: list[int]) -> None:\n    for a, b in zip(x, x):  # >>>\n        print(a + b)", "loop over range"),
    "sorted with a key": ("def f(x: list[int]) -> list[int]:\n    return sorted(x, key=abs)  # >>>", "plain arguments"),
    "sorted objects": ("def f(x: list[tuple[int, int]]) -> list[tuple[int, int]]:\n    return sorted(x)  # >>>", "ints, str or bytes"),
    "min of a list": ("def f(x: list[int]) -> int:\n    return min(x)  # >>>", "two or three ints"),
    "open": ('def f() -> object:\n    return open("x")  # >>>', "no input or output"),
    "mutable default": ("def f(x: list[int] = []) -> None:  # >>>\n    x.append(1)", "use None"),
    "star args": ("def f(*x: int) -> None:  # >>>\n    pass", "name the parameters"),
    "kwargs": ("def f(**x: int) -> None:  # >>>\n    pass", "name the parameters"),
    "positional only": ("def f(x: int, /) -> None:  # >>>\n    pass", "name the parameters"),
    "star in a call": ("def g(x: int) -> None:\n    pass\n\n\ndef f(x: list[int]) -> None:\n    g(*x)  # >>>", "name the"),
    "decorator": ("def d(x: Callable[[], None]) -> Callable[[], None]:\n    return x\n\n\n@d\ndef f() -> None:\n    pass", "a decorator"),
    "classmethod": ("class A:\n    @classmethod\n    def f(cls) -> int:  # >>>\n        return 1", "only property, staticmethod"),
    "setter": ("class A:\n    @property\n    def x(self) -> int:\n        return 1\n\n    @x.setter\n    def x(self, y: int) -> None:  # >>>\n        pass", "x.setter"),
    "two bases": ("class A:\n    pass\n\n\nclass B:\n    pass\n\n\nclass C(A, B):  # >>>\n    pass", "at most one base"),
    "metaclass": ("class A(metaclass=type):  # >>>\n    pass", "no metaclass"),
    "no super": ("class A:\n    def __init__(self) -> None:\n        self.x = 1\n\n\nclass B(A):\n    def __init__(self) -> None:  # >>>\n        self.y = 1", "call super().__init__(…) first"),
    "name of an error": ('class A(Exception):\n    def __init__(self) -> None:\n        super().__init__("x")\n        self.name = "n"  # >>>', "an attribute name of an exception"),
    "two arguments of an error": ('def f() -> None:\n    raise ValueError("a", "b")  # >>>', "more than one argument"),
    "method on its class": ("class A:\n    def m(self) -> int:\n        return 1\n\n\ndef f(a: A) -> int:\n    return A.m(a)  # >>>", "call it on the object"),
    "nested class": ("def f() -> None:\n    class A:  # >>>\n        pass", "ClassDef"),
    "async": ("async def f() -> None:  # >>>\n    pass", "drivers do the waiting"),
    "with": ('def f() -> None:\n    with open("x"):  # >>>\n        pass', "use try/finally"),
    "match": ("def f(x: int) -> None:\n    match x:  # >>>\n        case 1:\n            pass", "use if/elif"),
    "global": ("X = 1\n\n\ndef f() -> None:\n    global X  # >>>", "keep the value in an object"),
    "walrus": ("def f(x: int) -> int:\n    if (y := x) > 1:  # >>>\n        return y\n    return 0", "assign in a statement of its own"),
    "set comprehension": ("def f(x: list[int]) -> set[int]:\n    return {y for y in x}  # >>>", "set([… for …])"),
    "dict comprehension": ("def f(x: list[int]) -> dict[int, int]:\n    return {y: y for y in x}  # >>>", "in a for loop"),
    "two for": ("def f(x: list[int]) -> list[int]:\n    return [y for y in x for z in x]  # >>>", "use loops"),
    "generator expression": ("def f(x: list[int]) -> Iterable[int]:\n    return (y for y in x)  # >>>", "use a list"),
    "yield from": ("def f(x: list[int]) -> Iterable[int]:\n    yield from x  # >>>", "for … : yield"),
    "raise from": ('def f(x: Exception) -> None:\n    raise ValueError("x") from x  # >>>', "raise without it"),
    "bare except": ("def f() -> None:\n    try:\n        print(1)\n    except:  # >>>\n        pass", "except Exception"),
    "else of try": ("def f() -> None:\n    try:\n        print(1)\n    except ValueError:\n        pass\n    else:\n        print(2)  # >>>", "use a variable"),
    "else of for": ("def f() -> None:\n    for x in [1]:\n        print(x)\n    else:\n        print(2)  # >>>", "use a variable"),
    "loop variable after range": ("def f() -> int:\n    for x in range(3):  # >>>\n        pass\n    return x", "used outside of it"),
    "loop variable assigned": ("def f() -> None:\n    for x in range(3):  # >>>\n        x = x + 1", "is assigned in its loop"),
    "closure in a loop": ("def f() -> list[Callable[[], int]]:\n    found: list[Callable[[], int]] = []\n    for x in [1, 2]:\n        found.append(lambda: x)  # >>>\n    return found", "the loop's x"),
    "statement on import": ("print(1)  # >>>", "put it in a function"),
    "loop on import": ("for x in [1]:  # >>>\n    pass", "put it in a function"),
    "assigned twice": ("X = 1\nX = 2", "is there twice"),
    "a name of JavaScript": ("class Map:  # >>>\n    pass", "choose another name"),
    "a word of JavaScript": ("def delete() -> None:  # >>>\n    pass", "choose another name"),
    "import": ("from os import path  # >>>", "a file that is compiled too"),
    "import of a module": ("import os  # >>>", "a file that is compiled too"),
    "ambiguous d[…] +=": ("def g() -> str:\n    return str(1)\n\n\ndef f(d: dict[str, int]) -> None:\n    d[g()] += 1  # >>>", "give it a name first"),
    "encode": ('def f(x: str) -> bytes:\n    return x.encode("utf-16")  # >>>', '"utf-8" or "ascii"'),
    "decode": ('def f(x: bytes) -> str:\n    return x.decode("utf-8", "ignore")  # >>>', '"utf-8" with "replace"'),
}  # fmt: skip


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[int, str]]]:
    """All snippets compiled at once: snippet -> [(line, message)]."""
    folder = tmp_path_factory.mktemp("refused")
    files = {}
    for number, (name, (source, _)) in enumerate(REFUSED.items()):
        file = folder / f"snippet{number}.py"
        file.write_text(HEAD + source + "\n", encoding="utf-8")
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
    lines = (HEAD + source).splitlines()
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


def test_all_refusals_are_reported_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "many.py"
    file.write_text("def f(x: str) -> str:\n    y = x[0]\n    z = x.lower()\n    return y + z[1:]\n", encoding="utf-8")
    assert compile_to(tmp_path / "out", file) == 1
    assert [line.split(":")[1] for line in capsys.readouterr().err.splitlines()] == ["2", "3", "4"]
