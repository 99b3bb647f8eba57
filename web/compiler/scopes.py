"""Where a function's variables are declared.

Python's variables belong to the function, JavaScript's `const` and `let` to the block. A variable is declared where it
is assigned, if what follows there in the block takes in all that mentions it, or several such places together do;
otherwise by a `let` of its own in front of the first statement that mentions it. So `for x in a: …` twice gives two
loops with a `const x` each, as a person would write.
"""

import ast
from collections.abc import Iterator

from compiler.proofs import FUNCTIONS, assignment

OWN_SCOPE = (*FUNCTIONS, ast.ListComp, ast.GeneratorExp)


class Scope:
    """`declared`: statement -> names that it declares; `before`: names that want a `let` in front of it."""

    def __init__(self, function: ast.AST, body: list[ast.stmt]) -> None:
        self.declared: dict[ast.stmt, set[str]] = {}
        self.before: dict[ast.stmt, list[str]] = {}
        self.constant: set[str] = set()
        stores = [name for statement in body for name in stored(statement)]
        shared = [name for node in ast.walk(function) if isinstance(node, ast.Nonlocal) for name in node.names]
        outer = {name for node in body if isinstance(node, ast.Nonlocal) for name in node.names}
        outer |= {node.arg for node in ast.walk(getattr(function, "args", function)) if isinstance(node, ast.arg)}
        for name in dict.fromkeys(name for name in stores if name not in outer):
            places = declaring_places(body, name)
            if not places:
                self.before.setdefault(next(each for each in body if mentions(each, name)), []).append(name)
            elif len(places) == stores.count(name) and name not in shared:
                self.constant.add(name)
            for place in places:
                self.declared.setdefault(place, set()).add(name)
        for place, names in self.declared.items():
            target = place.target if isinstance(place, ast.For) else place
            if isinstance(place, ast.Assign | ast.For) and not set(stored(target)) <= names:
                self.before.setdefault(place, []).extend(sorted(names & set(stored(target))))
                names.clear()  # `old, new = …` declares neither, and no more does `for old, new in …`

    def keyword(self, statement: ast.stmt, target: ast.AST) -> str:
        """`const ` or `let ` in front of a target whose names are declared here, else nothing."""
        names = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
        declares = names <= self.declared.get(statement, set())
        return "" if not declares else "const " if names <= self.constant else "let "


def stored(node: ast.AST) -> Iterator[str]:
    """The names that are assigned in a statement, once for each time. Nested functions have their own."""
    if isinstance(node, ast.FunctionDef) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)):
        yield node.name if isinstance(node, ast.FunctionDef) else node.id
    for child in [] if isinstance(node, OWN_SCOPE) else ast.iter_child_nodes(node):
        yield from stored(child)


def mentions(node: ast.AST, name: str) -> set[ast.AST]:
    """The nodes that say this name."""
    return {each for each in ast.walk(node) if name in (getattr(each, "id", None), getattr(each, "name", None))}


def declaring_places(body: list[ast.stmt], name: str) -> list[ast.stmt]:
    """The statements that can declare the name for all that mention it; none if there are none such."""
    places: list[ast.stmt] = []
    covered: set[ast.AST] = set()
    for block in blocks(body):
        for at, statement in enumerate(block):
            targets = (
                [statement.target] if isinstance(statement, ast.For) else [pair[0] for pair in assignment(statement)]
            )
            flat = [each for target in targets for each in getattr(target, "elts", [target])]
            named = isinstance(statement, ast.FunctionDef) and statement.name == name
            plain = len(targets) == 1 and name in [getattr(each, "id", "") for each in flat]
            simple = plain and (isinstance(statement, ast.For) or all(isinstance(each, ast.Name) for each in flat))
            if (named or simple) and not covered & mentions(targets[0] if targets else statement, name):
                follow: list[ast.AST] = (
                    [*targets, *statement.body] if isinstance(statement, ast.For) else [*block[at + 1 :]]
                )
                follow += [] if isinstance(statement, ast.For) else targets or [statement]
                places.append(statement)
                covered |= {each for node in follow for each in mentions(node, name)}
    whole = {each for statement in body for each in mentions(statement, name)}
    return places if whole <= covered else []


def blocks(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """A block and all blocks in it, but those of nested functions."""
    yield body
    for statement in body:
        for node in [statement, *getattr(statement, "handlers", [])]:
            for part in ("body", "orelse", "finalbody") if not isinstance(node, FUNCTIONS) else []:
                yield from blocks(getattr(node, part, []))
