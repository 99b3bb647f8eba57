"""The JSON Schemas: open for what is unknown, closed for a bad known value, and true of everything that we send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import wakeful
from flatten import load
from spec_schemas import FILES, faults, frame
from wakeful.outcome import Problem
from wakeful.server import frames, problems
from wakeful.server.encode import encode_event
from wakeful.server.limits import LogLimits
from wakeful.server.options import ServerOptions
from wakeful.server.problems import end_text
from wakeful.server.records import StreamInfo

HELLO = {"v": 1, "stream": "run_7", "epoch": "k3f9", "next": 1}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_schema_is_one_of_2020_12(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("value", [42, "es.hello", [], None, True], ids=repr)
def test_what_is_no_object_is_refused(path: Path, value: object) -> None:
    assert faults(path.stem, value) != []


GOOD_FRAMES = [
    frame("es.hello", HELLO),
    frame(
        "es.hello",
        {
            **HELLO,
            "hb": 15000,
            "hbTimeout": 39500,
            "retry": {"base": 500, "max": 30000, "attempts": 8, "budget": 300000},
            "replay": {"mode": "log", "window": 600000, "first": 1},
            "onDisconnect": "continue",
            "resume": "/runs/7/events",
            "cancel": "https://a.example/runs/7",
            "ttl": 840000,
            "maxEvent": 1048576,
            "payload": "urn:example:agent-events:1",
        },
    ),
    frame("es.hb", {"at": 57}),
    frame("es.skip", {"from": 13, "to": 56}),
    frame("es.reset", {"epoch": "m2x1", "reason": "expired", "base": 56}),
    frame("es.drain", {"reason": "deploy", "window": [0, 5000], "deadline": 30000}),
    frame("es.end", {"status": "completed"}, "k3f9.6"),
    frame("es.end", {"status": "failed", "problem": {"type": "about:blank", "retry": "restart"}}, "k3f9.6~node-2"),
]


@pytest.mark.parametrize("value", GOOD_FRAMES, ids=str)
def test_a_good_frame_is_valid_for_both_sides(value: dict[str, Any]) -> None:
    assert faults("frame.consumer", value) == []
    assert faults("frame.producer", value) == []


OPEN_FRAMES = [
    frame("es.later", {"anything": [1]}),
    frame("es.later", 42),
    frame("es.hello", {**HELLO, "later": True}),
    frame("es.hello", {**HELLO, "v": 2}),
    frame("es.reset", {"epoch": "m2x1", "reason": "another-reason", "base": 0}),
    frame("es.drain", {"reason": "another-reason"}),
    frame("es.end", {"status": "another-status"}, "k3f9.6"),
    frame("es.end", {"status": "failed", "problem": {"retry": "another-word"}}, "k3f9.6"),
]


@pytest.mark.parametrize("value", OPEN_FRAMES, ids=lambda value: str(value["data"]))
def test_what_is_unknown_passes_the_consumer_and_not_the_producer(value: dict[str, Any]) -> None:
    assert faults("frame.consumer", value) == []
    assert faults("frame.producer", value) != []


BAD_FRAMES = [
    {"data": {}},
    frame("message", {}),
    frame("es.", {}),
    frame("es.hello", 42),
    frame("es.hello", {"v": 1, "stream": "s", "epoch": "e"}),
    frame("es.hello", {**HELLO, "v": 0}),
    frame("es.hello", {**HELLO, "next": "1"}),
    frame("es.hello", {**HELLO, "next": 10**15}),
    frame("es.hello", {**HELLO, "epoch": "a.b"}),
    frame("es.hello", {**HELLO, "hb": -1}),
    frame("es.hello", {**HELLO, "hb": 1.5}),
    frame("es.hello", {**HELLO, "hbTimeout": 2**53}),
    frame("es.hello", {**HELLO, "resume": "//other.example/runs"}),
    frame("es.hello", {**HELLO, "resume": "/\\other.example/runs"}),
    frame("es.hello", {**HELLO, "cancel": "runs/7"}),
    frame("es.hello", {**HELLO, "replay": "log"}),
    frame("es.hello", HELLO, "k3f9.1"),
    frame("es.hb", {"at": -1}),
    frame("es.skip", {"from": 13}),
    frame("es.skip", {"from": 13, "to": None}),
    frame("es.reset", {"reason": "expired", "base": 1}),
    frame("es.reset", {"epoch": "m2x1", "base": 1}, "m2x1.1"),
    frame("es.drain", {"window": [0]}),
    frame("es.drain", {"window": [0, -1]}),
    frame("es.end", {}),
    frame("es.end", {"status": 7}),
    frame("es.end", {"status": "failed", "problem": "it broke"}),
    frame("es.end", {"status": "failed", "problem": {"retryAfter": "1"}}),
    frame("es.end", {"status": "completed"}, "k3f9.07"),
    frame("es.end", {"status": "completed"}, "k3f9.1~"),
]


@pytest.mark.parametrize("value", BAD_FRAMES, ids=str)
def test_a_bad_frame_of_a_known_name_is_refused(value: dict[str, Any]) -> None:
    assert faults("frame.consumer", value) != []
    assert faults("frame.producer", value) != []


def test_only_a_producer_must_log_the_end() -> None:
    """A client takes an end without an id too: it is the end."""
    value = frame("es.end", {"status": "completed"})
    assert faults("frame.consumer", value) == []
    assert faults("frame.producer", value) != []


GOOD_PROBLEMS: list[dict[str, Any]] = [
    {},
    {"type": "urn:x:cursor-expired", "title": "Gone", "status": 410, "detail": "…", "first": 13, "snapshot": "/s"},
    {"retry": "resume", "retryAfter": 1000, "anything": {"else": 1}},
    {"type": "https://a.test/problems/cursor-expired", "snapshot": "https://a.test/runs/7/snapshot?x=1"},
]
BAD_PROBLEMS: list[dict[str, Any]] = [
    {"type": 7},
    {"status": "410"},
    {"status": 99},
    {"retry": True},
    {"retryAfter": -1},
    {"title": None},
    {"snapshot": 7},
    {"snapshot": ""},
    {"snapshot": "snapshot"},
    {"snapshot": "//b.test/runs/7"},
    {"snapshot": "/\\b.test/runs/7"},
    {"first": "120"},
    {"first": -1},
]


@pytest.mark.parametrize("value", GOOD_PROBLEMS, ids=str)
def test_good_problems(value: dict[str, Any]) -> None:
    assert faults("problem", value) == []


@pytest.mark.parametrize("value", BAD_PROBLEMS, ids=str)
def test_bad_problems(value: dict[str, Any]) -> None:
    assert faults("problem", value) != []


def scenarios() -> list[dict[str, Any]]:
    """Without the file's name, which load() adds."""
    return [{name: value for name, value in scenario.items() if name != "file"} for scenario in load()]


