"""The ASGI response under a real uvicorn: what goes over the wire, from where, and to whom."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.types import Message

from demo.raw import RawClient
from server.live import PATIENCE_S, LiveServer, ids, options, view
from wakeful.errors import OptionError
from wakeful.server import EventStreamResponse, MemoryLog, StreamEnded

pytestmark = pytest.mark.usefixtures("no_drain")


@pytest.mark.clause("server.flush", "server.headers")
def test_the_head_and_the_first_bytes(server: LiveServer) -> None:
    server.create()
    with RawClient(server.url).get("/runs/r/events") as viewer:
        viewer.until(b": ok\n\n")
        assert viewer.status == 200
        headers = viewer.headers
        assert headers["content-type"] == "text/event-stream"
        assert headers["cache-control"] == "no-store, no-transform"
        assert headers["x-accel-buffering"] == "no"
        assert headers["incremental"] == "?1"
        assert "location" not in headers  # it knows its own URL
        assert headers["event-stream-params"].startswith("v=1, epoch=")
        assert "connection" not in headers
        assert "content-length" not in headers
        # A write of its own each: the chunks of the transfer coding show them.
        assert viewer.raw_body.startswith(b"6\r\n: es\n\n\r\n")
        assert viewer.raw_body.endswith(b"6\r\n: ok\n\n\r\n")


def test_a_viewer_gets_what_is_logged_and_then_what_is_appended(server: LiveServer) -> None:
    run = server.create()
    server.append(run, "a", {"type": "b"})
    with view(server) as viewer:
        viewer.until(b'data: {"type":"b"}\n\n')
        server.append(run, "c")
        viewer.until(b"data: c\n\n")
        server.do(run.end())
        assert viewer.until_closed() == "closed"
        body, whole = viewer.body()
        assert whole
        assert ids(body) == [1, 2, 3, 4]
        assert body.endswith(f'id: {run.epoch}.4\nevent: es.end\ndata: {{"status":"completed"}}\n\n'.encode())


@pytest.mark.clause("server.resume")
def test_every_place_to_resume_from(server: LiveServer) -> None:
    run = server.create()
    server.append(run, *[f"d{n}" for n in range(1, 8)])
    server.do(run.end())
    for seq in range(8):
        with view(server, cursor=f"{run.epoch}.{seq}") as viewer:
            viewer.until_closed()
            assert ids(viewer.body()[0]) == list(range(seq + 1, 9))
    with view(server, cursor=f"{run.epoch}.8") as viewer:
        assert viewer.status == 204


@pytest.mark.clause("server.authorise")
def test_every_replay_is_authorised(server: LiveServer) -> None:
    run = server.create(principal="ada")
    server.append(run, "secret")
    server.do(run.end())
    for cursor in ("", f"{run.epoch}.0", f"{run.epoch}.2"):
        refused = []
        for name, user in (("r", "eve"), ("r", ""), ("no-such-run", "eve")):
            headers = {"Authorization": f"Bearer{user and ' ' + user}", "Last-Event-ID": cursor}
            refused.append(httpx.get(f"{server.url}/runs/{name}/events", headers=headers, timeout=PATIENCE_S))
        assert [answer.status_code for answer in refused] == [404, 404, 404]
        assert len({answer.text for answer in refused}) == 1
    with view(server, user="ada") as viewer:
        viewer.until_closed()
        assert b"secret" in viewer.received


def stop(server: LiveServer, user: str) -> int:
    return httpx.delete(
        f"{server.url}/runs/r", headers={"Authorization": f"Bearer {user}"}, timeout=PATIENCE_S
    ).status_code


def test_options_are_given_by_name_or_whole_and_a_name_that_is_none_is_refused() -> None:
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
    made = options(hb_ms=5_000, cancel="/runs/1")
    answer = EventStreamResponse(MemoryLog(), "r", request, principal="", options=made, hb_ms=7_000)
    assert (answer.options.hb_ms, answer.options.cancel, made.hb_ms) == (7_000, "/runs/1", 5_000)
    with pytest.raises(OptionError, match="heartbeat_ms is not an option"):
        EventStreamResponse(MemoryLog(), "r", request, principal="", heartbeat_ms=1)  # type: ignore[call-arg]
    made.cancell = "/runs/1"  # type: ignore[attr-defined]
    with pytest.raises(OptionError, match="cancell is not an option"):
        EventStreamResponse(MemoryLog(), "r", request, principal="", options=made)
    with pytest.raises(OptionError, match="hb_ms must be 10"):
        EventStreamResponse(MemoryLog(), "r", request, principal="", hb_ms=9)
    with pytest.raises(OptionError, match="hb_ms must be an int, not float"):
        EventStreamResponse(MemoryLog(), "r", request, principal="", hb_ms=15_000 / 2)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="status_code must be 200"):
        EventStreamResponse(MemoryLog(), "r", request, principal="", status_code=201)


@pytest.mark.clause("server.cancel")
def test_a_delete_cancels_the_producer_and_ends_every_viewer(server: LiveServer) -> None:
    run = server.create(principal="ada")
    server.append(run, "a")
    with view(server, user="ada") as viewer:
        viewer.until(b"data: a\n\n")
        assert stop(server, "eve") == 404
        assert stop(server, "ada") == 204
        viewer.until_closed()
        assert b'event: es.end\ndata: {"status":"cancelled"}\n\n' in viewer.body()[0]
    assert stop(server, "ada") == 204
    with pytest.raises(StreamEnded):
        server.append(run, "b")


@pytest.mark.clause("server.log.once")
def test_a_creation_with_a_key_is_done_once(server: LiveServer) -> None:
    answers = [
        httpx.post(f"{server.url}/runs", json={"run": run}, headers={"Idempotency-Key": '"k"'}, timeout=PATIENCE_S)
        for run in ("a", "b")
    ]
    assert [answer.json() for answer in answers] == [{"run": "a", "created": True}, {"run": "a", "created": False}]
    assert {answer.headers["location"] for answer in answers} == {"/runs/a/events"}


@pytest.mark.clause("server.headers")
def test_a_post_is_a_stream_that_is_resumed_by_get(server: LiveServer) -> None:
    body = json.dumps({"run": "r"}).encode()
    with RawClient(server.url).send("POST", "/ask", {"Content-Type": "application/json"}, body) as viewer:
        viewer.until(b": ok\n\n")
        assert viewer.headers["location"] == "/runs/r/events"
        assert b'"resume":"/runs/r/events"' in viewer.received
        run = server.do(server.log.open("r"))
        server.append(run, "a")
        viewer.until(b"data: a\n\n")
    with view(server, cursor=f"{run.epoch}.1") as viewer:
        server.append(run, "b")
        viewer.until(b"data: b\n\n")
        assert ids(viewer.body()[0]) == [2]


def test_what_the_application_adds_to_the_head_is_sent() -> None:
    with LiveServer(MemoryLog) as server:
        server.create()
        with view(server) as viewer:
            assert "x-served-by" in viewer.headers


def test_a_head_request_gets_the_head_only(server: LiveServer) -> None:
    server.create()
    answer = httpx.head(f"{server.url}/runs/r/events", timeout=PATIENCE_S)
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "text/event-stream", b"")


def sent_for(method: str, background: BackgroundTask | None = None) -> list[Message]:
    """What the response to a request for a run of one event, which has ended, sends."""
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {}

    async def send(message: Message) -> None:
        sent.append(message)

    async def answer() -> None:
        log = MemoryLog()
        run = await log.create("r")
        await run.append("a")
        await run.end()
        scope = {"type": "http", "method": method, "path": "/r", "headers": [], "query_string": b""}
        response = EventStreamResponse(log, "r", Request(scope), principal="")
        response.background = background
        await response(scope, receive, send)

    asyncio.run(answer())
    return sent


def test_head_is_answered_by_the_head_alone() -> None:
    [head, body] = sent_for("HEAD")
    assert (head["status"], body) == (200, {"type": "http.response.body", "body": b"", "more_body": False})
    [start, *rest] = sent_for("GET")
    assert (start["status"], len(rest) > 1) == (200, True)


def test_a_background_task_runs_behind_the_stream() -> None:
    done: list[str] = []
    sent = sent_for("GET", BackgroundTask(done.append, "done"))
    assert (sent[-1]["more_body"], done) == (False, ["done"])
