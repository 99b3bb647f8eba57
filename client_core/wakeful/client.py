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

from wakeful.answer import ERROR_BODY_MS, Answer
from wakeful.backoff import LONGEST_FLOOR_MS
from wakeful.errors import UsageError
from wakeful.frames import members_of
from wakeful.hello import Hello
from wakeful.http import retry_after_ms
from wakeful.intake import Intake
from wakeful.liveness import Liveness
from wakeful.options import LONGEST_MS, Options, is_id
from wakeful.outage import Outage
from wakeful.outcome import Outcome, Problem
from wakeful.records import Cancel, Connect, Disconnect, Failure, Message, RequestToken, Response, StateChange
from wakeful.request import POLL_MS, Request, cursor
from wakeful.states import allowed
from wakeful.stats import Stats
from wakeful.text import encode
from wakeful.timers import TIMERS, Timers
from wakeful.verdict import judge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from wakeful.intake import Order
    from wakeful.profile import Mode
    from wakeful.records import Comment, FailureKind, ProtocolWarning, Reason, Reset
    from wakeful.states import State
    from wakeful.timers import Timer

    Hint = Literal["online", "offline", "wake", "freeze"]
    Action = Connect | Disconnect | RequestToken | Cancel
    Event = Message | Comment | Reset | ProtocolWarning | StateChange

