"""The account of an outage: from the first failure until progress. It answers one question: how long until the next
attempt, or why there is none."""

from wakeful.backoff import retry_delay
from wakeful.hello import Hello
from wakeful.options import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    Exhausted = Literal["", "attempts-exhausted", "budget-exhausted"]


class Outage:
    """Progress ends it: a new message, or a whole idle window of live bytes on one connection. An answer of 200 does
    not, or a server that accepts and closes would be asked for ever."""

    def __init__(self, options: Options, rng: "Callable[[int], int]") -> None:
        self._options = options
        self._rng = rng
        self._base_ms = options.base_ms
        self._cap_ms = options.cap_ms
        self._attempts = options.attempts
        self._budget_ms = options.budget_ms
        self.delay_ms = 0
        self.end()

    def limit(self, hello: Hello) -> None:
        """The server may ask for more patience between attempts, and for fewer of them; not for more. 0 is unsaid."""
        options = self._options
        self._base_ms = max(options.base_ms, hello.base_ms)
        self._cap_ms = min(options.cap_ms, hello.cap_ms or options.cap_ms)
        self._attempts = min(options.attempts, hello.attempts or options.attempts)
        self._budget_ms = min(options.budget_ms or hello.budget_ms, hello.budget_ms or options.budget_ms)

    def end(self) -> None:
        self.failures = 0  # in a row
        self.token_refreshed = False  # a 401 asks for a new token once per outage
        self._free = True  # a reconnect that the server asked for
        self.hastened = False  # waking or coming online shortens the wait once per outage
        self._since = -1  # when its first failure was, less the time asleep; -1 before it
        self._owed = False  # an attempt, whatever the budget says

    def slept(self, ms: int) -> None:
        """A timer fired this late. Time asleep is not the server's, and after it there is always one attempt."""
        self._owed = True
        if self._since >= 0:
            self._since += ms

    def take_free_attempt(self) -> bool:
        """Whether a reconnect that the server asked for costs nothing: once per progress, or it had no end."""
        free = self._free
        self._free = False
        return free

    def charge(self, now: int, floor_ms: int) -> "Exhausted":
        """One more failure. Why there is no further attempt; "" if there is one, after delay_ms.

        floor_ms: what the server asks for at the least.
        """
        self.failures += 1
        if self._since < 0:
            self._since = now
        self.delay_ms = retry_delay(self._rng, floor_ms, self._base_ms, self._cap_ms, self.failures)
        if self._owed:
            self._owed = False
        elif self.failures >= self._attempts:
            return "attempts-exhausted"
        elif self._budget_ms > 0 and now + self.delay_ms - self._since > self._budget_ms:
            return "budget-exhausted"
        return ""
