# ruff: noqa
"""Ten errors. Each is raised on a line of its own, and must be told of that line in both languages."""

NUMBERS = [1, 2, 3]
TABLE = {"a": 1}


class Machine:
    """A docstring of
    several lines."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    @property
    def half(self) -> int:
        return self.limit // (self.limit - 3)

    def step(self, n: int) -> int:
        # A comment.
        if n > self.limit:
            raise ValueError("over the limit")
        return n


def fail(case: int) -> int:
    """Raises the error of this number."""
    if case == 0:
        raise ValueError("plain")
    if case == 1:
        return NUMBERS[case + 5]
    if case == 2:
        return TABLE["b"]
    if case == 3:
        # After a blank line and a comment.
        return Machine(3).half

    if case == 4:
        return Machine(3).step(9)
    if case == 5:
        numbers = [n for n in NUMBERS]
        numbers.clear()
        return numbers.pop()
    if case == 6:
        return int("x" + "y")
    if case == 7:
        values = {
            "a": NUMBERS[0],
            "b": NUMBERS[case],
        }
        return len(values)
    if case == 8:
        for byte in bytes([1, 2]):
            assert byte < 2, "an assertion"
    if case == 9:
        try:
            return int(b"-")
        finally:
            NUMBERS.append(case)
    return nested(case)


def nested(case: int) -> int:
    machine = Machine(case)
    step = machine.step
    return step(case + 1)
