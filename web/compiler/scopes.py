"""Where a function's variables are declared.

Python's variables belong to the function, JavaScript's `const` and `let` to the block. A variable is declared where it
is first assigned if that place leads to all its uses; otherwise by a `let` of its own in front of the first statement
that mentions it. So `for x in a: …` twice gives two loops with a `const x` each, as a person would write.
"""

import ast
from collections.abc import Iterator

from compiler.proofs import assignment

COMPOUND = (ast.If, ast.For, ast.While, ast.Try)
OWN_SCOPE = (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.GeneratorExp)


class Scope:
    """`declared`: statement -> names that it declares; `before`: names that want a `let` in front of it."""

    def __init__(self, function: ast.AST, body: list[ast.stmt]) -> None:
        self.declared: dict[ast.stmt, set[str]] = {}
        self.before: dict[ast.stmt, list[str]] = {}
        self.constant: set[str] = set()
        stores = [name for statement in body for name in stored(statement)]
        nonlocals = [node for node in ast.walk(function) if isinstance(node, ast.Nonlocal)]
        outer = {name for node in nonlocals if node in body for name in node.names}
        outer |= {arg.arg for arg in getattr(getattr(function, "args", None), "args", [])}
        outer |= {arg.arg for arg in getattr(getattr(function, "args", None), "kwonlyargs", [])}
        for name in dict.fromkeys(name for name in stores if name not in outer):
            places = declaring_places(body, name)
            if places is None:
                self.before.setdefault(next(each for each in body if mentions(each, name)), []).append(name)
            elif len(places) == stores.count(name) and not any(name in node.names for node in nonlocals):
                self.constant.add(name)
            for place in places or []:
                self.declared.setdefault(place, set()).add(name)
        for place, names in self.declared.items():
            if isinstance(place, ast.Assign) and not set(stored(place)) <= names:
                self.before.setdefault(place, []).extend(sorted(names))  # `old, new = …` declares neither
                names.clear()

    def keyword(self, statement: ast.stmt, target: ast.AST) -> str:
        """`const ` or `let ` in front of a target whose names are declared here, else nothing."""
        names = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
        declares = names <= self.declared.get(statement, set())
        return "" if not declares else "const " if names <= self.constant else "let "


def stored(node: ast.AST) -> Iterator[str]:
    """The names that are assigned in a statement, once for each time. Nested functions have their own."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if isinstance(node, ast.FunctionDef):
        yield node.name
    for child in [] if isinstance(node, OWN_SCOPE) else ast.iter_child_nodes(node):
        yield from stored(child)


def mentions(node: ast.AST, name: str) -> bool:
    return any(name in (getattr(each, "id", None), getattr(each, "name", None)) for each in ast.walk(node))


def declaring_places(body: list[ast.stmt], name: str) -> list[ast.stmt] | None:
    """The statements in this block that can declare the name for all that mention it; None if there are none such."""
    places: list[ast.stmt] = []
    for statement in body:
        if assigns_first(statement, name):
            return [*places, statement]
        inner = places_inside(statement, name) if mentions(statement, name) else []
        if inner is None:
            return None
        places += inner
    return places


def assigns_first(statement: ast.stmt, name: str) -> bool:
    """Whether this is `name = …`, alone or in a tuple of names, without the name on the right."""
    if isinstance(statement, ast.FunctionDef):
        return statement.name == name
    pairs = assignment(statement)
    names = [each for target, _ in pairs for each in (target.elts if isinstance(target, ast.Tuple) else [target])]
    right = [value for _, value in pairs if value and mentions(value, name)]
    return (
        len(pairs) == 1
        and not right
        and all(isinstance(each, ast.Name) for each in names)
        and name in stored(statement)
    )


def places_inside(statement: ast.stmt, name: str) -> list[ast.stmt] | None:
    if isinstance(statement, ast.For) and name in stored(statement.target) and not mentions(statement.iter, name):
        return [statement]
    handlers = getattr(statement, "handlers", [])
    blocks = [getattr(statement, part, []) for part in ("body", "orelse", "finalbody")] + [
        each.body for each in handlers
    ]
    inside = [*handlers, *(each for block in blocks for each in block)]
    own = any(mentions(node, name) for node in ast.iter_child_nodes(statement) if node not in inside)
    found = [] if own or not isinstance(statement, COMPOUND) else [declaring_places(block, name) for block in blocks]
    return [place for places in found for place in places or []] if found and None not in found else None
