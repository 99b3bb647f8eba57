"""The one door to JSON documents: read, made, looked into and changed only here, with one meaning in every runtime.

A document is a dict, list, str, int, float, bool or None in Python, and a plain object, array, string, number, boolean
or null in JavaScript, as a page expects. The core's own tables are neither: they are dicts, and Maps in JavaScript.
Nothing outside of this file relies on which of the two a document is, so a member called `__proto__`, `constructor` or
"1" is a member like any other. Compiled, all bodies marked `native` are those of runtime/documents.mjs.

What a JSON text may be is RFC 8259, narrowed as I-JSON (RFC 7493) has it, since engines differ beyond that:

- NaN and Infinity are no JSON, nor is a text with a number beyond the range of a double ("1e400"), wherever it is.
- A whole number of less than 2^53 is exact, and 1.0 is 1. The last digits of larger ones differ by engine: send text.
- Half of a surrogate pair becomes U+FFFD, on the way in and out, as in text.encode().
- Of two members of one name the last counts. Order means nothing: names() sorts.
- Objects and arrays nest at most MAX_DEPTH deep, so that no reader of a document runs out of stack.

Of several faults the first is named; but compiled, one of the latter two also where the text is no JSON before it.
"""

from wakeful.errors import DocumentError
from wakeful.text import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Document = object

# Nested deeper than this, a text is refused. MicroPython's stack in a page holds some hundred calls; a text of 20,000
# brackets ends Pyodide for good, in its own json module, so it is refused before that sees it.
MAX_DEPTH = 64

NOT_JSON = "this is not JSON"
TOO_DEEP = "nested deeper than 64 levels"
OUT_OF_RANGE = "a number beyond the range of a double"
NO_DOCUMENT = "a value that JSON does not have"


def parse_document(text: str) -> Document:
    """The document that a JSON text stands for. Raises DocumentError."""
    try:
        return _parse(text)
    except ValueError as error:
        raise DocumentError(str(error))


