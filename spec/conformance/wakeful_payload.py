"""wakeful.payload on CPython as a service of the kind "payload"."""

from __future__ import annotations

from typing import Any

from service import answer_requests
from wakeful import Message, Outcome
from wakeful.payload import Accumulator, ChatMessage, DocumentError, Part, PatchError, apply_patch, compact

DESCRIPTION = {
    "kind": "payload",
    "name": "wakeful.payload (Python)",
    "version": "0.1.0",
    "capabilities": ["fold", "compact", "patch"],
    "remarks": "ours",
}


def fold(said: dict[str, Any]) -> dict[str, Any]:
    accumulator = Accumulator()
    for step in said["steps"]:
        if "event" in step:
            accumulator.apply_text(step["event"])
        elif "message" in step:
            accumulator.apply(Message(step["message"]["type"], step["message"]["data"], ""))
        elif "finish" in step:
            accumulator.finish(Outcome(step["finish"]))
        else:
            accumulator.reset()
    return {
        "messages": [message_of(message) for message in accumulator.messages],
        "state": accumulator.state,
        "rev": accumulator.rev,
        "usage": accumulator.usage,
        "notices": accumulator.notices,
        "inputs": accumulator.inputs,
        "status": accumulator.status,
        "fault": accumulator.fault,
        "detail": accumulator.fault_detail,
        "unknown": accumulator.unknown,
        "snapshot": None if accumulator.fault else accumulator.snapshot(),
    }


def message_of(message: ChatMessage) -> dict[str, Any]:
    parts = [part_of(part) for part in message.parts]
    return {"mid": message.mid, "role": message.role, "finish": message.finish, "meta": message.meta, "parts": parts}


def part_of(part: Part) -> dict[str, Any]:
    names = ("pid", "kind", "name", "state", "text", "value", "meta")
    return {**{name: getattr(part, name) for name in names}, "callId": part.call_id}


def patch(said: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"result": apply_patch(said["document"], said["patch"])}
    except (PatchError, DocumentError) as error:
        return {"error": str(error)}


if __name__ == "__main__":
    answer_requests(
        {
            ("GET", "/"): lambda _: DESCRIPTION,
            ("POST", "/folds"): fold,
            ("POST", "/compact"): lambda said: {"log": compact(said["log"])},
            ("POST", "/patch"): patch,
        }
    )
