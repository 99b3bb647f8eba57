# ruff: noqa
"""Loops, branches, exceptions and where variables live."""

TYPE_CHECKING = False


def branches() -> list[str]:
    found: list[str] = []
    for n in range(6):
        if n == 0:
            found.append("zero")
        # A comment in front of an elif.
        elif n < 3:
            found.append("few")
        elif n == 3:
            pass
        else:
            if n == 4:
                found.append("four")
            else:
                found.append("many")
    return found


def loops() -> list[int]:
    found: list[int] = []
    for i in range(3):
        for j in range(i, 6, 2):
            if j == 3:
                continue
            found.append(i * 10 + j)
    for i in range(3, -3, -2):
        found.append(i)
    n = 0
    while True:
        n += 1
        if n > 5:
            break
        if n % 2 == 0:
            continue
        found.append(n)
    while n > 0:
        n -= 3
    found.append(n)
    return found


def ends_worked_out_once() -> list[int]:
    items = [1, 2]
    found: list[int] = []
    for i in range(len(items)):
        items.append(i)
        found.append(items[i])
    limit = 3
    for i in range(limit):
        limit = 1
        found.append(i)
    return found + items + [limit]


def grown_while_looped_over() -> list[int]:
    items = [1]
    for item in items:
        if item < 5:
            items.append(item + 1)
    return items


def variables() -> list[str]:
    found: list[str] = []
    for word in ["a", "b"]:
        found.append(word)
    for word in ["c"]:
        found.append(word + word)
    if found:
        late = "yes"
    else:
        late = "no"
    found.append(late)
    if len(found) > 1:
        inner = "in"
        found.append(inner)
    if len(found) > 2:
        inner = "in again"
        found.append(inner)
    last = ""
    for last in ["x", "y"]:
        pass
    found.append(last)
    seen = False
    kept = -1
    for number in range(3):
        if number == 1:
            seen = True
            kept = number
        if seen:
            found.append(str(kept))
    default = "reserved"
    new = default
    found.append(new)
    return found + shared_loop_variables()


def shared_loop_variables() -> list[str]:
    """One name of the second loop's is declared before the first: the others need a place as well."""
    kept = [each for each in ["p", "q"] if each != ""]
    found: list[str] = []
    for each in kept:
        found.append(each)
    for each, other, third in [("r", "s", "t")]:
        found.append(each + other + third)
    return found


def caught(step: int) -> str:
    try:
        if step == 0:
            raise ValueError("zero")
        if step == 1:
            raise KeyError("one")
        if step == 2:
            raise NotImplementedError
        if step == 3:
            raise IndexError("three")
        if step == 4:
            return "returned"
    except ValueError as error:
        return f"value {error}"
    except (KeyError, NotImplementedError):
        return "key or not implemented"
    except Exception as error:
        return f"other {error}"
    finally:
        TRACE.append(step)
    return "through"


TRACE: list[int] = []


def exceptions() -> list[str]:
    found = [caught(step) for step in range(6)]
    return found + [str(step) for step in TRACE]


def raised_again() -> list[str]:
    found: list[str] = []
    try:
        try:
            raise LookupError("inner")
        except KeyError:
            found.append("no")
        except LookupError:
            found.append("passing")
            raise
    except Exception as error:
        found.append(str(error))
    try:
        try:
            raise RuntimeError("x")
        finally:
            found.append("finally")
    except RuntimeError:
        found.append("caught")
    try:
        assert len(found) == 0, f"has {len(found)}"
    except AssertionError as error:
        found.append(str(error))
    try:
        assert len(found) > 99
    except AssertionError:
        found.append("assert")
    return found


def any_exception() -> str:
    try:
        raise ValueError("x")
    except Exception:
        return "caught"


def returned_early(n: int) -> int | None:
    for i in range(n):
        if i == 2:
            return i
    return None


def nothing(values: list[int]) -> None:
    if not values:
        return
    values.append(1)


def returns() -> list[bool]:
    values = [0]
    nothing(values)
    nothing([])
    return [returned_early(1) is None, returned_early(9) == 2, len(values) == 2]


def conditional_values() -> list[int]:
    found: list[int] = []
    for n in range(4):
        found.append(1 if n else 2)
        found.append(n or 9)
        found.append(n and 9)
        found.append((n and 8) or 7)
        found.append(n if n > 1 else n + 10 if n else 5)
    return found


def booleans() -> list[bool]:
    found: list[bool] = []
    for a in [True, False]:
        for b in [True, False]:
            found += [a and b, a or b, not a, a == b, a != b, a and not b, (a or b) and not (a and b)]
    return found
