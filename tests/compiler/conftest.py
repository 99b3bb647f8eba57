"""One compiled copy of the constructs, and one Node process that calls into it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compiler.__main__ import main

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # for the constructs, which are a package of their own


def plain(value: object) -> object:
    """A Python value as the harness writes its own: bytes as a binary string, a tuple as a list."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, dict):
        return {"map": [[plain(key), plain(item)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


class Node:
    """Calls functions of compiled modules. One process: a start of Node takes longer than a thousand calls."""

    def __init__(self, out: Path) -> None:
        self.out = out
        command = [node_program(), "--enable-source-maps", str(HERE / "harness.mjs")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, module: str, name: str, *args: object) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        file = str(self.out.joinpath(*module.split(".")).with_suffix(".mjs"))
        request = {"file": file, "name": name, "args": [plain(arg) for arg in args]}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def call(self, module: str, name: str, *args: object) -> object:
        answer = self.ask(module, name, *args)
        assert "value" in answer, answer["stack"]
        return answer["value"]

    def stop(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


def node_program() -> str:
    program = shutil.which("node")
    assert program, "these tests need Node 20 or newer on the PATH: make test sets it up"
    return program


def compile_to(out: Path, *arguments: str | Path) -> int:
    return main([*(str(argument) for argument in arguments), "--out", str(out)])


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the constructs are compiled to."""
    out = tmp_path_factory.mktemp("compiled")
    assert compile_to(out, HERE / "constructs") == 0
    return out


@pytest.fixture(scope="session")
def node(compiled: Path) -> Iterator[Node]:
    process = Node(compiled)
    yield process
    process.stop()
