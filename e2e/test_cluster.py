"""A page, two server processes behind nginx, one Redis: processes are drained and killed, and the page has it all."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from page_errors import PageErrors
from server.cluster import Cluster
from server.logs import closing
from server.redis_process import PATIENCE_S
from wakeful.server import RedisLog
from wakeful.server.logs import redis as redis_log

HERE = Path(__file__).parent
FILES = f"""
        types {{ text/html html; text/javascript js; }}
        location /pages/ {{ alias {HERE}/pages/; }}
        location /dist/ {{ alias {HERE.parent}/web/dist/; }}
"""
BATCH = 50


@pytest.fixture(autouse=True)
def patient_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in tests/server: a machine that stops for five seconds says nothing of Redis."""
    monkeypatch.setattr(redis_log, "TIMEOUT_S", float(PATIENCE_S))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with Cluster(folder, FILES, hb_ms=1_000, drain_window_ms=50, drain_deadline_ms=500, retry_ms=1) as running:
        yield running


def run(work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: the main one has Playwright's event loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@pytest.mark.clause("server.cluster")
def test_a_page_moves_between_processes_without_a_lost_or_repeated_message(
    page: Page, cluster: Cluster, browser_name: str, page_errors: PageErrors
) -> None:
    page_errors.allow("ERR_INCOMPLETE_CHUNKED_ENCODING")  # what Chromium says of a process that was killed
    page_errors.allow("interrupted while the page was loading")  # and Firefox
    page_errors.allow("establish a connection to the server")  # Firefox of the 204 that ends its EventSource
    page.goto(f"{cluster.good}/pages/wire.html")
    stream = f"page-{browser_name}"

    async def append(first: int) -> None:
        async with closing(RedisLog(cluster.redis.url)) as log:
            producer = await (log.create(stream) if first == 1 else log.open(stream))
            for n in range(first, first + BATCH):
                await producer.append(f"event {n}")
            if first > 3 * BATCH:
                await producer.end()

    run(append(1))
    page.evaluate(
        """(url) => {
          window.got = { wakeful: [], native: [] };
          window.source = new WakefulSource(url, { negotiate: "header" });
          window.native = new EventSource(url);
          source.onmessage = (event) => { got.wakeful.push(event.data); };
          native.onmessage = (event) => { got.native.push(event.data); };
        }""",
        f"{cluster.good}/runs/{stream}/events",
    )
    endings = (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL)
    for turn, (worker, how) in enumerate(zip((*cluster.workers, cluster.workers[0]), endings, strict=True), 1):
        page.wait_for_function("n => got.wakeful.length === n && got.native.length === n", arg=turn * BATCH)
        worker.send(how)
        run(append(turn * BATCH + 1))  # while it goes down
        worker.wait()
        worker.start()
    wanted = [f"event {n}" for n in range(1, 4 * BATCH + 1)]
    page.wait_for_function("source.outcome !== null && native.readyState === EventSource.CLOSED")
    assert page.evaluate("got.wakeful") == wanted
    assert page.evaluate("got.native") == wanted
    assert page.evaluate("source.outcome.status") == "completed"
    assert page.evaluate("source.stats.opens") > 1
    assert page.evaluate("[source.stats.gaps, source.stats.resets, source.stats.warnings]") == [0, 0, 0]
