"""The protocol at work in the demo: a client that speaks it, the log as the oracle, and everything that breaks."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

import wakeful
from demo.demo_process import DemoProcess
from wakeful.payload import Accumulator
from wakeful_demo import protocol_agent
from wakeful_demo.protocol_agent import perform, stages
from wakeful_demo.viewing import RETRY_ATTEMPTS

if TYPE_CHECKING:
    from wakeful.outcome import OutcomeStatus

SCRIPTS = protocol_agent.load_all_scripts()
# So that there is something to break. A second behind the blow the answer is cut short: it would last for a minute,
# so that no busy machine is too late to break it.
BEFORE, BEHIND, SPEED = 12, 15, 0.5


def fold(events: list[dict[str, Any]]) -> Accumulator:
    folded = Accumulator()
    for event in events:
        folded.apply_event(event)
    return folded


def drawn(folded: Accumulator) -> list[tuple[Any, ...]]:
    """All that a page would show."""
    return [
        (message.role, message.finish, part.kind, part.name, part.text, part.value, part.state)
        for message in folded.messages
        for part in message.parts
    ]


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("approved", [True, False])
def test_a_script_folds_without_a_fault_and_says_all_of_it(name: str, approved: bool) -> None:
    script = SCRIPTS[name]
    for number, stage in enumerate(stages(script)):
        said = [one.event for one in perform(script, "c", number, approved or number == 0)]
        folded = fold(said)
        assert folded.fault == "", folded.fault_detail
        assert {part.state for message in folded.messages for part in message.parts} <= {"complete", "denied"}
        text = "".join(part.text for message in folded.messages for part in message.parts if part.kind == "text")
        assert text == (
            "".join("".join(step.get("text", [])) for step in stage.steps)
            if approved or number == 0
            else (stage.begins_with or {})["denied"]
        )


@dataclass
class Reading:
    """What one viewer's application did and got. Its fold forgets where the stream says so."""

    fold: Accumulator = field(default_factory=Accumulator)
    resets: list[str] = field(default_factory=list)
    changes: list[wakeful.StateChange] = field(default_factory=list)
    warnings: list[object] = field(default_factory=list)
    outcome: "OutcomeStatus" = "unknown"
    stats: wakeful.Stats = field(default_factory=wakeful.Stats)


Blow = Callable[[DemoProcess, str, str], object]


async def read(demo: DemoProcess, stream: str, blow: Blow | None = None) -> Reading:
    """Read a stream to its end. With a blow, that is dealt after some messages, and the end comes some behind it."""
    reading = Reading()
    label = f"reader-{stream}"
    url = f"{demo.url}/protocol/runs/{stream}/events?client={label}"
    # A busy machine may take longer than eight attempts to start the server again.
    options: dict[str, Any] = {"negotiate": "query", "base_ms": 50, "cap_ms": 200, "attempts": RETRY_ATTEMPTS}
    async with wakeful.connect(url, **options) as opened:
        count = last = 0
        async for event in opened.events():
            if isinstance(event, wakeful.Reset):
                reading.fold.reset()
                reading.resets.append(event.reason)
            elif isinstance(event, wakeful.StateChange):
                reading.changes.append(event)
            elif isinstance(event, wakeful.Message):
                reading.fold.apply(event)
                count += 1
                if count == BEFORE and blow is not None:
                    await asyncio.to_thread(blow, demo, stream, label)
                    last = await asyncio.to_thread(last_logged, demo, stream) + BEHIND
                if last and seq_of(event) == last:
                    await asyncio.to_thread(cancel, demo, stream)
            elif not isinstance(event, wakeful.Comment):
                reading.warnings.append(event)
        assert opened.outcome is not None
        reading.fold.finish(opened.outcome)
        reading.outcome = opened.outcome.status
        reading.stats = opened.stats
    return reading


def ask(demo: DemoProcess, script: str, speed: float) -> str:
    answer = demo.post("/protocol/runs", {"script": script, "speed": speed})
    assert answer.status_code == 201, answer.text
    run: str = answer.json()["run"]
    return run


def cancel(demo: DemoProcess, stream: str) -> None:
    demo.delete(f"/protocol/runs/{stream}").raise_for_status()


def seq_of(message: wakeful.Message) -> int:
    return int(message.last_event_id.rpartition(".")[2])


def log_of(demo: DemoProcess, stream: str) -> dict[str, Any]:
    found: dict[str, Any] = demo.get(f"/protocol/runs/{stream}/log").raise_for_status().json()
    return found


def last_logged(demo: DemoProcess, stream: str) -> int:
    last: int = log_of(demo, stream)["last"]
    return last


