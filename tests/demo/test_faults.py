"""Every fault's effect on the wire, and what the journal says about it."""

import json
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from demo.demo_process import AskedRun, DemoProcess, Viewer
from wakeful_demo.agent import load_scripts
from wakeful_demo.desk import BadOrder, Desk, Order
from wakeful_demo.faults import FAULTS

LONG, SHORT = "bug", "short"


@pytest.fixture
def run(demo: DemoProcess) -> Iterator[AskedRun]:
    """A run that is far from its end while a test looks at it, and over when the next one begins."""
    asked = demo.ask(LONG, speed=1)
    yield asked
    asked.cancel()


def watch_others_progress(run: AskedRun, messages: int = 10) -> None:
    """Return when another viewer has seen so many messages more: the stream went on in the meantime."""
    logged = run.ids()
    with Viewer(run, cursor=logged[-1] if logged else "") as other:
        other.until_messages(messages)


def facts_after_fault(journal: dict[str, Any]) -> list[str]:
    kinds = [fact["kind"] for fact in journal["facts"]]
    return kinds[kinds.index("fault") + 1 :]


def test_cut_mid_token_ends_within_a_message_and_without_a_final_chunk(run: AskedRun) -> None:
    with Viewer(run).until_messages(4) as viewer:
        viewer.order("cut-mid-token")
        assert viewer.until_closed() == "closed"
        body, ended = viewer.body()
        assert not ended
        assert not body.endswith(b"\n\n")
        assert viewer.journal(closed=1)["requests"][0]["how"] == "cut"


def test_reset_is_a_tcp_reset(run: AskedRun) -> None:
    with Viewer(run).until_messages(4) as viewer:
        viewer.order("reset")
        assert viewer.until_closed() == "reset"
        assert viewer.journal(closed=1)["requests"][0]["how"] == "reset"


def test_clean_eof_is_a_whole_response_with_half_an_answer(run: AskedRun) -> None:
    with Viewer(run).until_messages(4) as viewer:
        viewer.order("clean-eof")
        assert viewer.until_closed() == "closed"
        body, ended = viewer.body()
        assert ended
        assert body.endswith(b"\n\n")
        assert b"[DONE]" not in body


def test_silence_sends_nothing_until_the_client_leaves(run: AskedRun) -> None:
    with Viewer(run).until_messages(4) as viewer:
        viewer.order("silence")
        watch_others_progress(run)
        journal = viewer.journal()
        assert facts_after_fault(journal) == []
        assert journal["closed"] == 0
    closed = viewer.journal(closed=1)["requests"][0]
    assert (closed["closed_by"], closed["how"]) == ("client", "left")


def test_black_hole_does_not_even_notice_that_the_client_leaves(run: AskedRun) -> None:
    with Viewer(run).until_messages(4) as viewer:
        viewer.order("black-hole")
        watch_others_progress(run)
    watch_others_progress(run)
    journal = viewer.journal()
    assert facts_after_fault(journal) == []
    assert journal["closed"] == 0


def test_a_silent_stream_gives_way_to_the_next_fault(run: AskedRun) -> None:
    for first in ("silence", "black-hole"):
        with Viewer(run).until_messages(4) as viewer:
            viewer.order(first)
            viewer.order("reset")
            assert viewer.until_closed() == "reset"


def test_cancelling_frees_a_silent_stream_and_forgets_what_was_ordered(run: AskedRun) -> None:
    with Viewer(run).until_messages(4) as viewer:
        viewer.order("silence", times=5)
        assert run.demo.delete(f"/faults/{viewer.label}").status_code == 204
        assert viewer.until_closed() == "closed"
        assert run.demo.get(f"/faults/{viewer.label}").json()["orders"] == []


def test_accept_then_close_gives_the_next_three_connections_no_byte(run: AskedRun) -> None:
    viewer = Viewer(run).until_messages(4)
    viewer.order("accept-then-close")
    assert viewer.until_closed() == "closed"
    for _ in range(3):
        viewer = viewer.again()
        assert viewer.until_closed() == "closed"
        assert viewer.received == b""
    with viewer.again() as viewer:
        assert viewer.status == 200


def test_slow_first_byte_holds_the_head_back(run: AskedRun) -> None:
    viewer = Viewer(run).until_messages(4)
    viewer.order("slow-first-byte", ms=60_000)
    viewer.until_closed()
    viewer = viewer.again()
    viewer.journal(accepted=2)
    watch_others_progress(run)
    assert viewer.journal()["requests"][1]["status"] == 0
    viewer.close()
    assert viewer.journal(closed=2)["requests"][1]["closed_by"] == "client"


