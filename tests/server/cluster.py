"""Two server processes behind a real nginx, on one Redis: what a small deployment looks like."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self
from urllib.request import urlopen

import pytest

from server.redis_process import PATIENCE_S, RedisProcess, free_port
from server.surroundings import ENVIRONMENT, ROOT
from wakeful_demo.supervisor import configure_nginx, find_nginx

# The file that docs/server.md shows; only what is around it is the test's.
GOOD = (ROOT / "docs" / "nginx" / "event-streams.conf").read_text(encoding="utf-8")

# The same below a path of the proxy's own, which the server never sees.
BELOW = GOOD.replace("location /runs/ {", "location /below/ {").replace("http://wakeful;", "http://wakeful/;")

# nginx as it comes, told to overhear that the response asks for the contrary.
BUFFERING = """
location /runs/ {
    proxy_pass http://wakeful;
    proxy_buffering on;
    proxy_ignore_headers X-Accel-Buffering;
}
"""

SERVERS = """
    upstream wakeful {{
        {servers}
    }}
    server {{
        listen 127.0.0.1:{good};
        {extra}
        include {folder}/good.conf;
        include {folder}/below.conf;
    }}
    server {{
        listen 127.0.0.1:{buffering};
        include {folder}/buffering.conf;
    }}
"""


def nginx_program() -> str:
    """Where it is. Without it the tests are skipped, and in CI they fail."""
    program = find_nginx()
    if program is None:
        reason = "nginx is not installed: `apt install nginx`"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return program


def start_nginx(program: str, folder: Path, servers: str) -> subprocess.Popen[bytes]:
    """With this in its `http {…}`, and all its files in the folder."""
    config, log = configure_nginx(folder, servers), folder / "error.log"
    return subprocess.Popen([program, "-p", str(folder), "-e", str(log), "-c", str(config)], stdin=subprocess.DEVNULL)


class Worker:
    """One server process, which can be ended in any way and started again on its port."""

    def __init__(self, name: str, redis: str, options: dict[str, int]) -> None:
        self.port = free_port()
        self._command = [sys.executable, "-m", "server.worker", "--port", str(self.port), "--name", name]
        self._command += ["--redis", redis, "--options", json.dumps(options)]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        # Ready to serve, and a moment later listening.
        until_listening(f"http://127.0.0.1:{self.port}/", self._process)

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.stdout.close()
        return self._process.wait(PATIENCE_S)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.send(signal.SIGKILL)
            self.wait()


class Cluster:
    """redis-server, two workers, nginx. good, buffering: URLs through the two configurations."""

    def __init__(self, folder: Path, extra: str = "", **options: int) -> None:
        self._folder = folder
        self._extra = extra
        self.redis = RedisProcess(folder)
        self.workers = [Worker(name, self.redis.url, options) for name in ("a", "b")]
        self._ports = free_port(), free_port()
        self.good, self.buffering = (f"http://127.0.0.1:{port}" for port in self._ports)
        self._nginx: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        program = nginx_program()
        self.redis.start()
        try:
            for worker in self.workers:
                worker.start()
            self._start_nginx(program)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        if self._nginx is not None:
            self._nginx.terminate()
            self._nginx.wait(PATIENCE_S)
        for worker in self.workers:
            worker.stop()
        self.redis.stop()

    def _start_nginx(self, program: str) -> None:
        (self._folder / "good.conf").write_text(GOOD, encoding="utf-8")
        (self._folder / "below.conf").write_text(BELOW, encoding="utf-8")
        (self._folder / "buffering.conf").write_text(BUFFERING, encoding="utf-8")
        servers = " ".join(f"server 127.0.0.1:{worker.port} max_fails=0;" for worker in self.workers)
        good, buffering = self._ports
        self._nginx = start_nginx(
            program,
            self._folder,
            SERVERS.format(folder=self._folder, servers=servers, good=good, buffering=buffering, extra=self._extra),
        )
        until_listening(self.good, self._nginx)


def until_listening(url: str, process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """Try until something answers, or the process has ended."""
    while True:
        try:
            urlopen(url, timeout=PATIENCE_S).close()
            return
        except OSError as error:  # an error status is an answer
            if hasattr(error, "code"):
                return
        assert process.poll() is None, "the process ended before it listened"
        time.sleep(0.01)
