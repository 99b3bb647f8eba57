"""Our own streams of every dialect: what they come to, and that a cut at any byte is seen."""

from __future__ import annotations

import pytest

from adapters.dialects import (
    DIALECTS,
    REQUEST_ID,
    every_cut,
    messages_of,
    own_stream,
    own_streams,
    run,
    silently_short,
)
from portable.adapters import adapter_of

STREAMS = own_streams()


def test_every_dialect_has_streams() -> None:
    assert {name.split("/")[0] for name in STREAMS} == set(DIALECTS.values())


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_folded_as_its_golden_file_says(name: str) -> None:
    body, fold = own_stream(name)
    assert run(name.split("/")[0], body, REQUEST_ID).lines() == fold.split("\n")


@pytest.mark.parametrize("name", [name for name in STREAMS if b"\ndata: [DONE]" in own_stream(name)[0]])
def test_a_client_that_keeps_the_end_marker_to_itself_comes_to_the_same(name: str) -> None:
    body, _ = own_stream(name)
    told, kept = adapter_of(name.split("/")[0]), adapter_of(name.split("/")[0])
    whole, short = [], []
    for message in messages_of(body)[0]:
        whole.append(told.receive(message))
        if message.data == told.END_DATA:
            short.append(kept.receive_end())
            break
        short.append(kept.receive(message))
    assert short == whole
    assert kept.outcome == told.outcome
    assert kept.receive_end() == []


@pytest.mark.parametrize("name", STREAMS)
def test_no_cut_is_taken_for_the_whole(name: str) -> None:
    body, _ = own_stream(name)
    assert silently_short(name.split("/")[0], body, every_cut(body), REQUEST_ID) == []
