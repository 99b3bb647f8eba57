"""What the agent says: scripts, recordings and a real model's server, all through the same log."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import wakeful
from adapters.dialects import DIALECTS, RECORDINGS, STREAMS
from demo.in_process import all_of, runs_on
from wakeful_demo import agent, recordings
from wakeful_demo.agent import END, Beat, Script
from wakeful_demo.producers import TooManyRuns
from wakeful_demo.recordings import Reading
from wakeful_demo.runs import Question

SCRIPTS = agent.load_scripts()


def chunks(script: Script) -> list[dict[str, Any]]:
    return [json.loads(beat.data) for beat in agent.perform(script, "run", 1) if beat.data != END]


def spoken(script: Script, field: str) -> str:
    deltas = [choice["delta"] for chunk in chunks(script) for choice in chunk.get("choices", [])]
    return "".join(delta.get(field) or "" for delta in deltas)


@pytest.fixture(params=list(SCRIPTS))
def script(request: pytest.FixtureRequest) -> Script:
    return SCRIPTS[request.param]


def test_a_script_is_spoken_whole(script: Script) -> None:
    assert spoken(script, "content") == "".join("".join(step.get("text", [])) for step in script.steps)
    assert spoken(script, "reasoning_content") == "".join("".join(step.get("reasoning", [])) for step in script.steps)


def test_a_script_lasts_as_long_as_a_person_listens(script: Script) -> None:
    seconds = sum(beat.pause_ms for beat in agent.perform(script, "run", 1)) / 1000
    assert 20 <= seconds <= 60 or script.name == "short"


def test_the_same_run_is_spoken_the_same_way_and_another_one_at_another_pace(script: Script) -> None:
    once, again, other = (list(agent.perform(script, run, 1)) for run in ("run", "run", "other"))
    assert once == again
    assert [beat.pause_ms for beat in once] != [beat.pause_ms for beat in other]


def test_messages_have_the_shape_of_chat_completion_chunks(script: Script) -> None:
    for chunk in chunks(script):
        if "role" in chunk:
            assert set(chunk) == {"role", "tool_call_id", "content"}
            continue
        assert chunk["object"] == "chat.completion.chunk"
        assert chunk["id"].startswith("chatcmpl-")
        assert [set(choice) for choice in chunk["choices"]] in ([], [{"index", "delta", "finish_reason"}])
    assert chunks(script)[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks(script)[-1]["usage"]["completion_tokens"] > 0
    assert [beat.data for beat in agent.perform(script, "run", 1)].index(END) == len(chunks(script))


def test_a_tool_call_has_its_arguments_in_pieces_and_an_answer() -> None:
    calls: dict[str, str] = {}
    answers: dict[str, str] = {}
    current = ""
    for chunk in chunks(SCRIPTS["trip"]):
        if chunk.get("role") == "tool":
            answers[chunk["tool_call_id"]] = chunk["content"]
        for choice in chunk.get("choices", []):
            for call in choice["delta"].get("tool_calls", []):
                current = call.get("id", current)
                calls[current] = calls.get(current, "") + call["function"]["arguments"]
    tools = [step["tool"] for step in SCRIPTS["trip"].steps if "tool" in step]
    assert [json.loads(arguments) for arguments in calls.values()] == [tool["arguments"] for tool in tools]
    assert [json.loads(content) for content in answers.values()] == [tool["result"] for tool in tools]
    assert list(calls) == list(answers)


CRLF_WITHOUT_END = b"""\
: hi
id: 7
retry: 10
data: {"a":1}

event: delta
data: one
data: two

