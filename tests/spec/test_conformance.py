"""The conformance harness: what it plays, that it finds a client out, and that our own clients do all of it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from demo.demo_process import ENVIRONMENT
from flatten import SCENARIOS
from server.redis_process import redis_program
from wakeful_demo.conformance.__main__ import Cases, load_all, score_all
from wakeful_demo.conformance.cases import Case, clauses_of, load_cases
from wakeful_demo.conformance.score import Score, markdown, read_clauses, text
from wakeful_demo.conformance.servers import ServerCase
from wakeful_demo.conformance.service import ServiceFailed
from wakeful_demo.conformance.timed import TimedCase, load_timed

SPEC = SCENARIOS.parent
CASES = load_cases(SCENARIOS)
TIMED = load_timed(SPEC / "conformance" / "plays")
SERVICES = SPEC / "conformance"
PYTHON_CLIENTS = [f"{sys.executable} {SERVICES}/wakeful_client.py {kind}" for kind in ("asyncio", "sync")]
PAGE_CLIENT = f"node {SERVICES}/wakeful_client.mjs"
PAYLOADS = (f"{sys.executable} {SERVICES}/wakeful_payload.py", f"node {SERVICES}/wakeful_payload.mjs")
SERVERS = [f"{sys.executable} {SERVICES}/wakeful_server.py {log}" for log in ("memory", "sqlite", "redis")]
# A clause that is no longer played has been lost.
KNOWN_CLAUSES = 182
# The machine may be slow: only a client that is stuck is waited for so long.
PATIENCE_S = 120


def score(client: str, cases: Sequence[Case], patience: float = PATIENCE_S, parallel: int = 4) -> Score:
    return asyncio.run(score_all([client], Cases(list(cases), [], []), parallel, patience))[0]


def faults(client: str, cases: Sequence[Case], absent: str = "") -> list[str]:
    """What was not passed, and why."""
    return [
        f"{verdict.case.name}: {verdict.outcome}: {verdict.reason}"
        for verdict in score(client, cases, parallel=16).verdicts
        if verdict.outcome != "pass" and not (verdict.outcome == "not supported" and verdict.reason == absent)
    ]


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
    [result] = asyncio.run(score_all([service], Cases([], [], load_all(SPEC).servers), 8, PATIENCE_S))
    assert [f"{verdict.case.name}: {verdict.reason}" for verdict in result.verdicts if verdict.outcome != "pass"] == []
    listed = {clause.id for clause in read_clauses(SPEC / "clauses.md") if clause.id.startswith("server.")}
    assert set(result.clauses) == listed


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


# A client that connects once, reads as it pleases, and reports what it is told to.
BAD_CLIENT = """
import sys, time, urllib.request
sys.path.insert(0, {services!r})
from service import Stream, serve

class Bad(Stream):
    def run(self):
        response = urllib.request.urlopen(self.order.url)
        self.order.report("open")
        {reports}

    def close(self):
        {close}

    def command(self, word):
        pass

