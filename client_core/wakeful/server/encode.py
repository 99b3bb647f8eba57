"""Writing an event stream, conservatively: whatever reads event streams at all reads this.

UTF-8 without a byte order mark, LF only, one space behind each colon, exactly one data line in a block, never an empty
one, and the fields in the order id, event, data. Readers are known that split on LF alone, that need the space, that
join data lines wrongly, and that lose an event whose data is empty.
"""

from wakeful.errors import UsageError
from wakeful.text import encode

# A comment of these goes out before any work is done: proxies and readers see bytes at once.
OPENING = b": es\n\n"


def is_line(text: str) -> bool:
    """Whether a field can hold it: no line end of the standard's, and no NUL, with which an id is ignored."""
    return "\n" not in text and "\r" not in text and "\0" not in text


def encode_event(data: str, id: str = "", type: str = "", retry_ms: int = -1) -> bytes:
    """One event as a block. id, type: "" writes no such field. retry_ms: the reconnection time, where it is 0 or more.

    Raises UsageError for what a block cannot hold: no data, or a line end in a field.
    """
    if data == "":
        raise UsageError("an event without data is not sent: many readers lose it")
    if not (is_line(data) and is_line(id) and is_line(type)):
        raise UsageError("a line end in a field of an event: JSON text has none outside of strings, so send it compact")
    block = [encode_retry(retry_ms)] if retry_ms >= 0 else []
    block.append(encode_relayed(data, id, type))
    return b"".join(block)


def encode_relayed(data: str, id: str = "", type: str = "") -> bytes:
    """An event of somebody else's stream as its reader was given it: a data line for each of its lines, if empty too.

    id, type: "" writes no such field. Raises UsageError for what no reader can have been given.
    """
    if "\r" in data or not (is_line(id) and is_line(type)):
        raise UsageError("a line end in a field of an event")
    block: list[bytes] = []
    if id != "":
        block.append(b"id: " + encode(id) + b"\n")
    if type != "":
        block.append(b"event: " + encode(type) + b"\n")
    block.append(b"data: " + b"\ndata: ".join(encode(data).split(b"\n")) + b"\n\n")
    return b"".join(block)


def encode_comment(text: str) -> bytes:
    """text, one line, as a comment in a block of its own. Raises UsageError for a line end in it."""
    if not is_line(text):
        raise UsageError("a line end in a comment")
    return b": " + encode(text) + b"\n\n"


def encode_retry(retry_ms: int) -> bytes:
    """retry_ms, the reconnection time, as a line that a block may begin with."""
    return encode(f"retry: {retry_ms}\n")
