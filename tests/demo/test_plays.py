"""The play server does on the wire what its operations say, and writes down what it saw."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.demo_process import ENVIRONMENT
from demo.raw import PATIENCE_S, RawClient
from wakeful_demo.plays import PlayThread

HEAD = {"head": {"status": 200, "headers": {"Content-Type": "text/event-stream"}}}


@pytest.fixture(scope="module")
def plays() -> Iterator[PlayThread]:
    with PlayThread() as server:
        yield server


class Played:
    """A play on the server under test, and the journal of it."""

    def __init__(self, server: PlayThread, *connections: list[dict[str, Any]], cors: bool = False) -> None:
        answer = httpx.post(f"{server.url}/plays", json={"connections": connections, "cors": cors}, timeout=PATIENCE_S)
        assert answer.status_code == 201, answer.text
        self.server = server
        self.target = f"/plays/{answer.json()['id']}"
        self.stream = f"{self.target}/stream"
        assert answer.json()["url"] == server.url + self.stream

    def open(self, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b"") -> RawClient:
        return RawClient(self.server.url).send(method, self.stream, headers, body)

    def open_gate(self, name: str) -> None:
        httpx.post(f"{self.server.url}{self.target}/gates/{name}", timeout=PATIENCE_S).raise_for_status()

    def journal(self, accepted: int = 0, closed: int = 0) -> dict[str, Any]:
        query = {"accepted": accepted, "closed": closed}
        journal: dict[str, Any] = httpx.get(self.server.url + self.target, params=query, timeout=PATIENCE_S).json()
        return journal


def test_head_and_data_are_sent_as_given_in_the_chunked_coding(plays: PlayThread) -> None:
    play = Played(plays, [HEAD, {"data": "data: é\n\n"}, {"hex": "3a0a0a"}, {"eof": True}])
    with play.open() as client:
        assert client.until_closed() == "closed"
        assert client.status == 200
        assert client.headers == {
            "content-type": "text/event-stream",
            "connection": "close",
            "transfer-encoding": "chunked",
        }
        assert client.raw_body == b"a\r\ndata: \xc3\xa9\n\n\r\n3\r\n:\n\n\r\n0\r\n\r\n"


def test_end_of_the_list_is_a_clean_end(plays: PlayThread) -> None:
    with Played(plays, [HEAD, {"data": "x"}]).open() as client:
        client.until_closed()
        assert client.body() == (b"x", True)


def test_cut_leaves_the_final_chunk_out(plays: PlayThread) -> None:
    with Played(plays, [HEAD, {"data": "x"}, {"cut": True}]).open() as client:
        assert client.until_closed() == "closed"
        assert client.body() == (b"x", False)


def test_cut_before_a_head_closes_without_an_answer(plays: PlayThread) -> None:
    with Played(plays, [{"cut": True}]).open() as client:
        assert client.until_closed() == "closed"
        assert client.received == b""


def test_reset_is_a_tcp_reset(plays: PlayThread) -> None:
    play = Played(plays, [HEAD, {"data": "x"}, {"gate": "break"}, {"reset": True}])
    with play.open() as client:
        client.until(b"\r\nx\r\n")
        play.open_gate("break")
        assert client.until_closed() == "reset"


def test_hold_stays_open_until_the_client_closes(plays: PlayThread) -> None:
    play = Played(plays, [HEAD, {"data": "x"}, {"hold": True}])
    with play.open() as client:
        client.until(b"\r\nx\r\n")
        assert play.journal(accepted=1)["connections"][0]["closed_by"] is None
    assert play.journal(closed=1)["connections"][0]["closed_by"] == "client"


def test_client_that_leaves_at_a_gate_is_the_closer(plays: PlayThread) -> None:
    play = Played(plays, [HEAD, {"gate": "never"}, {"data": "x"}])
    with play.open() as client:
        client.until(b"\r\n\r\n")
    assert play.journal(closed=1)["connections"][0]["closed_by"] == "client"


def test_server_that_ends_is_the_closer(plays: PlayThread) -> None:
    play = Played(plays, [HEAD, {"eof": True}])
    with play.open() as client:
        client.until_closed()
    assert play.journal(closed=1)["connections"][0]["closed_by"] == "server"


def test_content_length_in_the_head_switches_chunking_off(plays: PlayThread) -> None:
    head = {"head": {"status": 503, "headers": {"Content-Length": "2"}}}
    with Played(plays, [head, {"data": "no"}]).open() as client:
        client.until_closed()
        assert client.status == 503
        assert client.headers == {"content-length": "2", "connection": "close"}
        assert client.raw_body == b"no"


def test_connection_close_in_the_head_gives_a_body_that_ends_with_the_socket(plays: PlayThread) -> None:
    with Played(plays, [{"head": {"headers": {"Connection": "close"}}}, {"data": "x"}]).open() as client:
        assert client.until_closed() == "closed"
        assert client.headers == {"connection": "close"}
        assert client.raw_body == b"x"


def test_a_header_with_a_list_of_values_is_repeated(plays: PlayThread) -> None:
    with Played(plays, [{"head": {"status": 204, "headers": {"Retry-After": ["1", "2"]}}}]).open() as client:
        client.until_closed()
        assert client.received.split(b"\r\n")[1:3] == [b"Retry-After: 1", b"Retry-After: 2"]


def test_data_before_a_head_is_raw(plays: PlayThread) -> None:
    with Played(plays, [{"data": "not HTTP"}]).open() as client:
        client.until_closed()
        assert client.received == b"not HTTP"


def test_repeat_writes_again(plays: PlayThread) -> None:
    with Played(plays, [HEAD, {"data": "ab", "repeat": 3}]).open() as client:
        client.until_closed()
        assert client.raw_body == b"2\r\nab\r\n" * 3 + b"0\r\n\r\n"


def test_connections_follow_the_list_and_what_is_beyond_it_gets_204(plays: PlayThread) -> None:
    play = Played(plays, [HEAD, {"data": "one"}], [{"head": {"status": 500}}])
    statuses = []
    for _ in range(3):
        with play.open() as client:
            client.until_closed()
            statuses.append(client.status)
    assert statuses == [200, 500, 204]
    journal = play.journal(closed=3)
    assert (journal["accepted"], journal["extra"], journal["closed"]) == (3, 1, 3)
    assert [one["extra"] for one in journal["connections"]] == [False, False, True]


def test_journal_has_method_target_headers_body_and_port(plays: PlayThread) -> None:
    play = Played(plays, [HEAD])
    with play.open("POST", {"Last-Event-ID": "7", "X-A": "1"}, body="é".encode()) as client:
        client.until_closed()
        port = client.socket.getsockname()[1]
    seen = play.journal(closed=1)["connections"][0]
    assert (seen["method"], seen["target"], seen["body"], seen["port"]) == ("POST", play.stream, "é", port)
    assert (seen["headers"]["last-event-id"], seen["headers"]["x-a"]) == ("7", "1")


def test_journal_orders_the_facts_of_connections(plays: PlayThread) -> None:
    play = Played(plays, [HEAD, {"hold": True}], [HEAD, {"hold": True}])
    with play.open() as first:
        play.journal(accepted=1)
        with play.open() as second:
            play.journal(accepted=2)
            first.close()
            play.journal(closed=1)
            second.close()
    facts = play.journal(closed=2)["connections"]
    assert [(one["accepted_at"], one["closed_at"]) for one in facts] == [(1, 3), (2, 4)]


def test_journal_counts_the_bytes_that_were_written(plays: PlayThread) -> None:
    play = Played(plays, [HEAD, {"data": "x" * 1000, "repeat": 4}])
    with play.open() as client:
        client.until_closed()
        assert play.journal(closed=1)["connections"][0]["bytes"] == len(client.received)


def test_a_reader_that_stops_reading_holds_the_writes_back(plays: PlayThread) -> None:
    play = Played(plays, [HEAD, {"data": "x" * 1_000_000, "repeat": 100}])
    with play.open() as client:
        client.until(b"\r\n\r\n")
    assert play.journal(closed=1)["connections"][0]["bytes"] < 100_000_000


def test_a_socket_without_a_request_is_not_counted(plays: PlayThread) -> None:
    play = Played(plays, [HEAD])
    RawClient(plays.url).close()
    with play.open() as client:
        client.until_closed()
    assert play.journal(closed=1)["accepted"] == 1


def test_preflight_is_answered_and_not_counted(plays: PlayThread) -> None:
    play = Played(plays, [HEAD], cors=True)
    asking = {"Origin": "http://a.example", "Access-Control-Request-Headers": "last-event-id"}
    with play.open("OPTIONS", asking) as preflight:
        preflight.until_closed()
        assert preflight.status == 204
        assert preflight.headers["access-control-allow-origin"] == "http://a.example"
        assert preflight.headers["access-control-allow-headers"] == "last-event-id"
    with play.open(headers={"Origin": "http://a.example"}) as client:
        client.until_closed()
        assert client.headers["access-control-allow-origin"] == "http://a.example"
        assert "Retry-After" in client.headers["access-control-expose-headers"]
    journal = play.journal(closed=1)
    assert (journal["accepted"], journal["preflights"]) == (1, 1)


def test_without_cors_no_such_header_is_sent(plays: PlayThread) -> None:
    with Played(plays, [HEAD]).open(headers={"Origin": "http://a.example"}) as client:
        client.until_closed()
        assert not [name for name in client.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "not JSON"),
        (b"[]", "object with a list"),
        (b'{"connections": [1]}', "object with a list"),
        (b'{"connections": [[{"jump": 1}]]}', "connection 0, operation 0: one key of"),
        (b'{"connections": [[], [{"eof": true}, {"hex": "0"}]]}', "connection 1, operation 1: 'hex'"),
        (b'{"connections": [[{"data": 1}]]}', "'data' is a string"),
    ],
)
def test_a_play_that_cannot_be_performed_is_refused(plays: PlayThread, body: bytes, reason: str) -> None:
    answer = httpx.post(f"{plays.url}/plays", content=body, timeout=PATIENCE_S)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert reason in answer.json()["detail"]


def test_bytes_that_are_not_http_get_400(plays: PlayThread) -> None:
    with RawClient(plays.url) as client:
        client.socket.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert client.status == 400


def test_unknown_plays_and_routes_are_404(plays: PlayThread) -> None:
    for target in ("/plays/none", "/plays/none/stream", "/elsewhere"):
        assert httpx.get(plays.url + target, timeout=PATIENCE_S).status_code == 404


def test_files_are_served_from_the_same_origin(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.html").write_text("<p>é", encoding="utf-8")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "a.mjs").write_text("export {}")
    (tmp_path / "secret").write_text("no")
    with PlayThread({"/": tmp_path / "pages", "/dist/": tmp_path / "dist"}) as server:
        page, module = (httpx.get(server.url + path, timeout=PATIENCE_S) for path in ("", "/dist/a.mjs"))
        assert (page.text, page.headers["content-type"]) == ("<p>é", "text/html; charset=utf-8")
        assert module.headers["content-type"] == "text/javascript; charset=utf-8"
        with RawClient(server.url).get("/../secret") as outside:
            assert outside.status == 404


def test_command_prints_its_port_and_serves(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("here")
    command = [sys.executable, "-m", "wakeful_demo.plays", "--port", "0", "--static", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        try:
            announced = json.loads(process.stdout.readline())
            assert httpx.get(f"{announced['url']}/a.txt", timeout=PATIENCE_S).text == "here"
        finally:
            process.terminate()  # or what is left of it is waited for without end
