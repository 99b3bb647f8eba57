"""The drivers' clock: int milliseconds from its own start, never backward, sleep included."""

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# A wall clock that gained this much on the monotonic one means that the machine slept (or that the clock was set,
# which costs one grace read). A step back is never followed: it would freeze every timer.
JUMP_S = 5.0


class Clock:
    """On Linux and macOS the monotonic clock stands still while the machine sleeps; the wall clock does not.

    monotonic: seconds, as time.monotonic, which MicroPython lacks.
    """

    def __init__(self, monotonic: "Callable[[], float]") -> None:
        self._monotonic = monotonic
        self._start = monotonic()
        self._wall_ahead = time.time() - self._start
        self._slept = 0.0

    def now(self) -> int:
        monotonic = self._monotonic()
        ahead = time.time() - monotonic
        if ahead - self._wall_ahead > JUMP_S:
            self._slept += ahead - self._wall_ahead
        if abs(ahead - self._wall_ahead) > JUMP_S:
            self._wall_ahead = ahead
        return int((monotonic - self._start + self._slept) * 1000)
