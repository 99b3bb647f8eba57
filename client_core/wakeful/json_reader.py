"""Reads a JSON text that arrives in pieces: strict about what it has, and never done before it is.

Each byte is looked at once, however small the pieces are, so the growing arguments of a tool call can be shown after
each one at no more cost than reading them once. What is shown of an unfinished text is the document as far as it is
certain: an unfinished string as far as it goes, but no unfinished number, word or name of a member.
"""

from wakeful.document import (
    MAX_DEPTH,
    NOT_JSON,
    TOO_DEEP,
    Document,
    append,
    length,
    make_array,
    make_object,
    number_from,
    put,
    replace_item,
)
from wakeful.text import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    # What may come next, besides white space.
    Next = Literal["value", "value or ]", "name or }", "name", ":", ", or end", "nothing"]

HEX = b"0123456789abcdef"
# What an escape of one letter stands for.
ESCAPES = {0x22: b'"', 0x5C: b"\\", 0x2F: b"/", 0x62: b"\b", 0x66: b"\f", 0x6E: b"\n", 0x72: b"\r", 0x74: b"\t"}


class _Level:
    """An object or array that is not closed yet. name: of the member whose value is being read."""

    def __init__(self, container: Document, is_array: bool) -> None:
        self.container = container
        self.is_array = is_array
        self.name = ""


class JsonReader:
    """feed() it pieces of text; then finish().

    problem: "" while all is well, else what is wrong; nothing is read after that.
    complete: whether a whole document has been read.
    """

    def __init__(self) -> None:
        self.problem = ""
        self.complete = False
        self._root: Document = None
        self._levels: list[_Level] = []
        self._next: Next = "value"
        self._in_string = False
        self._is_name = False
        self._string = ""  # the string that is being read, but for what is in the pieces
        self._pieces: list[bytes] = []  # of the string, number or word that is being read
        self._shown = False  # an unfinished string has its place in the document already
        self._rest = b""  # an escape that is cut off
        self._slash = -1  # where the next backslash is, so that no byte is searched twice

    @property
    def value(self) -> Document:
        """The document, as far as it has been read. It changes with what is fed: copy it to keep it."""
        if self._in_string and not self._is_name:
            self._place(self._take_string())
            self._shown = True
        return self._root

    def _take_string(self) -> str:
        """What has been read of the string. Pieces are whole characters, so each is decoded once."""
        self._string += decode(b"".join(self._pieces))
        self._pieces = []
        return self._string

    def feed(self, text: str) -> None:
        """The next piece of the text. Never raises: see problem."""
        if self.problem != "":
            return
        raw = self._rest + encode(text)
        self._rest = b""
        self._slash = -1
        at = 0
        while at < len(raw) and self.problem == "":
            if self._in_string:
                at = self._read_string(raw, at)
            elif len(self._pieces) > 0:
                at = self._read_scalar(raw, at)
            else:
                at = self._read_mark(raw, at)

    def finish(self) -> None:
        """There is no more. What is not whole is a problem now."""
        if self.problem == "" and len(self._pieces) > 0 and not self._in_string:
            self._end_scalar()
        if self.problem == "" and not self.complete:
            self._fail(NOT_JSON)

    def _fail(self, problem: str) -> None:
        self.problem = problem
        self.complete = False

    # Values and their places.

    def _place(self, value: Document) -> None:
        if len(self._levels) == 0:
            self._root = value
            return
        level = self._levels[len(self._levels) - 1]
        if not level.is_array:
            put(level.container, level.name, value)
        elif self._shown:
            replace_item(level.container, length(level.container) - 1, value)
        else:
            append(level.container, value)

    def _add(self, value: Document) -> None:
        self._place(value)
        self._shown = False
        self._after_value()

    def _after_value(self) -> None:
        self.complete = len(self._levels) == 0
        self._next = "nothing" if self.complete else ", or end"

    def _open(self, container: Document, is_array: bool) -> None:
        if len(self._levels) == MAX_DEPTH:
            self._fail(TOO_DEEP)
            return
        self._place(container)
        self._levels.append(_Level(container, is_array))
        self._next = "value or ]" if is_array else "name or }"

    def _close(self, is_array: bool) -> None:
        empty: Next = "value or ]" if is_array else "name or }"
        open = len(self._levels) > 0 and self._levels[len(self._levels) - 1].is_array == is_array
        if open and (self._next == ", or end" or self._next == empty):
            self._levels.pop()
            self._after_value()
        else:
            self._fail(NOT_JSON)

    # Marks: all that is outside of strings, numbers and words.

    def _read_mark(self, raw: bytes, at: int) -> int:
        byte = raw[at]
        wants_value = self._next == "value" or self._next == "value or ]"
        if byte == 0x22:
            self._is_name = self._next == "name" or self._next == "name or }"
            self._in_string = wants_value or self._is_name
            if not self._in_string:
                self._fail(NOT_JSON)
        elif byte == 0x2C and self._next == ", or end":
            self._next = "value" if self._levels[len(self._levels) - 1].is_array else "name"
        elif byte == 0x3A and self._next == ":":
            self._next = "value"
        elif byte == 0x5D or byte == 0x7D:
            self._close(byte == 0x5D)
        elif byte == 0x5B and wants_value:
            self._open(make_array([]), True)
        elif byte == 0x7B and wants_value:
            self._open(make_object([]), False)
        elif is_scalar_byte(byte) and wants_value:
            return self._read_scalar(raw, at)
        elif byte != 0x20 and byte != 0x0A and byte != 0x0D and byte != 0x09:
            self._fail(NOT_JSON)
        return at + 1

    # Strings.

    def _read_string(self, raw: bytes, at: int) -> int:
        """To the end of the string, or of the piece."""
        quote = raw.find(b'"', at)
        end = quote if quote >= 0 else len(raw)
        if self._slash < at:
            slash = raw.find(b"\\", at)
            self._slash = slash if slash >= 0 else len(raw)
        if self._slash < end:
            end = self._slash
        if end > at:
            piece = raw[at:end]
            if has_control(piece):
                self._fail(NOT_JSON)
                return end
            self._pieces.append(piece)
        if end == len(raw):
            return end
        if end == self._slash:
            return self._read_escape(raw, end)
        self._end_string()
        return end + 1

    def _end_string(self) -> None:
        text = self._take_string()
        self._string = ""
        self._in_string = False
        if self._is_name:
            self._levels[len(self._levels) - 1].name = text
            self._next = ":"
        else:
            self._add(text)

    def _read_escape(self, raw: bytes, at: int) -> int:
        """`at`: of the backslash. An escape that may go on in the next piece waits for it."""
        left = len(raw) - at
        if left < 2:
            self._rest = raw[at:]
            return len(raw)
        letter = raw[at + 1]
        if letter != 0x75:
            plain = ESCAPES.get(letter)
            if plain is None:
                self._fail(NOT_JSON)
                return at
            self._pieces.append(plain)
            return at + 2
        first = hex_unit(raw, at)
        pair = first >= 0xD800 and first <= 0xDBFF
        if first == CUT or (pair and hex_unit(raw, at + 6) == CUT):
            self._rest = raw[at:]
            return len(raw)
        if first == WRONG:
            self._fail(NOT_JSON)
            return at
        second = hex_unit(raw, at + 6) if pair else WRONG
        if second >= 0xDC00 and second <= 0xDFFF:
            self._pieces.append(utf8(0x10000 + (first - 0xD800) * 0x400 + (second - 0xDC00)))
            return at + 12
        self._pieces.append(utf8(first))
        return at + 6

    # Numbers and words.

    def _read_scalar(self, raw: bytes, at: int) -> int:
        end = at
        while end < len(raw) and is_scalar_byte(raw[end]):
            end += 1
        self._pieces.append(raw[at:end])
        if end < len(raw):
            self._end_scalar()
        return end

    def _end_scalar(self) -> None:
        word = b"".join(self._pieces)
        self._pieces = []
        if word == b"true" or word == b"false":
            self._add(word == b"true")
        elif word == b"null":
            self._add(None)
        elif is_number(word):
            try:
                self._add(number_from(decode(word)))
            except ValueError as error:
                self._fail(str(error))
        else:
            self._fail(NOT_JSON)


