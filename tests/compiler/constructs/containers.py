# ruff: noqa
"""list, tuple, dict and set."""

WORDS = ["b", "a", "", "c"]
TABLE: dict[str, list[int]] = {
    # Comments stay where they are,
    "one": [1],
    "two": [1, 2],  # also behind an item
    "__proto__": [],
}
PAIRS = [(1, "one"), (2, "two")]
NESTED: dict[int, dict[str, int]] = {1: {"a": 1}, 0: {}}


def lists() -> list[list[int]]:
    a = [3, 1, 2]
    a.append(4)
    a.extend([5, 6])
    a.insert(0, 0)
    a.insert(-1, 9)
    a.insert(99, 8)
    b = a[:]
    b.reverse()
    c = a + b + [7]
    c.remove(9)
    d = [first for first in c if first > 3]
    e = sorted(c)
    f = c.copy()
    f.clear()
    f += [1, 2]
    g = [0] * 3 + [1, 2] * 0
    g[1] = 5
    g[-1] += 2
    h = list(reversed(g)) + [*a, 1, *b]
    h.extend(h)
    h.pop(0)
    h.pop(-2)
    return [a, b, c, d, e, f, g, h, [c.index(9), c.count(7), len(c)]]


def taken() -> list[int]:
    a = [1, 2, 3, 4, 5]
    found = [a.pop(), a.pop(0), a.pop(1), a.pop(-1)]
    while a:
        found.append(a.pop())
    a = [6, 7, 8]
    while len(a) > 0:
        found.append(a.pop(0))
    return found


def wrong_places() -> list[str]:
    empty: list[int] = []
    found: list[str] = []
    for step in range(7):
        try:
            if step == 0:
                empty.pop()
            if step == 1:
                empty.pop(0)
            if step == 2:
                found.append(str(empty[0]))
            if step == 3:
                found.append(WORDS[step + 1])
            if step == 4:
                empty[0] = 1
            if step == 5:
                found.append(WORDS[-5])
            if step == 6:
                found.append(str(empty.index(3)))
        except IndexError as error:
            found.append(f"{step} {error}")
        except ValueError:
            found.append("ValueError")
    return found


def read() -> list[str]:
    found = [WORDS[0], WORDS[-1], WORDS[len(WORDS) - 1]]
    for at in range(len(WORDS)):
        found.append(WORDS[at])
    at = 0
    while at < len(WORDS):
        word = WORDS[at]
        at += 1
        found.append(word)
    found += WORDS[1:3] + WORDS[-2:] + WORDS[:-1] + WORDS[9:]
    return found


def contained() -> list[bool]:
    return [
        "a" in WORDS,
        "z" not in WORDS,
        2 in [1, 2],
        2 in (1, 3),
        "two" in TABLE,
        "constructor" in TABLE,
        "toString" not in TABLE,
        b"x" in [b"x"],
        3 in set([3, 4]),
        "a" in ("a", "b"),
        None in [None, "x"],
    ]


def dicts() -> list[str]:
    d: dict[str, int] = {}
    d["a"] = 1
    d["b"] = 2
    d["__proto__"] = 3
    d["1"] = 4
    d["a"] += 10
    found = [f"{key}={value}" for key, value in d.items()]
    for key, value in d.items():
        found.append(f"{key} {value}")
    for key in d:
        found.append(key)
    for key in d:
        found.append(key)
    for value in d.values():
        found.append(str(value))
    found += list(d) + sorted(d) + [str(n) for n in d.values()]
    found.append(f"{d.get('a', 7)} {d.get('z', 7)} {d.get('z') or 8} {len(d)}")
    found.append(f"{d.pop('a')} {d.pop('z', -1)} {d.pop('b', -1)} {d.setdefault('q', 5)} {d.setdefault('q', 6)}")
    d.pop("q", None)
    d.update({"u": 1})
    d.pop("1")
    e = d.copy()
    d.clear()
    f = dict(e)
    f["new"] = 1
    g = dict([("x", 1)])
    found += [f"{len(d)} {len(e)} {len(f)} {len(g)}"] + list(e) + list(f.keys())
    return found


def absent() -> list[str]:
    d = {"a": 1}
    found: list[str] = []
    for step in range(3):
        try:
            if step == 0:
                found.append(str(d["b"]))
            elif step == 1:
                found.append(str(d.pop("toString")))
            else:
                d.pop("x")
        except KeyError:
            found.append("KeyError")
    return found


def optional_values() -> list[bool]:
    d: dict[str, str | None] = {"a": None, "b": "x"}
    return [d.get("a", "z") is None, d.get("c", "z") == "z", d["a"] is None, "a" in d]


def int_keys() -> list[int]:
    d = {10: 1, 2: 2}
    d[-1] = 3
    found: list[int] = []
    for key in d:
        found += [key, d[key]]
    return found + [NESTED[1]["a"], len(NESTED[0])]


def tuples() -> list[str]:
    pair = (1, "x")
    number, word = pair
    found = [word, str(number), pair[1], str(pair[0]), pair[-1]]
    for count, name in PAIRS:
        found.append(f"{count} {name}")
    a, b = 1, 2
    a, b = b, a
    many: tuple[int, ...] = (1, 2, 3)
    found.append(f"{a} {b} {len(pair)} {len(many)} {many[1]} {many[-1]}")
    (first, second), third = (1, 2), 3
    found.append(f"{first} {second} {third}")
    return found + [str(n) for n in many[1:]] + [str(n) for n in many + (4,)]


def swapped(a: str, b: str) -> tuple[str, str]:
    return b, a


def returned() -> list[str]:
    one, two = swapped("x", "y")
    return [one, two, swapped("a", "b")[0], *swapped("p", "q")]


def sets() -> list[int]:
    s: set[int] = set()
    s.add(3)
    s.add(3)
    s.add(1)
    s.discard(9)
    t = set([5, 5, 6])
    t.discard(5)
    found = sorted(s) + sorted(t) + [len(s), len(set([1, 1, 2]))]
    for each in sorted(t):
        found.append(each)
    return found


def truth() -> list[str]:
    empty: list[int] = []
    full = [1]
    table: dict[str, int] = {}
    nothing: list[int] | None = None
    found: list[str] = []
    if empty:
        found.append("empty is true")
    if full and not table:
        found.append("right")
    if not empty or not full:
        found.append("right again")
    if nothing:
        found.append("None is true")
    if not nothing:
        found.append("None is false")
    kept = empty if empty else full
    found.append(str(len(kept)))
    found.append("list" if full else "no list")
    found.append(str(1 if bool(full) else 0))
    return found


def comprehensions() -> list[str]:
    numbers = [n * n for n in range(5)]
    pairs = [f"{n}{w}" for n, w in PAIRS if n > 1]
    places = [f"{at}{word}" for at, word in enumerate(WORDS)]
    tail = [str(n) for n in range(5, 0, -2)] + [str(n) for n in range(2, 4)]
    return (
        [str(n) for n in numbers]
        + pairs
        + places
        + tail
        + [
            ",".join(word for word in WORDS),
            ",".join([word + "!" for word in TABLE]),
            str(sum(n for n in numbers if n % 2 == 0)),
            str(len([key for key, value in TABLE.items() if value])),
            str(len(list(range(3)))),
        ]
    )
