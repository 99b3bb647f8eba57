"""The three logs, one after the other, for the suite that they share; and a server over a log in memory."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.live import LiveServer
from server.redis_process import PATIENCE_S, RedisProcess
from wakeful.server import LogLimits, MemoryLog, RedisLog, ReplayLog, SQLiteLog
from wakeful.server.bindings import asgi
from wakeful.server.logs import redis as redis_log
from wakeful.server.logs import sqlite as sqlite_log

MakeLog = Callable[..., ReplayLog]


class WallClock:
    """The time that logs are told: only the test moves it."""

    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        return self.ms


@pytest.fixture(autouse=True)
def patient_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stops for five seconds says nothing of Redis, or of who holds a file's lock."""
    monkeypatch.setattr(redis_log, "TIMEOUT_S", float(PATIENCE_S))
    monkeypatch.setattr(sqlite_log, "BUSY_S", float(PATIENCE_S))


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


@pytest.fixture
def server() -> Iterator[LiveServer]:
    with LiveServer(MemoryLog) as live:
        yield live


@pytest.fixture
def no_drain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that drains the process leaves the others undrained."""
    monkeypatch.setattr(asgi, "_draining", None)
