"""Runs one scenario: a list of steps, each a list of words, against a client. No I/O; time is what the steps say.

spec/README.md describes the scenario format for people; flatten.py turns the JSON into these lists, so that every
runtime reads the same plain arrays of strings.
"""

from portable.trace import action_line, event_line, level_line, outcome_line, quote
from wakeful.client import Client
from wakeful.errors import OptionError, UsageError
from wakeful.options import Options
from wakeful.records import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


WHOLE = 0
BYTEWISE = -1


def middle(n: int) -> int:
    """A die that always shows its middle: delays in scenarios are exact."""
    return (n - 1) // 2


def lowest(n: int) -> int:
    return 0 * n


def highest(n: int) -> int:
    return n - 1


def to_bytes(words: list[str]) -> bytes:
    """["text", "héllo"] or ["bytes", "104 255"]."""
    if words[0] == "text":
        return words[1].encode("utf-8")
    return bytes([int(number) for number in words[1].split(" ")])


class ScenarioRun:
    """One run. name: for messages. sink: takes each line of the trace.

    cut: how the body is fed: WHOLE as the steps have it, BYTEWISE, or with one more split at this position, counted
    over all data of the scenario.
    After run(), mismatches holds what differed from the expectations: empty if the scenario passed.
    """

    def __init__(self, name: str, cut: int, sink: "Callable[[str], None]") -> None:
        self.mismatches: list[str] = []
        self._name = name
        self._cut = cut
        self._fed = 0
        self._sink = sink
        self._now = 0
        self._lines: list[str] = []
        self._rng = middle
        self._options = Options("http://a.test/s")
        self._client: Client | None = None

    def _set_option(self, name: str, value: str) -> None:
        options = self._options
        if name == "die":
            self._set_die(value)
        elif name == "url":
            options.url = value
        elif name == "method":
            options.method = value
        elif name == "body":
            options.body = value.encode("utf-8")
        elif name == "last_event_id":
            options.last_event_id = value
        elif name == "idempotency_key":
            options.idempotency_key = value
        elif name == "has_token":
            options.has_token = value == "true"
        elif name == "credentials":
            options.credentials = value == "true"
        elif name == "redirect":
            if value == "follow":
                options.redirect = "follow"
            elif value == "error":
                options.redirect = "error"
        elif name == "negotiate":
            options.negotiate = value  # type: ignore[assignment]
        elif name == "open_from":
            options.open_from = value  # type: ignore[assignment]
        elif name == "end_data":
            options.end_data = value
        elif name == "end_type":
            options.end_type = value
        elif name.startswith("header:"):
            options.headers[name.replace("header:", "")] = value
        else:
            self._set_number(name, int(value))

    def _set_die(self, value: str) -> None:
        if value == "lowest":
            self._rng = lowest
        elif value == "middle":
            self._rng = middle
        elif value == "highest":
            self._rng = highest
        else:
            self.mismatches.append(f"{self._name}: unknown die {value}")

    def _set_number(self, name: str, value: int) -> None:
        options = self._options
        if name == "heartbeat_ms":
            options.heartbeat_ms = value
        elif name == "connect_ms":
            options.connect_ms = value
        elif name == "idle_ms":
            options.idle_ms = value
        elif name == "pause_ms":
            options.pause_ms = value
        elif name == "rotate_ms":
            options.rotate_ms = value
        elif name == "base_ms":
            options.base_ms = value
        elif name == "cap_ms":
            options.cap_ms = value
        elif name == "attempts":
            options.attempts = value
        elif name == "budget_ms":
            options.budget_ms = value
        elif name == "high_water":
            options.high_water = value
        elif name == "max_event_bytes":
            options.max_event_bytes = value
        elif name == "max_header_bytes":
            options.max_header_bytes = value
        elif name == "dedupe_window":
            options.dedupe_window = value
        elif name == "dedupe_bytes":
            options.dedupe_bytes = value
        else:
            self.mismatches.append(f"{self._name}: unknown option {name}")

    @property
    def state(self) -> str:
        return "" if self._client is None else self._client.state

    def run(self, steps: list[list[str]]) -> None:
        self.begin(steps)
        for step in steps:
            self.step(step)
        if len(self._lines) > 0:
            self.mismatches.append(f"{self._name}: not expected: {' | '.join(self._lines)}")

    def begin(self, steps: list[list[str]]) -> None:
        """Make the client, with the options that are among the steps."""
        for step in steps:
            if step[0] == "option":
                self._set_option(step[1], step[2])
        try:
            self._client = Client(self._options, self._rng)
        except OptionError as error:
            self._lines.append(f"option-error {error}")

    def step(self, step: list[str]) -> None:
        word = step[0]
        if word == "at":
            self._now = int(step[1])
        elif word == "wait":
            self._now += int(step[1])
        elif word == "given":
            self._drain(-1)
            self._lines = []
        elif word == "expect":
            self._drain(-1)
            self._compare(step[1:])
        elif word == "take":
            self._drain(int(step[1]))
        elif word != "option" and self._client is not None:
            try:
                self._input(self._client, word, step)
            except UsageError as error:
                self._lines.append(f"usage-error {error}")
            self._sink(level_line(self._client))

    def _input(self, client: Client, word: str, step: list[str]) -> None:
        now = self._now
        attempt = client.attempt
        if word == "start":
            client.start(now)
        elif word == "close":
            client.close(now)
        elif word == "cancel":
            client.cancel(now)
        elif word == "restart":
            client.restart(now)
        elif word == "retry":
            client.retry(now)
        elif word == "hint":
            self._hint(client, step[1])
        elif word == "response":
            client.receive_response(attempt, self._response(step), now)
        elif word == "data":
            for piece in self._pieces(to_bytes(step[1:])):
                client.receive_data(attempt, piece, now)
                self._sink(level_line(client))
        elif word == "old-data":
            client.receive_data(attempt - 1, to_bytes(step[1:]), now)
        elif word == "eof":
            client.receive_eof(attempt, now)
        elif word == "old-eof":
            client.receive_eof(attempt - 1, now)
        elif word == "error":
            client.connection_failed(attempt, step[1], now)
        elif word == "token":
            client.receive_token(attempt, step[1], now)
        elif word == "token-error":
            client.token_failed(attempt, step[1], now)
        elif word == "timeout":
            client.handle_timeout(now)
        elif word == "deadline":
            self._deadline(client, int(step[1]))
        elif word == "check":
            self._check(client, step[1], step[2])
        else:
            self.mismatches.append(f"{self._name}: unknown step {word}")

    def _pieces(self, data: bytes) -> list[bytes]:
        cut = self._cut - self._fed
        self._fed += len(data)
        if self._cut == BYTEWISE and len(data) > 0:
            return [data[at : at + 1] for at in range(len(data))]
        return [data[:cut], data[cut:]] if cut > 0 and cut < len(data) else [data]

    def _hint(self, client: Client, kind: str) -> None:
        if kind == "online":
            client.hint("online", self._now)
        elif kind == "offline":
            client.hint("offline", self._now)
        elif kind == "wake":
            client.hint("wake", self._now)
        else:
            client.hint("freeze", self._now)

    def _response(self, step: list[str]) -> Response:
        """["response", status, location, wall_s, name, value, name, value, …]"""
        headers: dict[str, str] = {}
        at = 4
        while at + 1 < len(step):
            headers[step[at]] = step[at + 1]
            at += 2
        return Response(int(step[1]), headers, step[2], int(step[3]))

    def _deadline(self, client: Client, late_ms: int) -> None:
        """Go to the deadline, or that much past it, and fire."""
        deadline = client.deadline
        if deadline is None:
            self.mismatches.append(f"{self._name}: no deadline in state {client.state}")
            return
        self._now = max(self._now, deadline + late_ms)
        client.handle_timeout(self._now)

    def _check(self, client: Client, name: str, expected: str) -> None:
        actual = self._read(client, name)
        if actual != expected:
            self.mismatches.append(f"{self._name}: {name} is {actual}, not {expected}, at {self._now}")

    def _read(self, client: Client, name: str) -> str:
        stats = client.stats
        if name == "state":
            return client.state
        if name == "last_event_id":
            return client.last_event_id
        if name == "wants_data":
            return "true" if client.wants_data else "false"
        if name == "deadline":
            deadline = client.deadline
            return "none" if deadline is None else f"{deadline}"
        if name == "mode":
            return client.mode
        if name == "outcome":
            return outcome_line(client.outcome)
        if name.startswith("hello."):
            return self._read_hello(client, name.replace("hello.", ""))
        counts = {
            "attempts": stats.attempts,
            "opens": stats.opens,
            "resumes": stats.resumes,
            "messages": stats.messages,
            "comments": stats.comments,
            "duplicates": stats.duplicates,
            "bytes": stats.bytes,
            "heartbeats": stats.heartbeats,
            "gaps": stats.gaps,
            "skipped": stats.skipped,
            "resets": stats.resets,
            "drains": stats.drains,
            "warnings": stats.warnings,
            "redirects": stats.redirects,
            "token_requests": stats.token_requests,
            "late_inputs": stats.late_inputs,
            "late_timers": stats.late_timers,
            "lifetime_ms": stats.lifetime_ms,
            "lifetimes_ms": stats.lifetimes_ms,
            "longest_ms": stats.longest_ms,
        }
        count = counts.get(name)
        return f"{stats.failures.get(name, 0)}" if count is None else f"{count}"

    def _read_hello(self, client: Client, name: str) -> str:
        hello = client.hello
        if hello is None:
            return "none"
        texts = {
            "stream": hello.stream,
            "epoch": hello.epoch,
            "on_disconnect": hello.on_disconnect,
            "resume": hello.resume,
            "cancel": hello.cancel,
        }
        numbers = {
            "next": hello.next,
            "hb_ms": hello.hb_ms,
            "hb_timeout_ms": hello.hb_timeout_ms,
            "base_ms": hello.base_ms,
            "cap_ms": hello.cap_ms,
            "attempts": hello.attempts,
            "budget_ms": hello.budget_ms,
            "ttl_ms": hello.ttl_ms,
            "max_event_bytes": hello.max_event_bytes,
        }
        number = numbers.get(name)
        return texts.get(name, f"no member {name}") if number is None else f"{number}"

    def _drain(self, most: int) -> None:
        """What a driver and an application do together: every action, then one event, and again."""
        client = self._client
        while client is not None:
            action = client.next_action()
            while action is not None:
                self._line(action_line(action))
                action = client.next_action()
            if most == 0:
                return
            event = client.next_event(self._now)
            if event is None:
                # the take itself may have decided something
                action = client.next_action()
                if action is None:
                    return
                self._line(action_line(action))
            else:
                most -= 1
                self._line(event_line(event))

    def _line(self, line: str) -> None:
        self._lines.append(line)
        self._sink(line)

    def _compare(self, expected: list[str]) -> None:
        lines = self._lines
        self._lines = []
        if len(lines) == len(expected):
            same = True
            for at in range(len(lines)):
                same = same and lines[at] == expected[at]
            if same:
                return
        self.mismatches.append(
            f"{self._name}, at {self._now}\n  expected {quote_all(expected)}\n  got      {quote_all(lines)}"
        )


def quote_all(lines: list[str]) -> str:
    return ", ".join([quote(line) for line in lines])
