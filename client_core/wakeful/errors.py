"""Errors that a caller can meet. All derive from WakefulError; messages are equal in every runtime."""


class WakefulError(Exception):
    """The base of every error raised by this package."""


class UsageError(WakefulError):
    """A call that the machine's state does not allow. The state is named in the message and is unchanged."""


class OptionError(WakefulError):
    """An option that is out of range or malformed. The message names it, and never repeats a header's value."""


def check_option(fits: bool, name: str, what: str, given: str) -> None:
    """Raises OptionError unless it fits. what: it must be. given: what it is, as text."""
    if not fits:
        raise OptionError(f"{name} must be {what}, not {given}")


class EventTooLarge(WakefulError):
    """A line or an event is longer than max_event_bytes. Everything complete before it has been delivered."""


class PatchError(WakefulError):
    """A JSON Patch that does not apply. It names the operation. Nothing was changed."""


class DocumentError(WakefulError):
    """A text that is no JSON document, or a value that cannot be written as one. Nothing was changed."""
