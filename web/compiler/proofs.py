"""What is known of ints and indexes before the program runs, so that the written code needs no check.

An index is proven by the condition around it: the `if`, `while`, `and` or `for … in range(len(…))` that it stands in,
if nothing in between can have changed the index or shortened the list.
"""

import ast
from collections.abc import Callable, Iterator

OPERATIONS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.LShift: lambda a, b: a << b if 0 <= b < 64 else 1 << 64,
    ast.Pow: lambda a, b: a**b if 0 <= b < 64 else 1 << 64,
}
LOOPS = (ast.For, ast.While)
FUNCTIONS = (ast.FunctionDef, ast.Lambda)
# What neither shortens a list nor calls code that may.
HARMLESS = {"len", "min", "max", "range", "enumerate", "isinstance", "str", "int", "print", "abs", "bytes", "list"}
HARMLESS |= {"append", "extend", "insert", "get", "items", "keys", "values"}


class Proofs:
    """`kind` tells the kind of an expression."""

    def __init__(self, tree: ast.Module, kind: Callable[[ast.expr], str]) -> None:
        self.kind = kind
        self.parent = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        self.constants = {path(target): value for node in tree.body for target, value in assignment(node)}

    def above(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """(parent, child) from a node up to the function or module around it."""
        while node in self.parent:
            yield self.parent[node], node
            node = ast.Pass() if isinstance(self.parent[node], FUNCTIONS) else self.parent[node]

    # Values.

    def constant(self, node: ast.AST | None) -> int | None:
        """The value of an int that is known now: a literal, a constant of this module, sums and such of them."""
        if isinstance(node, ast.Constant):
            return node.value if type(node.value) is int else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self.constant(ast.BinOp(ast.Constant(0), ast.Sub(), node.operand))
        if isinstance(node, ast.Name) and node.id in self.constants and not list(self.assigned(node)):
            return self.constant(self.constants[node.id])
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
            left, right = self.constant(node.left), self.constant(node.right)
            if left is not None and right is not None:
                value = OPERATIONS[type(node.op)](left, right)
                return value if abs(value) < 2**53 else None
        return None

    def assigned(self, name: ast.Name) -> Iterator[ast.AST | None]:
        """All that this variable is ever given in its function; None for what is not known."""
        function = next((up for up, _ in self.above(name) if isinstance(up, FUNCTIONS)), ast.Pass())
        for node in ast.walk(function):
            up = self.parent.get(node)
            if isinstance(node, ast.arg) and node.arg == name.id:
                yield None
            elif path(node) != name.id or not is_store(node):
                continue
            elif isinstance(up, ast.AugAssign):
                yield ast.BinOp(name, up.op, up.value)
            elif isinstance(up, ast.For) and isinstance(up.iter, ast.Call) and path(up.iter.func) == "range":
                yield {1: ast.Constant(0), 2: up.iter.args[0]}.get(len(up.iter.args))
            else:
                yield next((value for target, value in assignment(up) if target is node), None)

    def natural(self, node: ast.AST | None, assumed: frozenset[str] = frozenset()) -> bool:
        """Whether an int is sure to be 0 or more. A variable is if it is given nothing else, itself included."""
        value = self.constant(node)
        if value is not None or node is None:
            return value is not None and value >= 0
        if isinstance(node, ast.Name):
            given = [] if node.id in assumed else [*self.assigned(node)] or [None]
            return all(self.natural(each, assumed | {node.id}) for each in given)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult | ast.FloorDiv | ast.Mod):
            return self.natural(node.left, assumed) and self.natural(node.right, assumed)
        return self.is_u32(node) or bool(length_of(node))

    def is_u32(self, node: ast.AST) -> bool:
        """Whether an int is sure to be in 0 … 2^32-1. (What bits are worked out of is checked when it is not.)"""
        value = self.constant(node)
        if isinstance(node, ast.Subscript):
            return self.kind(node.value) == "bytes" and not isinstance(node.slice, ast.Slice)
        bits = isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor | ast.RShift)
        return bits if value is None else 0 <= value <= 0xFFFFFFFF

    # Indexes.

    def guarded(self, node: ast.AST, container: str, index: ast.expr) -> bool:
        """Whether a condition around this node says that index < len(container)."""
        for up, child in self.above(node) if container and self.natural(index) else []:
            tests: list[ast.expr] = []
            if isinstance(up, ast.BoolOp) and isinstance(up.op, ast.And) and isinstance(child, ast.expr):
                tests = up.values[: up.values.index(child)]
            elif isinstance(up, ast.If | ast.While | ast.IfExp) and child not in [up.test, *listed(up.orelse)]:
                tests = [up.test]
            elif isinstance(up, ast.For) and isinstance(up.iter, ast.Call) and path(up.iter.func) == "range":
                tests = [ast.Compare(up.target, [ast.Lt()], up.iter.args[-1:])] if len(up.iter.args) < 3 else []
            says = any(self.implies(each, container, index) for test in tests for each in conjuncts(test))
            if says and not any(self.disturbs(each, node, container, index) for each in self.between(up, node)):
                return True
        return False

    def implies(self, test: ast.expr, container: str, index: ast.expr) -> bool:
        if not isinstance(test, ast.Compare):
            return path(test) == container and self.constant(index) == 0
        less, more, operator = test.left, test.comparators[0], type(test.ops[0])
        if operator is not ast.Lt:
            less, more = more, less
        place, least = self.constant(index), self.constant(less)
        if length_of(more) != container or len(test.ops) > 1 or operator not in (ast.Lt, ast.Gt, ast.GtE, ast.Eq):
            return False
        if place is None or least is None:
            return operator in (ast.Lt, ast.Gt) and ast.dump(less) == ast.dump(index)
        return place < least + (operator in (ast.Lt, ast.Gt))

    def between(self, guard: ast.AST, node: ast.AST) -> Iterator[ast.AST]:
        """What may run after the guard and before the node: what stands in between, or all of a loop around it."""
        around = [up for up, _ in self.above(node)]
        looped = any(isinstance(up, LOOPS) for up in around[: around.index(guard) + isinstance(guard, ast.For)])
        for each in ast.walk(guard):
            if each not in around and (looped or place_of(each) < place_of(node)):
                yield each

    def disturbs(self, node: ast.AST, use: ast.AST, container: str, index: ast.expr) -> bool:
        """Whether this changes the index or the container, or may shorten it: a call of what is not harmless."""
        up = self.parent.get(node)
        if is_store(node):
            own = isinstance(up, ast.For) and node is up.target  # the loop's variable, which the test is about
            changed = path(node)
            return f"{container}.".startswith(f"{changed}.") or (not own and changed in map(path, ast.walk(index)))
        if isinstance(use, ast.Subscript) and self.kind(use.value) == "bytes" and "." not in container:
            return False
        kind = self.kind(node.func.value) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
        name = getattr(node.func, "attr", path(node.func)) if isinstance(node, ast.Call) else "len"
        harmless = kind in ("str", "bytes") or (kind in ("list", "dict", "") and name in HARMLESS)
        return not harmless or isinstance(node, ast.Delete | ast.Yield)

    def fixed(self, node: ast.expr, loop: ast.For) -> bool:
        """Whether an expression is sure to be the same throughout a loop: an int, a variable, or a length."""
        name, inside = length_of(node) or path(node), [each for body in loop.body for each in ast.walk(body)]
        stores = name in [path(each) for each in inside if is_store(each)]
        of_bytes = isinstance(node, ast.Call) and self.kind(node.args[0]) == "bytes"
        calls = (
            bool(length_of(node)) and not of_bytes and any(isinstance(each, ast.Call | ast.Delete) for each in inside)
        )
        return self.constant(node) is not None or (name.isidentifier() and not stores and not calls)


def path(node: ast.AST) -> str:
    """`x` or `self.x`, "" for anything computed."""
    if isinstance(node, ast.Attribute):
        base = path(node.value)
        return base and f"{base}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def is_store(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) and isinstance(node, ast.Name | ast.Attribute)


def place_of(node: ast.AST) -> tuple[int, int]:
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))


def listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def assignment(node: ast.AST | None) -> list[tuple[ast.expr, ast.expr | None]]:
    """(target, value) of a plain assignment."""
    if isinstance(node, ast.AnnAssign):
        return [(node.target, node.value)]
    return [(target, node.value) for target in node.targets] if isinstance(node, ast.Assign) else []


def length_of(node: ast.AST) -> str:
    """The path of x in len(x)."""
    return path(node.args[0]) if isinstance(node, ast.Call) and path(node.func) == "len" and node.args else ""


def conjuncts(test: ast.expr) -> list[ast.expr]:
    values = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else []
    return [each for value in values for each in conjuncts(value)] or [test]
