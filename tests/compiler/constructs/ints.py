# ruff: noqa
"""Ints: arithmetic that floors, bits on 32 bits, and texts of numbers."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

VALUES = [
    -9_007_199_254_740_991,
    -4_294_967_297,
    -17,
    -1,
    0,
    1,
    2,
    7,
    255,
    65_536,
    4_294_967_295,
    9_007_199_254_740_991,
]
MASK: "Final" = 0xFFFFFFFF
KILO = 1024
BIG = 1 << 40
POWER = 10**15
SUM = KILO * KILO + 0x10 - 0b11


def constants() -> list[int]:
    return [MASK, KILO, BIG, POWER, SUM, -KILO, +7, 0o17, 1_000_000]


def arithmetic() -> list[int]:
    found: list[int] = []
    for a in [-17, -1, 0, 1, 7, 255]:
        for b in [-8, -1, 1, 3, 1000]:
            found.append(a + b)
            found.append(a - b * 2)
            found.append((a - b) * 2)
            found.append(a - (b - a))
            found.append(-a * -b)
            found.append(-(-a))
    return found


def floor_division() -> list[int]:
    found: list[int] = []
    for a in VALUES:
        for b in [-1024, -7, -2, -1, 1, 2, 7, 1024, 9_007_199_254_740_991]:
            found.append(a // b)
            found.append(a % b)
            found.append(a // b * 1 + a % b)
        found.append(a // 2 + a % 2)
        found.append(a // -3 - a % -3)
        found.append(len(VALUES) % 5)
    return found


def zero_division() -> str:
    zero = len(VALUES) - 12
    try:
        return f"{7 // zero}"
    except ZeroDivisionError:
        try:
            return f"{7 % zero}"
        except ArithmeticError:
            return "both"


def bits() -> list[int]:
    found: list[int] = []
    for a in [0, 1, 255, 256, 65_535, 2_147_483_647, 2_147_483_648, 4_294_967_295]:
        for b in [0, 1, 128, 65_536, 2_147_483_648, 4_294_967_295]:
            found.append(a & b)
            found.append(a | b)
            found.append(a ^ b)
            found.append((a * b) & 0xFFFFFFFF)
            found.append((a * b + 7) & 0xFFFF)
            found.append((a * 16_777_619 ^ b) & 0xFF if a < 256 else 0)
        found.append(a >> 3)
        found.append((a << 13) & 0xFFFFFFFF)
        found.append((a << 31) & MASK)
        found.append((a << 4) & 0xF0)
        found.append(a & 0x80000000)
        found.append(a >> 0 & 1)
    for value in VALUES:
        found.append(value & 0xFF)
        found.append(value & 0xFFFFFFFF)
    return found


def xorshift() -> list[int]:
    state = 2_463_534_242
    found: list[int] = []
    for _ in range(50):
        state = state ^ ((state << 13) & 0xFFFFFFFF)
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        found.append(state)
    return found


def fnv() -> int:
    value = 2_166_136_261
    for byte in b"the quick brown fox \xff\x00":
        value = ((value ^ byte) * 16_777_619) & 0xFFFFFFFF
    return value


def augmented() -> list[int]:
    a = 5
    a += 3
    a -= 1
    a *= 9
    a //= 4
    b = a
    b %= 4
    b |= 8
    b &= 0xFE
    b ^= 3
    b >>= 1
    return [a, b]


def functions() -> list[int]:
    return [
        abs(-4),
        min(3, 1, 2),
        max(3, 1, 2),
        min(-1, 1),
        max(0, -5),
        7,
        sum([1, 2, 3]),
        sum([n * n for n in [1, 2]]),
    ]


def comparisons() -> list[bool]:
    a = 3
    b = 5
    return [
        a < b,
        a <= 3,
        a > b,
        a >= b,
        a == b,
        a != b,
        1 < a < b,
        1 <= a <= 2,
        1 < a < b < 9,
        not a < b,
        not (1 < a < b),
    ]


def from_text() -> list[str]:
    found: list[str] = []
    for text in [
        "0",
        "12",
        "-7",
        "+5",
        " 7 ",
        "1_000",
        "",
        " ",
        "1 2",
        "0x10",
        "1.5",
        "1e3",
        "_1",
        "1__2",
        "９９x",
        "-",
        "- 1",
        "\x0b3",
    ]:
        try:
            found.append(str(int(text)))
        except ValueError:
            found.append("ValueError")
    for raw in [b"15", b"-0", b"007", b"x"]:
        try:
            found.append(f"{int(raw)}")
        except ValueError:
            found.append("ValueError")
    return found


def to_text() -> list[str]:
    found: list[str] = []
    for value in [0, 7, -5, 255, 65_535, 9_007_199_254_740_991]:
        found.append(str(value))
        found.append(f"{value}|{value + 1}")
    return found
