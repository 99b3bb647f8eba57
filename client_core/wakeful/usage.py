"""What a driver and the machine itself must never do, and what fetch() and its classes see to in a page. A page leaves
these checks behind: web/unchecked/."""

from wakeful.document import quote
from wakeful.errors import UsageError, check_option
from wakeful.http import is_token, origin
from wakeful.records import Response
from wakeful.states import allowed
from wakeful.text import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.states import State


def check_url(url: str) -> None:
    check_option(origin(url) != "", "url", "an absolute http or https URL without spaces", quote(url))


def check_header_name(name: str) -> None:
    check_option(is_token(name), "headers: a name", "an HTTP token", quote(name))


def check_start(state: "State") -> None:
    if state != "idle":
        raise UsageError(f"start() in state {state}: a client starts once")


def check_head(response: Response) -> None:
    """Headers are looked up by names in lower case: one that is written otherwise would count as absent."""
    for name in response.headers:
        raw = encode(name)
        if raw != raw.lower():
            raise UsageError(f"receive_response() with a header {name}: give its name in lower case")


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
