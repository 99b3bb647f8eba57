"""The demo as a process, and the runs and viewers of it that tests look at."""

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import httpx

from demo.raw import PATIENCE_S, RawClient

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "demo_server"), str(ROOT / "client_core")))}
_labels = (f"viewer-{n}" for n in itertools.count(1))


class DemoProcess:
    """`python -m wakeful_demo` on a free port, from the moment it answers to the moment it has ended."""

    def __init__(self, data: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "wakeful_demo", "--port", "0", "--json", "--data", str(data), *arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, env=ENVIRONMENT)
        assert self._process.stdout is not None
        announced = json.loads(self._process.stdout.readline())
        self.url: str = announced["url"]
        self.port: int = announced["port"]
        self.unavailable: dict[str, str] = announced["unavailable"]
        self._http = httpx.Client(base_url=self.url, timeout=PATIENCE_S)

    def __enter__(self) -> "DemoProcess":
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """End it as Ctrl-C does; its exit status."""
        self._http.close()
        if self._process.poll() is None:
            self._process.send_signal(how)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return self._process.wait(PATIENCE_S)

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self._http.get(path, params=query or None)

    def post(self, path: str, body: object) -> httpx.Response:
        return self._http.post(path, json=body)

    def delete(self, path: str) -> httpx.Response:
        return self._http.delete(path)

    def ask(self, script: str = "short", speed: float = 5) -> "AskedRun":
        answer = self.post("/runs", {"prompt": "", "script": script, "speed": speed})
        assert answer.status_code == 201, answer.text
        return AskedRun(self, answer.json()["run"])

    def ask_whole(self, script: str = "short") -> "AskedRun":
        """A run that is finished."""
        run = self.ask(script, speed=1000)
        with Viewer(run) as viewer:
            viewer.until_closed()
        return run


class AskedRun:
    def __init__(self, demo: DemoProcess, run: str) -> None:
        self.demo = demo
        self.id = run
        self.events = f"/runs/{run}/events"

    def cancel(self) -> None:
        """End it where it is."""
        self.demo.delete(f"/runs/{self.id}").raise_for_status()

    def logged(self) -> dict[str, Any]:
        """What the server says that it has logged."""
        answer: dict[str, Any] = self.demo.get(f"/runs/{self.id}/tokens").raise_for_status().json()
        return answer

    def ids(self) -> list[str]:
        return [message["id"] for message in self.logged()["messages"]]


class Viewer(RawClient):
    """A raw connection to a run's events, under a label of its own unless it is given one."""

    def __init__(self, run: AskedRun, label: str = "", cursor: str = "", **query: object) -> None:
        super().__init__(run.demo.url)
        self.run = run
        self.label = label or next(_labels)
        target = f"{run.events}?{urlencode({'client': self.label, **query})}"
        self.get(target, {"Last-Event-ID": cursor} if cursor else {})

    def again(self, cursor: str = "") -> "Viewer":
        """The same viewer's next connection."""
        self.close()
        return Viewer(self.run, self.label, cursor)

    def until_messages(self, count: int) -> Self:
        self.until(b"\nid: ", count)
        return self

    def order(self, fault: str, **parameters: int) -> None:
        answer = self.run.demo.post(f"/faults/{self.label}", {"fault": fault, **parameters})
        assert answer.status_code == 200, answer.text

    def journal(self, accepted: int = 0, closed: int = 0) -> dict[str, Any]:
        answer = self.run.demo.get(f"/journal/{self.label}", accepted=accepted, closed=closed)
        journal: dict[str, Any] = answer.raise_for_status().json()
        return journal

    def ids(self) -> list[str]:
        """The ids of the whole messages received so far."""
        blocks = self.body()[0].replace(b"\r\n", b"\n").split(b"\n\n")[:-1]
        return [line[4:].decode() for block in blocks for line in block.split(b"\n") if line.startswith(b"id: ")]
