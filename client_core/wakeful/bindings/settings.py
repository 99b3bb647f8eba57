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
        if isinstance(default, int):
            check_type(name, value, int)
        elif name != "headers" and (default is not None or value is not None):
            check_type(name, value, str)
        setattr(options, name, value)
    return Client(options, random)


def check_type(name: str, value: object, wanted: type) -> None:
    """Raises OptionError. A bool is no int here."""
    if not isinstance(value, wanted) or isinstance(value, bool):
        article = "an" if wanted is int else "a"
        raise OptionError(f"{name} must be {article} {wanted.__name__}, not {type(value).__name__}")


def copy_headers(headers: "Any") -> dict[str, str]:
    """headers: a dict, or what dict() makes one of. Raises OptionError, without a value in it."""
    try:
        copied: dict[str, str] = dict(headers)
    except (TypeError, ValueError):
        raise OptionError(f"headers must be a dict of str, not {type(headers).__name__}")
    for name, value in copied.items():
        check_type("headers: a name", name, str)
        check_type(f"the value of {name}", value, str)
    return copied


def encode_body(content: bytes | str | None, json: "Any", headers: dict[str, str]) -> bytes | None:
    """The request's body; sets the content type of a JSON one unless the application named another."""
    if json is not None:
        if content is not None:
            raise OptionError("content and json: give one of them")
        if "content-type" not in [name.lower() for name in headers]:
            headers["Content-Type"] = "application/json"
        return json_module.dumps(json).encode("utf-8")
    if content is not None and not isinstance(content, (bytes, str)):
        raise OptionError(f"content must be bytes or a str, not {type(content).__name__}")
    return content.encode("utf-8") if isinstance(content, str) else content


def describe(error: BaseException) -> str:
    """For Failure.detail: the exception's name and text, without what an HTTP library quotes of the wire.

    h11 repeats a whole header where one is malformed ("illegal header line: bytearray(b'Set-Cookie: …"), and that may
    be a secret.
    """
    text = str(error)
    for quote in ("bytearray(", " b'", ' b"'):
        text = text.split(quote)[0]
    text = text.rstrip(": ")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def check_reset(event: object, stats: Stats) -> None:
    """Raise StreamReset where an event voids what a loop over messages, of this process or another, has given out."""
    if isinstance(event, Reset) and stats.messages + stats.resumes > 0:
        raise StreamReset(event)
