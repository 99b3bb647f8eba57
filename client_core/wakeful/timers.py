"""Named deadlines in int milliseconds on the driver's clock."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Timer = Literal["connect", "idle", "pause", "rotate", "retry"]

# They fire in this order when several are due.
#   connect  no response head yet, no token yet, or a refused response's first bytes are not in
#   idle     a read is wanted and pending, and no byte has come
#   pause    the application takes nothing while bytes wait
#   rotate   a planned new connection: before a proxy caps this one, as the server asked, before a credential lapses
#   retry    the delay before the next attempt
TIMERS: "list[Timer]" = ["connect", "idle", "pause", "rotate", "retry"]
# Later than any deadline: in 31,000 years.
NEVER = 1_000_000_000_000_000


class Timers:
    def __init__(self) -> None:
        self._deadlines: "dict[Timer, int]" = {}

    def set(self, timer: "Timer", deadline: int) -> None:
        self._deadlines[timer] = deadline

    def stop(self, timer: "Timer") -> None:
        self._deadlines.pop(timer, 0)

    def stop_all(self) -> None:
        self._deadlines.clear()

    def runs(self, timer: "Timer") -> bool:
        return timer in self._deadlines

    def deadline(self, timer: "Timer") -> int:
        """NEVER if it does not run."""
        return self._deadlines.get(timer, NEVER)

    @property
    def next(self) -> int | None:
        """The earliest deadline, None if no timer runs."""
        earliest = NEVER
        for deadline in self._deadlines.values():
            earliest = min(earliest, deadline)
        return None if earliest == NEVER else earliest
