"""Each supported construct gives the same on CPython and, compiled, in Node."""

import importlib
import inspect
from pathlib import Path

import pytest

from .conftest import Node, plain

pytestmark = pytest.mark.node

MODULES = sorted(path.stem for path in (Path(__file__).parent / "constructs").glob("[a-z]*.py"))


def cases() -> list[tuple[str, str]]:
    """(module, function) for each public function of the constructs that takes no argument."""
    found = []
    for stem in MODULES:
        module = importlib.import_module(f"constructs.{stem}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not inspect.signature(function).parameters:
                found.append((f"constructs.{stem}", name))
    return found


@pytest.mark.parametrize(("module", "name"), cases())
def test_same_on_both_sides(node: Node, module: str, name: str) -> None:
    function = getattr(importlib.import_module(module), name)
    assert node.call(module, name) == plain(function())


def test_there_are_cases() -> None:
    assert len(cases()) > 60