def test_slow_first_byte_comes_in_the_end(run: AskedRun) -> None:
    with Viewer(run, fault="slow-first-byte", ms=10) as viewer:
        assert viewer.status == 200


@pytest.mark.parametrize(
    ("fault", "status", "header", "value"),
    [
        ("unauthorized", 401, "www-authenticate", 'Bearer realm="wakeful demo"'),
        ("too-many-seconds", 429, "retry-after", "2"),
        ("server-error", 500, "content-type", "application/problem+json"),
        ("unavailable", 503, "content-type", "application/problem+json"),
        ("html-page", 200, "content-type", "text/html"),
        ("no-content", 204, "connection", "close"),
    ],
)
def test_an_answer_in_place_of_the_stream_comes_once(
    run: AskedRun, fault: str, status: int, header: str, value: str
) -> None:
    viewer = Viewer(run).until_messages(4)
    viewer.order(fault)
    assert viewer.until_closed() == "closed"
    viewer = viewer.again()
    viewer.until_closed()
    assert (viewer.status, viewer.headers[header]) == (status, value)
    with viewer.again() as viewer:
        assert (viewer.status, viewer.headers["content-type"]) == (200, "text/event-stream")
    assert [seen["faults"] for seen in viewer.journal(accepted=3)["requests"]] == [[], [fault], []]


def test_too_many_with_a_date_names_one_that_is_to_come(run: AskedRun) -> None:
    with Viewer(run, fault="too-many-date", seconds=1000) as viewer:
        assert viewer.status == 429
        assert parsedate_to_datetime(viewer.headers["retry-after"]).timestamp() > time.time()


def test_duplicate_replay_resumes_earlier_than_asked(run: AskedRun) -> None:
    viewer = Viewer(run).until_messages(9)
    viewer.order("duplicate-replay", count=4)
    viewer.until_closed()
    ids = viewer.ids()
    with viewer.again(ids[-1]).until_messages(6) as viewer:
        assert viewer.ids()[:4] == ids[-4:]
        assert viewer.journal()["requests"][1]["headers"]["last-event-id"] == ids[-1]


def test_gap_leaves_so_many_out(run: AskedRun) -> None:
    with Viewer(run).until_messages(4) as viewer:
        viewer.order("gap", count=3)
        sent, logged, missing = viewer.ids(), run.ids(), list[str]()
        # However many were on the way before it was ordered.
        while not missing:
            viewer.until_messages(len(sent) + 2)
            sent, logged = viewer.ids(), run.ids()
            missing = [one for one in logged[: logged.index(sent[-1])] if one not in sent]
        assert len(missing) == 3
        first = logged.index(missing[0])
        assert logged[first : first + 3] == missing


def test_broken_utf8_harms_no_message_of_the_run(run: AskedRun) -> None:
    with Viewer(run).until_messages(4) as viewer:
        viewer.order("broken-utf8")
        viewer.until(b"event: x.noise\ndata: \xff\xfe \xc3(")
        viewer.until_messages(viewer.received.count(b"\nid: ") + 4)
        assert viewer.ids() == run.ids()[: len(viewer.ids())]


def test_byte_by_byte_makes_every_byte_a_chunk(run: AskedRun) -> None:
    with Viewer(run).until_messages(4) as viewer:
        viewer.order("byte-by-byte")
        viewer.until(b"1\r\n}\r\n1\r\n\n\r\n1\r\n\n\r\n", 3)
        assert viewer.ids() == run.ids()[: len(viewer.ids())]


def test_crlf_never_sends_cr_and_lf_together(run: AskedRun) -> None:
    with Viewer(run).until_messages(4) as viewer:
        viewer.order("crlf")
        viewer.until(b"\r\r\n2\r\n\n\r\r\n1\r\n\n\r\n")  # every CR is the last byte of its chunk
    with Viewer(run, fault="crlf") as viewer:
        viewer.until(b"\ndata: ", 6)
        body = viewer.body()[0]
        assert body.count(b"\r\n") >= 6
        assert viewer.ids() == run.ids()[: len(viewer.ids())]


def test_huge_message_is_one_message_between_two(run: AskedRun) -> None:
    with Viewer(run).until_messages(4) as viewer:
        viewer.order("huge-message", bytes=300_000)
        viewer.until(b"event: x.noise")
        viewer.until_messages(viewer.received.count(b"\nid: ") + 2)
        blocks = viewer.body()[0].split(b"\n\n")
        assert [block for block in blocks if block.startswith(b"event: ")] == [
            b"event: x.noise\ndata: " + b"." * 300_000
        ]
        assert viewer.ids() == run.ids()[: len(viewer.ids())]