def parse_object(text: str) -> Document:  # native: parseObject
    """The object that a JSON text stands for; None where it is none."""
    try:
        document = _parse(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def dump_document(value: Document) -> str:
    """The shortest JSON text of a document, without white space. Members come in no particular order.

    Numbers are written as JavaScript writes them (ECMAScript, "Number::toString"; RFC 8785 asks for the same).
    Raises DocumentError for what is no document (NaN, a set, a function) or is nested too deep.
    """
    try:
        return _dump(value)
    except ValueError as error:
        raise DocumentError(str(error))


def quote(text: str) -> str:  # native: quoteText
    """The JSON text of a string: in quotation marks, with its control characters escaped."""
    if _ENGINE is not None:
        quoted: str = _ENGINE[1](text if text.isascii() or _is_well_formed(text) else encode(text).decode("utf-8"))
        return quoted
    import json

    # MicroPython has no short escapes for these two.
    text = encode(text).decode("utf-8")
    parts = ["\\f".join([json.dumps(part)[1:-1] for part in half.split("\f")]) for half in text.split("\b")]
    return '"' + "\\b".join(parts) + '"'


# Telling apart.


def kind_of(value: Document) -> str:  # native: kindOf
    """ "object", "array", "string", "number", "boolean" or "null"; "" for what JSON does not have."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    for kind, classes in _CLASSES:
        if isinstance(value, classes):
            return kind
    return ""


_CLASSES: "list[tuple[str, Any]]" = [("object", dict), ("array", list), ("string", str), ("number", (int, float))]


def text_of(value: Document, default: str) -> str:  # native: textOf
    """A string as it is, and the default for anything else."""
    return value if isinstance(value, str) else default


def int_of(value: Document, default: int) -> int:  # native: intOf
    """A whole number between -2^53 and 2^53, exclusively, and the default for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return default
    if value != value or abs(value) >= 9007199254740992 or value != int(value):
        return default
    return int(value)


def bool_of(value: Document, default: bool) -> bool:  # native: boolOf
    """true and false as they are, and the default for anything else."""
    return value if isinstance(value, bool) else default


# Objects.


def make_object(members: "list[tuple[str, Document]]") -> Document:  # native: makeObject
    """A new object with these members."""
    made: dict[str, Document] = {}
    for name, item in members:
        made[name] = item
    return made


def get(value: Document, name: str) -> Document:  # native: getMember
    """A member, None (as for null) if there is none or if this is no object."""
    return value.get(name) if isinstance(value, dict) else None


def has(value: Document, name: str) -> bool:  # native: hasMember
    """Whether there is a member of this name, null included."""
    return isinstance(value, dict) and name in value


def put(value: Document, name: str, item: Document) -> None:  # native: putMember
    """Add or replace a member of an object."""
    assert isinstance(value, dict)
    value[name] = item


def remove(value: Document, name: str) -> None:  # native: removeMember
    """Take a member out of an object, if it is there."""
    assert isinstance(value, dict)
    value.pop(name, None)


def names(value: Document) -> list[str]:  # native: memberNames
    """The names of an object's members, sorted by code point; none for anything else."""
    return sorted(value) if isinstance(value, dict) else []


# Arrays.


def make_array(items: "list[Document]") -> Document:  # native: makeArray
    """A new array with these items."""
    return list(items)


def length(value: Document) -> int:  # native: arrayLength
    """The number of an array's items; 0 for anything else."""
    return len(value) if isinstance(value, list) else 0


def item_at(value: Document, index: int) -> Document:  # native: itemAt
    """An item, from 0; None if there is none or if this is no array."""
    return value[index] if isinstance(value, list) and 0 <= index < len(value) else None


def append(value: Document, item: Document) -> None:  # native: appendItem
    """Add an item at the end of an array."""
    assert isinstance(value, list)
    value.append(item)


def insert(value: Document, index: int, item: Document) -> None:  # native: insertItem
    """Put an item in front of the one at this index, 0 to length()."""
    assert isinstance(value, list)
    value.insert(index, item)


def replace_item(value: Document, index: int, item: Document) -> None:  # native: replaceItem
    """Put another item in the place of the one at this index, which must be there."""
    assert isinstance(value, list)
    value[index] = item


def remove_item(value: Document, index: int) -> None:  # native: removeItemAt
    """Take the item at this index out, which must be there."""
    assert isinstance(value, list)
    value.pop(index)


# Whole documents.


def shallow_copy(value: Document) -> Document:  # native: shallowCopy
    """A new object or array with the same members or items, which are not copied; anything else as it is."""
    return value.copy() if isinstance(value, (dict, list)) else value


def copy_document(value: Document) -> Document:  # native: copyDocument
    """A copy that shares nothing with its original."""
    if isinstance(value, dict):
        made: dict[str, Document] = {}
        for name in value:
            made[name] = copy_document(value[name])
        return made
    if isinstance(value, list):
        items: list[Document] = []
        for item in value:
            items.append(copy_document(item))
        return items
    return value


def same_document(one: Document, other: Document) -> bool:  # native: sameDocument
    """Whether two documents are equal, as JSON Patch's `test` compares: 1 is 1.0, and order of members is nothing."""
    if kind_of(one) != kind_of(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        if len(one) != len(other):
            return False
        for name in one:
            if name not in other or not same_document(one[name], other[name]):
                return False
        return True
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return False
        for at in range(len(one)):
            if not same_document(one[at], other[at]):
                return False
        return True
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return float(one) == float(other)  # as far as a double goes, like JavaScript
    return one == other


# Numbers and texts, on the Python side. JSON of CPython is strict with these hooks; MicroPython's takes `[1 2]` and
# `{"a" 1,,}`, so there the core's own reader does it.


def number_from(text: str) -> Document:  # native: numberFrom
    """The number that JSON's digits stand for: an int where it is whole and less than 2^53. Raises ValueError."""
    if len(text) > 300 or "." in text or "e" in text or "E" in text:  # CPython's int() refuses 4,300 digits
        return _tidy(float(text))
    return int(text)


def _tidy(value: float) -> "int | float":
    if value - value != 0:  # Infinity
        raise ValueError(OUT_OF_RANGE)
    return int(value) if abs(value) < 9007199254740992 and value == int(value) else value


def _no_constant(word: str) -> None:
    raise ValueError(NOT_JSON)


def _engine() -> "Any":
    """The module json with a strict decoder made; None where json has no such thing."""
    import json

    try:
        decoder = json.JSONDecoder(parse_float=number_from, parse_int=number_from, parse_constant=_no_constant)
        return (decoder.decode, json.encoder.encode_basestring, json.JSONDecodeError)
    except AttributeError:
        return None


_ENGINE = _engine()


def _parse(text: str) -> Document:  # native: parseDocument
    if _ENGINE is None:
        return _parse_slowly(text)
    decode, _, malformed = _ENGINE
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_deep(text):
        return _parse_slowly(text)  # which names what is wrong first
    try:
        value = decode(text)
    except malformed:
        raise ValueError(NOT_JSON)
    # Escapes of a whole pair are common, halves are not: the reader replaces them.
    escaped = "\\ud" in text or "\\uD" in text
    if (escaped or not text.isascii()) and not _is_well_formed(_dump_raw(value) if escaped else text):
        return _parse_slowly(text)
    return value


def _parse_slowly(text: str) -> Document:
    from wakeful.json_reader import JsonReader

    reader = JsonReader()
    reader.feed(text)
    reader.finish()
    if reader.problem != "":
        raise ValueError(reader.problem)
    return reader.value


def _is_well_formed(text: str) -> bool:
    try:
        text.encode("utf-8")
        return True
    except UnicodeError:
        return False


def _is_deep(text: str) -> bool:
    """Whether it nests too deep, by the brackets in all that is outside of strings."""
    depth = 0
    for place, part in enumerate(text.replace("\\\\", "").replace('\\"', "").split('"')):
        for character in part if place % 2 == 0 else "":
            if character in "[{":
                depth += 1
                if depth > MAX_DEPTH:
                    return True
            elif character in "]}":
                depth -= 1
    return False


def _dump(value: Document) -> str:  # native: dumpDocument
    pieces: list[str] = []
    _write(value, pieces, MAX_DEPTH)
    return "".join(pieces)


def _check_range(value: int) -> None:
    try:
        if float(value) - float(value) == 0:
            return
    except OverflowError:
        pass
    raise ValueError(NO_DOCUMENT)


def _dump_raw(value: Document) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _write(value: Document, pieces: list[str], left: int) -> None:
    if isinstance(value, str):
        pieces.append(quote(value))
    elif value is None:
        pieces.append("null")
    elif isinstance(value, bool):
        pieces.append("true" if value else "false")
    elif isinstance(value, int):
        if abs(value) >= 9007199254740992:
            _check_range(value)
        pieces.append(str(value))
    elif isinstance(value, float):
        pieces.append(_float_text(value))
    elif isinstance(value, (dict, list)):
        if left == 0:
            raise ValueError(TOO_DEEP)
        pieces.append("{" if isinstance(value, dict) else "[")
        comma = ""
        for item in value:
            pieces.append(comma)
            comma = ","
            if isinstance(value, dict):
                if not isinstance(item, str):
                    raise ValueError(NO_DOCUMENT)
                pieces.append(quote(item) + ":")
                item = value[item]
            _write(item, pieces, left - 1)
        pieces.append("}" if isinstance(value, dict) else "]")
    else:
        raise ValueError(NO_DOCUMENT)


def _float_text(value: float) -> str:
    """As ECMAScript writes a number: its shortest digits, a point from 1e-6 on, an exponent from 1e21 on."""
    if value - value != 0:
        raise ValueError(NO_DOCUMENT)
    if abs(value) < 9007199254740992 and value == int(value):
        return str(int(value))
    sign = "-" if value < 0 else ""
    digits, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = digits.partition(".")
    point = len(whole) + (int(exponent) if exponent != "" else 0)
    digits = whole + ("" if fraction == "0" else fraction)
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.lstrip("0").rstrip("0")
    if point > 21 or point <= -6:
        rest = "." + digits[1:] if len(digits) > 1 else ""
        return f"{sign}{digits[:1]}{rest}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    if point <= 0:
        return sign + "0." + "0" * -point + digits
    if point >= len(digits):
        return sign + digits + "0" * (point - len(digits))
    return sign + digits[:point] + "." + digits[point:]
