# ruff: noqa
"""Names: repeated ones, words of JavaScript, and those that the written code uses itself."""


def repeated() -> list[int]:
    triple = (1, 2, 3)
    _, _, last = triple
    found = [last]
    for _, _, each in [(1, 2, 3), (4, 5, 6)]:
        found.append(each)
    [first, second] = (7, 8)
    a, (b, c) = 1, (2, 3)
    return found + [third for _, _, third in [triple]] + [first, second, a, b, c]


def words_of_javascript() -> list[int]:
    new, delete, typeof, void = 1, 2, 3, 4
    new_ = 5
    async_, of, get, let = 6, 7, 8, 9
    return [new, delete, typeof, void, new_, async_, of, get, let]


def helpers() -> list[int]:
    strip = 5
    floorDiv = 7
    listAt = 1
    items = [4, 5]
    return [strip, len(b" a ".strip()), floorDiv // len(items), items[listAt]]


def ends_of_ranges(items: list[int]) -> list[int]:
    atEnd = 9
    found: list[int] = []
    for at in range(len(items)):
        found.append(at + atEnd)
    return found


def call_ends_of_ranges() -> list[int]:
    return ends_of_ranges([1, 2])


def an_error_of_ones_own() -> str:
    error = "mine"
    try:
        raise ValueError("x")
    except ValueError:
        return error


def globals_of_javascript() -> list[str]:
    undefined = "u"
    NaN = "n"
    Object = "o"
    return [undefined, NaN, Object]


def shadowed() -> list[int]:
    x = [1, 2, 3]
    y = [x for x in x if x > 1]
    for z in [3, 4]:
        for z in [z + 1]:
            y.append(z)
        y.append(z)
    i = 5
    i = i - 1
    for i in [1, 2]:
        pass
    return y + x + [i]


def counted_from_below_zero() -> list[int]:
    found: list[int] = []
    place = -2
    while place < 2:
        place += 1
        found.append(b"aba".find(b"a", place))
    return found


def literals() -> list[int]:
    return [0x_FF, 0_0, 0b_11, 1_0, 0o_17]


def keys_like_ints() -> list[str]:
    d = {"b": 1, "2": 2, "1": 3}
    d["a"] = 4
    return list(d)