def test_every_scenario_is_valid() -> None:
    assert [
        (scenario["name"], faults("scenario", scenario)) for scenario in scenarios() if faults("scenario", scenario)
    ] == []


SCENARIO = {"name": "a-b", "why": "Somebody would be sorry without it.", "clauses": ["a.b"], "steps": [{"eof": True}]}
BAD_SCENARIOS: list[dict[str, Any]] = [
    {**SCENARIO, "name": "A b"},
    {**SCENARIO, "why": "short"},
    {**SCENARIO, "clauses": []},
    {**SCENARIO, "clauses": ["parse"]},
    {**SCENARIO, "given": "closed"},
    {**SCENARIO, "wire": "asyncio"},
    {**SCENARIO, "options": {"headers": "x: y"}},
    {**SCENARIO, "options": {"Idle": 1}},
    {**SCENARIO, "steps": []},
    {**SCENARIO, "steps": [{"data": 7}]},
    {**SCENARIO, "steps": [{"hex": "f"}]},
    {**SCENARIO, "steps": [{"deadline": -1}]},
    {**SCENARIO, "steps": [{"eof": True, "headers": {}}]},
    {**SCENARIO, "steps": [{"expect": "message"}]},
]


def test_a_scenario_may_have_steps_of_later_words() -> None:
    assert faults("scenario", SCENARIO) == []
    assert faults("scenario", {**SCENARIO, "steps": [{"later": {"word": 1}}]}) == []


@pytest.mark.parametrize("value", BAD_SCENARIOS, ids=str)
def test_bad_scenarios(value: dict[str, Any]) -> None:
    assert faults("scenario", value) != []


def is_warned_of(scenario: dict[str, Any]) -> bool:
    """Whether the scenario is about a frame that is malformed or out of place."""
    return any(line.startswith("warning ") for step in scenario["steps"] for line in step.get("expect", []))


def is_plain(scenario: dict[str, Any]) -> bool:
    return any(step.get("check", {}).get("mode") == "plain" for step in scenario["steps"])