serve({{"name": "bad", "version": "0", "capabilities": {capabilities}}}, Bad)
"""


def bad_client(folder: Path, reports: str, close: str = "pass", capabilities: tuple[str, ...] = ()) -> str:
    path = folder / "bad.py"
    source = BAD_CLIENT.format(services=str(SERVICES), reports=reports, close=close, capabilities=list(capabilities))
    path.write_text(source, "utf-8")
    return f"{sys.executable} {path}"


def case_of(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


TWICE = 'self.order.report("message", type="message", data="[DONE]"); urllib.request.urlopen(self.order.url).close()'
ONE_MESSAGE = "no-marker-no-end"  # one message, "[DONE]"; the stream stays open


@pytest.mark.parametrize(
    ("reports", "reason"),
    [
        ('self.order.report("message", type="message", data="[DONE", id="")', 'message 1 is message "[DONE"'),
        ('self.order.report("message", type="add", data="[DONE]", id="")', 'message 1 is message "add" "[DONE]"'),
        ('self.order.report("message", type="message", data="[DONE]", id="7")', 'message 1 is message "[DONE]" id="7"'),
        ('self.order.report("ended")', 'message 1 of 1 is missing: message "[DONE]"'),
        ('self.order.report("comment", text="")', "nothing came for 2 s; message 1 of 1 is missing"),
        ("while not self.closing: self.order.report('waiting'); time.sleep(0.2)", "nothing came for 2 s"),
        ('self.order.report("rubbish")', "a report that cannot be read"),
        (TWICE, "request 2 is one too many: GET"),
    ],
)
def test_a_client_that_does_otherwise_fails(tmp_path: Path, reports: str, reason: str) -> None:
    [verdict] = score(bad_client(tmp_path, reports), [case_of(ONE_MESSAGE)], patience=2).verdicts
    assert verdict.outcome == "fail"
    assert reason in verdict.reason


def test_a_client_that_leaves_its_connection_open_fails(tmp_path: Path) -> None:
    reports = 'self.order.report("message", type="message", data="[DONE]", id=""); self.left = response'
    [verdict] = score(bad_client(tmp_path, reports), [case_of(ONE_MESSAGE)], patience=2).verdicts
    assert (verdict.outcome, verdict.reason) == ("fail", "it was closed and left a connection open")
    again = bad_client(tmp_path, reports, close="self.left.close()")
    assert score(again, [case_of(ONE_MESSAGE)]).verdicts[0].outcome == "pass"


def timed(name: str) -> TimedCase:
    return next(case for case in TIMED if case.name == f"timed-{name}")


AT_ONCE = (
    'self.order.report("message", type="message", data="a", id="1"); response.read();'
    ' urllib.request.urlopen(urllib.request.Request(self.order.url, headers={"Last-Event-ID": "1"}));'
    ' self.order.report("message", type="message", data="b", id="2")'
)


@pytest.mark.parametrize(
    ("name", "reports", "reason"),
    [
        ("retry-counts-with-its-line", AT_ONCE, "sooner than 1500"),
        ("a-delay-beyond-the-budget", 'self.order.report("closed"); time.sleep(1)', "message 1 of 1 is missing"),
        ("attempts-of-0", "pass", "attempts was taken"),
        (
            "retry-of-what-has-not-failed",
            'self.order.report("message", type="message", data="a", id="1")',
            "not refused",
        ),
    ],
)
def test_a_client_that_breaks_a_rule_of_time_or_use_fails(tmp_path: Path, name: str, reports: str, reason: str) -> None:
    abilities = ("reconnect", "option-errors", "usage-errors", "attempts", "budget_ms", "retry")
    client = bad_client(tmp_path, reports, capabilities=abilities)
    [verdict] = score(client, [timed(name)], patience=5).verdicts
    assert (verdict.outcome, reason in verdict.reason) == ("fail", True), verdict.reason


BAD_PAYLOAD = """
import sys
sys.path.insert(0, {services!r})
import wakeful_payload as ours
from service import answer_requests

def fold(said):
    return {{**ours.fold(said), "rev": 7}}

