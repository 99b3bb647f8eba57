"""What all drivers share: the options of connect(), the request's body, errors as text. It runs in every runtime."""

import json as json_module

from wakeful.client import Client
from wakeful.errors import OptionError
from wakeful.explain import StreamReset
from wakeful.options import Options
from wakeful.records import Reset
from wakeful.stats import Stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

FINAL = ("ended", "failed", "closed")

# Attributes of Options that connect() sets from arguments of its own.
_DERIVED = ("url", "body", "has_token", "credentials")


def make_client(options: Options, settings: "Mapping[str, object]", random: "Callable[[int], int]") -> Client:
    """settings: keyword arguments of connect(), by the names of Options. Raises OptionError."""
    for name, value in settings.items():
        default = getattr(options, name, None)
        if not hasattr(options, name) or name in _DERIVED or callable(default):
            raise OptionError(f"{name} is not an option of connect()")
        if isinstance(default, int) and (not isinstance(value, int) or isinstance(value, bool)):
            raise OptionError(f"{name} must be an int, not {type(value).__name__}")
        setattr(options, name, value)
    return Client(options, random)


def encode_body(content: bytes | str | None, json: "Any", headers: dict[str, str]) -> bytes | None:
    """The request's body; sets the content type of a JSON one unless the application named another."""
    if json is not None:
        if content is not None:
            raise OptionError("content and json: give one of them")
        if "content-type" not in [name.lower() for name in headers]:
            headers["Content-Type"] = "application/json"
        return json_module.dumps(json).encode("utf-8")
    return content.encode("utf-8") if isinstance(content, str) else content


def describe(error: BaseException) -> str:
    """For Failure.detail: the exception's name and text; no HTTP library puts header values there."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def check_reset(event: object, stats: Stats) -> None:
    """Raise StreamReset where an event voids what a loop over messages, of this process or another, has given out."""
    if isinstance(event, Reset) and stats.messages + stats.resumes > 0:
        raise StreamReset(event)
