"""The conformance harness finds out who does otherwise than the clauses say, and its command says so."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from demo.demo_process import ENVIRONMENT
from scoring import ONE_MESSAGE, PATIENCE_S, PYTHON_CLIENTS, SERVERS, SERVICES, SPEC, TIMED, case_of, score
from wakeful_demo.conformance import judge, servers
from wakeful_demo.conformance.__main__ import Cases, load_all, score_all
from wakeful_demo.conformance.cases import Case
from wakeful_demo.conformance.score import markdown, read_clauses, text
from wakeful_demo.conformance.servers import ServerCase
from wakeful_demo.conformance.service import ServiceFailed
from wakeful_demo.conformance.timed import TimedCase
from wakeful_demo.conformance.verdict import Verdict

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


TWICE = 'self.order.report("message", type="message", data="[DONE]"); urllib.request.urlopen(self.order.url).close()'


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
    # Only a silence is waited for.
    patience = 2 if "nothing came for 2 s" in reason else PATIENCE_S
    [verdict] = score(bad_client(tmp_path, reports), [case_of(ONE_MESSAGE)], patience).verdicts
    assert verdict.outcome == "fail"
    assert reason in verdict.reason


def test_a_client_that_says_too_much_a_little_later_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "SURPLUS_S", PATIENCE_S)
    say = 'self.order.report("message", type="message", data="[DONE]", id="")'
    client = bad_client(tmp_path, f"{say}; time.sleep(0.2); {say}")
    [verdict] = score(client, [case_of(ONE_MESSAGE)]).verdicts
    assert (verdict.outcome, verdict.reason) == ("fail", 'message 2 is one too many: message "[DONE]"')


def hastily(client: str, case: Case) -> Verdict:
    """With as little patience as the machine allows: what does not happen is waited for as long."""
    patience = 2.0
    while True:
        [verdict] = score(client, [case], patience).verdicts
        if not verdict.reason.startswith("nothing came") or patience > PATIENCE_S:
            return verdict
        patience *= 4


def test_a_client_that_leaves_its_connection_open_fails(tmp_path: Path) -> None:
    reports = 'self.order.report("message", type="message", data="[DONE]", id=""); self.left = response'
    verdict = hastily(bad_client(tmp_path, reports), case_of(ONE_MESSAGE))
    assert (verdict.outcome, verdict.reason) == ("fail", "it was closed and left a connection open")
    again = bad_client(tmp_path, reports, close="self.left.close()")
    assert score(again, [case_of(ONE_MESSAGE)]).verdicts[0].outcome == "pass"


def timed(name: str) -> TimedCase:
    return next(case for case in TIMED if case.name == f"timed-{name}")


# It comes back before the server has gone on: whatever the machine does meanwhile, that is too soon.
AT_ONCE = (
    'urllib.request.urlopen(urllib.request.Request(self.order.url, headers={"Last-Event-ID": "1"}));'
    ' self.order.report("message", type="message", data="a", id="1");'
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
    [verdict] = score(client, [timed(name)]).verdicts
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


def test_a_server_that_does_otherwise_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours, held to scenarios that were changed."""
    monkeypatch.setattr(servers, "QUIET_S", PATIENCE_S)
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
    [result] = asyncio.run(score_all([SERVERS[0]], Cases([], [], list(changed)), 4, PATIENCE_S))
    for verdict in result.verdicts:
        assert verdict.reason.startswith(changes[verdict.case.name][2]), f"{verdict.case.name}: {verdict.reason}"


def test_heartbeats_that_a_slow_machine_lets_come_are_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    step = servers.Performance._step

    async def slowly(self: servers.Performance, one: dict[str, object]) -> None:
        if "append" in one:
            assert self._viewer is not None
            assert await self._viewer.until(": hb", PATIENCE_S)
        await step(self, one)

    monkeypatch.setattr(servers.Performance, "_step", slowly)
    [case] = [case for case in load_all(SPEC).servers if case.name == "open-from-now"]
    assert isinstance(case, ServerCase)
    changed = dataclasses.replace(case, options={**case.options, "hb_ms": 10})
    [result] = asyncio.run(score_all([SERVERS[0]], Cases([], [], [changed]), 4, PATIENCE_S))
    assert [verdict.reason for verdict in result.verdicts] == [""]


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
