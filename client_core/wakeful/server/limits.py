"""What a replay log keeps, and for how long. In the subset, as ServerStream tells viewers of it."""

from wakeful.errors import OptionError
from wakeful.records import Record

MEBIBYTE = 1_048_576
DAY_MS = 86_400_000
# Exact in every runtime, and far beyond any disk.
LARGEST = 1_000_000_000_000


class LogLimits(Record):
    """Sizes in bytes of payload text, durations in ms. Raises OptionError.

    window_ms: how long an ended stream can be read after its end: what viewers are told (`replay.window`).
    max_age_ms: no event is kept longer, and no stream without a new event for so long.
    max_bytes: of one stream; beyond it its oldest events leave.
    max_total_bytes: of all streams; beyond it ended streams leave, then the oldest events of the largest stream. In
      Redis that is the server's own `maxmemory`.
    max_event_bytes: of one event; a longer one is refused.
    """

    __slots__ = FIELDS = ("window_ms", "max_age_ms", "max_bytes", "max_total_bytes", "max_event_bytes")

    def __init__(
        self,
        window_ms: int = 600_000,
        max_age_ms: int = DAY_MS,
        max_bytes: int = 16 * MEBIBYTE,
        max_total_bytes: int = 256 * MEBIBYTE,
        max_event_bytes: int = MEBIBYTE,
    ) -> None:
        self.window_ms = window_ms
        self.max_age_ms = max_age_ms
        self.max_bytes = max_bytes
        self.max_total_bytes = max_total_bytes
        self.max_event_bytes = max_event_bytes
        _check_range("window_ms", window_ms)
        _check_range("max_age_ms", max_age_ms)
        _check_range("max_bytes", max_bytes)
        _check_range("max_total_bytes", max_total_bytes)
        _check_range("max_event_bytes", max_event_bytes)


def _check_range(name: str, value: int) -> None:
    if not (value >= 1 and value <= LARGEST):
        raise OptionError(f"{name} must be 1 to {LARGEST}, not {value}")
