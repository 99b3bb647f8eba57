"""UTF-8 to text, the same in every runtime: invalid bytes become U+FFFD as the Encoding standard says.

Lines are split on bytes (CR and LF never occur inside a UTF-8 sequence) and each whole line is decoded here, so no
state is carried between chunks. Compiled to JavaScript, decode() has a native body (runtime.mjs: decodeUtf8).
CPython's own "replace" is the Encoding standard's "maximal subpart" practice. MicroPython's is not: its strict decoder
lets surrogates and overlong forms pass, and errors="replace" raises. Which one runs here is found out by trying.
"""


def _decodes_like_the_standard() -> bool:
    try:
        return b"\xed\xa0\x80".decode("utf-8", "replace") == "\ufffd\ufffd\ufffd"
    except Exception:
        return False


_NATIVE = _decodes_like_the_standard()


def decode(line: bytes) -> str:  # native: decodeUtf8
    """The text of a line. Never raises. Standard: "UTF-8 decode without BOM"."""
    if _NATIVE:
        try:
            return line.decode()  # twice as fast without arguments
        except UnicodeDecodeError:
            return line.decode("utf-8", "replace")
    if _is_well_formed(line):
        try:
            return line.decode("utf-8")
        except Exception:
            pass  # truncated, or a stray byte: below
    return decode_replacing(line)


# What MicroPython's decoder lets pass, by first byte: the second byte must be in this range. Overlong forms,
# surrogates, and what is beyond U+10FFFF.
_SECOND_BYTES = [
    (b"\xc0", 1, 0),
    (b"\xc1", 1, 0),
    (b"\xe0", 0xA0, 0xBF),
    (b"\xed", 0x80, 0x9F),
    (b"\xf0", 0x90, 0xBF),
    (b"\xf4", 0x80, 0x8F),
    (b"\xf5", 1, 0),
    (b"\xf6", 1, 0),
    (b"\xf7", 1, 0),
]


def _is_well_formed(line: bytes) -> bool:
    """Whether the strict decoder can be trusted with it. find() skips what is ASCII, and all but these bytes."""
    for first, lower, upper in _SECOND_BYTES:
        at = line.find(first)
        while at >= 0:
            if at + 1 >= len(line) or line[at + 1] < lower or line[at + 1] > upper:
                return False
            at = line.find(first, at + 1)
    return True


def decode_replacing(line: bytes) -> str:
    """decode() without help from the runtime. Standard: "UTF-8 decoder"."""
    parts: list[bytes] = []
    at = 0
    while at < len(line):
        length = _sequence_length(line, at)
        if length < 0:
            parts.append(b"\xef\xbf\xbd")
            at -= length
        else:
            parts.append(line[at : at + length])
            at += length
    return b"".join(parts).decode("utf-8")


def _sequence_length(line: bytes, at: int) -> int:
    """The length of the well-formed sequence at `at`, or minus the length of the bytes that one U+FFFD replaces."""
    first = line[at]
    if first < 0x80:
        return 1
    lower = 0x80
    upper = 0xBF
    if 0xC2 <= first <= 0xDF:
        needed = 1
    elif 0xE0 <= first <= 0xEF:
        needed = 2
        if first == 0xE0:
            lower = 0xA0
        if first == 0xED:
            upper = 0x9F
    elif 0xF0 <= first <= 0xF4:
        needed = 3
        if first == 0xF0:
            lower = 0x90
        if first == 0xF4:
            upper = 0x8F
    else:
        return -1
    for seen in range(1, needed + 1):
        if at + seen >= len(line):
            return -seen
        byte = line[at + seen]
        if byte < lower or byte > upper:
            return -seen
        lower = 0x80
        upper = 0xBF
    return needed + 1


def encode(text: str) -> bytes:  # native: encodeUtf8
    """UTF-8 of a text. A lone surrogate (JSON's "\\ud83d" leaves one) becomes U+FFFD, as JavaScript's encoder does."""
    if not _NATIVE:
        return _replace_surrogates(text.encode("utf-8"))
    try:
        return text.encode("utf-8")
    except UnicodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")


def _replace_surrogates(raw: bytes) -> bytes:
    """MicroPython encodes a surrogate as the three bytes ED A0..BF xx."""
    at = raw.find(b"\xed")
    while at >= 0:
        if raw[at + 1] >= 0xA0:
            raw = raw[:at] + b"\xef\xbf\xbd" + raw[at + 3 :]
        at = raw.find(b"\xed", at + 1)
    return raw
