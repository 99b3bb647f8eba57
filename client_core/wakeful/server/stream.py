"""One viewer's connection, seen from the server: what is written when, without I/O, clock or threads.

The log's entries, the application's snapshot and the time go in; a response head, blocks to write and a deadline come
out. Every driver is this loop:

    if wants_snapshot: get one, or None, then the stream's info anew, and call receive_snapshot(); at any time
    send the head (status, headers, body); unless `streams`, that was all
    start(); until `closed`:
        for each next_write(): send it, then call sent(); at the deadline call handle_timeout(), which may give it up
        read the log behind `seq`, `batch_bytes` of it; call receive_entries() and go round, if there was anything
        wait for ONE of: the log, the viewer's leaving, the deadline (then call handle_timeout())

Nothing is queued for a viewer: the log and the cursor make reading a pull, and the producer never waits. Time is int
milliseconds on the driver's own clock.
"""

from wakeful.errors import UsageError
from wakeful.outcome import Problem
from wakeful.server.coalesce import coalesce
from wakeful.server.cursor import event_id
from wakeful.server.encode import OPENING, encode_comment, encode_event, encode_relayed, encode_retry
from wakeful.server.frames import drain_block, heartbeat_block, hello_block, reset_block, skip_block
from wakeful.server.heads import refusal_headers, stream_headers
from wakeful.server.limits import LogLimits
from wakeful.server.options import ServerOptions
from wakeful.server.problems import cursor_expired, epoch_changed, problem_text, unknown_stream
from wakeful.server.records import END_TYPE, Entry, Snapshot, StreamInfo
from wakeful.server.request import ViewerRequest
from wakeful.server.resume import find_start
from wakeful.text import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.server.records import CloseReason, DrainReason, ResetReason

# In this order, when several are due. unsent: a write is not taken. drain: the socket is closed after es.drain.
# auth: the credential is about to lapse. rotate: see ServerOptions. wait: a long poll gives up. hb: a heartbeat.
TIMERS = ["unsent", "drain", "auth", "rotate", "wait", "hb"]