def control_frames(scenario: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every es.* event in the bodies of a scenario. Data that is no JSON stays text, which no frame has."""
    for step in scenario["steps"]:
        body = step["data"].encode() if "data" in step else bytes.fromhex(step.get("hex", ""))
        previous = ""
        for message in wakeful.parse([body + b"\n\n"]):
            own_id = message.last_event_id if message.last_event_id != previous else ""
            previous = message.last_event_id
            if message.type.startswith("es."):
                try:
                    data = json.loads(message.data)
                except ValueError:
                    data = message.data
                yield frame(message.type, data, own_id)


def bad_frames(scenario: dict[str, Any]) -> list[list[str]]:
    found = [faults("frame.consumer", value) for value in control_frames(scenario)]
    return [fault for fault in found if fault]


def test_the_frames_of_the_scenarios_are_valid() -> None:
    honest = [scenario for scenario in load() if not is_warned_of(scenario) and not is_plain(scenario)]
    assert [(scenario["name"], bad_frames(scenario)) for scenario in honest if bad_frames(scenario)] == []


# A schema cannot compare two numbers.
OUT_OF_ORDER = {"malformed-drain-window-reversed", "malformed-skip-backwards"}


def test_the_malformed_frames_of_the_scenarios_are_not() -> None:
    """The schemas and the client agree on what is malformed; an ID is malformed where no frame is."""
    named = [scenario for scenario in load() if scenario["name"].startswith("malformed-")]
    framed = [one for one in named if list(control_frames(one)) and "seq.malformed" not in one["clauses"]]
    assert {one["name"] for one in framed if not bad_frames(one)} <= OUT_OF_ORDER


def written_frames() -> list[bytes]:
    """Every control frame that our server writes, with everything in it that it can have."""
    info = StreamInfo("run_7", "k3f9", 1, 12, False)
    everything, silent = ServerOptions(), ServerOptions()
    everything.cancel, everything.ttl_ms, everything.payload = "/runs/7", 840_000, "urn:example:1"
    silent.on_disconnect, silent.retry_ms = "cancel", 0
    problem = Problem("about:blank", "Bad Gateway", 502, "the model is gone", "restart", 1000)
    return [
        frames.hello_block(everything, info, LogLimits(), 13, 15_000, "/runs/7/events"),
        frames.hello_block(silent, info, LogLimits(), 13, 0, ""),
        frames.heartbeat_block(12),
        frames.skip_block(3, 7),
        *(frames.reset_block("m2x1", reason, 0) for reason in ("expired", "epoch", "slow", "requested")),
        *(frames.drain_block(reason, 5_000, 30_000) for reason in ("deploy", "rotate", "auth", "limit")),
        *(encode_event(end_text(status, problem), type="es.end", id="k3f9.13") for status in ("completed", "failed")),
    ]


def test_what_our_server_writes_is_what_a_server_may_send() -> None:
    for block in written_frames():
        [message] = wakeful.parse([block])
        value = frame(message.type, json.loads(message.data), message.last_event_id)
        assert faults("frame.producer", value) == [], block
        assert faults("frame.consumer", value) == [], block


def test_what_our_server_refuses_with_is_a_problem() -> None:
    refusals = [
        problems.malformed_request("es.from is start, now or snapshot"),
        problems.unknown_stream(),
        problems.cursor_expired(),
        problems.epoch_changed(),
        problems.log_unavailable(500),
    ]
    for problem in refusals:
        assert faults("problem", json.loads(problems.problem_text(problem, 13))) == [], problem


HELLO_BLOCK = b'event: es.hello\ndata: {"v":1,"stream":"run_7","epoch":"k3f9","next":%d}\n\n'


@pytest.mark.parametrize("block", written_frames(), ids=lambda block: repr(block[:100]))
def test_our_client_has_nothing_to_say_against_what_our_server_writes(block: bytes) -> None:
    client = wakeful.Client(wakeful.Options("http://a.test/s"), lambda n: 0 * n)
    client.start(0)
    client.receive_response(client.attempt, wakeful.Response(200, {"content-type": "text/event-stream"}), 1)
    if b"event: es.hello" not in block:
        client.receive_data(client.attempt, HELLO_BLOCK % (3 if b"event: es.skip" in block else 13), 1)
    client.receive_data(client.attempt, block, 2)
    events = []
    while (event := client.next_event(2)) is not None:
        events.append(event)
    assert [event for event in events if isinstance(event, wakeful.ProtocolWarning)] == []
    assert client.mode == "protocol"
    assert client.stats.gaps == 0
