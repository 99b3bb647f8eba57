"""Random programs give the same on both sides."""

import importlib.util
from pathlib import Path

import pytest

from .conftest import Node, compile_to
from .programs import write_programs

pytestmark = pytest.mark.node

COUNT = 120


def test_random_programs(tmp_path: Path) -> None:
    file = tmp_path / "random_programs.py"
    file.write_text(write_programs(COUNT), encoding="utf-8")
    assert compile_to(tmp_path / "out", file) == 0
    spec = importlib.util.spec_from_file_location("random_programs", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    node = Node(tmp_path / "out")
    try:
        for number in range(COUNT):
            name = f"program{number}"
            assert (name, node.call("random_programs", name)) == (name, getattr(module, name)())
    finally:
        node.stop()
