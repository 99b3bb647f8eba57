# ruff: noqa
"""Helpers of the runtime, for values that Hypothesis makes up."""


def floor_division(a: int, b: int) -> list[int]:
    return [a // b, a % b]


def by_constants(a: int) -> list[int]:
    return [a // 7, a % 7, a // -7, a % -7, a // 1024, a & 0xFF, a & 0xFFFFFFFF, a & 0x80000001, (a << 5) & 0xFFFFFFFF]


def bits(a: int, b: int) -> list[int]:
    return [a & b, a | b, a ^ b, a >> 1, a >> 31, (a << 31) & 0xFFFFFFFF, (a * b) & 0xFFFFFFFF, (a * b + a) & 0xFFFF]


def any_bits(a: int, b: int) -> list[int]:
    return [a & -1, a & b, a ^ b, a | 1, a >> 3, a & 0x1FFFFFFFF]


def to_int(text: str) -> str:
    try:
        return str(int(text))
    except ValueError:
        return "ValueError"


def find_from(data: bytes, start: int, end: int) -> list[int]:
    return [data.find(b"a", start), data.find(b"ab", start, end), data.find(b"\xff\x00", start), data.rfind(b"a")]


def parts(data: bytes, cuts: int) -> list[list[bytes]]:
    return [
        data.split(b"a"),
        data.split(b"\r\n"),
        data.split(b"a", cuts),
        data.split(b"ab", cuts),
        data.split(),
        data.splitlines(),
        [*data.partition(b"a")],
        [*data.rpartition(b"ab")],
    ]


def changed(data: bytes, other: bytes) -> list[bytes]:
    return [
        data.strip(),
        data.lstrip(),
        data.rstrip(),
        data.strip(other),
        data.lstrip(other),
        data.rstrip(other),
        data.lower(),
        data.upper(),
        data.replace(b"a", other),
        data.replace(b"ab", b""),
        other.join([data, data, b""]),
        data + other,
    ]


def told(data: bytes, other: bytes) -> list[bool]:
    return [
        data == other,
        data != other,
        data < other,
        data <= other,
        other in data,
        data.startswith(other),
        data.endswith(other),
        data.isdigit(),
        not data,
    ]


def counted(data: bytes, other: bytes) -> list[int]:
    return [
        len(data),
        data.find(other),
        data.rfind(other),
        data.count(b"a"),
        data.count(b"aa"),
        *[byte for byte in data],
    ]


def sliced(data: bytes, a: int, b: int) -> list[bytes]:
    return [data[a:b], data[a:], data[:b], data[: a + 1]]


def item(data: bytes, at: int) -> int:
    try:
        return data[at]
    except IndexError:
        return -1


def list_item(items: list[int], at: int) -> list[int]:
    try:
        items[at] = items[at] + 1
        return [items[at], items.pop(at), *items]
    except IndexError:
        return [-1]


def list_slices(items: list[int], a: int, b: int) -> list[list[int]]:
    grown = items[:]
    grown.insert(a, 99)
    return [items[a:b], items[a:], items[:b], grown, items + items[a:], sorted(items)]


def sorted_text(texts: list[str]) -> list[str]:
    return sorted(texts)


def sorted_bytes(items: list[bytes]) -> list[bytes]:
    return sorted(items)


def text_parts(text: str, other: str) -> list[str]:
    return [
        *text.split("a"),
        text.replace("a", other),
        text.strip("a b"),
        text.lstrip("é"),
        text.rstrip("😀x"),
        other.join([text, "x", text]),
        f"{text}`${{other}}{other}\\",
        *list(text),
    ]


def encode(text: str) -> bytes:
    return text.encode("utf-8")


def decode(data: bytes) -> str:  # native: decodeUtf8
    return data.decode("utf-8", "replace")


def decode_strict(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8"


def decode_ascii(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeError:
        return "not ASCII"


def encode_replacing(text: str) -> bytes:  # native: encodeUtf8
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")


def hexadecimal(data: bytes) -> str:
    return data.hex()


def dict_steps(keys: list[str]) -> list[str]:
    """What a dict does with keys of any kind."""
    counts: dict[str, int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    found = [f"{key}={counts[key]}" for key in sorted(counts)]
    for key in keys:
        if key in counts:
            found.append(str(counts.pop(key)))
    return found + [str(len(counts))]