def logged(demo: DemoProcess, stream: str, outcome: "OutcomeStatus") -> Accumulator:
    """The fold of what the server logged, and of how it ended."""
    folded = Accumulator()
    for event in log_of(demo, stream)["events"]:
        folded.apply(wakeful.Message(event["type"] or "message", event["data"], event["id"]))
    folded.finish(wakeful.Outcome(outcome, None))
    return folded


def assert_exact(demo: DemoProcess, stream: str, reading: Reading) -> None:
    assert reading.fold.fault == ""
    assert reading.warnings == []
    assert drawn(reading.fold) == drawn(logged(demo, stream, reading.outcome))


def posted(path: str) -> Blow:
    return lambda demo, stream, label: demo.post(f"/protocol/runs/{stream}/{path}", {}).raise_for_status()


def ordered(fault: str) -> Blow:
    return lambda demo, stream, label: demo.post(f"/faults/{label}", {"fault": fault}).raise_for_status()


BLOWS: dict[str, Blow] = {
    "nothing": lambda demo, stream, label: None,
    "drain": posted("drain"),
    "forget": posted("forget"),
    "cut": ordered("cut-mid-token"),
    "reset": ordered("reset"),
    "gap": ordered("gap"),
    "crlf": ordered("crlf"),
    "restart": ordered("restart"),
}


@pytest.mark.parametrize("blow", BLOWS)
def test_the_answer_is_exact_whatever_strikes(demo: DemoProcess, blow: str) -> None:
    stream = ask(demo, "hello_world", SPEED)
    reading = asyncio.run(read(demo, stream, BLOWS[blow]))
    assert_exact(demo, stream, reading)
    assert reading.outcome == "cancelled"
    assert reading.resets == (["epoch"] if blow == "forget" else [])
    assert reading.stats.drains == (1 if blow == "drain" else 0)
    assert (reading.stats.gaps > 0) == (blow == "gap")
    if blow == "drain":
        # No fault of the drain: the demo may stand still for longer than a connection may be silent.
        assert set(reading.stats.failures) <= {"idle-timeout"}
        assert "drained" in [change.reason for change in reading.changes]


def test_a_question_pauses_the_run_and_the_answer_resumes_it(demo: DemoProcess) -> None:
    for approved, last_words in ((True, "Have a good evening"), (False, "Nothing was booked")):
        first = ask(demo, "booking", speed=1000)
        reading = asyncio.run(read(demo, first))
        assert_exact(demo, first, reading)
        assert reading.outcome == "paused"
        requests: list[Any] = list(reading.fold.inputs)
        [request] = requests
        assert request["kind"] == "approval"

        # The server may be gone in between: the log knows what was asked.
        demo.post("/faults/nobody", {"fault": "restart"}).raise_for_status()
        given = {"rid": request["rid"], "approved": approved}
        answer = demo.post(f"/protocol/runs/{first}/answer", given)
        assert answer.status_code == 201, answer.text
        second = answer.json()["run"]
        assert demo.post(f"/protocol/runs/{first}/answer", given).json()["run"] == second

        reading = asyncio.run(read(demo, second))
        assert_exact(demo, second, reading)
        assert reading.outcome == "completed"
        result = reading.fold.messages[0].parts[0]
        assert (result.kind, result.state) == ("tool-result", "complete" if approved else "denied")
        assert last_words in reading.fold.messages[-1].parts[-1].text


def test_what_was_not_asked_cannot_be_answered(demo: DemoProcess) -> None:
    stream = ask(demo, "short", speed=1000)
    asyncio.run(read(demo, stream))
    for rid in ("", "call_0"):
        assert demo.post(f"/protocol/runs/{stream}/answer", {"rid": rid, "approved": True}).status_code == 409
    assert demo.post("/protocol/runs/none/answer", {"rid": "x", "approved": True}).status_code == 404
    assert demo.post(f"/protocol/runs/{stream}/answer", {"rid": "x"}).status_code == 400
    assert demo.post(f"/protocol/runs/{stream}/forget", {}).status_code == 409
    assert demo.post("/protocol/runs", {"script": "none"}).status_code == 400


def test_cancelling_stops_the_run_and_says_so(demo: DemoProcess) -> None:
    stream = ask(demo, "hello_world", SPEED)  # one text: whenever it is stopped, that is open
    reading = asyncio.run(read(demo, stream, lambda demo, stream, label: demo.delete(f"/protocol/runs/{stream}")))
    assert reading.outcome == "cancelled"
    states = {part.state for message in reading.fold.messages for part in message.parts}
    assert "open" not in states
    assert "interrupted" in states