class ServerStream:
    """What one viewer is answered. asked: what its request says. info: None if there is no such stream, or not for it.

    options: checked here (OptionError). limits: of the log. rng(n): a random int in [0, n); the only source of chance.
    In all methods `now` is ms on the driver's own clock.
    After it: `status`, `headers` (name, value) and `body` are the response's head, unless wants_snapshot says that a
    snapshot decides.
    """

    def __init__(
        self,
        options: ServerOptions,
        asked: ViewerRequest,
        info: StreamInfo | None,
        limits: LogLimits,
        rng: "Callable[[int], int]",
    ) -> None:
        options.check()
        self.status = 200
        self.headers: list[tuple[str, str]] = []
        self.body = b""
        self.seq = 0  # what follows it in the log is to be read
        self.closed = False
        self.reason: "CloseReason" = ""
        self._options = options
        self._asked = asked
        self._info = StreamInfo("", "", 1, 0, False) if info is None else info
        self._limits = limits
        self._rng = rng
        self._control = asked.control or options.control == "always"
        self._hb_ms = options.hb_ms
        if asked.hb_ms > 0 and options.hb_ms > 0:
            self._hb_ms = min(max(asked.hb_ms, options.least_hb_ms), options.most_hb_ms)
        self._reset: "ResetReason | None" = None
        self._first_snapshot: "tuple[ResetReason, Snapshot] | None" = None
        self._started = False
        self._draining = False
        self._closing: "CloseReason" = ""  # once everything is written
        self._written = -1  # the last seq whose id was written on this connection
        self._out: list[bytes] = []
        self._timers: dict[str, int] = {}
        if info is None:
            self._refuse(unknown_stream())
        else:
            self._judge()

    # Getters. They never change anything.

    @property
    def streams(self) -> bool:
        """Whether the head is that of a stream, which start() begins."""
        return self.status == 200

    @property
    def wants_snapshot(self) -> bool:
        """Whether receive_snapshot() must be called: before the head, or in the middle of a stream."""
        return self._reset is not None

    @property
    def ends_run(self) -> bool:
        """Whether the run is over when the viewer leaves now. Not where the server made it: it comes back."""
        return self._options.on_disconnect == "cancel" and not self.closed and not self._draining

    @property
    def batch_bytes(self) -> int:
        """How much of the log to read at a time: what is written in one go, and held in memory for this viewer."""
        return self._options.unsent_bytes

    @property
    def deadline(self) -> int | None:
        """When to call handle_timeout(), None for never. May change with every call but the getters."""
        earliest: int | None = None
        for at in self._timers.values():
            if earliest is None or at < earliest:
                earliest = at
        return earliest

    # Input of the driver.

    def receive_snapshot(self, snapshot: Snapshot | None, info: StreamInfo, now: int) -> None:
        """What the application made, None if it makes none; and the stream as it is since. Before the head it decides.

        Raises UsageError for a snapshot of what the log does not have yet, and for one that no viewer would take.
        """
        reason = self._reset
        if reason is None:
            return
        self._reset = None
        self._info = info
        if info.first == 1 and (snapshot is None or snapshot.seq == 0):
            snapshot = Snapshot(0, [])  # all of the log is there: it is a snapshot by itself
        if snapshot is not None and snapshot.seq > info.last:
            raise UsageError(f"a snapshot of seq {snapshot.seq}, and the log ends at {info.last}")
        if snapshot is not None:
            self._check_sizes(snapshot)
        if self._control and snapshot is not None and snapshot.seq >= info.first - 1:
            self.seq = snapshot.seq
            if self._started:
                self._write_reset(reason, snapshot)
            else:
                self._first_snapshot = (reason, snapshot)
                self._accept()
        elif self._started:
            self.close("expired")
        else:
            self._refuse(epoch_changed() if reason == "epoch" else cursor_expired())

    def start(self, now: int) -> None:
        """The head was sent. Then: drain next_write()."""
        self._started = True
        self._out.append(OPENING)
        if self._control:
            self._out.append(
                hello_block(self._options, self._info, self._limits, self.seq + 1, self._hb_ms, self._options.resume)
            )
            # In a write of its own: some filters hold back what came first until something follows.
            self._out.append(encode_comment("ok"))
        else:
            self._out.append(encode_retry(self._options.retry_ms) + b"\n")
        if self._first_snapshot is not None:
            self._write_reset(self._first_snapshot[0], self._first_snapshot[1])
        self._set("hb", now + self._hb_ms, self._hb_ms > 0)
        self._set("wait", now + min(self._asked.wait_ms, self._options.wait_ms), self._asked.wait_ms > 0)
        rotate_ms = self._options.rotate_ms
        if self._control:
            self._set("rotate", now + rotate_ms - rotate_ms // 10 + self._rng(rotate_ms // 5 + 1), rotate_ms > 0)
        ttl_ms = self._options.ttl_ms
        self._set("auth", now + ttl_ms - min(ttl_ms // 2, self._options.drain_deadline_ms), ttl_ms > 0)

    def receive_entries(self, entries: list[Entry], more: bool, now: int) -> None:
        """entries: what the log holds behind seq, in order and without a hole. more: whether it holds yet more."""
        if self._closing != "" or self.wants_snapshot or len(entries) == 0:
            return
        if entries[0].seq != self.seq + 1:
            # What this viewer lacks has left the log while it lagged.
            if self._control:
                self._reset = "slow"
            else:
                self.close("expired")
            return
        # One that lags behind by a whole batch gets fewer, larger events.
        if self._control and more:
            entries = coalesce(entries, self._limits.max_event_bytes)
        blocks: list[bytes] = []
        for entry in entries:
            self._add(entry, blocks)
        if len(blocks) > 0:
            self._out.append(b"".join(blocks))
            if self._asked.wait_ms > 0 and self._closing == "":
                self._closing = "wait"
        self._close_if_written()

    def drain(self, reason: "DrainReason", now: int) -> None:
        """Ask the viewer to reconnect. One that does not know how is closed, and resumes from its last event ID.

        reason: "deploy", "rotate", "auth" or "limit", as it is told.
        """
        if self._draining or self.closed or self._closing != "":
            return
        self._draining = True
        if not self._control:
            self._closing = "drained"
            self._close_if_written()
            return
        deadline_ms = self._options.drain_deadline_ms
        if reason == "auth":
            deadline_ms = min(self._options.ttl_ms // 2, deadline_ms)
        self._out.append(drain_block(reason, min(self._options.drain_window_ms, deadline_ms), deadline_ms))
        self._set("drain", now + deadline_ms, True)

    def sent(self, now: int) -> None:
        """The transport has taken the last write."""
        self._timers.pop("unsent", 0)
        self._set("hb", now + self._hb_ms, self._hb_ms > 0)
        self._close_if_written()

    def handle_timeout(self, now: int) -> None:
        """The deadline has passed. Early or extra calls do nothing."""
        for timer in TIMERS:
            at = self._timers.get(timer)
            if at is not None and at <= now and not self.closed:
                self._timers.pop(timer, 0)
                self._fire(timer, now)

    def close(self, reason: "CloseReason") -> None:
        """Close now, without an end: the viewer resumes. What was not written is dropped. reason: kept as `reason`."""
        self.closed = True
        self.reason = reason
        self._out = []
        self._timers = {}

    # Output.

    def next_write(self, now: int) -> bytes | None:
        """The next bytes to send, None if there are none. Send them, then call sent()."""
        if len(self._out) == 0:
            return None
        self._set("unsent", now + self._options.unsent_ms, True)
        return self._out.pop(0)

    # Inside.

    def _judge(self) -> None:
        start = find_start(self._asked, self._info, self._control)
        if start.problem is not None:
            self._refuse(start.problem)
        elif start.over:
            self.status = 204
            self.headers = [("Cache-Control", "no-store")]
        elif start.reset is not None:
            self._reset = start.reset
        else:
            self.seq = start.seq
            self._accept()

    def _accept(self) -> None:
        self.headers = stream_headers(self._info, self._limits, self._hb_ms, self._options.resume, self._control)

    def _refuse(self, problem: Problem) -> None:
        self.status = problem.status
        self.headers = refusal_headers(problem)
        self.body = encode(problem_text(problem, self._info.first if problem.status == 410 else 0))

    def _check_sizes(self, snapshot: Snapshot) -> None:
        most = self._limits.max_event_bytes
        for payload in snapshot.payloads:
            size = len(encode(payload))
            if size > most:
                raise UsageError(f"a payload of {size} bytes in a snapshot, over max_event_bytes ({most})")

    def _write_reset(self, reason: "ResetReason", snapshot: Snapshot) -> None:
        """Only the last event of a snapshot has an id: until that is applied the viewer has no cursor."""
        blocks = [reset_block(self._info.epoch, reason, snapshot.seq)]
        last = len(snapshot.payloads) - 1
        for at in range(len(snapshot.payloads)):
            id = event_id(self._info.epoch, snapshot.seq) if at == last else ""
            blocks.append(encode_event(snapshot.payloads[at], id))
        if last >= 0:
            self._written = snapshot.seq
        self._out.append(b"".join(blocks))

    def _add(self, entry: Entry, blocks: list[bytes]) -> None:
        if entry.seq > self.seq + 1:
            blocks.append(skip_block(self.seq + 1, entry.seq - 1))
        self.seq = entry.seq
        if entry.type == END_TYPE:
            self._closing = "end"
            if not self._control:
                return  # 204 answers whoever comes back
        blocks.append(encode_relayed(entry.data, event_id(self._info.epoch, entry.seq), entry.type))
        self._written = entry.seq

    def _fire(self, timer: str, now: int) -> None:
        if timer == "unsent":
            self.close("slow-consumer")
        elif timer == "drain":
            self.close("drained")
        elif timer == "auth":
            self.drain("auth", now)
        elif timer == "rotate":
            self.drain("rotate", now)
        elif timer == "wait":
            self._beat()
            self._closing = "wait"
        elif len(self._out) == 0:
            self._beat()

    def _beat(self) -> None:
        """The comment names the last id written here; the last one logged would look like a gap to who lags behind."""
        if self._asked.hb_event:
            self._out.append(heartbeat_block(self.seq))
        elif self._written < 0:
            self._out.append(encode_comment("hb"))
        else:
            self._out.append(encode_comment(f"hb {event_id(self._info.epoch, self._written)}"))

    def _close_if_written(self) -> None:
        if self._closing != "" and len(self._out) == 0 and "unsent" not in self._timers:
            self.close(self._closing)

    def _set(self, timer: str, at: int, runs: bool) -> None:
        if runs:
            self._timers[timer] = at
