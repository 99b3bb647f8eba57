# ruff: noqa
"""Classes, one level of inheritance, properties, bound methods and exceptions of one's own."""

from .functions import twice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Point:
    """A point."""

    DIMENSIONS = 2
    label: str

    def __init__(self, x: int, y: int = 0) -> None:
        self.x = x
        self.y = y
        self.label = "point"
        self._seen: list[str] = []

    @property
    def length(self) -> int:
        """In the taxicab metric."""
        return abs(self.x) + abs(self.y)

    @staticmethod
    def origin() -> "Point":
        return Point(0)

    def moved(self, dx: int, *, dy: int = 0) -> "Point":
        return Point(self.x + dx, self.y + dy)

    def describe(self) -> str:
        return f"{self.label} {self.x},{self.y} of {self.DIMENSIONS}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and self.x == other.x

    def __repr__(self) -> str:
        return "left out in JavaScript"


class Cube(Point):
    DIMENSIONS = 3

    def __init__(self, x: int, z: int) -> None:
        super().__init__(x, y=7)
        self.z = z
        self.label = "cube"

    def describe(self) -> str:
        return super().describe() + f",{self.z}"


class Bare:
    pass


class Derived(Bare):
    def __init__(self) -> None:
        self.value = 4


class Dispatcher:
    def __init__(self) -> None:
        self.log: list[str] = []
        self._handlers: dict[str, Callable[[int], None]] = {"a": self._on_a, "b": self._on_b}
        self.fire = self._on_a

    def _on_a(self, n: int) -> None:
        self.log.append(f"a{n}")

    def _on_b(self, n: int) -> None:
        self.log.append(f"b{n}")

    def run(self, names: list[str]) -> None:
        for at in range(len(names)):
            self._handlers[names[at]](at)
        self.fire(9)

    def triple(self, n: int) -> int:
        return n * 3


def points() -> list[str]:
    p = Point(3, -4)
    q = p.moved(1, dy=2)
    c = Cube(1, 2)
    o = Point.origin()
    return [p.describe(), q.describe(), c.describe(), o.describe(), str(p.length), f"{q.length}"]


def classes() -> list[bool]:
    c: Point = Cube(1, 2)
    thing: Point | Bare = Derived()
    return [
        isinstance(c, Cube),
        isinstance(c, Point),
        isinstance(thing, Derived),
        isinstance(thing, Cube) or isinstance(thing, Derived),
        Point.DIMENSIONS == 2,
        Cube.DIMENSIONS == 3,
    ]


def kinds_of(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "str"
    if isinstance(value, int):
        return "int"
    if isinstance(value, dict):
        return "dict"
    if isinstance(value, list):
        return "list"
    return "other"


def kinds() -> list[str]:
    return [
        kinds_of("x"),
        kinds_of(1),
        kinds_of(True),
        kinds_of([1]),
        kinds_of({"a": 1}),
        kinds_of(None),
        kinds_of(Bare()),
    ]


def bound() -> list[str]:
    d = Dispatcher()
    d.run(["a", "b", "a"])
    later = d.triple
    return d.log + [str(later(2)), str(twice(d.triple, 1)), str(Derived().value)]


def attributes() -> list[int]:
    p = Point(1, 2)
    p.x += 5
    p.x, p.y = p.y, p.x
    found = [p.x, p.y]
    points = [Point(1), Point(2)]
    points[0].x = 9
    points[1].x += 1
    for point in points:
        found.append(point.x)
    return found


class StreamError(Exception):
    """The base of our errors."""


class LimitError(StreamError):
    def __init__(self, message: str, limit: int) -> None:
        super().__init__(message)
        self.limit = limit


def failing(n: int) -> None:
    if n == 0:
        raise StreamError("base")
    if n == 1:
        raise LimitError("over", limit=7)
    if n == 2:
        raise ValueError("value")


def errors() -> list[str]:
    found: list[str] = []
    for n in range(4):
        try:
            failing(n)
        except LimitError as error:
            found.append(f"{error} {error.limit}")
        except StreamError as error:
            found.append(str(error))
        except ValueError as error:
            found.append(f"{error}")
    try:
        failing(1)
    except Exception as error:
        found.append("limit" if isinstance(error, LimitError) else "other")
    return found


def known(bare: Bare | None, name: str) -> bool:
    return bare is not None and name != ""


def conditions() -> list[object]:
    """What is compared with None or "" in a condition is asked for its truth; as a value it is a bool still."""
    found: list[object] = [known(None, "x"), known(Derived(), ""), known(Derived(), "x")]
    for bare in [None, Derived()]:
        for items in [None, [1][:0]]:
            for name in ["", "x"]:
                found.append("bare" if bare is not None else "none")
                found.append(1 if items is None or name == "" else 2)
                if not (bare is None or name != "") and items is not None:
                    found.append(len(items))
    return found
