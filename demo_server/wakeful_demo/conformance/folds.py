"""The payload's vectors, asked of a service: what events fold into, what a log compacts to, what a patch makes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wakeful_demo.conformance.cases import quote
from wakeful_demo.conformance.service import Service
from wakeful_demo.conformance.verdict import Verdict

# What a fault is called is part of the vectors; the words that explain it are each implementation's own.
UNCOMPARED = ("fault_detail",)


@dataclass(frozen=True)
class Question:
    """A request to the service, and which answer is right.

    what: "shows" (lines), the name of a member of the fold, "compacted", "same fold", "patched".
    """

    path: str
    body: dict[str, Any]
    what: str
    wanted: Any


@dataclass(frozen=True)
class FoldCase:
    """One vector of payload/*.json or patch.json."""

    name: str
    clauses: list[str]
    needs: frozenset[str]
    questions: list[Question]


def load_folds(spec: Path) -> list[FoldCase]:
    """The cases of every payload vector under this folder."""
    vectors = [one for path in sorted((spec / "payload").glob("*.json")) for one in json.loads(path.read_text("utf-8"))]
    return [_fold_case(one) for one in vectors] + [
        _patch_case(one) for one in json.loads((spec / "patch.json").read_text("utf-8"))
    ]


def _patch_case(vector: dict[str, Any]) -> FoldCase:
    body = {"document": vector["document"], "patch": vector["patch"]}
    wanted = {"fails": True} if "fails" in vector else {"result": vector["result"]}
    return FoldCase(
        vector["name"], vector["clauses"], frozenset({"patch"}), [Question("/patch", body, "patched", wanted)]
    )


def _fold_case(vector: dict[str, Any]) -> FoldCase:
    steps: list[dict[str, Any]] = []
    log: list[Any] | None = []  # None: not all of it is events
    questions: list[Question] = []
    for step in vector["steps"]:
        if "shows" in step:
            questions.append(Question("/folds", {"steps": list(steps)}, "shows", step["shows"]))
        elif "check" in step:
            questions += [
                Question("/folds", {"steps": list(steps)}, name, value)
                for name, value in step["check"].items()
                if name not in UNCOMPARED
            ]
        elif "compacted" in step:
            questions.append(Question("/compact", {"log": list(log or [])}, "compacted", step["compacted"]))
        else:
            steps.append(_input(step))
            log = [*log, step["event"]] if log is not None and "event" in step else None
    if log:
        questions.append(Question("/compact", {"log": log}, "same fold", None))
    needs = {"compact" if question.path == "/compact" else "fold" for question in questions}
    return FoldCase(vector["name"], vector["clauses"], frozenset(needs), questions)


def _input(step: dict[str, Any]) -> dict[str, Any]:
    if "event" in step:
        return {"event": json.dumps(step["event"])}
    if "text" in step:
        return {"event": step["text"]}
    if "message" in step:
        return {"message": {"type": step["message"], "data": step["data"]}}
    if "finish" in step or "reset" in step:
        return step
    raise ValueError(f"unknown step {step}")


async def judge_fold(case: FoldCase, service: Service) -> Verdict:
    """Raises ServiceFailed if the service itself does not work."""
    missing = case.needs - service.description.capabilities
    if missing:
        return Verdict(case, "not supported", ", ".join(sorted(missing)))
    for question in case.questions:
        reason = await _differs(question, service)
        if reason:
            return Verdict(case, "fail", reason)
    return Verdict(case, "pass")


async def _differs(question: Question, service: Service) -> str:
    answer = await service.ask("POST", question.path, question.body)
    if question.what == "same fold":
        return await _changed_by_compacting(question.body["log"], answer["log"], service)
    got, wanted = _found(question.what, answer), question.wanted
    if canonical(got) == canonical(wanted):
        return ""
    return f"{question.what} is {_short(got)}, not {_short(wanted)}"


async def _changed_by_compacting(log: list[Any], shorter: list[Any], service: Service) -> str:
    folds = [
        await service.ask("POST", "/folds", {"steps": [{"event": json.dumps(event)} for event in one]})
        for one in (log, shorter)
    ]
    for fold in folds:
        # Transient, or of no meaning behind a compaction.
        for name in ("status", "unknown", "detail"):
            fold.pop(name, None)
    whole, compacted = (canonical(fold) for fold in folds)
    if len(shorter) > len(log):
        return "the compacted log is longer"
    return "" if whole == compacted else f"compacted it folds into {_short(folds[1])}, not {_short(folds[0])}"


def _found(what: str, answer: dict[str, Any]) -> Any:
    if what == "shows":
        return shown(answer["messages"])
    if what == "compacted":
        return answer["log"]
    if what == "patched":
        return {"fails": True} if "error" in answer else {"result": answer["result"]}
    return answer[what]


def shown(messages: list[dict[str, Any]]) -> list[str]:
    """As `shows` has it: m1 assistant stop, then p1 tool-call search call-1 open "…" {"q":""}"""
    lines = []
    for message in messages:
        lines.append(" ".join([message["mid"], message["role"], *([message["finish"]] if message["finish"] else [])]))
        lines[-1] += _meta(message)
        lines += [_part(part) for part in message["parts"]]
    return lines


def _part(part: dict[str, Any]) -> str:
    words = [part["pid"], part["kind"], part["name"], part["callId"], part["state"]]
    if part["text"]:
        words.append(quote(part["text"]))
    if part["value"] is not None:
        words.append(canonical(part["value"]))
    return " ".join(word for word in words if word) + _meta(part)


def _meta(of: dict[str, Any]) -> str:
    return "" if of["meta"] is None else f" meta {canonical(of['meta'])}"


def canonical(value: Any) -> str:
    """JSON with its members sorted, whole numbers without a point: the same text whoever wrote it."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _short(value: Any) -> str:
    text = canonical(value)
    return text if len(text) <= 200 else f"{text[:197]}…"
