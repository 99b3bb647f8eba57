"""Client and server against each other in virtual time: a seeded network, log and application that do their worst.

The application appends text to parts; the viewer folds what it takes. Sockets are cut at any byte, writes stay untaken,
the log forgets its beginning or is lost altogether, processes drain. In the end the viewer has exactly the text, and
was never given an event twice or over a hole without having been told to begin anew.
"""

from __future__ import annotations

import random

import pytest

from wakeful import Client, Message, Options, Reset, Response
from wakeful.document import Document, dump_document, get, parse_document
from wakeful.records import Cancel, Connect, Disconnect, RequestToken
from wakeful.server import Entry, LogLimits, ServerOptions, ServerStream, Snapshot, StreamInfo, read_request
from wakeful.server.problems import end_text

SEEDS = 150
STEPS = 300
MOST_IN_FLIGHT = 512


class Application:
    """The log and the state that it leads to."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.info = StreamInfo("s", "e1", 1, 0, False)
        self.entries: list[Entry] = []
        self.states: dict[int, list[list[str]]] = {0: []}  # by seq: (part, text)

    def append(self) -> None:
        """A delta to the last part, or a new part."""
        state = [list(part) for part in self.states[self.info.last]]
        if not state or self.rng.random() < 0.1:
            state.append([f"p{len(state)}", ""])
            document: Document = {"type": "part.start", "pid": state[-1][0]}
        else:
            word = self.rng.choice(["a", "é", "😀 ", "word ", "\n\n", '"'])
            state[-1][1] += word
            document = {"type": "part.delta", "pid": state[-1][0], "d": word}
        self.log("", dump_document(document), state)

    def end(self) -> None:
        self.log("es.end", end_text("completed", None), self.states[self.info.last])
        self.info.ended = True

    def log(self, type: str, data: str, state: list[list[str]]) -> None:
        self.info.last += 1
        self.entries.append(Entry(self.info.last, type, data))
        self.states[self.info.last] = state

    def trim(self) -> None:
        self.info.first = self.rng.randint(self.info.first, self.info.last + 1)
        self.entries = [entry for entry in self.entries if entry.seq >= self.info.first]

    def lose(self) -> None:
        """The log is lost, and begun anew with what the application knows, as one event, or as nothing."""
        state = self.states[self.info.last]
        self.info = StreamInfo("s", f"e{int(self.info.epoch[1:]) + 1}", 1, 0, False)
        self.entries = []
        self.states = {0: []}
        self.log("", dump_document({"type": "snapshot", "parts": state}), state)

    def snapshot(self) -> Snapshot | None:
        if self.info.first == 1 and self.rng.random() < 0.5:
            return None
        seq = self.rng.randint(self.info.first - 1, self.info.last)
        payloads = [dump_document({"type": "snapshot", "parts": self.states[seq]})]
        if self.rng.random() < 0.5:
            payloads.insert(0, dump_document({"type": "status", "text": "one moment"}))
        return Snapshot(seq, payloads)


class Connection:
    """One ServerStream and the bytes on their way from it."""

    def __init__(self, world: World, action: Connect) -> None:
        self.world = world
        self.attempt = action.attempt
        self.pipe = b""
        self.ended = False  # the server has closed its side
        self.waiting = False  # for the transport to take the last write
        app = world.app
        self.epoch = app.info.epoch
        headers = {name.lower(): value.decode() for name, value in action.headers}
        asked = read_request(headers, action.url.partition("?")[2])
        self.stream = ServerStream(world.options, asked, self.info(), LogLimits(), world.rng.randrange)
        if self.stream.wants_snapshot:
            self.stream.receive_snapshot(app.snapshot(), self.info(), world.now)
        head = {name.lower(): value for name, value in self.stream.headers}
        world.client.receive_response(self.attempt, Response(self.stream.status, head), world.now)
        if self.stream.streams:
            self.stream.start(world.now)
        else:
            self.pipe, self.ended = self.stream.body, True

    def info(self) -> StreamInfo:
        info = self.world.app.info
        return StreamInfo(info.stream, info.epoch, info.first, info.last, info.ended)

    def work(self) -> None:
        """What the driver does, until there is nothing to do but to wait."""
        stream, app, now = self.stream, self.world.app, self.world.now
        while not self.ended:
            if self.waiting and len(self.pipe) <= MOST_IN_FLIGHT:
                self.waiting = False
                stream.sent(now)
            stream.handle_timeout(now)
            if stream.closed or app.info.epoch != self.epoch:
                self.ended = True
            elif self.waiting:
                return
            elif stream.wants_snapshot:
                stream.receive_snapshot(app.snapshot(), self.info(), now)
            elif (data := stream.next_write(now)) is not None:
                self.pipe += data
                self.waiting = True
            else:
                batch, more = self.read(stream.seq, stream.batch_bytes)
                if not batch:
                    return
                stream.receive_entries(batch, more, now)

    def read(self, seq: int, most_bytes: int) -> tuple[list[Entry], bool]:
        batch: list[Entry] = []
        for entry in self.world.app.entries:
            if entry.seq > seq:
                if batch and sum(len(each.data) for each in batch) + len(entry.data) > most_bytes:
                    return batch, True
                batch.append(entry)
        return batch, False

    def deliver(self, most: int) -> None:
        """Some bytes arrive, then perhaps the end of the body."""
        client, now = self.world.client, self.world.now
        data, self.pipe = self.pipe[:most], self.pipe[most:]
        if data and client.state in ("open", "refused"):
            client.receive_data(self.attempt, data, now)
        if self.ended and not self.pipe:
            self.world.connection = None
            if client.state in ("open", "refused"):
                client.receive_eof(self.attempt, now)


class World:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.now = 0
        self.app = Application(self.rng)
        self.options = ServerOptions()
        self.options.unsent_bytes = self.rng.choice([60, 300, 262_144])
        self.options.rotate_ms = self.rng.choice([0, 20_000, 600_000])
        options = Options("http://a.test/s")
        options.negotiate = self.rng.choice(["none", "header", "query"])
        options.attempts = 1_000_000
        options.budget_ms = 0
        options.high_water = self.rng.choice([64, 1_048_576])
        self.client = Client(options, self.rng.randrange)
        self.connection: Connection | None = None
        self.state: list[list[str]] = []
        self.seen = ("", 0)
        self.resets = 0

    # The viewer's application.

    def take(self) -> None:
        while (event := self.client.next_event(self.now)) is not None:
            if isinstance(event, Reset):
                self.state = []
                self.resets += 1
                self.seen = ("", 0)
            elif isinstance(event, Message):
                self.fold(parse_document(event.data))
                self.note(event.last_event_id)
            self.act()

    def note(self, id: str) -> None:
        """Ids only rise, and stay within their epoch."""
        epoch, _, seq = id.partition(".")
        if epoch:
            assert self.seen[0] in ("", epoch)
            assert int(seq) >= self.seen[1]
            self.seen = (epoch, int(seq))

    def fold(self, event: Document) -> None:
        kind = get(event, "type")
        if kind == "snapshot":
            parts = get(event, "parts")
            assert isinstance(parts, list)
            self.state = [list(part) for part in parts]
        elif kind == "part.start":
            self.state.append([str(get(event, "pid")), ""])
        elif kind == "part.delta":
            assert self.state[-1][0] == get(event, "pid")
            self.state[-1][1] += str(get(event, "d"))

    def act(self) -> None:
        while (action := self.client.next_action()) is not None:
            if isinstance(action, Connect):
                assert self.connection is None
                self.connection = Connection(self, action)
            elif isinstance(action, Disconnect):
                self.connection = None
            else:
                assert not isinstance(action, Cancel | RequestToken)

    # Time and harm.

    def step(self, harm: bool) -> None:
        rng = self.rng
        if self.connection is not None:
            self.connection.work()
        if self.connection is not None and self.client.wants_data and rng.random() < 0.9:
            self.connection.deliver(rng.choice([1, 7, 100, 10_000]))
        self.act()
        if rng.random() < 0.8:
            self.take()
        if harm:
            self.do_harm()
        self.pass_time(rng.choice([0, 5, 100, 1_000]))

    def do_harm(self) -> None:
        dice = self.rng.random()
        if dice < 0.5:
            for _ in range(self.rng.randint(1, 12)):
                self.app.append()
        elif dice < 0.58 and self.connection is not None:
            self.cut()
        elif dice < 0.62 and self.app.info.last:
            self.app.trim()
        elif dice < 0.63:
            self.app.lose()
        elif dice < 0.66 and self.connection is not None and self.connection.stream.streams:
            self.connection.stream.drain("deploy", self.now)

    def cut(self) -> None:
        assert self.connection is not None
        if self.client.state in ("open", "refused"):
            if self.connection.pipe and self.client.wants_data:
                part = self.rng.randint(0, len(self.connection.pipe))
                if part:
                    self.client.receive_data(self.connection.attempt, self.connection.pipe[:part], self.now)
            attempt, self.connection = self.connection.attempt, None
            self.client.connection_failed(attempt, "cut", self.now)
        self.act()

    def pass_time(self, ms: int) -> None:
        """That much, but no further than to the client's next deadline."""
        deadline = self.client.deadline
        self.now += ms if deadline is None else max(0, min(ms, deadline - self.now))
        if self.connection is None and deadline is not None:
            self.now = max(self.now, deadline)
        self.client.handle_timeout(self.now)
        self.act()

    def run(self) -> None:
        self.client.start(self.now)
        self.act()
        for _ in range(STEPS):
            self.step(harm=True)
        self.app.end()
        for _ in range(20_000):
            if self.client.state in ("ended", "failed", "closed"):
                break
            self.step(harm=False)
        self.take()


@pytest.mark.slow
@pytest.mark.clause("server.resume", "server.reset", "server.coalesce", "server.lagging")
def test_whatever_happens_the_viewer_ends_with_exactly_the_text() -> None:
    resets = skipped = drains = opens = 0
    for seed in range(SEEDS):
        world = World(seed)
        try:
            world.run()
            assert world.client.state == "ended"
            assert world.client.outcome is not None
            assert world.client.outcome.status == "completed"
            assert world.state == world.app.states[world.app.info.last]
            assert world.client.stats.gaps == 0
            assert world.client.stats.warnings == 0
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {world.client!r}") from error
        resets += world.resets
        skipped += world.client.stats.skipped
        drains += world.client.stats.drains
        opens += world.client.stats.opens
    print(f"{SEEDS} seeds: {opens} connections, {resets} resets, {skipped} events joined, {drains} drains")
    assert min(resets, skipped, drains) > SEEDS // 10
