# ruff: noqa
"""bytes: binary strings in JavaScript."""

DATA = [
    b"",
    b"a",
    b"ab\xff\x00",
    b"data: x\r\n\r\n",
    b"a:b:c",
    b"::",
    b"  x \t\n",
    b"MiXed\xc0\xdf",
    b"0123",
    b"$& $1",
    b"a\nb\r\nc\rd\n",
]


def equality() -> list[bool]:
    found: list[bool] = []
    for a in DATA:
        for b in DATA:
            found.append(a == b)
            found.append(a != b)
            found.append(a < b)
            found.append(a >= b)
            found.append(a in b)
            found.append(a.startswith(b))
            found.append(a.endswith(b))
    return found


def items() -> list[int]:
    found: list[int] = []
    for data in DATA:
        found.append(len(data))
        for byte in data:
            found.append(byte)
        for at in range(len(data)):
            found.append(data[at] + at)
        for byte in data[1:]:
            if byte == 0x78:
                break
            found.append(byte)
    return found + list(b"\x00\xff") + [byte * 2 for byte in b"ab" if byte > 0x61]


def indexes() -> list[str]:
    found: list[str] = []
    for data in DATA:
        for place in [-3, -1, 0, 1, 2, 99]:
            try:
                found.append(str(data[place]))
            except IndexError:
                found.append("IndexError")
    return found


def slices() -> list[bytes]:
    found: list[bytes] = []
    for data in DATA:
        found.append(data[:])
        for a in [-9, -2, 0, 1, 3, 9]:
            found.append(data[a:])
            found.append(data[:a])
            for b in [-9, -1, 0, 2, 9]:
                found.append(data[a:b])
    return found


def found_in() -> list[int]:
    found: list[int] = []
    for data in DATA:
        found.append(data.find(b":"))
        found.append(data.find(b""))
        found.append(data.rfind(b":"))
        found.append(data.count(b":"))
        for start in [-99, -2, 0, 1, 2, 99]:
            found.append(data.find(b":", start))
            found.append(data.find(b"b", start, 4))
            found.append(data.find(b"c", start, -1))
        at = data.find(b":")
        while at >= 0:
            found.append(at)
            at = data.find(b":", at + 1)
    return found


def parted() -> list[bytes]:
    found: list[bytes] = []
    for data in DATA:
        head, mark, tail = data.partition(b":")
        found += [head, mark, tail]
        found += [*data.rpartition(b":")]
        found += data.split(b":") + data.split(b"\r\n")
        found += data.split(b":", 1) + data.split(b":", 0) + data.split(b":", -1) + data.split(b":", 9)
        found += data.split() + data.splitlines()
        found.append(data.partition(b": ")[2])
    return found


def changed() -> list[bytes]:
    found: list[bytes] = []
    for data in DATA:
        found += [
            data.strip(),
            data.lstrip(),
            data.rstrip(),
            data.strip(b"a \n"),
            data.lstrip(b":"),
            data.rstrip(b"\x00\xff"),
        ]
        found += [
            data.lower(),
            data.upper(),
            data.replace(b"\r\n", b"\n"),
            data.replace(b"a", b"$&"),
            data.replace(b":", data),
        ]
        found += [data + b"!", b"-".join([data, data]), data * 2]
    return found + [b"".join([]), bytes([]), bytes([0, 127, 128, 255]), bytes([n * 2 for n in range(5)])]


def out_of_range() -> str:
    try:
        return bytes([1, 256]).hex()
    except ValueError:
        return "ValueError"


def as_text() -> list[str]:
    found: list[str] = []
    for data in DATA:
        found.append(data.decode("utf-8", "replace"))
        found.append(data.hex())
        found.append("digits" if data.isdigit() else "no digits")
        try:
            found.append(data.decode("utf-8"))
        except UnicodeDecodeError:
            found.append("UnicodeDecodeError")
        try:
            found.append(data.decode("ascii"))
        except ValueError:
            found.append("ValueError")
    return found


def truth() -> list[bool]:
    return [bool(data) for data in DATA] + [not data for data in DATA] + [data is not None for data in DATA]


def scanned() -> list[int]:
    """Indexes that the conditions around them prove."""
    found: list[int] = []
    for data in DATA:
        at = 0
        while at < len(data):
            byte = data[at]
            if at + 1 < len(data) and data[at + 1] == 0x0A:
                found.append(-1)
            at += 1
            found.append(byte)
        if data:
            found.append(data[0])
        found.append(data[0] if len(data) > 0 else -2)
    return found
