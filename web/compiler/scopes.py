"""Where a function's variables are declared.

Python's variables belong to the function, JavaScript's `const` and `let` to the block. A variable is declared where it
is first assigned if that place leads to all its uses; otherwise by a `let` of its own before the first statement that
mentions it. So `for x in a: …` twice gives two loops with a `const x` each, as a person would write.
"""

import ast
from collections.abc import Iterator

FunctionNode = ast.FunctionDef | ast.Lambda
NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)


class Scope:
    """`declared`: statement -> names that it declares; `before`: names declared by a `let` in front of it."""

    def __init__(self, function: ast.FunctionDef) -> None:
        self.declared: dict[ast.stmt, set[str]] = {}
        self.before: dict[ast.stmt, list[str]] = {}
        self.stores: dict[str, int] = {}
        outer = {name for node in ast.walk(function) if isinstance(node, ast.Nonlocal) for name in node.names}
        for name in stored_names(function.body):
            self.stores[name] = self.stores.get(name, 0) + 1
        own_nonlocals = {name for node in function.body if isinstance(node, ast.Nonlocal) for name in node.names}
        arguments = {arg.arg for arg in function.args.posonlyargs + function.args.args + function.args.kwonlyargs}
        for name in [name for name in self.stores if name not in arguments | own_nonlocals]:
            places = declaring_places(function.body, name)
            if places is None:
                first = next(each for each in function.body if mentions(each, name))
                self.before.setdefault(first, []).append(name)
            for place in places or []:
                self.declared.setdefault(place, set()).add(name)
            constant = places is not None and len(places) == self.stores[name] and name not in outer
            self.stores[name] = 1 if constant else 2
        for statement, names in self.declared.items():
            if not names >= set(stored_names([statement]) if isinstance(statement, ast.Assign) else names):
                self.before.setdefault(statement, []).extend(sorted(names))  # `old, new = …`
                names.clear()

    def keyword(self, statement: ast.stmt, names: list[str]) -> str:
        """`const ` or `let ` in front of an assignment that declares its names, else nothing."""
        if not set(names) <= self.declared.get(statement, set()):
            return ""
        return "const " if all(self.stores[name] == 1 for name in names) else "let "


def stored_names(body: list[ast.stmt]) -> Iterator[str]:
    """Names assigned in these statements, once for each time; nested functions and comprehensions have their own."""
    for statement in body:
        for node in walk_own(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
                yield node.id
            if isinstance(node, ast.FunctionDef):
                yield node.name
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                yield node.target.id


def walk_own(node: ast.AST) -> Iterator[ast.AST]:
    """ast.walk() that does not go into nested functions and comprehensions."""
    yield node
    if isinstance(node, NESTED + COMPREHENSIONS):
        return
    for child in ast.iter_child_nodes(node):
        yield from walk_own(child)


def mentions(node: ast.AST, name: str) -> bool:
    return any(
        (isinstance(each, ast.Name) and each.id == name) or (isinstance(each, ast.FunctionDef) and each.name == name)
        for each in ast.walk(node)
    )


def binds(node: ast.For, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node.target))


def declaring_places(body: list[ast.stmt], name: str) -> list[ast.stmt] | None:
    """The statements in this block that can declare the name for all who mention it; None if there are none such."""
    mentioning = [statement for statement in body if mentions(statement, name)]
    if mentioning and is_first_assignment(mentioning[0], name):
        return [mentioning[0]]
    places: list[ast.stmt] = []
    for statement in mentioning:
        inner = places_inside(statement, name)
        if inner is None:
            return None
        places += inner
    return places


def is_first_assignment(statement: ast.stmt, name: str) -> bool:
    """Whether this is `name = …`, alone or in a tuple of new names, without the name on the right."""
    if isinstance(statement, ast.FunctionDef):
        return statement.name == name
    if isinstance(statement, ast.AnnAssign):
        return isinstance(statement.target, ast.Name) and not (statement.value and mentions(statement.value, name))
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or mentions(statement.value, name):
        return False
    target = statement.targets[0]
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    return all(isinstance(each, ast.Name) for each in names) and mentions(target, name)


def places_inside(statement: ast.stmt, name: str) -> list[ast.stmt] | None:
    if isinstance(statement, ast.For) and binds(statement, name) and not mentions(statement.iter, name):
        return [statement]
    if not isinstance(statement, ast.If | ast.For | ast.While | ast.Try):
        return None
    blocks = [statement.body, statement.orelse] + [each.body for each in getattr(statement, "handlers", [])]
    blocks.append(getattr(statement, "finalbody", []))
    inside = [each for block in blocks for each in block]
    own = [node for node in ast.iter_child_nodes(statement) if node not in inside]
    if any(mentions(node, name) for node in own if not isinstance(node, ast.ExceptHandler)):
        return None
    places: list[ast.stmt] = []
    for block in blocks:
        found = declaring_places(block, name)
        if found is None:
            return None
        places += found
    return places
