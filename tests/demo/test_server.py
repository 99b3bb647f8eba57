"""The server that behaves: headers, cursors, refusals, heartbeats, and the journal of what it saw."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import wakeful
from demo.demo_process import AskedRun, DemoProcess, Viewer
from demo.raw import RawClient


@pytest.fixture(scope="module")
def finished(demo: DemoProcess) -> AskedRun:
    return demo.ask_whole()


def resume(run: AskedRun, header: str = "", query: str = "") -> Viewer:
    """A connection that resumes, read to its end."""
    viewer = Viewer(run, cursor=header, **({"es.last": query} if query else {}))
    viewer.until_closed()
    return viewer


def test_the_stream_has_the_headers_of_one(finished: AskedRun) -> None:
    with Viewer(finished) as viewer:
        headers = viewer.headers
    assert headers["content-type"] == "text/event-stream"
    assert headers["cache-control"] == "no-store, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert headers["incremental"] == "?1"
    assert headers["transfer-encoding"] == "chunked"


def test_the_stream_is_what_was_logged_message_by_message(finished: AskedRun) -> None:
    logged = finished.logged()
    with resume(finished) as viewer:
        body, ended = viewer.body()
    assert ended
    assert body.startswith(b": es\n\nretry: 1000\n\nid: ")
    assert b"event: es." not in body
    received = [(one.last_event_id, one.data) for one in wakeful.parse([body])]
    assert received == [(message["id"], message["data"]) for message in logged["messages"]]
    assert received[-1][1] == "[DONE]"
    assert logged["ended"]
    assert [one.rpartition(".") for one, _ in received] == [
        (logged["epoch"], ".", str(n)) for n in range(1, logged["last"] + 1)
    ]


def test_who_asks_for_the_protocol_gets_it_around_the_same_messages(finished: AskedRun) -> None:
    with resume(finished) as plain, Viewer(finished, es="1") as viewer:
        viewer.until_closed()
        received = list(wakeful.parse([viewer.body()[0]]))
        assert received[1:-1] == list(wakeful.parse([plain.body()[0]]))
        hello = json.loads(received[0].data)
        assert (received[0].type, received[-1].type) == ("es.hello", "es.end")
        assert hello["stream"] == finished.id
        assert hello["cancel"] == f"/runs/{finished.id}"
        assert "resume" not in hello  # at the URL that it knows
        assert json.loads(received[-1].data) == {"status": "completed"}


def test_resuming_from_any_cursor_gives_exactly_the_rest(finished: AskedRun) -> None:
    ids = finished.ids()
    for place in (0, 1, 17, len(ids) - 3, len(ids) - 2):
        with resume(finished, header=ids[place]) as viewer:
            assert viewer.ids() == ids[place + 1 :]


def test_the_cursor_may_be_in_the_query_and_the_header_wins(finished: AskedRun) -> None:
    ids = finished.ids()
    with resume(finished, query=ids[5]) as viewer:
        assert viewer.ids() == ids[6:]
    with resume(finished, header=ids[40], query=ids[5]) as viewer:
        assert viewer.ids() == ids[41:]


def test_behind_the_end_there_is_204(finished: AskedRun) -> None:
    for cursor in (finished.ids()[-1], f"{finished.logged()['epoch']}.9999"):
        with resume(finished, header=cursor) as viewer:
            assert viewer.status == 204


@pytest.mark.parametrize(
    ("cursor", "status"),
    [
        ("7", 400),
        ("EPOCH.", 400),
        ("EPOCH.-1", 400),
        ("EPOCH.007", 400),
        ("EPOCH.1 ", 200),  # HTTP takes the blank off a header's end
        ("EPOCH.1\xe9", 400),
        ("0123abcd.1", 410),
    ],
)
def test_a_cursor_that_leads_nowhere_is_refused(finished: AskedRun, cursor: str, status: int) -> None:
    epoch = finished.logged()["epoch"]
    with RawClient(finished.demo.url) as client:
        head = f"GET {finished.events} HTTP/1.1\r\nHost: x\r\nLast-Event-ID: {cursor.replace('EPOCH', epoch)}\r\n\r\n"
        client.socket.sendall(head.encode("latin-1"))
        client.until_closed()
        assert client.status == status
        if status != 200:
            assert client.headers["content-type"] == "application/problem+json"
            assert json.loads(client.raw_body)["status"] == status


def test_an_unknown_run_is_404(demo: DemoProcess) -> None:
    for path in ("/runs/none/events", "/runs/none/tokens"):
        answer = demo.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert demo.delete("/runs/none").status_code == 404


def test_a_quiet_stream_has_heartbeats(tmp_path: Path) -> None:
    with DemoProcess(tmp_path, "--heartbeat", "0.2", "--speed", "0.1") as demo:
        with Viewer(demo.ask("trip", speed=0.5)) as viewer:
            viewer.until(b": hb\n\n", times=3)


def test_a_run_goes_on_without_viewers(demo: DemoProcess) -> None:
    run = demo.ask("short", speed=20)
    with Viewer(run) as viewer:
        viewer.until_messages(3)
    with Viewer(run) as viewer:
        viewer.until_closed()
        assert viewer.ids() == run.ids()


def test_a_cancelled_run_ends_where_it_was(demo: DemoProcess) -> None:
    run = demo.ask("bug")
    with Viewer(run).until_messages(3) as viewer:
        assert demo.delete(f"/runs/{run.id}").status_code == 204
        viewer.until_closed()
        assert viewer.body()[0].endswith(b"data: [DONE]\n\n")
    assert run.logged()["ended"]


def test_tokens_can_be_read_from_a_place_on(finished: AskedRun) -> None:
    answer = finished.demo.get(f"/runs/{finished.id}/tokens", after=80).json()
    assert [message["id"] for message in answer["messages"]] == finished.ids()[80:]
    assert finished.demo.get(f"/runs/{finished.id}/tokens", after="x").status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"prompt": 1}, 400),
        ({"prompt": "x" * 9000}, 400),
        ({"prompt": "x", "speed": 0}, 400),
        ({"prompt": "x", "speed": "fast"}, 400),
        ({"prompt": "x", "script": "none"}, 400),
        ({"prompt": "x", "script": ["trip"]}, 400),
        ([], 400),
        ({"prompt": "x" * 70_000}, 413),
    ],
)
def test_a_run_that_makes_no_sense_is_refused(demo: DemoProcess, body: object, status: int) -> None:
    answer = demo.post("/runs", body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_run_is_created_by_json_only(demo: DemoProcess) -> None:
    with RawClient(demo.url).send("POST", "/runs", {"Content-Type": "text/plain"}, b'{"prompt": "x"}') as client:
        assert client.status == 415


def test_a_prompt_finds_its_script(demo: DemoProcess) -> None:
    for prompt, script in (("a weekend in Lisbon", "trip"), ("greetings around the world", "hello_world"), ("?", "")):
        answer = demo.post("/runs", {"prompt": prompt, "speed": 1000}).json()
        assert answer["script"] == script or not script
        assert answer["events"] == f"/runs/{answer['run']}/events"


def test_the_page_allows_nothing_inline_and_nothing_foreign(demo: DemoProcess) -> None:
    page = demo.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page.text)


def test_what_can_be_played_is_listed(demo: DemoProcess) -> None:
    listed = demo.get("/scripts").json()["scripts"]
    assert {entry["name"] for entry in listed} >= {"trip", "bug", "hello_world", "night_watch", "short"}
    assert all(entry["title"] and entry["prompt"] for entry in listed)


def test_journal_tells_what_each_request_was_and_became(demo: DemoProcess, finished: AskedRun) -> None:
    ids = finished.ids()
    viewer = Viewer(finished, "journalled")
    viewer.until_closed()
    with viewer.again(ids[-1]) as again:
        again.until_closed()
    journal = demo.get("/journal/journalled", closed=2).json()
    first, second = journal["requests"]
    assert (first["method"], first["status"], first["closed_by"], first["how"]) == ("GET", 200, "server", "end")
    assert (first["messages"], first["last_id"], first["bytes"]) == (len(ids), ids[-1], len(viewer.received))
    assert (second["status"], second["headers"]["last-event-id"]) == (204, ids[-1])
    assert first["seq"] < first["closed_seq"] < second["seq"] < second["closed_seq"] == journal["seq"]
    assert [fact["seq"] for fact in journal["facts"]] == list(range(1, journal["seq"] + 1))
    assert {fact["kind"] for fact in journal["facts"]} == {"request", "response", "sent", "closed"}


def test_journal_hides_secrets(finished: AskedRun) -> None:
    with RawClient(finished.demo.url) as client:
        client.get(f"{finished.events}?client=secretive", {"Authorization": "Bearer s3cret", "X-Plain": "shown"})
        client.until_closed()
    journal = finished.demo.get("/journal/secretive", closed=1)
    assert "s3cret" not in journal.text
    assert journal.json()["requests"][0]["headers"]["authorization"] == "(hidden)"
    assert journal.json()["requests"][0]["headers"]["x-plain"] == "shown"


def test_journal_can_be_followed_as_a_stream_and_resumed(finished: AskedRun) -> None:
    with Viewer(finished, "followed") as viewer:
        viewer.until_closed()
    facts = finished.demo.get("/journal/followed", closed=1).json()["facts"]

    def follow(last_event_id: str) -> list[dict[str, Any]]:
        with RawClient(finished.demo.url) as client:
            client.get("/journal/followed/stream", {"Last-Event-ID": last_event_id})
            client.until(b'"how": "end"}\n\n\r\n')  # of the last fact, to the end of its chunk
            return [json.loads(message.data) for message in wakeful.parse([client.body()[0]])]

    assert follow("0") == facts
    assert follow("3") == facts[3:]


def test_a_label_that_is_none_is_refused(demo: DemoProcess, finished: AskedRun) -> None:
    for path in ("/journal/a b", "/faults/a.b", f"{finished.events}?client=a%20b"):
        assert demo.get(path).status_code == 400


def test_files_are_served_fresh_and_missing_ones_are_404(tmp_path: Path) -> None:
    with DemoProcess(tmp_path, "--dist", str(tmp_path / "dist")) as demo:
        assert demo.get("/dist/wakeful.mjs").status_code == 404
        (tmp_path / "dist").mkdir()
        (tmp_path / "dist" / "wakeful.mjs").write_text("export {}")
        built = demo.get("/dist/wakeful.mjs")
        assert (built.status_code, built.headers["cache-control"]) == (200, "no-cache")
        assert "javascript" in built.headers["content-type"]


def test_head_and_unknown_paths_go_through(demo: DemoProcess) -> None:
    with RawClient(demo.url).send("HEAD", "/") as client:
        assert client.until_closed() == "closed"
        assert (client.status, client.raw_body) == (200, b"")
    assert demo.get("/elsewhere").status_code == 404
