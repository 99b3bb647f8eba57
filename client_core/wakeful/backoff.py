"""How long to wait before the next attempt: a floor that the server sets, plus full jitter.

delay = floor + random(0 … min(cap, base · 2^n)). The jitter is added to the floor, not hidden under it: the larger of
the two would wake every client of a restarted server at the floor exactly. "Full" jitter (the range starts at 0) is
the variant with the least total work in Marc Brooker's comparison, "Exponential Backoff And Jitter", AWS, 2015.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# A floor beyond a day is cut to a day: setTimeout fires at once for delays past 2^31-1 ms, and no one waits so long.
LONGEST_FLOOR_MS = 86_400_000


def retry_delay(rng: "Callable[[int], int]", floor_ms: int, base_ms: int, cap_ms: int, failures: int) -> int:
    """The delay in ms after the n-th consecutive failure (n = failures, from 1).

    rng(n): a random int in [0, n).
    """
    ceiling = base_ms
    for _ in range(failures - 1):
        ceiling *= 2
        if ceiling >= cap_ms:
            break
    return floor_ms + rng(min(ceiling, cap_ms) + 1)
