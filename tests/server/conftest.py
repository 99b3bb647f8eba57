"""The three logs, one after the other, for the suite that they share."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.redis_process import RedisProcess
from wakeful.server import LogLimits, MemoryLog, RedisLog, ReplayLog, SQLiteLog

MakeLog = Callable[..., ReplayLog]


class WallClock:
    """The time that logs are told: only the test moves it."""

    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    with RedisProcess(tmp_path_factory.mktemp("redis")) as process:
        yield process


@pytest.fixture(params=["memory", "sqlite", "redis"])
def make_log(request: pytest.FixtureRequest, clock: WallClock, tmp_path: Path) -> MakeLog:
    """Makes a log; called twice, one more on the same file or the same Redis keys."""
    kind: str = request.param
    server = request.getfixturevalue("redis_server") if kind == "redis" else None
    prefix = f"test-{secrets.token_hex(4)}"

    def make(limits: LogLimits | None = None) -> ReplayLog:
        if server is not None:
            return RedisLog(server.url, limits, clock, prefix=prefix)
        return SQLiteLog(tmp_path / "log.sqlite", limits, clock) if kind == "sqlite" else MemoryLog(limits, clock)

    return make