def partial_json(text: str) -> Document:
    """The document that an unfinished JSON text begins, as far as it is certain; None if nothing is. Never raises.

    An unfinished string is given as far as it goes; an unfinished number, word or name of a member is left out. For a
    text that grows, a JsonReader reads each piece once.
    """
    reader = JsonReader()
    reader.feed(text)
    return reader.value


# What hex_unit() answers where there is no unit: the piece ends too early, or it is something else.
CUT = -1
WRONG = -2


def hex_unit(raw: bytes, at: int) -> int:
    r"""The UTF-16 unit that the escape \uXXXX at this place stands for."""
    unit = 0
    for place in range(at, at + 6):
        if place >= len(raw):
            return CUT
        byte = raw[place]
        if place == at:
            digit = 0 if byte == 0x5C else -1
        elif place == at + 1:
            digit = 0 if byte == 0x75 else -1
        else:
            digit = HEX.find(bytes([byte | 0x20 if byte >= 0x41 else byte]))
        if digit < 0:
            return WRONG
        unit = unit * 16 + digit
    return unit


def utf8(point: int) -> bytes:
    """A code point in UTF-8; U+FFFD for half of a pair."""
    if point < 0x80:
        return bytes([point])
    if point < 0x800:
        return bytes([0xC0 | (point >> 6), 0x80 | (point & 0x3F)])
    if point >= 0xD800 and point <= 0xDFFF:
        return b"\xef\xbf\xbd"
    if point < 0x10000:
        return bytes([0xE0 | (point >> 12), 0x80 | ((point >> 6) & 0x3F), 0x80 | (point & 0x3F)])
    high = [0xF0 | (point >> 18), 0x80 | ((point >> 12) & 0x3F)]
    return bytes(high + [0x80 | ((point >> 6) & 0x3F), 0x80 | (point & 0x3F)])


def has_control(raw: bytes) -> bool:
    """Whether there is a control character, which a string has only as an escape."""
    for byte in raw:
        if byte < 0x20:
            return True
    return False


def is_scalar_byte(byte: int) -> bool:
    """A byte of a number or a word: + - . digits and letters."""
    letter = byte | 0x20
    return (byte >= 0x30 and byte <= 0x39) or (letter >= 0x61 and letter <= 0x7A) or byte in [0x2B, 0x2D, 0x2E]


def is_number(word: bytes) -> bool:
    """RFC 8259, "Numbers": no plus in front, no zero before other digits, digits on both sides of a point."""
    at = digits_end(word, 1 if word.startswith(b"-") else 0)
    first = 1 if word.startswith(b"-") else 0
    if at == first or (word[first] == 0x30 and at > first + 1):
        return False
    if at < len(word) and word[at] == 0x2E:
        start = at + 1
        at = digits_end(word, start)
        if at == start:
            return False
    if at < len(word) and (word[at] | 0x20) == 0x65:
        start = at + 1
        if start < len(word) and (word[start] == 0x2B or word[start] == 0x2D):
            start += 1
        at = digits_end(word, start)
        if at == start:
            return False
    return at == len(word)


def digits_end(word: bytes, at: int) -> int:
    """Where the digits from this place on end."""
    while at < len(word) and word[at] >= 0x30 and word[at] <= 0x39:
        at += 1
    return at
