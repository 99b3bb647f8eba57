"""What is imported when, and what is said where a package is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import wakeful.server
from server.surroundings import ENVIRONMENT


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_core_never_imports_the_server() -> None:
    code = "import sys, wakeful; print([name for name in sys.modules if name.startswith('wakeful.server')])"
    assert python(code) == "[]"


def test_the_half_imports_nothing_that_does_io() -> None:
    code = "import sys, wakeful.server; print({'asyncio', 'sqlite3', 'starlette', 'redis'} & set(sys.modules))"
    assert python(code) == "set()"


@pytest.mark.parametrize(
    ("missing", "name", "extra"),
    [("starlette.requests", "EventStreamResponse", "wakeful[server]"), ("redis.asyncio", "RedisLog", "wakeful[redis]")],
)
def test_what_is_missing_is_named_with_its_extra(missing: str, name: str, extra: str) -> None:
    code = f"""
import sys
sys.modules[{missing!r}] = None
from wakeful.server import MemoryLog, SQLiteLog, ServerStream
try:
    from wakeful.server import {name}
except ImportError as error:
    print(error)
"""
    assert extra in python(code)


def test_every_name_is_there_and_no_other() -> None:
    for name in wakeful.server.__all__:
        assert getattr(wakeful.server, name) is not None
    with pytest.raises(AttributeError):
        wakeful.server.nothing  # noqa: B018
