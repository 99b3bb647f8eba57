"""Small questions about Python's tree."""

import ast

from compiler.phrases import table

OPERATORS = table("operator")


def path(node: ast.AST) -> str:
    """`x` or `self.x`, "" for anything computed."""
    if isinstance(node, ast.Attribute):
        base = path(node.value)
        return base and f"{base}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def operator(node: ast.AST) -> str:
    return OPERATORS[type(node).__name__]


def assignment(node: ast.AST) -> list[tuple[ast.expr, ast.expr | None]]:
    """(target, value) of a plain assignment."""
    if isinstance(node, ast.AnnAssign):
        return [(node.target, node.value)]
    return [(target, node.value) for target in node.targets] if isinstance(node, ast.Assign) else []


def bound_names(tree: ast.Module) -> set[str]:
    """All names of variables, parameters and functions, wherever they are."""
    # What is right in a class is no variable.
    outside = [each for each in ast.walk(tree) if not isinstance(each, ast.ClassDef)]
    nodes = [node for each in outside for node in ast.iter_child_nodes(each)]
    stores = [node for node in nodes if isinstance(getattr(node, "ctx", ast.Store()), ast.Store)]
    return {name for node in stores for key in ("id", "arg", "name") if (name := getattr(node, key, None))}
