"""The whole machine as one table: which state may follow which.

    idle ──> authenticating ──> connecting ──> open ──> draining ──> waiting ──> connecting …
                                    └──> refused ─────────┘

- idle            nothing has happened yet.
- authenticating  the application has been asked for a token.
- connecting      a request is under way; no response head yet.
- refused         the response was no event stream; its first bytes are read for the error report.
- open            the standard's "announce the connection": bytes are taken for an event stream.
- draining        the connection is gone, but complete lines wait to be taken. Nothing is decided before they are: the
                  next of them may be the end marker, and the last event ID moves as they are taken.
- waiting         the standard's "reestablish the connection": the retry timer runs.
- ended           the stream's own end: an end marker, or 204. Final.
- failed          given up, visibly, with the last event ID kept. Left only by retry().
- closed          close() was called. Final.

Two rules for this file: every transition is in it, and it knows nothing of time, bytes or HTTP. An entry that is
missing is a bug of the machine, not of its user: usage.py raises, and the simulation looks for it.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    State = Literal[
        "idle", "authenticating", "connecting", "refused", "open", "draining", "waiting", "ended", "failed", "closed"
    ]  # fmt: skip

# From waiting, and from idle, an attempt begins with a token where the application gives one. A redirect or a
# restart leads from connecting to connecting: a new request, with a number of its own.
TRANSITIONS: "dict[State, list[State]]" = {
    "idle": ["authenticating", "connecting", "closed"],
    "authenticating": ["authenticating", "connecting", "waiting", "failed", "closed"],
    "connecting": ["authenticating", "connecting", "refused", "open", "waiting", "ended", "failed", "closed"],
    "refused": ["authenticating", "connecting", "waiting", "failed", "closed"],
    "open": ["authenticating", "connecting", "draining", "waiting", "ended", "failed", "closed"],
    "draining": ["authenticating", "connecting", "waiting", "ended", "failed", "closed"],
    "waiting": ["authenticating", "connecting", "closed"],
    "ended": ["closed"],
    "failed": ["authenticating", "connecting", "closed"],
    "closed": [],
}


def allowed(state: "State", following: "State") -> bool:
    return following in TRANSITIONS[state]
