"""The little of structured fields (RFC 9651) and of query strings that a viewer's wishes arrive in."""

from wakeful.text import decode

KEY_CHARS = b"abcdefghijklmnopqrstuvwxyz0123456789_-.*"
HEX_CHARS = b"0123456789abcdefABCDEF"
STOPS = b",; \t"


def parse_dictionary(raw: bytes) -> dict[str, str]:
    """The members of a Dictionary, each bare item as its text: a string without its quotes, a true boolean as "?1".

    Parameters are passed over, and so is what an inner list holds. A field that is no Dictionary has no members: it is
    ignored as a whole. RFC 9651, "Parsing a Dictionary".
    """
    members: dict[str, str] = {}
    at = _skip(raw, 0, b" ")
    while at < len(raw):
        end = _skip(raw, at, KEY_CHARS)
        if end == at or raw[at : at + 1] not in b"abcdefghijklmnopqrstuvwxyz*":
            return {}
        key = raw[at:end].decode("ascii")
        value = b"?1"
        if raw[end : end + 1] == b"=":
            at = end + 1
            end = _end_of_item(raw, at)
            if end <= at:
                return {}
            value = _bare_item(raw[at:end])
        end = _skip_parameters(raw, end)
        if end < 0:
            return {}
        members[key] = decode(value)
        at = _skip(raw, end, b" \t")
        if at < len(raw):
            if raw[at : at + 1] != b",":
                return {}
            at = _skip(raw, at + 1, b" \t")
            if at == len(raw):
                return {}  # a comma at the end
    return members


def parse_query(raw: bytes) -> dict[str, str]:
    """The pairs of a query string, decoded; of a name that comes twice, the last. URL, "urlencoded parsing"."""
    pairs: dict[str, str] = {}
    for part in raw.split(b"&"):
        name, _, value = part.partition(b"=")
        if len(name) > 0:
            pairs[decode(_percent_decode(name))] = decode(_percent_decode(value))
    return pairs


def _percent_decode(raw: bytes) -> bytes:
    parts = raw.replace(b"+", b" ").split(b"%")
    decoded = [parts[0]]
    for part in parts[1:]:
        if len(part) >= 2 and part[0:1] in HEX_CHARS and part[1:2] in HEX_CHARS:
            decoded.append(bytes([_hex_digit(part[0]) * 16 + _hex_digit(part[1])]) + part[2:])
        else:
            decoded.append(b"%" + part)
    return b"".join(decoded)


def _hex_digit(byte: int) -> int:
    return byte - 0x30 if byte <= 0x39 else (byte | 0x20) - 0x57


def _skip(raw: bytes, at: int, chars: bytes) -> int:
    while at < len(raw) and raw[at : at + 1] in chars:
        at += 1
    return at


def _end_of_item(raw: bytes, at: int) -> int:
    """Where the item or inner list at `at` ends; -1 where it does not."""
    first = raw[at : at + 1]
    if first == b'"':
        return _end_of_string(raw, at + 1)
    if first == b"(":
        return _end_of_list(raw, at + 1)
    end = at
    while end < len(raw) and raw[end : end + 1] not in STOPS:
        end += 1
    return end


def _end_of_string(raw: bytes, at: int) -> int:
    while at < len(raw):
        byte = raw[at : at + 1]
        if byte == b"\\":
            if raw[at + 1 : at + 2] != b'"' and raw[at + 1 : at + 2] != b"\\":
                return -1
            at += 1
        elif byte == b'"':
            return at + 1
        elif raw[at] < 0x20 or raw[at] > 0x7E:
            return -1
        at += 1
    return -1


def _end_of_list(raw: bytes, at: int) -> int:
    while at < len(raw):
        byte = raw[at : at + 1]
        if byte == b")":
            return at + 1
        at = _end_of_string(raw, at + 1) if byte == b'"' else at + 1
        if at < 0:
            return -1
    return -1


def _bare_item(raw: bytes) -> bytes:
    if raw.startswith(b'"'):
        return raw[1 : len(raw) - 1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")
    return raw


def _skip_parameters(raw: bytes, at: int) -> int:
    while raw[at : at + 1] == b";":
        at = _skip(raw, at + 1, b" ")
        end = _skip(raw, at, KEY_CHARS)
        if end == at:
            return -1
        at = end
        if raw[at : at + 1] == b"=":
            end = _end_of_item(raw, at + 1)
            if end <= at + 1:
                return -1
            at = end
    return at
