"""What stands in a stream outside of any field is ignored, as the standard wants, and can be asked for."""

from __future__ import annotations

import pytest

import wakeful
from adapters.dialects import own_stream
from wakeful.adapters.gemini import GeminiAdapter
from wakeful.parser import STRAY_BYTES, EventStreamParser
from wakeful.records import Message
from wakeful_demo.plays import PlayThread

BODY = b'data: 1\n\n{\n  "error": {"code": 503}\n}\ndata: 2\n\nlast'


def read(body: bytes, step: int) -> tuple[list[str], EventStreamParser]:
    parser = EventStreamParser(10_000, "")
    data = []
    for at in range(0, len(body), step):
        parser.receive_data(body[at : at + step])
        while (event := parser.next_event()) is not None:
            assert isinstance(event, Message)
            data.append(event.data)
    return data, parser


@pytest.mark.parametrize("step", [1, 2, 7, 1_000])
def test_lines_that_are_no_field_are_kept_beside_the_events(step: int) -> None:
    data, parser = read(BODY, step)
    assert data == ["1", "2"]
    assert parser.stray == '{\n  "error": {"code": 503}\n}\nlast'


def test_an_unfinished_line_alone_is_nothing_stray() -> None:
    assert read(b"data: 1\n\ndata: 2", 1)[1].stray == ""


def test_it_is_bounded_and_of_one_body() -> None:
    _, parser = read(b"no field\n" * 1_000, 500)
    assert len(parser.stray) == STRAY_BYTES
    parser.reset()
    assert parser.stray == ""


def test_a_failed_stream_has_it_for_the_adapter() -> None:
    adapter = GeminiAdapter()
    body = own_stream("gemini/error-not-framed")[0].decode()
    head = {"status": 200, "headers": {"Content-Type": "text/event-stream"}}
    with PlayThread() as plays:
        play = plays.create([[{"head": head}, {"data": body}]])
        with wakeful.connect(plays.url_of(play), method="POST", json={}) as stream:
            messages = iter(stream)
            adapter.receive(next(messages))
            adapter.receive(next(messages))
            with pytest.raises(wakeful.StreamFailed) as failed:
                next(messages)
    failure = failed.value.change.failure
    assert failure is not None
    assert failure.kind == "truncated"
    adapter.receive_stray(failure.body)
    assert adapter.outcome is not None
    assert (adapter.outcome.status, adapter.outcome.problem and adapter.outcome.problem.status) == ("failed", 503)
