"""Our own clients, payload and servers, held by the conformance harness to all that it plays, and the kept scores."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from scoring import CASES, ONE_MESSAGE, PATIENCE_S, PYTHON_CLIENTS, SERVERS, SERVICES, SPEC, TIMED, case_of, score
from server.redis_process import redis_program
from wakeful_demo.conformance.__main__ import Cases, load_all, score_all
from wakeful_demo.conformance.cases import SCALED_MS, Case, clauses_of
from wakeful_demo.conformance.score import read_clauses
from wakeful_demo.conformance.server_plays import ServerPlay
from wakeful_demo.conformance.servers import ServerCase
from wakeful_demo.conformance.timed import TimedCase
from wakeful_demo.conformance.verdict import Judged, Verdict

PAGE_CLIENT = f"node {SERVICES}/wakeful_client.mjs"
PAYLOADS = (f"{sys.executable} {SERVICES}/wakeful_payload.py", f"node {SERVICES}/wakeful_payload.mjs")
# A clause that is no longer played has been lost.
KNOWN_CLAUSES = 184
# How often a play may go wrong that depends on the time.
TRIES = 5
# Not the time that is given to what must not happen: a slow machine can only let that pass. "waits": the application
# acts while the client waits for its next attempt, which it must not have made by then.
TIMERS = re.compile(r'"(silence|sleep|idle|connect|pause|rotate|budget)_ms"|\\"(hb|ttl)\\":[1-9]|"waits"')


def faults(client: str, cases: Sequence[Case], absent: str = "") -> list[str]:
    """What was not passed, and why."""
    verdicts = patient(lambda cases, parallel: score(client, cases, parallel=parallel).verdicts, cases, 16)
    return [
        f"{verdict.case.name}: {verdict.outcome}: {verdict.reason}"
        for verdict in verdicts
        if verdict.outcome != "pass" and not (verdict.outcome == "not supported" and verdict.reason == absent)
    ]


def patient(play: Callable[[list[Any], int], list[Verdict]], cases: Sequence[Judged], parallel: int) -> list[Verdict]:
    """The verdicts on all. What has failed and depends on real time is played again, one at a time.

    A machine that stops for some seconds lets a timer fire that should not, or brings together what was sent apart. A
    defect shows each time.
    """
    verdicts = {verdict.case.name: verdict for verdict in play(list(cases), parallel)}
    for _ in range(TRIES - 1):
        again = [one.case for one in verdicts.values() if one.outcome == "fail" and depends_on_time(one.case)]
        print([f"once more: {case.name}: {verdicts[case.name].reason}" for case in again])
        verdicts.update({verdict.case.name: verdict for verdict in (play(again, 1) if again else [])})
    return list(verdicts.values())


def depends_on_time(case: Judged) -> bool:
    """Whether what it expects could be another where the machine is slow."""
    if isinstance(case, Case) and case.final == "failed" and "attempts" in case.options:
        return True  # a client whose timer is late by seconds has slept, and makes one attempt more
    if isinstance(case, TimedCase):
        return bool(TIMERS.search(json.dumps([case.options, case.connections, case.script])))
    if isinstance(case, ServerCase):
        return case.timed
    if isinstance(case, ServerPlay):
        return "window" in case.needs  # which may close behind the head of what is still shown
    return isinstance(case, Case) and SCALED_MS in case.options.values()


# In a page, fetch follows redirects by itself; and Python is told nothing of the surroundings.
ABSENT = {PAGE_CLIENT: "redirects", **dict.fromkeys(PYTHON_CLIENTS, "hints")}


def sample() -> list[Case]:
    """One case for each group of clauses, which is what precedes the dot."""
    chosen: dict[str, Case] = {}
    for case in CASES:
        for clause in case.clauses:
            chosen.setdefault(clause.split(".")[0], case)
    return list({case.name: case for case in chosen.values()}.values())


def quick() -> list[TimedCase]:
    """Those that take a few seconds, together: no long silence, no stopped process."""
    return [case for case in TIMED if not case.alone and longest_wait(case) < 3_000]


def longest_wait(case: TimedCase) -> int:
    """Of what the play itself takes; in ms."""
    timers = ("idle_ms", "connect_ms", "pause_ms", "rotate_ms", "budget_ms")
    waits = [case.options[name] for name in timers if name in case.options]
    waits += [step["pass_ms"] for step in case.script if "pass_ms" in step]
    waits.append(sum(one.get("silence_ms", 0) for connection in case.connections for one in connection))
    return max(int(wait) for wait in waits)


def test_enough_clauses_are_played() -> None:
    assert len(clauses_of([*CASES, *TIMED])) >= KNOWN_CLAUSES
    assert len(sample()) >= 25
    assert len(quick()) >= 50


def test_names_are_unique_and_reasons_given() -> None:
    names = Counter(case.name for case in [*CASES, *TIMED])
    assert [name for name, count in names.items() if count > 1] == []
    plays = [one for path in (SPEC / "conformance" / "plays").glob("*.json") for one in json.loads(path.read_text())]
    assert len(plays) == len(TIMED)
    assert [play["name"] for play in plays if len(play["why"]) < 20 or not play["clauses"]] == []


def test_only_what_depends_on_time_is_played_again() -> None:
    silence, heartbeat = "silence-is-a-failure", "timed-a-missing-heartbeat"
    played: list[tuple[list[str], int]] = []

    def play(cases: list[Case], parallel: int) -> list[Verdict]:
        played.append(([case.name for case in cases], parallel))
        failing = [ONE_MESSAGE, silence, *[heartbeat][len(played) - 1 :]]
        return [Verdict(case, "fail" if case.name in failing else "pass") for case in cases]

    [missing] = [case for case in TIMED if case.name == heartbeat]
    verdicts = patient(play, [case_of(ONE_MESSAGE), case_of(silence), missing, sample()[0]], 4)
    assert [verdict.outcome for verdict in verdicts] == ["fail", "fail", "pass", "pass"]
    assert played[1:] == [([silence, heartbeat], 1), *[([silence], 1)] * (TRIES - 2)]
    of_time = [case for case in TIMED if depends_on_time(case)]
    print(f"{len(of_time)} of {len(TIMED)} plays depend on time")
    assert 20 <= len(of_time) < len(TIMED) / 2
    # What a stop of some seconds has made fail.
    stopped = {"timed-close-while-waiting", "timed-credentials-that-lapse-at-once", "accept-then-close-is-limited"}
    assert stopped <= {case.name for case in [*CASES, *TIMED] if depends_on_time(case)}


@pytest.mark.parametrize("client", PYTHON_CLIENTS, ids=["asyncio", "sync"])
def test_a_sample(client: str) -> None:
    assert faults(client, sample()) == []


@pytest.mark.node
def test_a_sample_in_the_page_client() -> None:
    assert faults(PAGE_CLIENT, sample(), ABSENT[PAGE_CLIENT]) == []


@pytest.mark.node
@pytest.mark.parametrize("client", [PYTHON_CLIENTS[0], PAGE_CLIENT], ids=["asyncio", "page"])
def test_quick_plays(client: str) -> None:
    assert faults(client, quick(), ABSENT[client]) == []


@pytest.mark.parametrize(
    "service", [PAYLOADS[0], pytest.param(PAYLOADS[1], marks=pytest.mark.node)], ids=["python", "node"]
)
def test_the_payload_holds_every_clause(service: str) -> None:
    [result] = asyncio.run(score_all([service], Cases([], load_all(SPEC).folds, []), 4, PATIENCE_S))
    assert [f"{verdict.case.name}: {verdict.reason}" for verdict in result.verdicts if verdict.outcome != "pass"] == []
    listed = {clause.id for clause in read_clauses(SPEC / "clauses.md") if clause.id.startswith("payload.")}
    assert set(result.clauses) == listed


def check_server(service: str) -> None:
    def play(cases: list[ServerCase | ServerPlay], parallel: int) -> list[Verdict]:
        return asyncio.run(score_all([service], Cases([], [], cases), parallel, PATIENCE_S))[0].verdicts

    verdicts = patient(play, load_all(SPEC).servers, 8)
    assert [f"{verdict.case.name}: {verdict.reason}" for verdict in verdicts if verdict.outcome != "pass"] == []
    listed = {clause.id for clause in read_clauses(SPEC / "clauses.md") if clause.id.startswith("server.")}
    assert {clause for verdict in verdicts for clause in verdict.case.clauses} == listed


def test_the_server_holds_every_clause() -> None:
    check_server(SERVERS[1])


@pytest.mark.slow
def test_the_server_holds_every_clause_on_redis() -> None:
    redis_program()
    check_server(SERVERS[2])


# What a driver cannot be asked for: the reasons are its remarks in results.md.
BEYOND: dict[str, set[str]] = {
    "wakeful asyncio": {"hint.offline", "hint.hasten", "hint.floor", "hint.freeze"},
    "wakeful sync": {"hint.offline", "hint.hasten", "hint.floor", "hint.freeze"},
    "wakeful page (Node)": {
        "redirect.error", "redirect.no-target", "redirect.limit", "redirect.follow", "redirect.stripped"
    },
    "wakeful.payload (Python)": set(),
    "wakeful/payload (Node)": set(),
    "wakeful.server (memory)": {"server.log.durable", "server.cluster"},
    "wakeful.server (sqlite)": set(),
    "wakeful.server (redis)": set(),
}  # fmt: skip


def cells() -> dict[str, dict[str, str]]:
    """Of results.md: service -> clause -> cell."""
    found: dict[str, dict[str, str]] = {}
    names: list[str] = []
    for line in (SERVICES / "results.md").read_text("utf-8").splitlines():
        parts = [part.strip() for part in line.strip("|").split(" | ")]
        if line.startswith("| clause |"):
            names = [part.rstrip(" |") for part in parts[1:]]
            found.update({name: {} for name in names})
        elif match := re.match(r"\| `([a-z0-9-]+\.[a-z0-9.-]+)`", line):
            for name, cell in zip(names, parts[1:], strict=True):
                found[name][match[1]] = cell
    return found


def test_every_clause_is_scored() -> None:
    scored = [clause for clauses in cells().values() for clause in clauses]
    assert set(scored) == {clause.id for clause in read_clauses(SPEC / "clauses.md")}
    assert "## Not scored" not in (SERVICES / "results.md").read_text("utf-8")


def test_ours_hold_every_clause_that_they_can_be_asked_for() -> None:
    found = cells()
    for name, beyond in BEYOND.items():
        assert {clause for clause, cell in found[name].items() if not cell.startswith("yes")} == beyond, name
    assert len(found) >= len(BEYOND) + 3


@pytest.mark.slow
@pytest.mark.node
@pytest.mark.parametrize("client", [*PYTHON_CLIENTS, PAGE_CLIENT], ids=["asyncio", "sync", "page"])
def test_our_clients_hold_every_clause(client: str) -> None:
    assert faults(client, CASES, ABSENT[client]) == []


@pytest.mark.slow
def test_the_plays_that_take_their_time() -> None:
    """One driver stands for the others here; `make conformance` plays them to each."""
    slow = [case for case in TIMED if case not in quick()]
    assert len(slow) >= 20
    assert faults(PYTHON_CLIENTS[1], slow, "hints") == []


PEERS = (
    f"node {SERVICES}/eventsource.mjs",
    f"node --no-warnings --experimental-eventsource {SERVICES}/eventsource.mjs --native",
    f"node {SERVICES}/eventsource_client.mjs",
    f"node {SERVICES}/fetch_event_source.mjs",
    f"{sys.executable} {SERVICES}/httpx_sse_client.py",
    f"{sys.executable} {SERVICES}/launchdarkly_client.py",
)
ALL_CLIENTS = (*PYTHON_CLIENTS, PAGE_CLIENT, *PEERS, *PAYLOADS, *SERVERS)


@pytest.mark.slow
@pytest.mark.node
@pytest.mark.parametrize("client", PEERS, ids=lambda client: client.split("/")[-1])
def test_the_services_of_the_peers_work(client: str) -> None:
    """A message arrives from each; what else they do is in results.md and no concern of a test."""
    assert faults(client, [case_of(ONE_MESSAGE)]) == []


def test_every_service_is_scored() -> None:
    listed = (SERVICES / "clients.txt").read_text("utf-8").splitlines()[1:]
    commands = [client.replace(sys.executable, "python").replace(f"{SPEC}/", "spec/") for client in ALL_CLIENTS]
    assert listed == commands
