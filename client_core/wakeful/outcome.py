"""How a stream ended, and what went wrong with it: the server's words for it, the same in every layer."""

from wakeful.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    # What a new try would be: the same GET again; a new run, which may cost and repeat side effects; pointless; unsaid.
    Retry = Literal["resume", "restart", "never", ""]
    # "truncated" and "unknown" are the client's own: the stream broke off for good; it is over, and nobody said how.
    OutcomeStatus = Literal["completed", "failed", "cancelled", "paused", "expired", "truncated", "unknown"]


class Problem(Record):
    """A problem as RFC 9457 describes it, with two members of ours.

    type: a URI (reference) that names the kind of problem, "about:blank" if unsaid.
    title: a short text that is the same for each problem of this type; detail: a text about this one.
    status: the HTTP status, 0 if there is none.
    retry: whether to try again, and how. "resume" repeats a safe GET from the last event ID; "restart" means that a new
      run might work, which is never automatic; "never"; "" if unsaid.
    retry_after_ms: how long to wait before that, at the least; 0 if unsaid.
    """

    __slots__ = FIELDS = ("type", "title", "status", "detail", "retry", "retry_after_ms")

    def __init__(
        self,
        type: str = "about:blank",
        title: str = "",
        status: int = 0,
        detail: str = "",
        retry: "Retry" = "",
        retry_after_ms: int = 0,
    ) -> None:
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.retry = retry
        self.retry_after_ms = retry_after_ms


class Outcome(Record):
    """How a stream ended. problem: why, None where there is nothing to say.

    status: "completed"; "failed"; "cancelled"; "paused" (it waits for input, and a new stream will follow); "expired"
      (the server has forgotten it); "truncated" (it broke off, and could not be resumed); "unknown".
    """

    __slots__ = FIELDS = ("status", "problem")

    def __init__(self, status: "OutcomeStatus", problem: "Problem | None" = None) -> None:
        self.status = status
        self.problem = problem
