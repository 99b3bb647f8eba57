"""Reading the members of an event: what is missing or of another kind is a fault with a name."""

from wakeful.document import Document, get, has, int_of, kind_of, text_of
from wakeful.errors import WakefulError
from wakeful.payload.patch import MAX_LEVELS, levels_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    # Why what is shown cannot go on. The words are stable.
    FaultWord = Literal["invalid", "sequence", "patch", "bytes", "critical"]


class PayloadFault(WakefulError):
    """An event that cannot be applied. word: one of FaultWord. The accumulator turns it into its `fault`."""

    def __init__(self, word: "FaultWord", detail: str) -> None:
        super().__init__(detail)
        self.word = word


def required_text(event: Document, name: str) -> str:
    value = get(event, name)
    if kind_of(value) != "string":
        raise PayloadFault("invalid", f"{name} is missing, or no text")
    return text_of(value, "")


def optional_text(event: Document, name: str) -> str:
    """ "" where there is none."""
    return required_text(event, name) if has(event, name) else ""


def required_count(event: Document, name: str) -> int:
    count = int_of(get(event, name), -1)
    if count < 0:
        raise PayloadFault("invalid", f"{name} is missing, or no whole number of 0 or more")
    return count


def required_value(event: Document, name: str) -> Document:
    if not has(event, name):
        raise PayloadFault("invalid", f"{name} is missing")
    return checked_value(get(event, name))


def required_kind(event: Document, name: str, kind: str) -> Document:
    """kind: as kind_of() names it."""
    value = required_value(event, name)
    if kind_of(value) != kind:
        raise PayloadFault("invalid", f"{name} is no {kind}")
    return value


def required_items(event: Document, name: str) -> Document:
    """An array, whose items are still to be checked."""
    if not has(event, name):
        raise PayloadFault("invalid", f"{name} is missing")
    value = get(event, name)
    if kind_of(value) != "array":
        raise PayloadFault("invalid", f"{name} is no array")
    return value


def checked_value(value: Document) -> Document:
    if levels_of(value, MAX_LEVELS) > MAX_LEVELS:
        raise PayloadFault("invalid", f"a value is nested deeper than {MAX_LEVELS} levels")
    return value
