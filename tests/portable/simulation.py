"""A seeded world around one client: a network that fails, a server that misbehaves, an application that is slow.

Half of the seeds have a plain server, and half one that speaks the profile.

Virtual time jumps to the next thing that happens. After every step the invariants are checked; a seed that breaks one
prints its trace. The world does no I/O and lives in the core's subset, so that one seed means one trace everywhere.
"""

from portable.dice import Dice
from portable.profile_server import ProfileReader, ProfileServer
from portable.trace import action_line, event_line, level_line
from wakeful.client import Client
from wakeful.options import Options
from wakeful.records import (
    Comment,
    Connect,
    Disconnect,
    Message,
    ProtocolWarning,
    RequestToken,
    Reset,
    Response,
    StateChange,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGES = 12
MOST_STEPS = 4_000
READ_BYTES = 64


class Arrival:
    """Something that will reach the client: at a time, for an attempt."""

    def __init__(self, at: int, attempt: int, kind: str, response: Response, data: bytes) -> None:
        self.at = at
        self.attempt = attempt
        self.kind = kind
        self.response = response
        self.data = data
        self.delivered = False


class World:
    """run() plays one seed to its end. problems: the invariants that broke, empty if none did."""

    def __init__(self, seed: int, sink: "Callable[[str], None]") -> None:
        self.problems: list[str] = []
        self._seed = seed
        self._sink = sink
        self._dice = Dice(seed)
        self._now = 0
        self._arrivals: list[Arrival] = []
        self._connected = 0  # the attempt whose connection is open, 0 for none
        self._not_before = 0  # what Retry-After allows
        self._next_take = 0
        self._taken = 0  # messages of the log that the application has
        self._finished = False
        self._server: ProfileServer | None = None
        self._reader = ProfileReader()
        options = Options("http://a.test/s")
        self._options = options
        if self._dice.roll(2) == 0:
            self._server = ProfileServer(self._dice)
            kind = self._dice.roll(3)
            options.negotiate = "none" if kind == 0 else "header" if kind == 1 else "query"
        else:
            options.end_data = "[DONE]"
        options.attempts = 4
        options.budget_ms = 120_000
        options.idle_ms = 20_000
        options.high_water = 100
        options.max_event_bytes = 400
        options.has_token = self._dice.roll(3) == 0
        options.rotate_ms = 30_000 if self._dice.roll(3) == 0 else 0
        self._client = Client(options, self._dice.roll)

    def run(self) -> None:
        self._client.start(self._now)
        steps = 0
        while not self._finished and len(self.problems) == 0:
            self._act()
            levels = level_line(self._client)
            self._sink(levels)
            self._check_levels()
            self._check_early_timeout(levels)
            self._step()
            steps += 1
            if steps > MOST_STEPS:
                self._problem("not finished after many steps")
        if len(self.problems) == 0 and not self._is_whole:
            self._problem(f"ended with {self._taken} of {MESSAGES} messages, {self._reader.pieces} pieces")

    @property
    def _is_whole(self) -> bool:
        return self._taken == MESSAGES if self._server is None else self._reader.is_whole

    def _problem(self, text: str) -> None:
        self.problems.append(f"seed {self._seed} at {self._now}: {text}: {level_line(self._client)}")

    # The driver's part.

    def _act(self) -> None:
        action = self._client.next_action()
        while action is not None:
            self._sink(f"{self._now} {action_line(action)}")
            if isinstance(action, Connect):
                self._connect(action)
            elif isinstance(action, Disconnect):
                if action.attempt != self._connected:
                    self._problem(f"disconnect of {action.attempt}, connected is {self._connected}")
                self._connected = 0
                self._forget_arrivals()
            elif isinstance(action, RequestToken):
                self._answer_token(action)
            action = self._client.next_action()

    def _forget_arrivals(self) -> None:
        """A closed connection delivers nothing more, but for a reader that had read already."""
        kept: list[Arrival] = []
        for arrival in self._arrivals:
            if self._dice.roll(8) == 0:
                kept.append(arrival)
        self._arrivals = kept

    def _answer_token(self, action: RequestToken) -> None:
        kind = "token-error" if self._dice.roll(5) == 0 else "token"
        self._arrive(self._now + self._dice.roll(100), action.attempt, kind, b"")

    def _arrive(self, at: int, attempt: int, kind: str, data: bytes) -> None:
        self._arrivals.append(Arrival(at, attempt, kind, Response(0, {}), data))

    # The server and the network.

    def _connect(self, action: Connect) -> None:
        if self._connected != 0:
            self._problem("two connections")
        if self._now < self._not_before:
            self._problem(f"connected before {self._not_before}")
        self._connected = action.attempt
        at = self._now + 1 + self._dice.roll(300)
        fault = self._dice.roll(12)
        headers = {"content-type": "text/event-stream"}
        if fault == 0:
            self._arrive(at, action.attempt, "error", b"")
        elif fault == 1:
            headers = {"content-type": "text/html"}
            self._respond(at, action.attempt, 503, headers)
            self._arrive(at + 5, action.attempt, "data", b"<p>down")
            self._arrive(at + 6, action.attempt, "eof", b"")
        elif fault == 2:
            seconds = 1 + self._dice.roll(5)
            headers = {"retry-after": f"{seconds}"}
            self._not_before = at + seconds * 1000
            self._respond(at, action.attempt, 429, headers)
            self._arrive(at, action.attempt, "eof", b"")
        elif fault == 3:
            pass  # a server that never answers
        elif self._server is None:
            self._respond(at, action.attempt, 200, headers)
            self._send(at, action.attempt, self._plain_body(action))
        else:
            self._ask(at, action, self._server)

    def _ask(self, at: int, action: Connect, server: ProfileServer) -> None:
        status = server.answer(action)
        self._respond(at, action.attempt, status, server.headers)
        if status == 200:
            self._send(at, action.attempt, server.body)
        elif status != 204:
            self._arrive(at + 1, action.attempt, "data", server.body)
            self._arrive(at + 2, action.attempt, "eof", b"")

    def _respond(self, at: int, attempt: int, status: int, headers: dict[str, str]) -> None:
        self._arrivals.append(Arrival(at, attempt, "response", Response(status, headers), b""))

    def _plain_body(self, action: Connect) -> bytes:
        """From behind the last event ID, at times from before it."""
        first = self._number_of(action) + 1
        if self._dice.roll(4) == 0:
            first = max(1, first - self._dice.roll(4))
        body = b": hello\n\n"
        for number in range(first, MESSAGES + 1):
            body += self._event(number)
        return body + b"id: e.99\ndata: [DONE]\n\n"

    def _send(self, at: int, attempt: int, body: bytes) -> None:
        """Up to a random point of the bytes."""
        whole = self._dice.roll(3) == 0
        if not whole:
            body = body[: self._dice.roll(len(body))]
        start = 0
        while start < len(body):
            size = 1 + self._dice.roll(READ_BYTES)
            at += self._dice.roll(2_000)
            self._arrive(at, attempt, "data", body[start : start + size])
            start += size
        ending = self._dice.roll(3)
        if ending == 0:
            self._arrive(at + 1, attempt, "eof", b"")
        elif ending == 1:
            self._arrive(at + 1, attempt, "error", b"")
        # else: silence

    def _number_of(self, action: Connect) -> int:
        for name, value in action.headers:
            if name == "Last-Event-ID":
                return int(value.partition(b".")[2])
        return 0

    def _event(self, number: int) -> bytes:
        end = [b"\n", b"\r\n", b"\r"][self._dice.roll(3)]
        lines = [b"id: e." + f"{number}".encode("utf-8")]
        if self._dice.roll(3) == 0:
            lines.append(b": beat")
        if self._dice.roll(4) == 0:
            lines.append(b"retry: " + f"{self._dice.roll(3_000)}".encode("utf-8"))
        lines.append(b"data: m" + f"{number}".encode("utf-8") + " é😀".encode("utf-8"))
        if number % 4 == 0:
            lines.append(b"data")
        lines.append(b"")
        return end.join(lines) + end

    # What happens next.

    def _step(self) -> None:
        """The earliest of: an arrival (a body only while it is wanted), the deadline, the application's next take."""
        client = self._client
        arrival = self._next_arrival()
        deadline = client.deadline
        at = self._next_take
        if arrival is not None:
            at = min(at, arrival.at)
        if deadline is not None:
            at = min(at, deadline)
        self._now = max(self._now, at)
        if self._dice.roll(60) == 0:
            self._sleep()
        elif self._dice.roll(40) == 0:
            self._hint()
        elif self._server is not None and self._dice.roll(100) == 0:
            self._move()
            return
        if arrival is not None and arrival.at <= self._now:
            self._deliver(arrival)
        elif deadline is not None and deadline <= self._now:
            client.handle_timeout(self._now)
        else:
            self._take()

    def _next_arrival(self) -> Arrival | None:
        found: Arrival | None = None
        for arrival in self._arrivals:
            readable = (arrival.kind != "data" and arrival.kind != "eof") or self._client.wants_data
            if readable and (found is None or arrival.at < found.at):
                found = arrival
        return found

    def _deliver(self, arrival: Arrival) -> None:
        client = self._client
        arrival.delivered = True
        self._arrivals = [other for other in self._arrivals if not other.delivered]
        now = self._now
        attempt = arrival.attempt
        self._sink(f"{now} {arrival.kind} {attempt}")
        if arrival.kind == "response":
            client.receive_response(attempt, arrival.response, now)
        elif arrival.kind == "data":
            client.receive_data(attempt, arrival.data, now)
        elif arrival.kind == "eof":
            client.receive_eof(attempt, now)
        elif arrival.kind == "error":
            client.connection_failed(attempt, "reset", now)
        elif arrival.kind == "token":
            client.receive_token(attempt, f"t{attempt}", now)
        else:
            client.token_failed(attempt, "no", now)

    def _sleep(self) -> None:
        """The machine sleeps: time passes, and nothing is delivered or fired."""
        self._now += 60_000 + self._dice.roll(3_600_000)
        self._sink(f"{self._now} woke")

    def _hint(self) -> None:
        kind = self._dice.roll(4)
        if kind == 0:
            self._client.hint("offline", self._now)
        elif kind == 1:
            self._client.hint("online", self._now)
        elif kind == 2:
            self._client.hint("wake", self._now)
        else:
            self._client.hint("freeze", self._now)
        self._sink(f"{self._now} hint {kind}")
        self._act()

    def _move(self) -> None:
        """The application goes on in another process, with what it had stored: its state and the last event ID."""
        position = self._client.last_event_id
        self._client.close(self._now)
        self._act()
        if position == "":
            self._reader.forget()
        self._arrivals = []
        self._options.last_event_id = position
        self._client = Client(self._options, self._dice.roll)
        self._client.start(self._now)
        self._not_before = 0
        self._sink(f"{self._now} moved")

    # The application's part.

    def _take(self) -> None:
        client = self._client
        for _ in range(1 + self._dice.roll(6)):
            event = client.next_event(self._now)
            if event is None:
                break
            self._sink(f"{self._now} {event_line(event)}")
            self._take_one(event)
            self._act()
        pause = self._dice.roll(30)
        self._next_take = self._now + (90_000 if pause == 0 else self._dice.roll(1_000))

    def _take_one(self, event: Message | Comment | Reset | ProtocolWarning | StateChange) -> None:
        if isinstance(event, Reset):
            self._reader.reset(event)
        elif isinstance(event, Message) and self._server is not None:
            wrong = self._reader.take(event)
            if wrong != "":
                self._problem(wrong)
        elif isinstance(event, Message):
            self._taken += 1
            if not event.data.startswith(f"m{self._taken} é😀"):
                self._problem(f"message {event.data} as number {self._taken}")
        elif isinstance(event, StateChange):
            if event.state == "failed":
                self._not_before = 0  # a person's decision
                self._client.retry(self._now)
            elif event.state == "ended":
                self._finished = True

    # Invariants.

    def _check_levels(self) -> None:
        client = self._client
        if client.buffered > 400 + READ_BYTES:
            self._problem(f"{client.buffered} bytes buffered")
        waits = client.deadline is not None or client.wants_data or client.state in ("ended", "failed", "closed")
        if not waits and client.state != "draining":
            self._problem("stuck")
        if (client.state in ("connecting", "open", "refused")) != (self._connected != 0):
            self._problem(f"connected {self._connected}")

    def _check_early_timeout(self, levels: str) -> None:
        deadline = self._client.deadline
        if deadline is None or deadline > self._now:
            self._client.handle_timeout(self._now)
            if level_line(self._client) != levels:
                self._problem("an early timeout changed something")


def run_simulations(first: int, count: int, sink: "Callable[[str], None]") -> list[str]:
    """Seeds first … first+count-1. Returns what broke."""
    problems: list[str] = []
    for seed in range(first, first + count):
        sink(f"seed {seed}")
        world = World(seed, sink)
        world.run()
        problems.extend(world.problems)
    return problems
