"""What a loop over messages raises, with a sentence for people: what happened, what was kept, what to do."""

from wakeful.errors import WakefulError
from wakeful.records import Failure, Reset, StateChange


class StreamFailed(WakefulError):
    """The stream was given up. change: the StateChange to failed, with its failure. retry() goes on from there."""

    def __init__(self, change: StateChange) -> None:
        super().__init__(explain(change))
        self.change = change

    def __reduce__(self) -> "tuple[type[StreamFailed], tuple[StateChange]]":
        """From a pool's process to another: an exception is made anew from its text, unless it says from what."""
        return (StreamFailed, (self.change,))


class StreamReset(WakefulError):
    """The stream began anew behind messages that a loop has given out. reset: the Reset. A new loop goes on."""

    def __init__(self, reset: Reset) -> None:
        super().__init__(
            f"The stream begins anew ({reset.reason}). What was received before is void: discard it, and go on in a new"
            " loop. Loops over events() see each Reset, and are not interrupted."
        )
        self.reset = reset

    def __reduce__(self) -> "tuple[type[StreamReset], tuple[Reset]]":
        return (StreamReset, (self.reset,))


def explain(change: StateChange) -> str:
    """For a change to failed. The same text in every runtime."""
    failure = change.failure
    cause = "The stream failed" if failure is None else _cause(failure)
    return f"{cause}. {_verdict(change.reason)} {_kept(change.last_event_id)}"


def _cause(failure: Failure) -> str:
    detail = "" if failure.detail == "" else f" ({failure.detail})"
    kind = failure.kind
    if kind == "status" or kind == "content-type":
        what = f"status {failure.status}" if kind == "status" else failure.media_type or "no media type"
        return f"The server answered with {what} instead of an event stream{detail}"
    if kind == "truncated":
        return "The stream stopped without its end marker"
    return f"The connection failed: {kind}{detail}"


def _verdict(reason: str) -> str:
    if reason == "not-retryable":
        return "Mend the request, then call retry()."
    why = "To resume would run or show something twice"
    if reason == "attempts-exhausted":
        why = "The attempts are used up"
    elif reason == "budget-exhausted":
        why = "The time is used up"
    return f"{why}; retry() starts anew."


def _kept(last_event_id: str) -> str:
    return "Nothing received was lost." if last_event_id == "" else f"Everything up to event {last_event_id} was kept."
