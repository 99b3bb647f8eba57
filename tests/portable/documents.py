"""Checks of the door to JSON documents, the same in every runtime."""

from wakeful.document import (
    Document,
    append,
    copy_document,
    dump_document,
    get,
    has,
    insert,
    int_of,
    item_at,
    kind_of,
    length,
    make_array,
    make_object,
    names,
    parse_document,
    put,
    remove,
    remove_item,
    replace_item,
    same_document,
    text_of,
)
from wakeful.errors import DocumentError
from wakeful.json_reader import JsonReader
from wakeful.text import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def canonical(value: Document) -> str:
    """A document as text, with the members in order."""
    kind = kind_of(value)
    if kind == "object":
        members: list[str] = []
        for name in names(value):
            members.append(f"{dump_document(name)}:{canonical(get(value, name))}")
        return "{" + ",".join(members) + "}"
    if kind == "array":
        items: list[str] = []
        for at in range(length(value)):
            items.append(canonical(item_at(value, at)))
        return "[" + ",".join(items) + "]"
    return dump_document(value)


def read_whole(text: str) -> str:
    """What parse_document() makes of a text."""
    try:
        return canonical(parse_document(text))
    except DocumentError as error:
        return f"error: {error}"


def characters(text: str) -> list[str]:
    """The characters of a text, one by one."""
    raw = encode(text)
    found: list[str] = []
    start = 0
    for at in range(1, len(raw) + 1):
        if at == len(raw) or (raw[at] & 0xC0) != 0x80:
            found.append(decode(raw[start:at]))
            start = at
    return found


def read_slowly(text: str, sink: "Callable[[str], None]") -> str:
    """What the incremental reader makes of it, a character at a time; each thing that it shows on the way goes out."""
    reader = JsonReader()
    pieces = characters(text)
    every = 1 if len(pieces) <= 120 else 50  # to look at a long one after each character would be quadratic
    for place in range(len(pieces)):
        if reader.problem == "":
            reader.feed(pieces[place])
            if place % every == 0:
                sink(canonical(reader.value))
    reader.finish()
    return f"error: {reader.problem}" if reader.problem != "" else canonical(reader.value)


def probe_pieces(pieces: list[str], looks: bool) -> str:
    """What the reader makes of these pieces, whether or not somebody looks at it after each."""
    reader = JsonReader()
    for piece in pieces:
        reader.feed(piece)
        if looks:
            canonical(reader.value)
    reader.finish()
    return f"error: {reader.problem}" if reader.problem != "" else canonical(reader.value)


def probe_same(one: str, other: str) -> bool:
    return same_document(parse_document(one), parse_document(other))


def probe_int(text: str) -> int:
    return int_of(parse_document(text), -1)


def probe_dump(value: Document) -> str:
    try:
        return canonical(value) if kind_of(value) != "" else dump_document(value)
    except DocumentError as error:
        return f"error: {error}"


def probe_object(steps: list[list[str]]) -> list[str]:
    """[["put", name, text], ["remove", name], …] on an object, and what it says after each step."""
    value = make_object([("first", "1")])
    told: list[str] = []
    for step in steps:
        name = step[1]
        if step[0] == "put":
            put(value, name, step[2])
        else:
            remove(value, name)
        copied = copy_document(value)
        put(copied, "only in the copy", True)
        known = "yes" if has(value, name) else "no"
        told.append(f"{known} {text_of(get(value, name), 'none')} {' '.join(names(value))} {canonical(value)}")
    return told


def probe_array(steps: list[list[int]]) -> list[str]:
    """[[what, index, item], …] on an array, where the index is in range, and what it says after each step."""
    value = make_array([])
    told: list[str] = []
    for step in steps:
        count = length(value)
        at = step[1] % (count + 1)
        if step[0] == 0 or at == count:
            insert(value, at, step[2])
        elif step[0] == 1:
            replace_item(value, at, step[2])
        elif step[0] == 2:
            remove_item(value, at)
        else:
            append(value, step[2])
        told.append(f"{length(value)} {int_of(item_at(value, at), -1)} {canonical(value)}")
    return told


def run_documents(cases: list[list[str]], sink: "Callable[[str], None]") -> list[str]:
    """Each case is [name, text, what it is or its error]. Returns what differed."""
    mismatches: list[str] = []
    for case in cases:
        for found in [read_whole(case[1]), read_slowly(case[1], sink)]:
            sink(found)
            if found != case[2]:
                mismatches.append(f"{case[0]}: {found}, not {case[2]}")
    return mismatches
