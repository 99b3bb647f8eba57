"""The client: the whole policy of a resilient event stream, without I/O, clock or threads.

Bytes, response heads and the time go in; actions (for the driver), events (for the application) and a deadline come
out. Every driver is this loop:

    while True:
        for each next_action(): perform it
        wait for ONE of: the response or the next chunk (only while wants_data), the deadline, the application's take
        tell the client once, with the attempt that it belongs to and the time

Three things can move the machine: a command of the application, an input of the driver, a take (next_event). After
each, actions may be due, and deadline and wants_data may have changed. Both are levels to read, not edges to miss.

Time is int milliseconds on the driver's own clock. An earlier `now` than the last one counts as the last one.
"""

from wakeful.backoff import LONGEST_FLOOR_MS
from wakeful.dedupe import RecentMessages
from wakeful.errors import EventTooLarge, UsageError
from wakeful.http import media_type, retry_after_ms
from wakeful.options import Options, is_id
from wakeful.outage import Outage
from wakeful.parser import EventStreamParser
from wakeful.records import Comment, Connect, Disconnect, Failure, Message, RequestToken, Response, StateChange
from wakeful.request import Request, cursor
from wakeful.states import allowed
from wakeful.stats import Stats
from wakeful.text import decode, encode
from wakeful.timers import TIMERS, Timers
from wakeful.verdict import judge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from wakeful.records import FailureKind, Reason
    from wakeful.states import State
    from wakeful.timers import Timer

    Hint = Literal["online", "offline", "wake", "freeze"]

# A timer that fires this late was not late by accident: the machine slept, or the tab was throttled (Chrome: one
# timer a minute after 5 minutes hidden).
LATE_MS = 5_000
# Then bytes may wait in the socket unread: one read gets this long before the connection is given up.
GRACE_MS = 5_000
# Reconnects that no failure caused (waking, coming online, a planned rotation) are spread over this.
SPREAD_MS = 1_000
# A refused response's body is read up to this, for at most this long.
ERROR_BODY_BYTES = 2_048
ERROR_BODY_MS = 5_000


class _Loss:
    """Why the connection is gone, kept while complete lines are still to be taken.

    failure: None for a loss of our own making. final: no further attempt. floor_ms: what Retry-After asked for.
    """

    def __init__(self, reason: "Reason", failure: Failure | None, final: bool = False, floor_ms: int = 0) -> None:
        self.reason = reason
        self.failure = failure
        self.final = final
        self.floor_ms = floor_ms


