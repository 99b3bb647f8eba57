# ruff: noqa
"""Parameters, callbacks, nested functions and generators."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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


def callbacks() -> list[int]:
    offset = 10

    def add(n: int) -> int:
        return n + offset

    def shift(n: int) -> int:
        return n - offset

    table: dict[str, Callable[[int], int]] = {"double": double, "shift": shift}
    return [
        twice(double, 3),
        twice(add, 1),
        twice(shift, 0),
        twice(lambda n: n * n, 3),
        table["double"](4),
        table["shift"](4),
    ]


def counter(count: int) -> "Callable[[], int]":

    def advance() -> int:
        nonlocal count
        count += 1
        return count

    return advance


def closures() -> list[int]:
    one = counter(0)
    other = counter(10)
    return [one(), one(), other(), one()]


def countdown(start: int) -> "Iterator[int]":
    """A generator."""
    while start > 0:
        yield start
        start -= 1


def doubled(values: "Iterable[int]") -> "Iterator[int]":
    for value in values:
        if value == 3:
            continue
        if value == 1:
            return
        yield value * 2


def generators() -> list[int]:
    found = list(countdown(3))
    for value in doubled(countdown(5)):
        found.append(value)
    return found + [value + 1 for value in countdown(2)] + list(doubled([7, 3, 8]))


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