# A timer that fires this late was not late by accident: the machine slept, or the tab was throttled (Chrome: one
# timer a minute after 5 minutes hidden).
LATE_MS = 5_000
# Then bytes may wait in the socket unread: one read gets this long before the connection is given up.
GRACE_MS = 5_000
# Reconnects that no failure caused (waking, coming online, a planned rotation) are spread over this.
SPREAD_MS = 1_000


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
        # How the stream ended, once it has; None before.
        self.outcome: Outcome | None = None
        self._options = options
        self._rng = rng
        self._now = 0
        self._attempt = 0
        self._timers = Timers()
        self._actions: "list[Action]" = []
        self._changes: list[StateChange] = []
        self._intake = Intake(options, self.stats)
        self._parser = self._intake.parser
        self._profile = self._intake.profile
        self._loss = _Loss("close", None)
        self._request = Request(options)
        self._outage = Outage(options, rng)
        # The connection.
        self._connected = False  # from a Connect to its Disconnect
        self._answer = Answer(Response(0, {}))
        self._liveness = Liveness(options)
        self._opened = False
        self._asked_at = 0
        self._lost_at = 0
        self._progressed = False  # it has brought a new message
        self._planned: "Reason" = "rotated"  # why it will be left, when the rotate timer fires
        self._drain_until = 0  # the server asked for no attempt before
        self._offline = False
        self._delivered = False  # a message was delivered, so that a fresh start would repeat it
        self._ever_open = False
        self._wait_reason: "Reason" = "retry-timer"  # "hint" once the wait has been cut short
        self._floor_until = 0  # no attempt before this: Retry-After and `retry` are floors that nothing undercuts

    # Getters. They never change anything.

    @property
    def last_event_id(self) -> str:
        """Where the stream would be resumed: moves when a message is taken."""
        return self._profile.last_event_id

    @property
    def mode(self) -> "Mode":
        """Of the present connection, or else the last: "undecided" until its first message is taken, then "protocol"
        if the server speaks the profile, otherwise "plain"."""
        return self._profile.mode

    @property
    def hello(self) -> Hello | None:
        """What the server has said of its stream last; None if it never did."""
        return self._profile.hello

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
        self._close("close")

    def cancel(self, now: int) -> None:
        """Stop the run on the server, where it has said how, and close(). Then: drain next_action().

        A server that has not said how learns it from the connection's end. After the stream's end there is nothing to
        stop.
        """
        self._tick(now)
        if self.state not in ("ended", "closed"):
            hello = self.hello
            if hello is not None and hello.cancel != "":
                self._actions.append(self._request.cancel(hello.cancel))
            self.outcome = Outcome("cancelled")
            self._close("cancel")

    def _close(self, reason: "Reason") -> None:
        if self.state != "closed":
            self._disconnect(reason)
            self._intake.discard()
            self._profile.news.clear()
            self._go("closed", reason)

    def restart(self, now: int) -> None:
        """Drop the connection or the wait, and connect anew at once, at no charge. Resumes from last_event_id.

        What waits to be taken is taken before. A request that must not be sent twice is not: the client then fails
        as not-resumable.
        Raises UsageError before start(), and after the end: failed is left by retry().
        """
        if self.state in ("idle", "ended", "failed", "closed"):
            raise UsageError(f"restart() in state {self.state}: there is no connection to restart")
        self._tick(now)
        self._request.polls = False
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
        self.outcome = None
        self._request.polls = False
        self._request.allow_again()
        self._begin("retry")

    def hint(self, kind: "Hint", now: int) -> None:
        """What the surroundings say: "online" and "offline" (the network), "wake" (shown, or thawed), "freeze"."""
        self._tick(now)
        if kind == "freeze":
            # A frozen page's socket dies unseen; where the stream can be resumed it is closed before.
            if self.state == "open" and self._may_leave():
                self._lose(_Loss("frozen", None))
            return
        if kind != "wake":  # a page can be shown while the network is away
            self._offline = kind == "offline"
            self._request.polls = False  # it may be another network
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
        self._answer = Answer(response)
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
            if self._answer.receive_body(data):
                self._refuse()
        else:
            self._liveness.received(data, self._now)
            if self._liveness.has_lived(self._now):
                self._outage.end()
            self._parser.receive_data(data)
            if self._liveness.is_buffered and not self._request.polls:
                self._lose(_Loss("failure", self._poll_instead("heartbeats came together")))
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
            self._lose(_Loss("failure", Failure("network", self._answer.response.status, detail=detail)))

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

    def next_action(self) -> "Action | None":
        """Take the next thing for the driver to do; None if there is none."""
        return self._actions.pop(0) if len(self._actions) > 0 else None

    def next_change(self) -> StateChange | None:
        """Take the next change of state, ahead of messages that nobody takes yet; None if there is none."""
        return self._changes.pop(0) if len(self._changes) > 0 else None

    def next_event(self, now: int) -> "Event | None":
        """Take the next event; None if there is none now. Afterwards drain next_action(): a take may queue some."""
        self._tick(now)
        while True:
            change = self.next_change()
            if change is not None:
                return change
            news = self._intake.next_news()
            if news is not None:
                return news
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

    def _take(self) -> "Event | None":
        """The next event of the body, with what the machine has to do about it done."""
        while True:
            event = self._intake.take(self._attempt)
            if isinstance(event, Message):
                self._outage.end()
                self._delivered = True
                self._progressed = True
            order = self._intake.take_order()
            if order != "":
                self._obey(order)
            if event is not None or (order != "hello" and order != "drain"):
                return event

    def _obey(self, order: "Order") -> None:
        if order == "hello":
            self._greet()
        elif order == "drain":
            first, last = self._profile.drain_window
            self._drain_until = self._now + first + self._rng(last - first + 1)
            self._plan("drained", self._drain_until)
        elif order == "end-marker" or order == "end-event":
            self._end(order)
        elif order == "event-too-large":
            failure = self._answer.failure("event-too-large", self._intake.detail)
            self.stats.count_failure(failure.kind)
            self._fail("not-retryable", failure)
        elif order == "gap" or order == "resync":
            self._intake.discard()
            self._lose(_Loss(order, self._answer.failure("gap", self._intake.detail)))

    def _greet(self) -> None:
        """The server speaks the profile: what it has said counts from here, within our own limits."""
        hello = self.hello
        if hello is not None:
            self._liveness.greeted(hello)
            self._outage.limit(hello)
            self._request.resume_at(hello.resume)
            limit = self._options.max_event_bytes
            self._parser.max_event_bytes = min(limit, hello.max_event_bytes or limit)
            if hello.ttl_ms > 0:
                tenth = hello.ttl_ms // 10
                lapses = self._liveness.opened_at + hello.ttl_ms
                self._plan("credential", lapses - tenth - self._rng(tenth + 1))

    # The request.

    def _begin(self, reason: "Reason") -> None:
        """Begin an attempt, with a token first where the application gives one."""
        self._request.begin()
        self._timers.stop_all()
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
        self._asked_at = self._now
        self._drain_until = 0
        self._answer = Answer(Response(0, {}))
        self._liveness.in_grace = False
        self._timers.set("connect", self._now + self._options.connect_ms + self._patience)
        self._actions.append(self._request.connect(self._attempt, self.last_event_id, self._profile.wants_snapshot))
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
        shown = self._delivered and not self._profile.wants_snapshot
        return self._request.may_repeat(self._ever_open, shown, self.last_event_id, self.hello is not None)

    def _can_resume(self) -> bool:
        return cursor(self.last_event_id) != b"" and self._may_try_again()

    def _may_leave(self) -> bool:
        """Whether to disconnect by our own will costs nothing: some servers stop the run when the connection ends."""
        hello = self.hello
        return self._can_resume() and (hello is None or hello.on_disconnect == "continue")

    @property
    def _expects_profile(self) -> bool:
        """Whether the server is known to speak it, or has been asked to."""
        return self.hello is not None or self._options.negotiate != "none" or self._answer.param(b"v") == 1

    @property
    def _patience(self) -> int:
        """A server that is polled waits for something to say."""
        return POLL_MS if self._request.polls else 0

    # The connection.

    def _open(self) -> None:
        self.stats.opens += 1
        if self.last_event_id != "":
            self.stats.resumes += 1
        self._request.opened(self._answer.response)
        self._opened = True
        self._ever_open = True
        self._progressed = False
        self._intake.connected()
        promised = self._answer.param(b"v") == 1
        hint_ms = self._answer.param(b"hbt") if promised else -1
        self._liveness.opened(self._now, promised, min(hint_ms, LONGEST_MS) if hint_ms > 0 else self._options.idle_ms)
        self._go("open", "response")
        rotate_ms = self._options.rotate_ms
        if rotate_ms > 0:
            self._plan("rotated", self._now + rotate_ms - self._rng(rotate_ms // 10 + 1))
        self._watch()

    def _plan(self, reason: "Reason", at: int) -> None:
        """Connect anew then, unless that is planned for an earlier time."""
        if self.state == "open" and self._timers.lateness("rotate", at) < 0:
            self._timers.set("rotate", at)
            self._planned = reason

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
        live = self._liveness
        if self._timers.runs("pause"):
            self._timers.stop("pause")
            live.quiet_since = self._now
        limit_ms = live.limit_ms(self._can_resume())
        if live.in_grace:
            return
        if limit_ms > 0:
            self._timers.set("idle", live.quiet_since + limit_ms + self._patience)
        else:
            self._timers.stop("idle")

    def _fire(self, timer: "Timer", late: bool) -> None:
        if timer == "retry":
            self._begin(self._wait_reason)
        elif timer == "pause" or timer == "rotate":
            self._leave("paused" if timer == "pause" else self._planned)
        elif late and not self._liveness.in_grace:
            # The answer may be in the socket, unread: one read before judging.
            self._liveness.in_grace = True
            self._timers.set(timer, self._now + GRACE_MS)
        elif self.state == "refused":
            self._refuse()
        elif self.state == "authenticating":
            self._lose(_Loss("failure", Failure("token", detail="no token within connect_ms")))
        else:
            self._lose(_Loss("failure", self._silence(timer == "idle")))

    def _silence(self, opened: bool) -> Failure:
        """No byte came in time. Where a server is known to send some at once, something on the way keeps them."""
        kept = self._liveness.silent if opened else self._outage.failures > 0
        if kept and self._expects_profile and not self._request.polls:
            return self._poll_instead("not a byte came")
        return self._answer.failure("idle-timeout" if opened else "connect-timeout")

    def _poll_instead(self, detail: str) -> Failure:
        self._request.polls = True
        return self._answer.failure("buffered", detail)

    def _may_refresh_token(self) -> bool:
        """Once per outage. A POST was refused before it ran, but only a key makes it safe to send it twice."""
        return self._options.has_token and not self._outage.token_refreshed and self._may_try_again()

    def _leave(self, reason: "Reason") -> None:
        """Disconnect by our own will, where the stream can be resumed; otherwise the timer runs anew."""
        if reason == "drained" or reason == "credential":
            if self._may_try_again():
                self._lose(_Loss(reason, self._answer.failure("drained")))
        elif self._may_leave():
            self._lose(_Loss(reason, None))
        elif reason == "rotated":
            self._timers.set("rotate", self._now + self._options.rotate_ms)
        else:
            self._watch()

    def _refuse(self) -> None:
        """The response was no event stream; what could be read of its body is in."""
        response = self._answer.response
        verdict = judge(response)
        failure = self._answer.failure("content-type" if verdict == "wrong-type" else "status")
        if response.status == 400 and self._position_counts:
            self._profile.drop_position("cursor-refused")
            self._lose(_Loss("resync", failure))
        elif response.status == 410 and self._position_counts:
            self._expire(failure)
        else:
            # A wrong type is final at first: the URL is wrong. Once there was a stream, it is a page that something on
            # the way put in its place: a captive portal, a proxy's error page with status 200.
            final = verdict != "retry" and not (verdict == "wrong-type" and self._ever_open)
            floor_ms = retry_after_ms(response.headers, response.wall_s)
            self._lose(_Loss("response", failure, final=final, floor_ms=floor_ms))

    @property
    def _position_counts(self) -> bool:
        """Whether the server may have refused the request for its last event ID."""
        return self._expects_profile and self.last_event_id != ""

    def _expire(self, failure: Failure) -> None:
        """What followed our position is gone: begin anew from a snapshot, if there is one; otherwise by retry()."""
        problem = members_of(failure.body)
        url = problem.url("snapshot", self._options.url)
        if url != "":
            self._request.snapshot_at(url)
            self._profile.drop_position("cursor-expired")
        self._lose(_Loss("resync" if url != "" else "response", failure, final=url == ""))
        if problem.text("type").endswith("cursor-expired"):
            self._profile.drop_position("cursor-expired")

    def _reject(self, kind: "FailureKind", detail: str) -> None:
        self._lose(_Loss("response", self._answer.failure(kind, detail), final=True))

    def _lose(self, loss: _Loss) -> None:
        """The connection is gone, or is given up. Whether it failed is judged when all has been taken: an end marker
        may be in it."""
        self._disconnect(loss.reason)
        self._loss = loss
        self._lost_at = self._now
        self._timers.stop_all()
        if self._intake.holds_messages:
            self._go("draining", loss.reason)
        else:
            self._decide()

    def _disconnect(self, reason: "Reason") -> None:
        """Each Connect is followed by one Disconnect, so that a driver releases everything in one place."""
        if self._connected:
            self._connected = False
            self._actions.append(Disconnect(self._attempt, reason))
            if self._opened:
                self.stats.count_lifetime(self._now - self._liveness.opened_at)
                self._opened = False

    # The decision.

    def _decide(self) -> None:
        """Everything received has been taken, and it did not end the stream: what now?"""
        loss = self._excuse(self._loss)
        if loss.failure is not None:
            self.stats.count_failure(loss.failure.kind)
        self._intake.discard()
        self._profile.disconnected()
        floor_ms = min(max(self._parser.reconnection_time, loss.floor_ms, 0), LONGEST_FLOOR_MS)
        self._floor_until = max(self._floor_until, self._lost_at + floor_ms)
        self._floor_until = max(self._floor_until, self._drain_until)
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

    def _excuse(self, loss: _Loss) -> _Loss:
        """A loss that the server asked for, or that is how a polled stream goes on, is no failure."""
        failure = loss.failure
        if failure is None:
            return loss
        if loss.reason == "eof" and self._request.polls:
            if self._progressed or self._lost_at - self._asked_at >= POLL_MS // 2:
                return _Loss("polled", None)
        asked = loss.reason == "drained" or loss.reason == "credential"
        drained = self._profile.drained and failure.kind in ("truncated", "network", "idle-timeout")
        if (asked or drained) and self._outage.take_free_attempt():
            return _Loss(loss.reason if asked else "drained", None)
        return loss

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
        self._intake.discard()
        self.outcome = self._profile.outcome or Outcome("completed" if reason == "end-marker" else "unknown")
        self._go("ended", reason)

    def _fail(self, reason: "Reason", failure: Failure | None) -> None:
        self._disconnect("failure")
        self._intake.discard()
        exhausted = reason == "attempts-exhausted" or reason == "budget-exhausted"
        self.outcome = Outcome("truncated", Problem("retry-exhausted" if exhausted else "about:blank"))
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
