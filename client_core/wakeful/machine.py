"""The policy of a stream: when to connect, how long to wait for what, what a loss means, and when to give up.

client.py is what drivers and applications call; it tells the machine what happened. From the first request to the last
state: _begin and _connect; _open; _watch, _plan and _fire while it is open; _take and _obey as messages are taken;
_lose when the connection is gone; _decide when all of it has been taken; then _wait, _end or _fail.
"""

from wakeful.answer import Answer
from wakeful.backoff import LONGEST_FLOOR_MS
from wakeful.frames import members_of
from wakeful.hello import Hello
from wakeful.http import retry_after_ms
from wakeful.intake import Intake
from wakeful.liveness import Liveness
from wakeful.options import LONGEST_MS, Options
from wakeful.outage import Outage
from wakeful.outcome import Outcome, Problem
from wakeful.records import Cancel, Connect, Disconnect, Failure, Message, RequestToken, Reset, Response, StateChange
from wakeful.request import POLL_MS, Request, cursor
from wakeful.stats import Stats
from wakeful.timers import Timers
from wakeful.usage import check_transition
from wakeful.verdict import judge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.profile import Order
    from wakeful.records import Comment, FailureKind, ProtocolWarning, Reason
    from wakeful.states import State
    from wakeful.timers import Timer

    Action = Connect | Disconnect | RequestToken | Cancel
    Event = Message | Comment | Reset | ProtocolWarning | StateChange

# After a late timer bytes may wait in the socket, unread: one read gets this long before the connection is given up.
GRACE_MS = 5_000
# Reconnects that no failure caused (waking, coming online, a planned rotation) are spread over this.
SPREAD_MS = 1_000


class Loss:
    """Why the connection is gone, kept while complete lines are still to be taken.

    failure: None for a loss of our own making. final: no further attempt. floor_ms: what Retry-After asked for.
    """

    def __init__(self, reason: "Reason", failure: Failure | None, final: bool = False, floor_ms: int = 0) -> None:
        self.reason = reason
        self.failure = failure
        self.final = final
        self.floor_ms = floor_ms


