"""To post a play and to read its journal."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from wakeful_demo.plays import PlayThread
from wire import WireCase


def post_play(plays: PlayThread, case: WireCase) -> dict[str, str]:
    body = json.dumps({"connections": case.connections}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{plays.url}/plays", body)) as response:
        play: dict[str, str] = json.load(response)
        return play


def read_journal(plays: PlayThread, play: dict[str, str], connections: int) -> dict[str, Any]:
    """Once that many connections have closed: a fact, not a time."""
    # A client that made fewer would keep this waiting: better a failure than a hang.
    with urllib.request.urlopen(f"{plays.url}/plays/{play['id']}?closed={connections}", timeout=120) as response:
        journal: dict[str, Any] = json.load(response)
        return journal


class Gates:
    """Opens a play's gates as the client reports what it has."""

    def __init__(self, plays: PlayThread, play: dict[str, str], case: WireCase) -> None:
        self._url = f"{plays.url}/plays/{play['id']}/gates"
        self._waiting = dict(case.gates)

    def report(self, messages: int, state: str) -> None:
        for name, needed in list(self._waiting.items()):
            if state == "open" and messages >= needed:
                del self._waiting[name]
                urllib.request.urlopen(urllib.request.Request(f"{self._url}/{name}", b"", method="POST")).close()
                return  # the next one is of a later connection
