"""Fewer, larger events for a viewer that lags: adjacent deltas of one part become one, and es.skip says which."""

from wakeful.document import Document, get, has, names, parse_document, put, text_of
from wakeful.document import dump_document as dump
from wakeful.errors import DocumentError
from wakeful.server.records import Entry
from wakeful.text import encode

# What a delta may have beside its type, for two of them to be one.
JOINABLE = ["d", "pad", "pid", "type"]


def coalesce(entries: list[Entry], most_bytes: int) -> list[Entry]:
    """The same events, runs of adjacent `part.delta` of one part joined up to most_bytes.

    A joined event bears the last seq of its run. What is no delta is left as it is, whatever it is.
    """
    joined: list[Entry] = []
    run: list[Entry] = []
    parts: list[str] = []
    run_pid = ""
    size = 0
    for entry in entries:
        delta = _delta_of(entry)
        pid = text_of(get(delta, "pid"), "")
        more = len(encode(entry.data))
        if len(run) > 0 and (delta is None or pid != run_pid or size + more > most_bytes):
            joined.append(_join(run, parts))
            run = []
            parts = []
            size = 0
        if delta is None:
            joined.append(entry)
        else:
            run.append(entry)
            parts.append(text_of(get(delta, "d"), ""))
            run_pid = pid
            size += more
    if len(run) > 0:
        joined.append(_join(run, parts))
    return joined


def _join(run: list[Entry], parts: list[str]) -> Entry:
    last = run[len(run) - 1]
    if len(run) == 1:
        return last
    delta = parse_document(last.data)
    put(delta, "d", "".join(parts))
    return Entry(last.seq, "", dump(delta))


def _delta_of(entry: Entry) -> Document:
    """The event if it is a delta that can be joined, else None."""
    if entry.type != "" or '"part.delta"' not in entry.data:
        return None
    try:
        document = parse_document(entry.data)
    except DocumentError:
        return None
    if text_of(get(document, "type"), "") != "part.delta" or not has(document, "pid") or not has(document, "d"):
        return None
    for name in names(document):
        if name not in JOINABLE:
            return None
    return document
