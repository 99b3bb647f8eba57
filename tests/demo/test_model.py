"""A model's server behind the demo: what it streams is relayed whole, and what it refuses becomes clear words."""

import asyncio
import json
import os
from pathlib import Path

import pytest

import wakeful
from demo.demo_process import ENVIRONMENT, DemoProcess
from demo.in_process import all_of, runs_on
from wakeful_demo import agent
from wakeful_demo.agent import END
from wakeful_demo.model import Model
from wakeful_demo.play import Operation
from wakeful_demo.plays import PlayThread

KEY = "s3cret-k3y"
PIECE = 700
STREAM: Operation = {"head": {"status": 200, "headers": {"Content-Type": "text/event-stream; charset=utf-8"}}}


def own_stream() -> bytes:
    """A script of the demo as the server of a model would stream it."""
    beats = agent.perform(agent.load_scripts()["trip"], "upstream", 1)
    return b"".join(b"data: " + beat.data.encode() + b"\n\n" for beat in beats)


def in_pieces(stream: bytes) -> list[Operation]:
    """Cut without regard to lines and characters, as networks do."""
    return [STREAM, *({"hex": stream[at : at + PIECE].hex()} for at in range(0, len(stream), PIECE))]


@pytest.mark.parametrize("source", ["a script", "a recording"])
def test_a_models_stream_reaches_the_viewer_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    folder = os.environ.get("WAKEFUL_TRANSCRIPTS")
    if source == "a recording" and not folder:
        pytest.skip("WAKEFUL_TRANSCRIPTS names no folder of recordings")
    stream = own_stream()
    if source == "a recording":
        stream = Path(folder or "", "openai-chat", "openai-tool-call.sse").read_bytes()
    with PlayThread() as plays:
        play = plays.create([in_pieces(stream)])
        monkeypatch.setitem(ENVIRONMENT, "WAKEFUL_DEMO_BASE_URL", f"{plays.url_of(play)}/v1/")
        monkeypatch.setitem(ENVIRONMENT, "WAKEFUL_DEMO_API_KEY", KEY)
        monkeypatch.setitem(ENVIRONMENT, "WAKEFUL_DEMO_MODEL", "small")
        with DemoProcess(tmp_path) as demo:
            listed = demo.get("/scripts").json()["scripts"]
            assert {"name": "model", "kind": "model", "title": "small", "prompt": ""} in listed
            answer = demo.get(demo.post("/runs", {"prompt": "How are you?"}).json()["events"])
        [request] = play.journal()["connections"]
    received, sent = list(wakeful.parse([answer.content])), list(wakeful.parse([stream]))
    assert [(one.type, one.data) for one in received] == [(one.type, one.data) for one in sent]
    assert received[-1].data == END
    assert request["target"] == f"/plays/{play.id}/stream/v1/chat/completions"
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert KEY not in answer.text
    assert json.loads(request["body"]) == {
        "model": "small",
        "stream": True,
        "messages": [{"role": "user", "content": "How are you?"}],
    }


def answered_by(tmp_path: Path, operations: list[Operation]) -> list[str]:
    """What a run logs when a model's server performs these operations."""
    with PlayThread() as plays:
        play = plays.create([operations])

        async def ask() -> list[str]:
            async with runs_on(tmp_path, None, Model(plays.url_of(play), KEY, "small")) as (log, runs):
                question = await runs.start("How are you?")
                return [entry.data for entry in await all_of(log, question.run)]

        return asyncio.run(ask())


def refusal(status: int, body: str, **headers: str) -> list[Operation]:
    return [{"head": {"status": status, "headers": {"Content-Type": "application/json", **headers}}}, {"data": body}]


OVERLOADED = json.dumps({"error": {"message": "Rate limit reached for small.", "type": "requests", "code": "limit"}})
HALF: Operation = {"hex": own_stream()[:5_000].hex()}


@pytest.mark.parametrize(
    ("operations", "words"),
    [
        (
            refusal(429, OVERLOADED, **{"Retry-After": "20"}),
            "the model's server answered 429: Rate limit reached for small. It may be asked again after: 20.",
        ),
        (refusal(401, "who?"), "the model's server answered 401: who?"),
        (refusal(500, '{"error": "out of memory"}'), "the model's server answered 500: out of memory"),
        (refusal(503, ""), "the model's server answered 503: nothing more"),
        (refusal(200, '{"choices": []}'), 'the model\'s server answered with application/json: {"choices": []}'),
        ([{"cut": True}], "the model's server broke off: "),
        ([STREAM, HALF], "the model's stream stopped without its end marker"),
        ([STREAM, HALF, {"cut": True}], "the model's server broke off: "),
    ],
)
def test_what_a_model_fails_with_becomes_clear_words(tmp_path: Path, operations: list[Operation], words: str) -> None:
    *kept, failure, marker, end = answered_by(tmp_path, operations)
    message = json.loads(failure)["error"]["message"]
    assert message.startswith(words)
    assert message == words or words.endswith(": ")
    assert marker == END
    assert json.loads(end) == {
        "status": "failed",
        "problem": {"type": "about:blank", "title": "The agent failed", "detail": message},
    }
    whole = [one.data for one in wakeful.parse([bytes.fromhex(HALF["hex"])])]
    assert kept == (whole if HALF in operations else [])
    assert KEY not in message


def test_a_model_that_is_not_there_is_said(tmp_path: Path) -> None:
    async def ask() -> str:
        async with runs_on(tmp_path, None, Model("http://127.0.0.1:1/v1", KEY, "small")) as (log, runs):
            question = await runs.start("How are you?")
            message: str = json.loads((await all_of(log, question.run))[0].data)["error"]["message"]
            return message

    assert asyncio.run(ask()).startswith("the model's server cannot be read: ")
