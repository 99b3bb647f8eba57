"""What a driver and the machine itself must never do. A page leaves these checks behind: web/unchecked/."""

from wakeful.errors import UsageError
from wakeful.states import allowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.states import State


def check_start(state: "State") -> None:
    if state != "idle":
        raise UsageError(f"start() in state {state}: a client starts once")


def check_data(data: bytes, state: "State") -> None:
    if len(data) == 0:
        raise UsageError(f"receive_data() of 0 bytes in state {state}: call receive_eof() at the end")


def check_reading(state: "State") -> None:
    if state not in ("open", "refused"):
        raise UsageError(f"receive_data() in state {state}: call receive_response() first")


def check_eof(state: "State") -> None:
    if state not in ("open", "refused"):
        raise UsageError(f"receive_eof() in state {state}: without a response call connection_failed()")


def check_transition(state: "State", following: "State") -> None:
    """A missing entry of the table is a bug of the machine, and the simulation looks for it."""
    if not allowed(state, following):
        raise AssertionError(f"no transition from {state} to {following}")
