"""Wakeful's parser against peers, side by side in one run: `make bench`.

Only ratios carry over to another machine. HTTP is bypassed: each parser is fed the same chunks. Each figure is the
best of some interleaved rounds, in CPU seconds, on one core: so that others who use the machine do not decide it.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
import httpx2
import httpx_sse
from ld_eventsource.reader import _BufferedLineReader, _SSEReader

import wakeful
from fixtures import FIXTURES

HERE = Path(__file__).parent
ROUNDS = 15
MAX_EVENT = 16_777_216  # as wakeful has it; httpx2 stops at less by itself

Parse = Callable[[list[bytes]], Iterable[Any]]


def by_httpx_sse(chunks: list[bytes]) -> Iterable[Any]:
    headers = {"content-type": "text/event-stream"}
    return httpx_sse.EventSource(httpx.Response(200, headers=headers, content=iter(chunks))).iter_sse()


def by_httpx2(chunks: list[bytes]) -> Iterable[Any]:
    request = httpx2.Request("GET", "http://a.test/")
    headers = {"content-type": "text/event-stream"}
    return httpx2.EventSource(httpx2.Response(200, headers=headers, content=iter(chunks), request=request), MAX_EVENT)


def by_launchdarkly(chunks: list[bytes]) -> Iterable[Any]:
    events: Iterable[Any] = _SSEReader(_BufferedLineReader.lines_from(chunks)).events_and_comments()
    return events


PEERS: dict[str, Parse] = {
    "httpx-sse": by_httpx_sse,
    "httpx2": by_httpx2,
    "launchdarkly-eventsource": by_launchdarkly,
}
PARSERS = {"wakeful": wakeful.parse} | PEERS


def count(parse: Parse, chunks: list[bytes]) -> int:
    return sum(1 for _ in parse(chunks))


def measure(chunks: list[bytes]) -> dict[str, float]:
    """Seconds by parser; all must find the same number of events."""
    best: dict[str, float] = {}
    counts = set()
    for _ in range(ROUNDS):
        for name, parse in PARSERS.items():
            started = time.process_time()
            counts.add(count(parse, chunks))
            best[name] = min(best.get(name, 1e9), time.process_time() - started)
    if len(counts) != 1:
        raise SystemExit(f"the parsers disagree on the number of events: {counts}")
    return best


def in_node(chunks: list[bytes]) -> dict[str, float]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([chunk.hex() for chunk in chunks], file)
        file.flush()
        done = subprocess.run(["node", HERE / "parse.mjs", file.name], capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # Node inherits it
    lines = [
        f"# Parsing, {datetime.date.today().isoformat()}",
        "",
        f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores,"
        f" best of {ROUNDS} rounds. Pace relative to the peer: above 1 is faster than it.",
        "",
        f"| fixture | {' | '.join(PEERS)} | compiled against eventsource-parser |",
        "|---|---|---|---|---|",
    ]
    for name, make in FIXTURES.items():
        chunks = make()
        times = measure(chunks)
        node = in_node(chunks)
        ratios = [times[peer] / times["wakeful"] for peer in PEERS]
        ratios.append(node["eventsource-parser"] / node["wakeful"])
        lines.append(f"| {name} | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |")
        print(lines[-1], flush=True)
    if sys.argv[1:2] == ["--write"]:
        (HERE / "results" / sys.argv[2]).write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