class Machine:
    """What Client is made of. Times are ms on the driver's clock; _now is the latest that it has told."""

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
        self._loss = Loss("close", None)
        self._request = Request(options)
        self._outage = Outage(options, rng)
        # The connection.
        self._connected = False  # from a Connect to its Disconnect
        self._answer = Answer()
        self._liveness = Liveness(options)
        self._asked_at = 0
        self._lost_at = 0
        self._progressed = False  # it has brought a new message
        self._planned: "Reason" = "rotated"  # why it will be left, when the rotate timer fires
        self._offline = False
        self._delivered = False  # a message was delivered, so that a fresh start would repeat it
        self._ever_open = False
        self._wait_reason: "Reason" = "retry-timer"  # "hint" once the wait has been cut short
        self._floor_until = 0  # no attempt before this: what Retry-After, `retry` and es.drain ask for

    @property
    def last_event_id(self) -> str:
        """Where the stream would be resumed: moves when a message is taken."""
        return self._profile.last_event_id

    @property
    def hello(self) -> Hello | None:
        """What the server has said of its stream last; None if it never did."""
        return self._profile.hello

    @property
    def wants_data(self) -> bool:
        """Whether the driver shall read. False only while the application has something to take, or no body is open.

        Above high_water reading stops until every complete line is taken. An unfinished line goes on being read,
        or the two would wait for each other.
        """
        if self.state == "open":
            return not self._parser.has_lines or self._parser.buffered < self._options.high_water
        return self.state == "refused"

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
        self._answer = Answer()
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

    def _may_refresh_token(self) -> bool:
        """Once per outage. A POST was refused before it ran, but only a key makes it safe to send it twice."""
        return self._options.has_token and not self._outage.token_refreshed and self._may_try_again()

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
        if self.state == "open" and at < self._timers.deadline("rotate"):
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
            self._lose_token("no token within connect_ms")
        else:
            self._lose("failure", self._silence(timer == "idle"))

    def _silence(self, opened: bool) -> Failure:
        """No byte came in time. Where a server is known to send some at once, something on the way keeps them."""
        kept = self._liveness.silent if opened else self._outage.failures > 0
        if kept and self._expects_profile and not self._request.polls:
            return self._poll_instead("not a byte came")
        return self._answer.failure("idle-timeout" if opened else "connect-timeout")

    def _poll_instead(self, detail: str) -> Failure:
        self._request.polls = True
        return self._answer.failure("buffered", detail)

    def _leave(self, reason: "Reason") -> None:
        """Disconnect by our own will, where the stream can be resumed; otherwise the timer runs anew."""
        if reason == "drained" or reason == "credential":
            if self._may_try_again():
                self._lose(reason, self._answer.failure("drained"))
        elif self._may_leave():
            self._lose(reason, None)
        elif reason == "rotated":
            self._timers.set("rotate", self._now + self._options.rotate_ms)
        else:
            self._watch()

    # What it brings.

    def _take(self) -> "Event | None":
        """The next event of the body, with what the machine has to do about it done."""
        while True:
            event = self._intake.take(self._attempt)
            if isinstance(event, Message):
                self._outage.end()
                self._delivered = True
                self._progressed = True
            elif isinstance(event, Reset):
                self._delivered = False  # the application was told to forget it
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
            self._floor_until = max(self._floor_until, self._now + first + self._rng(last - first + 1))
            self._plan("drained", self._floor_until)
        elif order == "end-marker" or order == "end-event":
            self._end(order)
        elif order == "event-too-large":
            failure = self._answer.failure("event-too-large", self._profile.detail)
            self.stats.count_failure(failure.kind)
            self._fail("not-retryable", failure)
        elif order != "":  # gap, resync
            self._intake.discard()
            self._lose(order, self._answer.failure("gap", self._profile.detail))

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

    # A response that is no event stream.

    def _refuse(self) -> None:
        """The response was no event stream; what could be read of its body is in."""
        response = self._answer.response
        verdict = judge(response)
        failure = self._answer.failure("content-type" if verdict == "wrong-type" else "status")
        if response.status == 400 and self._position_counts:
            self._profile.drop_position("cursor-refused")
            self._lose("resync", failure)
        elif response.status == 410 and self._position_counts:
            self._expire(failure)
        else:
            # A wrong type is final at first: the URL is wrong. Once there was a stream, it is a page that something on
            # the way put in its place: a captive portal, a proxy's error page with status 200.
            final = verdict != "retry" and not (verdict == "wrong-type" and self._ever_open)
            floor_ms = retry_after_ms(response.headers, response.wall_s)
            self._lose("response", failure, final=final, floor_ms=floor_ms)

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
        self._lose("resync" if url != "" else "response", failure, final=url == "")
        if problem.text("type").endswith("cursor-expired"):
            self._profile.drop_position("cursor-expired")

    def _reject(self, kind: "FailureKind", detail: str) -> None:
        self._lose("response", self._answer.failure(kind, detail), final=True)

    # The loss, and the decision.

    def _lose(self, reason: "Reason", failure: Failure | None, final: bool = False, floor_ms: int = 0) -> None:
        """The connection is gone, or is given up. Whether it failed is judged when all has been taken: an end marker
        may be in it."""
        self._disconnect(reason)
        self._loss = Loss(reason, failure, final, floor_ms)
        self._lost_at = self._now
        self._timers.stop_all()
        if self._intake.holds_messages:
            self._go("draining", reason)
        else:
            self._decide()

    def _lose_token(self, detail: str, final: bool = False) -> None:
        self._lose("failure", Failure("token", 0, "", "", detail), final)

    def _disconnect(self, reason: "Reason") -> None:
        """Each Connect is followed by one Disconnect, so that a driver releases everything in one place."""
        if self._connected:
            self._connected = False
            self._actions.append(Disconnect(self._attempt, reason))
            if self.state == "open":
                self.stats.count_lifetime(self._now - self._liveness.opened_at)

    def _decide(self) -> None:
        """Everything received has been taken, and it did not end the stream: what now?"""
        loss = self._excuse(self._loss)
        if loss.failure is not None:
            self.stats.count_failure(loss.failure.kind)
            if loss.failure.kind == "truncated":
                loss.failure.body = self._parser.stray  # an error, perhaps, that the server did not frame
        self._intake.discard()
        self._profile.disconnected()
        floor_ms = min(max(self._parser.reconnection_time, loss.floor_ms, 0), LONGEST_FLOOR_MS)
        self._floor_until = max(self._floor_until, self._lost_at + floor_ms)
        rest_ms = max(0, self._floor_until - self._now)
        if loss.final:
            self._fail("not-retryable", loss.failure)
        elif not self._may_try_again():
            self._fail("not-resumable", loss.failure)
        elif loss.reason == "restart" or (loss.reason == "paused" and rest_ms == 0):
            self._begin(loss.reason)
        elif loss.failure is None and loss.reason != "frozen":
            self._wait(loss, rest_ms + self._rng(SPREAD_MS))
        elif loss.failure is None or self._offline:
            # Tried on at the longest pace, for what is said of the network, or the page, may be wrong; it costs no
            # attempt.
            self._wait(loss, rest_ms + self._options.cap_ms + self._rng(self._options.base_ms + 1))
        else:
            self._charge(loss, rest_ms)

    def _excuse(self, loss: Loss) -> Loss:
        """A loss that the server asked for, or that is how a polled stream goes on, is no failure."""
        failure = loss.failure
        if failure is None:
            return loss
        if loss.reason == "eof" and self._request.polls:
            if self._progressed or 2 * (self._lost_at - self._asked_at) >= POLL_MS:
                return Loss("polled", None)
        asked = loss.reason == "drained" or loss.reason == "credential"
        drained = self._profile.drained and failure.kind in ("truncated", "network", "idle-timeout")
        if (asked or drained) and self._outage.take_free_attempt():
            return Loss(loss.reason if asked else "drained", None)
        return loss

    def _charge(self, loss: Loss, floor_ms: int) -> None:
        exhausted = self._outage.charge(self._now, floor_ms)
        if exhausted == "":
            self._wait(loss, self._outage.delay_ms)
        else:
            self._fail(exhausted, loss.failure)

    def _wait(self, loss: Loss, delay_ms: int) -> None:
        self._timers.set("retry", self._now + delay_ms)
        self._wait_reason = "retry-timer"
        self._go("waiting", loss.reason, delay_ms, loss.failure)

    def _end(self, reason: "Reason") -> None:
        self.outcome = self._profile.outcome or Outcome("completed" if reason == "end-marker" else "unknown")
        self._go("ended", reason)

    def _fail(self, reason: "Reason", failure: Failure | None) -> None:
        self.outcome = Outcome(
            "truncated", Problem("retry-exhausted" if reason.endswith("-exhausted") else "about:blank")
        )
        self._go("failed", reason, 0, failure)

    def _close(self, reason: "Reason") -> None:
        if self.state != "closed":
            self._profile.news.clear()
            self._go("closed", reason)

    # Bookkeeping.

    def _go(self, state: "State", reason: "Reason", delay_ms: int = 0, failure: Failure | None = None) -> None:
        """Every change of state passes here, is checked against the table, and is told to the application."""
        check_transition(self.state, state)
        if state in ("ended", "failed", "closed"):
            self._disconnect("failure" if state == "failed" else reason)
            self._timers.stop_all()
            self._intake.discard()
        self._changes.append(
            StateChange(state, self.state, reason, self._attempt, delay_ms, self.last_event_id, failure)
        )
        self.state = state

    def _tick(self, now: int) -> None:
        self._now = max(self._now, now)

    def _stale(self, attempt: int, now: int) -> bool:
        self._tick(now)
        if attempt == self._attempt and (self._connected or self.state == "authenticating"):
            return False
        self.stats.late_inputs += 1
        return True
