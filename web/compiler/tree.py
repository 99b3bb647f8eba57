"""Small questions about Python's tree."""

import ast

from compiler.phrases import table

FUNCTIONS = (ast.FunctionDef, ast.Lambda)
LOOPS = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp)
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
    nodes = [
        node for each in ast.walk(tree) if not isinstance(each, ast.ClassDef) for node in ast.iter_child_nodes(each)
    ]
    stores = [node for node in nodes if isinstance(getattr(node, "ctx", ast.Store()), ast.Store)]
    return {name for node in stores for key in ("id", "arg", "name") if (name := getattr(node, key, None))}


def generates(node: ast.AST) -> bool:
    """Whether a function is a generator."""
    inner = [each for each in ast.iter_child_nodes(node) if not isinstance(each, FUNCTIONS)]
    return any(isinstance(each, ast.Yield | ast.YieldFrom) or generates(each) for each in inner)