answer_requests({{
    ("GET", "/"): lambda _: ours.DESCRIPTION,
    ("POST", "/folds"): fold,
    ("POST", "/compact"): lambda said: {{"log": said["log"][:1]}},
    ("POST", "/patch"): lambda said: {{"result": said["document"]}},
}})
"""


def test_a_payload_that_does_otherwise_fails(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text(BAD_PAYLOAD.format(services=str(SERVICES)), "utf-8")
    [result] = asyncio.run(score_all([f"{sys.executable} {path}"], Cases([], load_all(SPEC).folds, []), 4, PATIENCE_S))
    reasons = {verdict.case.name: verdict.reason for verdict in result.verdicts if verdict.outcome == "fail"}
    assert "rev is 7" in " ".join(reasons.values())
    assert reasons["payload-text-grows"].startswith("compacted it folds into")
    assert "patched is" in reasons["patch-adds-a-member"]


def test_a_server_that_does_otherwise_fails() -> None:
    """Ours, held to scenarios that were changed."""
    changes = {
        "resume-behind-the-cursor": ("data: d4", "data: d5", "block 4 is id"),
        "behind-the-end-there-is-no-content": ("head 204", "head 200", "the status is 204"),
        "the-end-is-an-event": (', "closed end"', "", "the body has ended"),
        "a-cursor-that-has-expired": ("first=10", "first=11", "the problem is"),
        "head-of-a-stream": ('X-Accel-Buffering": "no', 'X-Accel-Buffering": "yes', "X-Accel-Buffering is no"),
    }
    cases = [case for case in load_all(SPEC).servers if isinstance(case, ServerCase) and case.name in changes]
    assert len(cases) == len(changes)
    changed = []
    for case in cases:
        old, new, _ = changes[case.name]
        text = json.dumps(case.scenario, ensure_ascii=False)
        assert old in text, case.name
        changed.append(dataclasses.replace(case, scenario=json.loads(text.replace(old, new))))
    [result] = asyncio.run(score_all([SERVERS[0]], Cases([], [], list(changed)), 4, 5))
    for verdict in result.verdicts:
        assert verdict.reason.startswith(changes[verdict.case.name][2]), f"{verdict.case.name}: {verdict.reason}"


def test_what_was_not_declared_is_not_supported_and_not_passed(tmp_path: Path) -> None:
    cases = [case_of("data-marker-ends"), case_of("silence-is-a-failure")]
    result = score(bad_client(tmp_path, "pass"), cases)
    assert [(verdict.outcome, verdict.reason) for verdict in result.verdicts] == [
        ("not supported", "end_data"),
        ("not supported", "idle_ms, reconnect"),
    ]
    clauses = read_clauses(SPEC / "clauses.md")
    assert result.held(clauses) == (0, 2)
    assert "end.data                 not supported" in text(result, clauses)
    assert "| `end.data` | · |" in markdown([result], clauses, "# x")


def test_a_failed_scenario_takes_its_clause(tmp_path: Path) -> None:
    result = score(bad_client(tmp_path, 'self.order.report("ended")'), [case_of(ONE_MESSAGE)])
    clauses = read_clauses(SPEC / "clauses.md")
    assert result.held(clauses) == (0, 1)
    assert "  end.data                 no, 0 of 1" in text(result, clauses)
    assert f"- `{ONE_MESSAGE}`: message 1 of 1 is missing" in markdown([result], clauses, "# x")


@pytest.mark.parametrize("command", ["no-such-command-here", f"{sys.executable} -c pass"])
def test_a_service_that_does_not_start_is_an_error_of_its_own(command: str) -> None:
    with pytest.raises(ServiceFailed):
        score(command, [case_of(ONE_MESSAGE)])


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wakeful_demo.conformance", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)


def test_the_command_prints_and_writes_the_scores(tmp_path: Path) -> None:
    written = tmp_path / "scores.md"
    bad = bad_client(tmp_path, 'self.order.report("ended")')
    arguments = ["--only", ONE_MESSAGE, "--client", PYTHON_CLIENTS[0], "--client", bad, "--write", str(written)]
    done = run_command(*arguments)
    assert done.returncode == 0, done.stderr
    assert "1 of 1 clauses; scenarios: 1 passed, 0 failed, 0 not supported" in done.stdout
    assert "| `end.data` | yes | **no**, 0 of 1 |" in written.read_text("utf-8")
    below = run_command(*arguments, "--least", "100")
    assert below.returncode == 1
    assert "holds 0.0 % of the clauses" in below.stderr


def test_the_command_says_what_is_wrong_with_its_arguments() -> None:
    assert "name a client" in run_command().stderr
    assert "no scenario" in run_command("--client", "true", "--only", "no-such-scenario").stderr
    assert "could not be run: true: its first line" in run_command("--client", "true", "--only", ONE_MESSAGE).stderr