class Client:
    """One stream. options: checked here (OptionError). rng(n): a random int in [0, n); the only source of chance."""

    def __init__(self, options: Options, rng: "Callable[[int], int]") -> None:
        options.check()
        self.state: "State" = "idle"
        self.stats = Stats()
        self._options = options
        self._rng = rng
        self._now = 0
        self._attempt = 0
        self._timers = Timers()
        self._actions: list[Connect | Disconnect | RequestToken] = []
        self._changes: list[StateChange] = []
        self._parser = EventStreamParser(options.max_event_bytes, options.last_event_id)
        self._recent = RecentMessages(options.dedupe_window, options.dedupe_bytes)
        self._loss = _Loss("close", None)
        self._request = Request(options)
        self._outage = Outage(options, rng)
        # The connection.
        self._connected = False  # from a Connect to its Disconnect
        self._response = Response(0, {})
        self._error_body = b""
        self._opened = False
        self._opened_at = 0
        self._quiet_since = 0  # of the last byte, or of the moment when reading was wanted again
        self._in_grace = False
        self._lost_at = 0
        self._offline = False
        self._delivered = False  # a message was delivered, so that a fresh start would repeat it
        self._ever_open = False
        self._wait_reason: "Reason" = "retry-timer"  # "hint" once the wait has been cut short
        self._floor_until = 0  # no attempt before this: Retry-After and `retry` are floors that nothing undercuts

    # Getters. They never change anything.

    @property
    def last_event_id(self) -> str:
        """Where the stream would be resumed: moves when a message is taken."""
        return self._parser.last_event_id

    @property
    def attempt(self) -> int:
        """The number of the current attempt; input of any other is ignored."""
        return self._attempt

    @property
    def deadline(self) -> int | None:
        """When to call handle_timeout(), None for never. May change with every call but the getters."""
        return self._timers.next

    @property
    def buffered(self) -> int:
        """Bytes that are held, untaken: at most the larger of high_water and max_event_bytes, plus one read."""
        return self._parser.buffered

    @property
    def wants_data(self) -> bool:
        """Whether the driver shall read. False only while the application has something to take, or no body is open.

        Above high_water reading stops until every complete line is taken. An unfinished line goes on being read,
        or the two would wait for each other.
        """
        if self.state == "open":
            return not self._parser.has_lines or self._parser.buffered < self._options.high_water
        return self.state == "refused"

    def __repr__(self) -> str:
        return (
            f"<Client {self.state} attempt={self._attempt} failures={self._outage.failures}"
            f" last_event_id={self.last_event_id!r} buffered={self.buffered} deadline={self.deadline}>"
        )

    # Commands of the application.

    def start(self, now: int) -> None:
        """Begin. Then: drain next_action(). Raises UsageError if it has begun already."""
        if self.state != "idle":
            raise UsageError(f"start() in state {self.state}: a client starts once")
        self._tick(now)
        self._begin("start")

    def close(self, now: int) -> None:
        """End for good, from any state. What was not taken is dropped. Then: drain next_action()."""
        self._tick(now)
        if self.state != "closed":
            self._disconnect("close")
            self._parser.reset()
            self._go("closed", "close")

    def restart(self, now: int) -> None:
        """Drop the connection or the wait, and connect anew at once, at no charge. Resumes from last_event_id.

        What waits to be taken is taken before. A request that must not be sent twice is not: the client then fails
        as not-resumable.
        Raises UsageError before start(), and after the end: failed is left by retry().
        """
        if self.state in ("idle", "ended", "failed", "closed"):
            raise UsageError(f"restart() in state {self.state}: there is no connection to restart")
        self._tick(now)
        if self.state == "draining":
            self._loss = _Loss("restart", self._loss.failure)
        elif self.state in ("authenticating", "waiting"):
            self._begin("restart")
        else:
            self._lose(_Loss("restart", None))

    def retry(self, now: int) -> None:
        """Try again after failed, with a fresh budget and the last event ID kept. Raises UsageError in other states.

        What was sent once is sent again: that is the application's decision here.
        """
        if self.state != "failed":
            raise UsageError(f"retry() in state {self.state}: only a failed client is retried")
        self._tick(now)
        self._outage.end()
        self._delivered = False
        self._request.allow_again()
        self._begin("retry")

    def hint(self, kind: "Hint", now: int) -> None:
        """What the surroundings say: "online" and "offline" (the network), "wake" (shown, or thawed), "freeze"."""
        self._tick(now)
        if kind == "freeze":
            # A frozen page's socket dies unseen; where the stream can be resumed it is closed before.
            if self.state == "open" and self._can_resume():
                self._lose(_Loss("frozen", None))
            return
        if kind != "wake":  # a page can be shown while the network is away
            self._offline = kind == "offline"
        if self.state == "waiting" and not self._offline and not self._outage.hastened:
            self._outage.hastened = True
            soon = max(self._now, self._floor_until) + self._rng(SPREAD_MS)
            if self._timers.lateness("retry", soon) < 0:
                self._timers.set("retry", soon)
                self._wait_reason = "hint"

    # Input of the driver.

    def receive_response(self, attempt: int, response: Response, now: int) -> None:
        """The response's head has arrived. Then: drain next_action(); read while wants_data.

        Input of another attempt than the current one is counted and ignored, here and below: a reader that was
        aborted may still deliver.
        """
        if self._stale(attempt, now) or self.state != "connecting":
            return
        self._timers.stop("connect")
        self._in_grace = False
        self._response = response
        size = 0
        for name, value in response.headers.items():
            size += len(encode(name)) + len(encode(value))
        if size > self._options.max_header_bytes:
            self._reject("headers-too-large", f"{size} bytes, over max_header_bytes")
            return
        verdict = judge(response)
        if verdict == "stream":
            self._open()
        elif verdict == "end":
            self._end("no-content")
        elif verdict == "redirect":
            self._follow(response)
        elif verdict == "unauthorized" and self._may_refresh_token():
            self._outage.token_refreshed = True
            self._disconnect("unauthorized")
            self._begin("unauthorized")
        else:
            self._timers.set("connect", self._now + ERROR_BODY_MS)
            self._go("refused", "response")

    def receive_data(self, attempt: int, data: bytes, now: int) -> None:
        """Bytes of the body have arrived, 1 or more, split anywhere. Stored; parsed as they are taken.

        Raises UsageError for no bytes: an end of file is receive_eof().
        """
        if len(data) == 0:
            raise UsageError(f"receive_data() of 0 bytes in state {self.state}: call receive_eof() at the end")
        if self._stale(attempt, now):
            return
        if self.state not in ("open", "refused"):
            raise UsageError(f"receive_data() in state {self.state}: call receive_response() first")
        self.stats.bytes += len(data)
        if self.state == "refused":
            self._error_body += data[: ERROR_BODY_BYTES - len(self._error_body)]
            if len(self._error_body) == ERROR_BODY_BYTES:
                self._refuse()
        else:
            self._in_grace = False
            # A whole idle window of life is progress, even without a message: a run that waits for a person behind a
            # proxy's cap would else use up its attempts on healthy connections.
            if self._now - self._opened_at >= (self._options.idle_ms or 45_000):
                self._outage.end()
            self._quiet_since = self._now
            self._parser.receive_data(data)
            self._watch()

    def receive_eof(self, attempt: int, now: int) -> None:
        """The body has ended, cleanly. Without an end marker before it, that is a truncation.

        Raises UsageError if there is no body: a connection that ends without a response has failed.
        """
        if self._stale(attempt, now):
            return
        if self.state == "refused":
            self._refuse()
        elif self.state == "open":
            self._lose(_Loss("eof", Failure("truncated", 200, "text/event-stream")))
        else:
            raise UsageError(f"receive_eof() in state {self.state}: without a response call connection_failed()")

    def connection_failed(self, attempt: int, detail: str, now: int) -> None:
        """The request or the body failed. detail: a short text for logs, such as the exception's name."""
        if self._stale(attempt, now):
            return
        if self.state == "refused":
            self._refuse()
        elif self.state in ("connecting", "open"):
            self._lose(_Loss("failure", Failure("network", self._response.status, detail=detail)))

    def receive_token(self, attempt: int, token: str, now: int) -> None:
        """The application's answer to RequestToken; "" sends no Authorization."""
        if self._stale(attempt, now) or self.state != "authenticating":
            return
        if not is_id(token):
            self._lose(_Loss("failure", Failure("token", detail="the token holds a control character"), final=True))
            return
        self._request.token = token
        self._connect("token")

    def token_failed(self, attempt: int, detail: str, now: int) -> None:
        """The application could not get a token. Counts as a failure; nothing was sent."""
        if self._stale(attempt, now) or self.state != "authenticating":
            return
        self._lose(_Loss("failure", Failure("token", detail=detail)))

    def handle_timeout(self, now: int) -> None:
        """The deadline has passed. Early or extra calls do nothing."""
        self._tick(now)
        for timer in TIMERS:
            late = self._timers.lateness(timer, self._now)
            if late >= 0:
                self._timers.stop(timer)
                if late > LATE_MS:
                    self.stats.late_timers += 1
                    self._outage.slept(late)
                self._fire(timer, late > LATE_MS)

    # Outputs.

    def next_action(self) -> Connect | Disconnect | RequestToken | None:
        """Take the next thing for the driver to do; None if there is none."""
        return self._actions.pop(0) if len(self._actions) > 0 else None

    def next_change(self) -> StateChange | None:
        """Take the next change of state, ahead of messages that nobody takes yet; None if there is none."""
        return self._changes.pop(0) if len(self._changes) > 0 else None

    def next_event(self, now: int) -> Message | Comment | StateChange | None:
        """Take the next event; None if there is none now. Afterwards drain next_action(): a take may queue some."""
        self._tick(now)
        while True:
            change = self.next_change()
            if change is not None:
                return change
            if self.state != "open" and self.state != "draining":
                return None
            event = self._take()
            if event is not None:
                if self._timers.runs("pause"):
                    self._timers.set("pause", self._now + self._options.pause_ms)
                self._watch()
                return event
            if len(self._changes) == 0:
                if self.state == "draining":
                    self._decide()
                else:
                    self._watch()
                    return None

    def _take(self) -> Message | Comment | None:
        """The next message or comment that the application shall see; duplicates and the end marker are not."""
        while True:
            try:
                event = self._parser.next_event()
            except EventTooLarge as error:
                failure = self._failure("event-too-large", f"{error}")
                self.stats.count_failure(failure.kind)
                self._fail("not-retryable", failure)
                return None
            if event is None:
                return None
            if isinstance(event, Comment):
                self.stats.comments += 1
                return event
            if self._parser.has_id and self._recent.repeats(event, self._parser.size, self._attempt):
                self.stats.duplicates += 1
                continue
            self._outage.end()
            self._delivered = True
            if event.data == self._options.end_data:
                self._end("end-marker")
                return None
            self.stats.messages += 1
            if event.type == self._options.end_type:
                self._end("end-marker")
            return event

    # The request.

    def _begin(self, reason: "Reason") -> None:
        """Begin an attempt, with a token first where the application gives one."""
        self._request.begin()
        self._timers.stop_all()
        self._in_grace = False
        self._attempt += 1
        if not self._options.has_token:
            self._connect(reason)
            return
        self.stats.token_requests += 1
        self._timers.set("connect", self._now + self._options.connect_ms)
        self._actions.append(RequestToken(self._attempt, "unauthorized" if reason == "unauthorized" else "connect"))
        self._go("authenticating", reason)

    def _connect(self, reason: "Reason") -> None:
        self.stats.attempts += 1
        self._connected = True
        self._in_grace = False
        self._response = Response(0, {})
        self._error_body = b""
        self._timers.set("connect", self._now + self._options.connect_ms)
        self._actions.append(self._request.connect(self._attempt, self.last_event_id))
        self._go("connecting", reason)

    def _follow(self, response: Response) -> None:
        refusal = self._request.follow(response.location)
        if refusal != "":
            self._reject("redirect", refusal)
            return
        self.stats.redirects += 1
        self._disconnect("redirect")
        self._attempt += 1
        self._connect("redirect")

    def _may_try_again(self) -> bool:
        return self._request.may_repeat(self._ever_open, self._delivered, self.last_event_id)

    def _can_resume(self) -> bool:
        return cursor(self.last_event_id) != b"" and self._may_try_again()

    # The connection.

    def _open(self) -> None:
        self.stats.opens += 1
        if self.last_event_id != "":
            self.stats.resumes += 1
        self._request.opened(self._response)
        self._opened = True
        self._ever_open = True
        self._opened_at = self._now
        self._quiet_since = self._now
        rotate_ms = self._options.rotate_ms
        if rotate_ms > 0:
            self._timers.set("rotate", self._now + rotate_ms - self._rng(rotate_ms // 10 + 1))
        self._go("open", "response")
        self._watch()

    def _watch(self) -> None:
        """Set the timers of an open connection: idle while a read is pending, pause while the application is.

        Our own pause is not the server's silence, so only one of the two runs.
        """
        if self.state != "open":
            return
        if not self.wants_data:
            self._timers.stop("idle")
            if not self._timers.runs("pause"):
                self._timers.set("pause", self._now + self._options.pause_ms)
            return
        if self._timers.runs("pause"):
            self._timers.stop("pause")
            self._quiet_since = self._now
        if self._options.idle_ms > 0 and not self._in_grace:
            self._timers.set("idle", self._quiet_since + self._options.idle_ms)

    def _fire(self, timer: "Timer", late: bool) -> None:
        if timer == "retry":
            self._begin(self._wait_reason)
        elif timer == "pause" or timer == "rotate":
            self._leave("paused" if timer == "pause" else "rotated")
        elif late and not self._in_grace:
            # The answer may be in the socket, unread: one read before judging.
            self._in_grace = True
            self._timers.set(timer, self._now + GRACE_MS)
        elif self.state == "refused":
            self._refuse()
        elif self.state == "authenticating":
            self._lose(_Loss("failure", Failure("token", detail="no token within connect_ms")))
        else:
            kind: "FailureKind" = "idle-timeout" if timer == "idle" else "connect-timeout"
            self._lose(_Loss("failure", self._failure(kind, "")))

    def _may_refresh_token(self) -> bool:
        """Once per outage. A POST was refused before it ran, but only a key makes it safe to send it twice."""
        return self._options.has_token and not self._outage.token_refreshed and self._may_try_again()

    def _leave(self, reason: "Reason") -> None:
        """Disconnect by our own will, where the stream can be resumed; otherwise the timer runs anew."""
        if self._can_resume():
            self._lose(_Loss(reason, None))
        elif reason == "rotated":
            self._timers.set("rotate", self._now + self._options.rotate_ms)
        else:
            self._watch()

    def _refuse(self) -> None:
        """The response was no event stream; what could be read of its body is in."""
        verdict = judge(self._response)
        kind: "FailureKind" = "content-type" if verdict == "wrong-type" else "status"
        # A wrong type is final at first: the URL is wrong. Once there was a stream, it is a page that something on
        # the way put in its place: a captive portal, a proxy's error page with status 200.
        final = verdict != "retry" and not (verdict == "wrong-type" and self._ever_open)
        floor_ms = retry_after_ms(self._response.headers, self._response.wall_s)
        self._lose(_Loss("response", self._failure(kind, ""), final=final, floor_ms=floor_ms))

    def _reject(self, kind: "FailureKind", detail: str) -> None:
        self._lose(_Loss("response", self._failure(kind, detail), final=True))

    def _failure(self, kind: "FailureKind", detail: str) -> Failure:
        response = self._response
        kind_of_body = media_type(response.headers.get("content-type", ""))
        return Failure(kind, response.status, kind_of_body, decode(self._error_body), detail)

    def _lose(self, loss: _Loss) -> None:
        """The connection is gone, or is given up. Whether it failed is judged when all has been taken: an end marker
        may be in it."""
        self._disconnect(loss.reason)
        self._loss = loss
        self._lost_at = self._now
        self._timers.stop_all()
        if self._parser.has_lines:
            self._go("draining", loss.reason)
        else:
            self._decide()

    def _disconnect(self, reason: "Reason") -> None:
        """Each Connect is followed by one Disconnect, so that a driver releases everything in one place."""
        if self._connected:
            self._connected = False
            self._actions.append(Disconnect(self._attempt, reason))
            if self._opened:
                self.stats.count_lifetime(self._now - self._opened_at)
                self._opened = False

    # The decision.

    def _decide(self) -> None:
        """Everything received has been taken, and it did not end the stream: what now?"""
        loss = self._loss
        if loss.failure is not None:
            self.stats.count_failure(loss.failure.kind)
        self._parser.reset()
        floor_ms = min(max(self._parser.reconnection_time, loss.floor_ms, 0), LONGEST_FLOOR_MS)
        self._floor_until = max(self._floor_until, self._lost_at + floor_ms)
        rest_ms = max(0, self._floor_until - self._now)
        if loss.final:
            self._fail("not-retryable", loss.failure)
        elif not self._may_try_again():
            self._fail("not-resumable", loss.failure)
        elif loss.reason == "restart" or (loss.reason == "paused" and rest_ms == 0):
            self._begin(loss.reason)
        elif loss.failure is None:
            self._wait(loss, rest_ms + self._rng(SPREAD_MS))
        elif self._offline:
            # Tried on at the longest pace, for what is said of the network may be wrong; it costs no attempt.
            self._wait(loss, rest_ms + self._options.cap_ms + self._rng(self._options.base_ms + 1))
        else:
            self._charge(loss, rest_ms)

    def _charge(self, loss: _Loss, floor_ms: int) -> None:
        delay_ms = self._outage.charge(self._now, floor_ms)
        if delay_ms >= 0:
            self._wait(loss, delay_ms)
        else:
            self._fail("attempts-exhausted" if delay_ms == -1 else "budget-exhausted", loss.failure)

    def _wait(self, loss: _Loss, delay_ms: int) -> None:
        self._timers.set("retry", self._now + delay_ms)
        self._wait_reason = "retry-timer"
        self._go("waiting", loss.reason, delay_ms, loss.failure)

    def _end(self, reason: "Reason") -> None:
        self._disconnect(reason)
        self._parser.reset()
        self._go("ended", reason)

    def _fail(self, reason: "Reason", failure: Failure | None) -> None:
        self._disconnect("failure")
        self._parser.reset()
        self._go("failed", reason, 0, failure)

    # Bookkeeping.

    def _go(self, state: "State", reason: "Reason", delay_ms: int = 0, failure: Failure | None = None) -> None:
        """Every change of state passes here, is checked against the table, and is told to the application."""
        if not allowed(self.state, state):
            raise AssertionError(f"no transition from {self.state} to {state} ({reason})")
        if state in ("ended", "failed", "closed"):
            self._timers.stop_all()
        self._changes.append(
            StateChange(state, self.state, reason, self._attempt, delay_ms, self.last_event_id, failure)
        )
        self.state = state

    def _tick(self, now: int) -> None:
        self._now = max(self._now, now)

    def _stale(self, attempt: int, now: int) -> bool:
        self._tick(now)
        if attempt == self._attempt and self.state in ("authenticating", "connecting", "refused", "open"):
            return False
        self.stats.late_inputs += 1
        return True
