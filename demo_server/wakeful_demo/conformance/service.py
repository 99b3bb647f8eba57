"""The client under test, as a service: started by a command or reached at a URL."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

# A command that has not said where it is by then will not, however slow the machine is.
START_S = 300
ANSWER_S = 300


class ServiceFailed(Exception):
    """The client under test does not do what a service has to: which request, and what came instead."""


@dataclass(frozen=True)
class Description:
    """What the service says of itself. kind: client, payload or server. remarks: how it was run, for readers."""

    name: str
    version: str
    capabilities: frozenset[str]
    remarks: str
    kind: str = "client"


class Refused(Exception):
    """What was asked for cannot be done, by the rules of what is served. error: the type that its user meets."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(f"{status} {error}: {message}")
        self.status = status
        self.error = error
        self.message = message


class Service:
    """What is under test: `async with Service("node client.mjs") as service`.

    store: a folder that its processes may keep what they share in, and find what one before them has left; they are
    told it by the environment variable STORE.
    """

    def __init__(self, given: str, store: str = "") -> None:
        self._given = given
        self._store = store
        self._url = given.rstrip("/")
        self._process: asyncio.subprocess.Process | None = None
        self.description = Description("", "", frozenset(), "")

    async def __aenter__(self) -> Service:
        try:
            if not self._given.startswith(("http://", "https://")):
                await self._start()
            self.description = await self._describe()
        except BaseException:  # cancelled, too
            await self.__aexit__()
            raise
        return self

    async def _describe(self) -> Description:
        said = await self.ask("GET", "/")
        try:
            capabilities = frozenset(said["capabilities"])
            remarks, kind = said.get("remarks", ""), said.get("kind", "client")
            return Description(said["name"], str(said["version"]), capabilities, remarks, kind)
        except (KeyError, TypeError, AttributeError) as error:
            raise ServiceFailed(f"GET /: name, version and capabilities are wanted, but {error!r}") from None

    async def __aexit__(self, *_error: object) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            self._process.terminate()
        await self._process.wait()

    @property
    def url(self) -> str:
        return self._url

    @property
    def command_line(self) -> str:
        """What starts another like it, "" for one that was reached at a URL."""
        return self._given if self._process is not None else ""

    def another(self) -> Service:
        """Another process of it, on the same store."""
        return Service(self.command_line, self._store)

    def signal(self, number: int) -> None:
        """To its process, which must have been started here."""
        assert self._process is not None
        self._process.send_signal(number)

    async def _start(self) -> None:
        command = shlex.split(self._given)
        if command[0] == "python":
            command[0] = sys.executable
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdout=asyncio.subprocess.PIPE, env={**os.environ, "STORE": self._store}
            )
        except OSError as error:
            raise ServiceFailed(f"{command[0]}: {error.strerror}") from None
        self._process = process
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), START_S)
            self._url = json.loads(line)["url"].rstrip("/")
        except (TimeoutError, ValueError, KeyError, TypeError):
            raise ServiceFailed(f'{self._given}: its first line should be {{"url": "http://…"}}') from None

    async def open(self, order: dict[str, Any]) -> str:
        """Have a stream opened; its path."""
        said = await self.ask("POST", "/streams", order)
        try:
            return f"/streams/{said['id']}"
        except (KeyError, TypeError):
            raise ServiceFailed(f'POST /streams: {{"id": …}} is wanted, not {said}') from None

    async def command(self, stream: str, word: str, **members: str) -> None:
        """What the application asks of the client: restart, retry, cancel, hint. Raises Refused."""
        await self.ask("POST", stream, {"command": word, **members})

    async def read(self, stream: str) -> Any:
        """What can be read off: state, last_event_id, stats, hello."""
        return await self.ask("GET", stream)

    async def close(self, stream: str) -> None:
        """Have it closed. On return every report of it has been posted."""
        await self.ask("DELETE", stream)

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """One request and its answer. Raises Refused for a 400 or 409 that says what a user is told; ServiceFailed."""
        return await asyncio.to_thread(_ask, method, self._url + path, body)


def _ask(method: str, url: str, body: object) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S) as response:
            answer = response.read()
        return json.loads(answer) if answer else {}
    except urllib.error.HTTPError as error:
        raise _refused(error) or ServiceFailed(f"{method} {url}: {error}") from None
    except (OSError, ValueError) as error:
        raise ServiceFailed(f"{method} {url}: {error}") from None


def _refused(error: urllib.error.HTTPError) -> Refused | None:
    if error.code not in (400, 409):
        return None
    try:
        said = json.loads(error.read())
        return Refused(error.code, said["error"], said["message"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
