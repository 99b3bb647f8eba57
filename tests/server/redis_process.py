"""A real redis-server for the tests: on a free port, in a folder of its own, without persistence, ended by its pid."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Self

import pytest

PATIENCE_S = 120


def redis_program() -> str:
    """Where it is. Without it the tests are skipped, and in CI they fail."""
    program = shutil.which("redis-server")
    if program is None:
        reason = "redis-server is not installed: `apt install redis-server`"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return program


class RedisProcess:
    def __init__(self, folder: Path) -> None:
        self._program = redis_program()
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        command = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [*command, "--dir", str(self._folder)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "Ready to accept connections" in line:
                return
        raise AssertionError("redis-server ended: " + "".join(said[-5:]))

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(PATIENCE_S)
            assert process.stdout is not None
            process.stdout.close()


# The kernel gives ports of this range to whoever asks for any, and to every connection that goes out.
GIVEN_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")
_held: list[socket.socket] = []


def free_port() -> int:
    """A TCP port of 127.0.0.1 that stays free until it is used, and while what uses it is started again: one that the
    kernel gives to nobody, held against other runs of the tests by UDP's port of the same number."""
    ports = _ports_of_nobody()
    for _ in range(1_000):
        port = random.choice(ports)
        held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            held.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            held.close()
            continue
        _held.append(held)
        return port
    raise OSError("no port is free")


def _ports_of_nobody() -> range:
    """Without those below, which browsers refuse or servers are known by."""
    first, last = map(int, GIVEN_OUT.read_text().split()) if GIVEN_OUT.exists() else (32_768, 60_999)
    return max(range(20_000, first), range(last + 1, 65_536), key=len) or range(20_000, 65_536)
