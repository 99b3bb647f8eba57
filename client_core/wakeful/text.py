"""UTF-8 to text, the same in every runtime: invalid bytes become U+FFFD as the Encoding standard says.

Lines are split on bytes (CR and LF never occur inside a UTF-8 sequence) and each whole line is decoded here, so no
state is carried between chunks. Compiled to JavaScript, decode() has a native body (runtime.mjs: decodeUtf8).
CPython's own "replace" is the Encoding standard's "maximal subpart" practice. MicroPython's is not: its strict decoder
lets surrogates and overlong forms pass, and errors="replace" raises. This file is one of two that may ask where they
run; it asks by trying.
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
        return line.decode("utf-8", "replace")
    # What a lax strict decoder gets wrong: surrogates (ED A0 to ED BF), beyond U+10FFFF (F4 90 and up), overlong
    # forms (which do not survive a round trip).
    if b"\xed" not in line and b"\xf4" not in line:
        try:
            text = line.decode("utf-8")
            if text.encode("utf-8") == line:
                return text
        except Exception:
            pass  # not valid: below
    return decode_replacing(line)


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
