# ruff: noqa
"""Parameters, callbacks and iterables."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LIMIT = 3


def parameters(a: int, b: int = 2, c: "str | None" = None, *, d: int = LIMIT, e: str = "e") -> str:
    return f"{a} {b} {c or 'none'} {d} {e}"


def calls() -> list[str]:
    return [
        parameters(1),
        parameters(1, 5),
        parameters(1, c="c"),
        parameters(a=1, e="x"),
        parameters(c="z", a=0, d=9),
        parameters(
            1,  # one argument a line
            d=4,
        ),
    ]


def twice(change: "Callable[[int], int]", value: int) -> int:
    return change(change(value))


def double(n: int) -> int:
    return n * 2


class Counter:
    """What a function keeps between its calls, an object keeps."""

    def __init__(self, count: int) -> None:
        self.count = count

    def advance(self, step: int) -> int:
        self.count += step
        return self.count


def callbacks() -> list[int]:
    one = Counter(0)
    other = Counter(10)
    table: dict[str, Callable[[int], int]] = {"double": double, "advance": other.advance}
    return [
        twice(double, 3),
        twice(one.advance, 1),
        table["double"](4),
        table["advance"](4),
        table["advance"](one.count),
    ]


def doubled(values: "Iterable[int]") -> list[int]:
    found: list[int] = []
    for value in values:
        if value == 3:
            continue
        if value == 1:
            return found
        found.append(value * 2)
    return found


def iterables() -> list[int]:
    table = {1: 5, 2: 6}
    found = doubled([7, 3, 8]) + doubled([4, 1, 9])
    for value in doubled(list(table.values())):
        found.append(value)
    return found + [value + 1 for value in list(table.keys())]


def factorial(n: int) -> int:
    return 1 if n < 2 else n * factorial(n - 1)


def _private(value: int) -> int:
    return value + 1


def recursion() -> list[int]:
    return [factorial(10), _private(1)]


def swap(pair: tuple[int, str], arguments: "list[str]") -> str:
    number, text = pair
    return f"{text}{number}{arguments[0]}"


def reserved_words() -> str:
    return swap((1, "new"), arguments=["var"])
