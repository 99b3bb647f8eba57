"""What the page's client makes of a server that speaks the profile, in the page and in a worker."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from plays import HOLD, STREAM, hello, journal, play
from wakeful_demo.plays import PlayThread

GONE = {"head": {"status": 204, "headers": {}}}
WORKER = pytest.mark.parametrize("worker", [False, True], ids=["page", "worker"])


OPEN = """([url, worker, init]) => {
  window.got = [];
  const note = (line) => got.push(line);
  window.source = new WakefulSource(url, worker ? { ...init, worker: true } : init);
  source.onmessage = ({ data, lastEventId }) => note(`message ${data} ${lastEventId}`);
  source.onreset = ({ detail }) => note(`reset ${detail.reason} ${detail.epoch} ${detail.base}`);
  source.onprotocolwarning = ({ detail }) => note(`warning ${detail.frame} ${detail.detail}`);
  source.onstatechange = ({ detail }) => detail.state === "ended" && note(`ended ${detail.reason}`);
}"""


@WORKER
def test_cancel_reaches_the_server(source_page: Page, plays: PlayThread, worker: bool) -> None:
    run = play(plays, [GONE])
    said = hello(cancel=urlsplit(run).path)
    url = play(plays, [STREAM, said, {"data": "id: k.1\ndata: a\n\n"}, HOLD])
    source_page.evaluate(OPEN, [url, worker, {"headers": {"X-CSRF": "c"}, "negotiate": "header"}])
    source_page.wait_for_function("got.length === 1")
    assert source_page.evaluate("source.hello.stream") == "run"
    assert source_page.evaluate("() => { source.cancel(); return [source.state, source.readyState]; }") == ["closed", 2]
    assert source_page.evaluate("source.outcome") == {"status": "cancelled", "problem": None}
    [told] = journal(run, accepted=1)
    assert told["method"] == "DELETE"
    assert told["headers"]["x-csrf"] == "c"
    assert "event-stream-params" not in told["headers"]
    [seen] = journal(url, closed=1)
    assert seen["closed_by"] == "client"
    assert seen["headers"]["event-stream-params"] == "v=1"


@WORKER
def test_what_the_server_says_is_there(source_page: Page, plays: PlayThread, worker: bool) -> None:
    reset = 'event: es.reset\ndata: {"epoch":"m","reason":"expired","base":4}\n\nid: m.4\ndata: whole\n\n'
    problem = '{"title":"T","retry":"restart","retryAfter":2000}'
    end = f'id: m.5\nevent: es.end\ndata: {{"status":"failed","problem":{problem}}}\n\n'
    url = play(plays, [STREAM, hello(epoch="m", next=5, ttl="x"), {"data": reset + end}, HOLD])
    source_page.evaluate(OPEN, [url, worker, {}])
    source_page.wait_for_function("got.length === 4")
    assert source_page.evaluate("got") == [
        "warning es.hello malformed or missing: ttl",
        "reset expired m 4",
        "message whole m.4",
        "ended end-event",
    ]
    assert source_page.evaluate("source.hello.epoch") == "m"
    assert source_page.evaluate("source.outcome") == {
        "status": "failed",
        "problem": {
            "type": "about:blank", "title": "T", "status": 0, "detail": "", "retry": "restart", "retryAfterMs": 2000,
        },
    }  # fmt: skip
    stats = source_page.evaluate("source.stats")
    assert (stats["warnings"], stats["resets"], stats["messages"]) == (1, 1, 1)
    assert {"lateInputs", "lifetimeMs", "tokenRequests"} <= set(stats)


ITERATE = """async ([url, worker, listens]) => {
  const got = [];
  const source = new WakefulSource(url, worker ? { worker: true } : {});
  if (listens) source.onreset = ({ detail }) => got.push(`reset ${detail.base}`);
  try {
    for await (const { data } of source) got.push(data);
  } catch (error) {
    got.push(`${error.name} ${error.detail.reason} ${error.detail.base}`);
  }
  return [got, source.outcome?.status ?? source.state];
}"""


@WORKER
def test_the_iterator_does_not_run_on_over_a_reset(source_page: Page, plays: PlayThread, worker: bool) -> None:
    reset = 'event: es.reset\ndata: {"epoch":"k","reason":"slow","base":4}\n\nid: k.4\ndata: whole\n\n'
    steps: list[dict[str, Any]] = [STREAM, hello(), {"data": "id: k.1\ndata: a\n\n" + reset}, HOLD]
    url = play(plays, steps)
    assert source_page.evaluate(ITERATE, [url, worker, False]) == [["a", "StreamReset slow 4"], "closed"]
    assert journal(url, closed=1)[0]["closed_by"] == "client"
    steps[-1] = {"data": 'id: k.5\nevent: es.end\ndata: {"status":"completed"}\n\n'}
    assert source_page.evaluate(ITERATE, [play(plays, steps), worker, True]) == [["a", "reset 4", "whole"], "completed"]


@WORKER
def test_the_iterator_goes_on_over_a_reset_before_all_messages(
    source_page: Page, plays: PlayThread, worker: bool
) -> None:
    reset = 'event: es.reset\ndata: {"epoch":"k","reason":"requested","base":4}\n\nid: k.4\ndata: whole\n\n'
    end = 'id: k.5\nevent: es.end\ndata: {"status":"completed"}\n\n'
    url = play(plays, [STREAM, hello(next=5), {"data": reset + end}])
    assert source_page.evaluate(ITERATE, [url, worker, False]) == [["whole"], "completed"]
