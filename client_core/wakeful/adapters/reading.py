"""Reading foreign documents without trust: any member may be absent or of another kind, and nothing here raises."""

from wakeful.document import Document, dump_document, get, has, item_at, kind_of, length, names, parse_document, text_of
from wakeful.errors import DocumentError
from wakeful.outcome import Problem
from wakeful.text import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.outcome import Retry


def is_object(value: Document) -> bool:
    return kind_of(value) == "object"


def text_at(value: Document, name: str) -> str:
    """A member that is a string, else ""."""
    return text_of(get(value, name), "")


def either(value: Document, one: str, other: str) -> Document:
    """The member under one of two names: dialects have camelCase and snake_case for the same."""
    return get(value, one) if has(value, one) else get(value, other)


def either_text(value: Document, one: str, other: str) -> str:
    return text_of(either(value, one, other), "")


def items(value: Document) -> list[Document]:
    """The items of an array; none for anything else."""
    return [item_at(value, index) for index in range(length(value))]


def as_text(value: Document) -> str:
    """A string as it is, anything else as JSON, and null as ""."""
    if value is None:
        return ""
    return text_of(value, "") if kind_of(value) == "string" else sorted_text(value)


def sorted_text(value: Document) -> str:
    """A document as JSON text that is the same in every runtime: members go by name."""
    kind = kind_of(value)
    if kind == "object":
        members = [f"{dump_document(name)}:{sorted_text(get(value, name))}" for name in names(value)]
        return "{" + ",".join(members) + "}"
    if kind == "array":
        return "[" + ",".join([sorted_text(item) for item in items(value)]) + "]"
    return dump_document(value)


def is_deep(value: Document, levels: int) -> bool:
    """Whether a document has more levels than this."""
    if kind_of(value) == "array":
        children = items(value)
    else:
        children = [get(value, name) for name in names(value)]
    if levels == 0:
        return is_object(value) or kind_of(value) == "array"
    for child in children:
        if is_deep(child, levels - 1):
            return True
    return False


def event_name(name: str) -> str:
    """A vendor's name as a part of an event's type, in lower case with dots and hyphens: "RUN_ERROR" is "run-error"."""
    parts: list[str] = []
    for word in encode(name).lower().split(b"."):
        clean = decode(bytes([byte if _is_plain(byte) else 0x2D for byte in word])).strip("-")
        if clean != "":
            parts.append(clean)
    return "unnamed" if len(parts) == 0 else ".".join(parts)


def _is_plain(byte: int) -> bool:
    return (byte >= 0x61 and byte <= 0x7A) or (byte >= 0x30 and byte <= 0x39)


def unframed_error(text: str) -> Document:
    """The error in a bare JSON text: its member `error`, or the text itself where that is cut off or another thing."""
    try:
        document = parse_document(text)
        first = item_at(document, 0) if kind_of(document) == "array" else document
        return get(first, "error") if is_object(get(first, "error")) else document
    except DocumentError:
        return text


# What vendors call it: the first word that is in the vendor's type, code and status says what the problem is.
_KINDS: "list[tuple[str, str, Retry]]" = [
    ("overloaded", "overloaded", "restart"),
    ("unavailable", "overloaded", "restart"),
    ("529", "overloaded", "restart"),
    ("503", "overloaded", "restart"),
    ("quota", "rate-limited", "never"),
    ("rate_limit", "rate-limited", "restart"),
    ("resource_exhausted", "rate-limited", "restart"),
    ("429", "rate-limited", "restart"),
    ("invalid", "upstream-failed", "never"),
    ("authentication", "upstream-failed", "never"),
    ("permission", "upstream-failed", "never"),
    ("not_found", "upstream-failed", "never"),
    ("too_large", "upstream-failed", "never"),
    ("billing", "upstream-failed", "never"),
]


def problem_of(codes: list[Document], message: str, otherwise: "Retry") -> Problem:
    """A vendor's error. codes: its type, code and status, as far as it has them; the first number is the HTTP status.

    otherwise: whether to try again, where the codes say nothing that is known.
    """
    texts = [as_text(code) for code in codes]
    known = [text for text in texts if text != ""]
    status = 0
    for text in known:
        if status == 0 and len(encode(text)) == 3 and encode(text).isdigit():
            status = int(text)
    title = "the server reported an error" if len(known) == 0 else f"the server reported {known[0]}"
    lower = decode(encode(" ".join(known)).lower())
    for word, type, retry in _KINDS:
        if word in lower:
            return Problem(type, title, status, message, retry)
    if status >= 400 and status < 500:
        otherwise = "never"
    return Problem("upstream-failed", title, status, message, otherwise)
