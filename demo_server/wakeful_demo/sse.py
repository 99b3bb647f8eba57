"""What the demo writes in the event stream format: LF line ends, one space behind each colon."""

from wakeful_demo.log import Entry

CONTENT_TYPE = "text/event-stream"

# no-transform keeps compressing proxies from holding small writes back. X-Accel-Buffering is nginx's switch, and
# Incremental the standard one (RFC 10036): pass each part on at once.
HEADERS = {
    "Content-Type": CONTENT_TYPE,
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
    "Incremental": "?1",
}


def message(data: str, id: str = "", type: str = "") -> bytes:
    """One message. data may hold line feeds; id and type may not, nor may any of them hold a CR."""
    lines = [f"id: {id}"] if id else []
    if type:
        lines.append(f"event: {type}")
    lines += [f"data: {line}" for line in data.split("\n")]
    return ("\n".join(lines) + "\n\n").encode()


def logged(entry: Entry) -> bytes:
    return message(entry.data, entry.id, entry.type)


def comment(text: str) -> bytes:
    return f": {text}\n\n".encode()


def opening(retry_ms: int) -> bytes:
    """What every stream begins with, so that proxies and clients see bytes before the first message is there."""
    return comment("wakeful demo") + f"retry: {retry_ms}\n\n".encode()
