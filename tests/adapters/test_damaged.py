"""Streams with one thing wrong in them: nothing crashes, and what is folded stays sound.

In one message of one of our own streams a member, an item or the whole is replaced by something else, or taken out.
"""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from adapters.dialects import DIALECTS, REQUEST_ID, messages_of, own_stream, own_streams
from portable.adapters import Run, adapter_of
from wakeful.records import Message

GONE = object()
WRONG: list[Any] = [GONE, None, True, -1, 1.5, 10**17, "", "x", [], [None], {}, {"type": "x"}, {"text": 1}, [["a"]]]
ROUNDS = 60


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all that is in a document, and of itself."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, child in inner for found in places(child, (*path, key)))]


def damaged(document: Any, dice: random.Random) -> Any:
    document = copy.deepcopy(document)
    path = dice.choice(places(document))
    wrong = dice.choice(WRONG)
    if not path:
        return None if wrong is GONE else wrong
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    if wrong is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = wrong
    return document


def body_of(messages: list[Message]) -> bytes:
    return "".join(f"event: {message.type}\ndata: {message.data}\n\n" for message in messages).encode()


@pytest.mark.parametrize("name", own_streams())
def test_one_wrong_thing(name: str) -> None:
    messages, _ = messages_of(own_stream(name)[0])
    dice = random.Random(name)
    for _ in range(ROUNDS):
        at = dice.randrange(len(messages))
        changed = list(messages)
        try:
            data = json.dumps(damaged(json.loads(messages[at].data), dice))
        except json.JSONDecodeError:
            data = dice.choice(["", "{", "null", "NaN", '{"type":'])
        changed[at] = Message(messages[at].type, data, messages[at].last_event_id)
        run = Run(adapter_of(name.split("/")[0], REQUEST_ID), body_of(changed))
        assert run.accumulator.fault == "", (run.accumulator.fault_detail, at, data)
        assert run.adapter.outcome is not None


@pytest.mark.parametrize("name", own_streams())
def test_a_message_twice_or_not_at_all(name: str) -> None:
    messages, _ = messages_of(own_stream(name)[0])
    for at in range(len(messages)):
        for times in (0, 2):
            changed = messages[:at] + messages[at : at + 1] * times + messages[at + 1 :]
            run = Run(adapter_of(name.split("/")[0], REQUEST_ID), body_of(changed))
            assert run.accumulator.fault == "", (run.accumulator.fault_detail, at, times)


@pytest.mark.parametrize("dialect", DIALECTS.values())
@pytest.mark.parametrize("levels", [40, 47, 60, 63, 200])
def test_a_message_that_is_nested_too_deep(dialect: str, levels: int) -> None:
    """Too deep to be put into an event, it is kept as text."""
    deep = "[" * levels + "]" * levels
    for data in (
        f'{{"type":"novelty","value":{deep}}}',
        f'{{"jsonrpc":"2.0","method":"novelty","params":{deep}}}',
        deep,
    ):
        run = Run(adapter_of(dialect, REQUEST_ID), f"data: {data}\n\n".encode())
        assert run.accumulator.fault == ""
        assert run.outcome.status == "truncated"
        assert any(deep[1:-1] in line for line in run.extensions)  # MCP takes an array for a batch of what is in it


# Streams that made a fold break off.
ITEM = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "sum"}
UNSOUND: list[tuple[str, str, list[Any]]] = [
    (
        "the whole arguments differ from their pieces, and are no JSON",
        "openai_responses",
        [
            {"type": "response.output_item.added", "output_index": 0, "item": ITEM},
            {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "{}"},
            {"type": "response.output_item.done", "output_index": 0, "item": {**ITEM, "arguments": "x\u00e9"}},
        ],
    ),
    (
        "a source comes before the response has begun",
        "openai_responses",
        [{"type": "response.output_text.annotation.added", "annotation": {"type": "url_citation"}}],
    ),
]


@pytest.mark.parametrize(("dialect", "documents"), [case[1:] for case in UNSOUND], ids=[case[0] for case in UNSOUND])
def test_a_fold_does_not_break_off(dialect: str, documents: list[Any]) -> None:
    run = Run(adapter_of(dialect), body_of([Message("message", json.dumps(each), "") for each in documents]))
    assert run.accumulator.fault == "", run.accumulator.fault_detail
    assert run.accumulator.messages
