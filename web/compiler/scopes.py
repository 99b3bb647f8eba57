"""Where a function's variables are declared.

Python's variables belong to the function, JavaScript's `const` and `let` to the block. A variable is declared where it
is assigned, if what follows there in the block takes in all that mentions it, or several such places together do;
otherwise by a `let` of its own in front of the first statement that mentions it. So `for x in a: …` twice gives two
loops with a `const x` each, as a person would write.
"""

import ast
from collections.abc import Iterable, Iterator

from compiler.tree import assignment, path


class Scope:
    """`declared`: statement -> names that it declares; `before`: names that want a `let` in front of it; `fixed`: names
    that keep the one value that they are given."""

    def __init__(self, parameters: set[str], body: list[ast.stmt]) -> None:
        self.declared: dict[ast.stmt, set[str]] = {}
        self.before: dict[ast.stmt, list[str]] = {}
        stores = [name for statement in body for name in stored(statement)]
        self.fixed = parameters - {*stores}
        for name in dict.fromkeys(name for name in stores if name not in parameters):
            places = declaring_places(body, name)
            if places is None:
                self.before.setdefault(next(each for each in body if mentions([each], name)), []).append(name)
            elif len(places) == stores.count(name):
                self.fixed.add(name)
            for place in places or []:
                self.declared.setdefault(place, set()).add(name)
        for place, names in self.declared.items():
            if not declarable(place) <= names:  # `old, new = …` declares neither, and no more does `for old, new in …`
                self.before.setdefault(place, []).extend(sorted(names))
                names.clear()

    def keyword(self, statement: ast.stmt, target: ast.AST) -> str:
        """`const ` or `let ` in front of a target whose names are declared here, else nothing."""
        names = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
        declares = names <= self.declared.get(statement, set())
        return "" if not declares else "const " if names <= self.fixed else "let "


def stored(node: ast.AST) -> Iterator[str]:
    """The names that are assigned in a statement, once for each time. Comprehensions have their own."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    for child in [] if isinstance(node, ast.ListComp | ast.GeneratorExp) else ast.iter_child_nodes(node):
        yield from stored(child)


def mentions(nodes: Iterable[ast.AST], name: str) -> set[ast.AST]:
    """The nodes in these that say this name."""
    inner = [each for node in nodes for each in ast.walk(node)]
    return {each for each in inner if name in (getattr(each, "id", None), getattr(each, "name", None))}


def declarable(statement: ast.stmt) -> set[str]:
    """The names that a statement can declare: those of a target that consists of nothing but names."""
    targets = [target for target, value in assignment(statement) if value]
    targets += [statement.target] if isinstance(statement, ast.For) else []
    nodes = [node for target in targets for node in ast.walk(target) if isinstance(node, ast.expr)]
    plain = len(targets) == 1 and all(isinstance(node, ast.Name | ast.Tuple | ast.List) for node in nodes)
    return {path(node) for node in nodes if plain} - {""}


def declaring_places(block: list[ast.stmt], name: str) -> list[ast.stmt] | None:
    """The statements that declare the name for all that mention it in this block; None if they can't."""
    places: list[ast.stmt] = []
    for statement in block:
        inner = inner_blocks(statement)
        head = mentions([statement], name) - mentions([each for one in inner for each in one], name)
        read = any(isinstance(getattr(each, "ctx", None), ast.Load) for each in head)
        if name in declarable(statement) and not read:
            places.append(statement)
            if not isinstance(statement, ast.For):
                return places
            continue
        found = [declaring_places(one, name) for one in inner]
        if head or None in found:
            return None
        places += [each for one in found for each in one or []]
    return places


def inner_blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    """The blocks in a statement."""
    nodes = [statement, *getattr(statement, "handlers", [])]
    return [getattr(node, part, []) for node in nodes for part in ("body", "orelse", "finalbody")]
