"""Whether a connection lives: when its last byte came, and how long its silence may last.

Any byte counts, so this sits below the parser. Who sets the limit depends on what is known of the server:

- It speaks the profile: `hbTimeout` of its hello is its own promise.
- It will speak it, by the response's head: the first byte is due within connect_ms, then what the head says.
- It is plain: idle_ms. Less, where its heartbeats have shown their pace and the stream can be resumed.
"""

from wakeful.hello import Hello
from wakeful.options import Options

# A plain server's heartbeats: three show their pace, and three of the longest silence between them are one too many;
# never less than 6 s, nor more than 30 s. LangGraph's client judges its server the same way.
PACE_BEATS = 3
SHORTEST_PACE_MS = 6_000
LONGEST_PACE_MS = 30_000
# Comments closer to each other are no heartbeats.
SHORTEST_BEAT_MS = 1_000
# Heartbeats that arrive together were held back on the way. Once, the network may have stalled.
MOST_BURSTS = 1
# A connection without heartbeats makes progress with this.
DEFAULT_WINDOW_MS = 45_000


class Liveness:
    def __init__(self, options: Options) -> None:
        self._options = options
        self.opened(0, False, 0)

    def opened(self, now: int, promised: bool, limit_ms: int) -> None:
        """A connection opens. promised: the head says that the profile is spoken. limit_ms: before hello."""
        self.opened_at = now
        self.quiet_since = now  # the last byte, or the moment when reading was wanted again
        self.silent = True  # not one byte has come
        self.in_grace = False  # a late timer gave the connection one more read
        self._promised = promised
        self._limit_ms = limit_ms
        self._hello: Hello | None = None
        self._beats = 0
        self._bursts = 0
        self._longest_ms = 0  # silence that has been seen
        self._at_line_start = True

    def greeted(self, hello: Hello) -> None:
        self._hello = hello
        self._limit_ms = hello.hb_timeout_ms

    def limit_ms(self, can_resume: bool) -> int:
        """How long the silence may last; 0 is for ever."""
        if self._promised and self.silent:
            return self._options.connect_ms
        if self._hello is None and self._beats >= PACE_BEATS and can_resume and self._limit_ms > 0:
            return min(self._limit_ms, max(SHORTEST_PACE_MS, min(LONGEST_PACE_MS, 3 * self._longest_ms)))
        return self._limit_ms

    def received(self, data: bytes, now: int) -> None:
        quiet_ms = now - self.quiet_since
        self.quiet_since = now
        self.silent = False
        self.in_grace = False
        self._longest_ms = max(self._longest_ms, quiet_ms)
        if self._at_line_start and data.startswith(b":") and quiet_ms >= SHORTEST_BEAT_MS:
            self._beats += 1
        self._at_line_start = data.endswith(b"\n") or data.endswith(b"\r")
        hello = self._hello
        # With hb 0 its time-out is 0 as well. A text may quote heartbeats: only what begins a line is one.
        if hello is not None and quiet_ms > 0 and quiet_ms >= hello.hb_ms and quiet_ms <= hello.hb_timeout_ms:
            self._bursts += 1 if len((b"\n" + data).split(b"\n: hb")) > 2 else 0

    def has_lived(self, now: int) -> bool:
        """A whole idle window of life is progress, even without a message: a run that waits for a person behind a
        proxy's cap would else use up its attempts on healthy connections."""
        return now - self.opened_at >= (self._limit_ms or DEFAULT_WINDOW_MS)

    @property
    def is_buffered(self) -> bool:
        """Whether something on the way holds bytes back."""
        return self._bursts > MOST_BURSTS
