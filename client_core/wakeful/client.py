"""The client: a resilient event stream without I/O, clock or threads. Its policy is in machine.py.

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
from wakeful.errors import UsageError
from wakeful.http import is_field_value
from wakeful.machine import SPREAD_MS, Loss, Machine
from wakeful.outcome import Outcome
from wakeful.records import Response, StateChange
from wakeful.text import encode
from wakeful.timers import TIMERS
from wakeful.usage import check_data, check_eof, check_head, check_reading, check_start
from wakeful.verdict import judge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from wakeful.machine import Action, Event
    from wakeful.profile import Mode

    Hint = Literal["online", "offline", "wake", "freeze"]

# A timer that fires this late was not late by accident: the machine slept, or the tab was throttled (Chrome: one
# timer a minute after 5 minutes hidden).
LATE_MS = 5_000


class Client(Machine):
    """One stream. options: checked here (OptionError). rng(n): a random int in [0, n); the only source of chance.

    state, stats, outcome, last_event_id and hello can be read, as can the following. In all methods `now` is ms on the
    driver's own clock, and `attempt` that of the action (Connect, RequestToken) which an input answers.
    """

    # Getters. They never change anything.

    @property
    def mode(self) -> "Mode":
        """Of the present connection, or else the last: "undecided" until its first message is taken, then "protocol"
        if the server speaks the profile, otherwise "plain"."""
        return self._profile.mode

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

    def __repr__(self) -> str:
        return (
            f"<Client {self.state} attempt={self._attempt} failures={self._outage.failures}"
            f" last_event_id={self.last_event_id!r} buffered={self.buffered} deadline={self.deadline}>"
        )

    # Commands of the application.

    def start(self, now: int) -> None:
        """Begin. Then: drain next_action(). Raises UsageError if it has begun already."""
        check_start(self.state)
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

    def restart(self, now: int) -> None:
        """Drop the connection or the wait, and connect anew at once, at no charge. Resumes from last_event_id.

        What waits to be taken is taken before. A request that must not be sent twice is not: the client then fails
        as not-resumable.
        Raises UsageError before start(), and after the end: failed is left by retry().
        """
        if self.state in ("idle", "ended", "failed", "closed"):
            raise UsageError(f"restart() in state {self.state}: nothing to restart")
        self._tick(now)
        self._request.polls = False
        if self.state == "draining":
            self._loss = Loss("restart", self._loss.failure)
        elif self.state in ("authenticating", "waiting"):
            self._begin("restart")
        else:
            self._lose("restart", None)

    def retry(self, now: int) -> None:
        """Try again after failed, with a fresh budget and the last event ID kept. Raises UsageError in other states.

        What was sent once is sent again: that is the application's decision here.
        """
        if self.state != "failed":
            raise UsageError(f"retry() in state {self.state}: it has not failed")
        self._tick(now)
        self._outage.end()
        self._delivered = False
        self.outcome = None
        self._request.polls = False
        self._request.allow_again()
        self._begin("retry")

    def hint(self, kind: "Hint", now: int) -> None:
        """kind: what the surroundings say: "online", "offline" (the network), "wake" (shown, or thawed), "freeze"."""
        self._tick(now)
        if kind == "freeze":
            # A frozen page's socket dies unseen; where the stream can be resumed it is closed before. "wake" follows:
            # until then no timer is looked at, as Chromium refuses what is fetched while a page freezes.
            self._outage.hastened = False
            if self.state == "open" and self._may_leave():
                self._lose("frozen", None)
            return
        if kind != "wake":  # a page can be shown while the network is away
            self._offline = kind == "offline"
            self._request.polls = False  # it may be another network
        if self.state == "waiting" and not self._offline and not self._outage.hastened:
            self._outage.hastened = True
            soon = max(self._now, self._floor_until) + self._rng(SPREAD_MS)
            if soon < self._timers.deadline("retry"):
                self._timers.set("retry", soon)
                self._wait_reason = "hint"
        self.handle_timeout(now)  # timers stood still, too

    # Input of the driver.

    def receive_response(self, attempt: int, response: Response, now: int) -> None:
        """The response's head has arrived. Then: drain next_action(); read while wants_data.

        Input of another attempt than the current one is counted and ignored, here and below: a reader that was
        aborted may still deliver. Raises UsageError for a header whose name is not in lower case.
        """
        if self._stale(attempt, now) or self.state != "connecting":
            return
        check_head(response)
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
        """data: bytes of the body that have arrived, 1 or more, split anywhere. Stored; parsed as they are taken.

        Raises UsageError for no bytes: an end of file is receive_eof().
        """
        check_data(data, self.state)
        if self._stale(attempt, now):
            return
        check_reading(self.state)
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
                self._lose("failure", self._poll_instead("heartbeats came together"))
            self._watch()

    def receive_eof(self, attempt: int, now: int) -> None:
        """The body has ended, cleanly. Without an end marker before it, that is a truncation.

        Raises UsageError if there is no body: a connection that ends without a response has failed.
        """
        if self._stale(attempt, now):
            return
        check_eof(self.state)
        if self.state == "refused":
            self._refuse()
        else:
            self._lose("eof", self._answer.failure("truncated"))

    def connection_failed(self, attempt: int, detail: str, now: int) -> None:
        """The request or the body failed. detail: a short text for logs, such as the exception's name."""
        if self._stale(attempt, now):
            return
        if self.state == "refused":
            self._refuse()
        elif self.state != "authenticating":
            self._lose("failure", self._answer.failure("network", detail))

    def receive_token(self, attempt: int, token: str, now: int) -> None:
        """token: the application's answer to RequestToken; "" sends no Authorization."""
        if self._stale(attempt, now) or self.state != "authenticating":
            return
        if not is_field_value(token):
            self._lose_token("the token holds a control character", final=True)
            return
        self._request.token = token
        self._connect("token")

    def token_failed(self, attempt: int, detail: str, now: int) -> None:
        """The application could not get a token. A failure; nothing was sent. detail: a short text for logs."""
        if self._stale(attempt, now) or self.state != "authenticating":
            return
        self._lose_token(detail)

    def handle_timeout(self, now: int) -> None:
        """The deadline has passed. Early or extra calls do nothing."""
        self._tick(now)
        for timer in TIMERS:
            late = self._now - self._timers.deadline(timer)
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