data: cut off""".replace(b"\n", b"\r\n")
WITH_END = b"data: x\n\n: ping\n\ndata: [DONE]\n\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "crlf.sse").write_bytes(CRLF_WITHOUT_END)
    (tmp_path / "whole.sse").write_bytes(WITH_END)
    (tmp_path / "notes.txt").write_text("not a recording")
    return tmp_path


def said(beats: Iterator[Beat]) -> list[tuple[str, str]]:
    return [(beat.type, beat.data) for beat in beats]


def test_recordings_are_found_below_the_folder(folder: Path) -> None:
    assert sorted(recordings.find_recordings(folder)) == ["vendor/crlf", "whole"]


def test_a_recording_is_replayed_message_by_message_and_always_has_an_end(folder: Path) -> None:
    found = recordings.find_recordings(folder)
    crlf = [("message", '{"a":1}'), ("delta", "one\ntwo"), ("message", END)]
    assert said(recordings.perform(found["vendor/crlf"], "run")) == crlf
    assert said(recordings.perform(found["whole"], "run")) == [("message", "x"), ("message", END)]


def replay(data: Path, folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Run every recording of a folder through the log; what the log has in the end, by recording."""

    async def run_all() -> dict[str, list[tuple[str, str]]]:
        async with runs_on(data, folder) as (log, runs):
            names = [entry["name"] for entry in runs.catalogue() if entry["kind"] == "recording"]
            replayed = {}
            for name in names:
                question = await runs.start("", name, speed=1000)
                entries = await all_of(log, question.run)
                assert (entries[-1].type, entries[-1].data) == ("es.end", '{"status":"completed"}')
                replayed[name] = [(entry.type, entry.data) for entry in entries[:-1]]
        return replayed

    return asyncio.run(run_all())


def test_a_page_is_told_how_to_read_a_run(folder: Path, tmp_path: Path) -> None:
    async def reading(script: str) -> Reading:
        async with runs_on(tmp_path, folder) as (_, runs):
            return runs.reading(await runs.start("", script))

    assert asyncio.run(reading("vendor/crlf")) == Reading(["delta", "message"], dialect="", marked=False)
    assert asyncio.run(reading("whole")) == Reading(["message"], dialect="", marked=True)
    assert asyncio.run(reading("short")) == Reading(["message"], dialect="openai-chat", marked=True)


def test_the_dialect_of_a_recording_is_told_by_its_shape() -> None:
    found = {name: recordings.reading_of(file).dialect for name, file in recordings.find_recordings(STREAMS).items()}
    assert found.pop("mcp/batch") == ""  # an array, as MCP had them once
    assert found == {name: name.partition("/")[0].replace("_", "-") for name in found}


def test_recordings_go_through_the_log(folder: Path, tmp_path: Path) -> None:
    replayed = replay(tmp_path, folder)
    assert replayed["whole"] == [("", "x"), ("", END)]
    assert replayed["vendor/crlf"][1] == ("delta", "one\ntwo")


def take_up(tmp_path: Path, script: str, *logged: str) -> list[str]:
    """What a run says when it is taken up by a server without that recording or model."""

    async def run() -> list[str]:
        async with runs_on(tmp_path) as (log, runs):
            run = await log.create("r", about=Question("r", script, "?", 1000, 1).about)
            for text in logged:
                await run.append(text)
            await runs.take_up("r")
            return [entry.data for entry in await all_of(log, "r")]

    return asyncio.run(run())


@pytest.mark.parametrize(("script", "reason"), [("model", "restarted"), ("gone", "not here any more")])
def test_a_run_that_cannot_go_on_says_so_and_ends(tmp_path: Path, script: str, reason: str) -> None:
    said = take_up(tmp_path, script, "0", "1")
    assert said[:2] == ["0", "1"]
    assert reason in json.loads(said[2])["error"]["message"]
    assert said[3] == END
    end = json.loads(said[4])
    assert (end["status"], end["problem"]["title"]) == ("failed", "The agent failed")
    assert reason in end["problem"]["detail"]


def test_a_run_that_had_said_all_when_its_server_was_killed_only_ends(tmp_path: Path) -> None:
    assert take_up(tmp_path, "gone", "0", END) == ["0", END, '{"status":"completed"}']


def test_there_is_a_limit_to_what_is_answered_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wakeful_demo.producers.MAX_RUNNING", 1)

    async def ask_twice() -> None:
        async with runs_on(tmp_path) as (_, runs):
            await runs.start("one")
            with pytest.raises(TooManyRuns):
                await runs.start("two")

    asyncio.run(ask_twice())


def test_real_recordings_go_through_the_log_whole(tmp_path: Path) -> None:
    if not RECORDINGS:
        pytest.skip("WAKEFUL_TRANSCRIPTS names no folder of recordings")
    folder = Path(RECORDINGS)
    replayed = replay(tmp_path, folder)
    for name, file in recordings.find_recordings(folder).items():
        adapter = DIALECTS.get(name.partition("/")[0], "").replace("_", "-")
        assert recordings.reading_of(file).dialect == adapter, name
        recorded = [(one.type, one.data) for one in wakeful.parse([file.read_bytes()]) if one.data != END]
        assert [(kind or "message", data) for kind, data in replayed[name]] == [*recorded, ("message", END)]