def test_age_limit_cuts_each_connection_until_its_times_are_up(run: AskedRun) -> None:
    viewer = Viewer(run).until_messages(1)
    viewer.order("age-limit", ms=400, times=2)
    assert viewer.until_closed() == "closed"
    viewer = viewer.again()
    assert viewer.until_closed() == "closed"
    with viewer.again(run.ids()[-1]) as viewer:
        viewer.until_messages(20)
    assert [seen["how"] for seen in viewer.journal(closed=3)["requests"]] == ["cut", "cut", "left"]


def test_restart_loses_the_connection_and_nothing_else(run: AskedRun) -> None:
    viewer = Viewer(run).until_messages(10)
    viewer.order("restart")
    assert viewer.until_closed() == "reset"
    received = viewer.ids()
    with viewer.again(received[-1]).until_messages(20) as viewer:
        run.demo.delete(f"/runs/{run.id}")
        viewer.until_closed()
        received += viewer.ids()
    assert received == run.ids()
    assert viewer.journal()["requests"][0]["how"] == "gone"
    chunks = [json.loads(message["data"]) for message in run.logged()["messages"][:-1]]
    said = "".join(chunk["choices"][0]["delta"].get("reasoning_content", "") for chunk in chunks)
    assert "".join(load_scripts()[LONG].steps[0]["reasoning"]).startswith(said)


def test_restart_by_query_strikes_the_stream_that_asks(run: AskedRun) -> None:
    with Viewer(run, fault="restart") as viewer:
        assert viewer.until_closed() == "reset"
        assert len(viewer.ids()) >= 3


def test_buffering_holds_messages_back_until_the_end(demo: DemoProcess) -> None:
    # All of it is little more than what the proxy holds back, and half a minute goes by before it is said.
    run = demo.ask(SHORT, speed=0.1)
    viewer = Viewer(run).until_messages(1)
    if "buffering" in run.demo.unavailable:
        refused = run.demo.post(f"/faults/{viewer.label}", {"fault": "buffering"})
        assert refused.status_code == 400
        assert run.demo.unavailable["buffering"] in refused.json()["detail"]
        return
    viewer.order("buffering")
    viewer.until_closed()
    with viewer.again() as viewer:
        viewer.journal(accepted=2)
        watch_others_progress(run)
        assert viewer.journal()["requests"][1]["messages"] == 0
        run.demo.delete(f"/runs/{run.id}")
        viewer.until_closed()
        assert viewer.headers["server"].startswith("nginx")
        assert viewer.ids() == run.ids()


def test_a_fault_that_this_machine_lacks_is_listed_and_refused_with_its_reason() -> None:
    desk = Desk({"buffering": "nginx is not installed"}, lambda: None)
    listed = {entry["name"]: (entry["available"], entry["reason"]) for entry in desk.catalogue()}
    assert listed["buffering"] == (False, "nginx is not installed")
    assert listed["reset"] == (True, "")
    with pytest.raises(BadOrder, match="nginx is not installed"):
        desk.order("a", Order.of({"fault": "buffering"}))


def test_a_fault_ordered_ahead_strikes_after_a_few_messages(run: AskedRun) -> None:
    run.demo.post("/faults/ahead", {"fault": "clean-eof"}).raise_for_status()
    with Viewer(run, "ahead") as viewer:
        viewer.until_closed()
        assert len(viewer.ids()) == 3


def test_a_fault_in_the_query_strikes_a_viewers_first_connections_only(run: AskedRun) -> None:
    statuses = []
    for _ in range(3):
        with Viewer(run, "by-query", fault="unavailable", times=2) as viewer:
            statuses.append(viewer.status)
    assert statuses == [503, 503, 200]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"fault": "flood"}, "'fault' is one of"),
        ({"fault": "reset", "ms": 1}, "reset takes times, not ms"),
        ({"fault": "gap", "count": -1}, "'count' is a whole number"),
        ({"fault": "gap", "count": True}, "'count' is a whole number"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(demo: DemoProcess, order: dict[str, object], reason: str) -> None:
    refused = demo.post("/faults/somebody", order)
    assert refused.status_code == 400
    assert reason in refused.json()["detail"]


def test_an_unknown_fault_in_the_query_is_refused(run: AskedRun) -> None:
    with Viewer(run, fault="flood") as viewer:
        assert viewer.status == 400


def test_every_fault_is_listed_for_people(demo: DemoProcess) -> None:
    listed = demo.get("/faults").json()["faults"]
    assert [entry["name"] for entry in listed] == list(FAULTS)
    for entry in listed:
        assert entry["title"]
        assert entry["description"].endswith(".")
        assert entry["available"] is (entry["reason"] == "")
