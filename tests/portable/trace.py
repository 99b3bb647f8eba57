"""Events, actions and levels of a client as lines of text: what scenarios expect, and what digests are made of."""

from wakeful.client import Client
from wakeful.outcome import Outcome
from wakeful.records import (
    Cancel,
    Comment,
    Connect,
    Disconnect,
    Failure,
    Message,
    ProtocolWarning,
    RequestToken,
    Reset,
    StateChange,
)
from wakeful.text import decode


def quote(text: str) -> str:
    """A text on one line, the same in every runtime."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\0")
    return f'"{text}"'


def action_line(action: Connect | Disconnect | RequestToken | Cancel) -> str:
    """connect 2 GET http://a.test/s accept="text/event-stream" last-event-id="7" redirect=same-origin"""
    if isinstance(action, Disconnect):
        return f"disconnect {action.attempt} {action.reason}"
    if isinstance(action, RequestToken):
        return f"request-token {action.attempt} {action.reason}"
    headers: list[str] = []
    for name, value in action.headers:
        headers.append(f"{decode(name.encode('utf-8').lower())}={quote(decode(value))}")
    if isinstance(action, Cancel):
        return " ".join(["cancel", action.url] + sorted(headers) + (["credentials"] if action.credentials else []))
    line = f"connect {action.attempt} {action.method} {action.url} {' '.join(sorted(headers))}"
    if action.body is not None:
        line += f" body={quote(decode(action.body))}"
    if action.credentials:
        line += " credentials"
    return line if action.redirect == "same-origin" else f"{line} redirect={action.redirect}"


def event_line(event: Message | Comment | Reset | ProtocolWarning | StateChange) -> str:
    """message "data" id=7 | message add "data" | comment "text" | open -> waiting failure delay=250 network 200"""
    if isinstance(event, Message):
        type = "" if event.type == "message" else f"{quote(event.type)} "
        id = "" if event.last_event_id == "" else f" id={quote(event.last_event_id)}"
        return f"message {type}{quote(event.data)}{id}"
    if isinstance(event, Comment):
        return f"comment {quote(event.text)}"
    if isinstance(event, Reset):
        return f"reset {quote(event.reason)} {quote(event.epoch)} {event.base}"
    if isinstance(event, ProtocolWarning):
        return f"warning {event.frame} {quote(event.detail)}"
    line = f"{event.previous} -> {event.state} {event.reason}"
    if event.state == "waiting":
        line += f" delay={event.delay_ms}"
    return line if event.failure is None else f"{line} ({failure_line(event.failure)})"


def failure_line(failure: Failure) -> str:
    line = f"{failure.kind} {failure.status}"
    if failure.media_type != "":
        line += f" {failure.media_type}"
    if failure.body != "":
        line += f" {quote(failure.body)}"
    return line if failure.detail == "" else f"{line}: {failure.detail}"


def outcome_line(outcome: Outcome | None) -> str:
    """completed | failed https://a.test/problems/overloaded 503 restart 2000 "title" "detail" | none"""
    if outcome is None:
        return "none"
    problem = outcome.problem
    if problem is None:
        return outcome.status
    words = [outcome.status, problem.type, f"{problem.status}", problem.retry or "-", f"{problem.retry_after_ms}"]
    return f"{' '.join(words)} {quote(problem.title)} {quote(problem.detail)}"


def level_line(client: Client) -> str:
    """Everything that can be read off a client, for digests: no counter may differ between runtimes."""
    stats = client.stats
    deadline = client.deadline
    failures: list[str] = []
    for kind, count in stats.failures.items():
        failures.append(f"{kind}={count}")
    return (
        f"{client.state} attempt={client.attempt} deadline={-1 if deadline is None else deadline}"
        f" reads={1 if client.wants_data else 0} id={quote(client.last_event_id)}"
        f" {stats.attempts} {stats.opens} {stats.resumes} {stats.messages} {stats.comments} {stats.duplicates}"
        f" {stats.bytes} {stats.redirects} {stats.token_requests} {stats.late_inputs} {stats.late_timers}"
        f" {client.mode} {stats.heartbeats} {stats.gaps} {stats.skipped} {stats.resets} {stats.drains} {stats.warnings}"
        f" {outcome_line(client.outcome)}"
        f" {stats.lifetime_ms} {stats.lifetimes_ms} {stats.longest_ms} {' '.join(sorted(failures))}"
    )
