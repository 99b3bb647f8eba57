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
OPPOSITE = {ast.NotEq: ast.Eq, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt}
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
        while node in self.parent and not isinstance(node, ast.FunctionDef | ast.Lambda):
            yield self.parent[node], node
            node = self.parent[node]

    # Values.

    def constant(self, node: ast.AST | None) -> int | None:
        """The value of an int that is known now: a literal, a constant of this module, sums and such of them."""
        if isinstance(node, ast.Constant):
            return node.value if type(node.value) is int else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self.constant(node.operand)
            return None if value is None else -value
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
        functions = [up for up, _ in self.above(name) if isinstance(up, ast.FunctionDef | ast.Lambda)]
        for node in ast.walk(functions[0]) if functions else []:
            if isinstance(node, ast.arg) and node.arg == name.id:
                yield None
            if isinstance(node, ast.Name) and node.id == name.id and isinstance(node.ctx, ast.Store):
                up = self.parent[node]
                if isinstance(up, ast.AugAssign):
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
            given = [None] if node.id in assumed else [*self.assigned(node)] or [None]
            return node.id in assumed or all(self.natural(each, assumed | {node.id}) for each in given)
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

    def proven(self, node: ast.Subscript) -> bool:
        return self.natural(node.slice) and self.guarded(node, path(node.value), node.slice)

    def guarded(self, node: ast.AST, container: str, index: ast.expr) -> bool:
        """Whether a condition around this node says that index < len(container)."""
        for up, child in self.above(node) if container else []:
            tests: list[ast.expr] = []
            body = up.body if isinstance(up, ast.If | ast.While | ast.For | ast.IfExp) else None
            if isinstance(up, ast.BoolOp) and isinstance(child, ast.expr):
                before = up.values[: up.values.index(child)]
                tests = before if isinstance(up.op, ast.And) else [opposite(test) for test in before]
            elif child is body or (isinstance(body, list) and child in body):
                tests = [getattr(up, "test", None) or range_test(up)]
            if any(self.implies(each, container, index) for test in tests for each in conjuncts(test)):
                if not any(self.disturbs(each, node, container, index) for each in self.between(up, node)):
                    return True
        return False

    def implies(self, test: ast.expr, container: str, index: ast.expr) -> bool:
        place = self.constant(index)
        if not isinstance(test, ast.Compare) or len(test.ops) > 1:
            return path(test) == container and place == 0
        less, more, operator = test.left, test.comparators[0], type(test.ops[0])
        if operator in (ast.Gt, ast.GtE, ast.Eq):
            less, more = more, less
        least = self.constant(less)
        if length_of(more) != container or operator not in (ast.Lt, ast.Gt, ast.GtE, ast.Eq):
            return False
        if place is None or least is None:
            return operator in (ast.Lt, ast.Gt) and ast.dump(less) == ast.dump(index)
        return place < least + (operator in (ast.Lt, ast.Gt))

    def between(self, guard: ast.AST, node: ast.AST) -> Iterator[ast.AST]:
        """What may run after the guard and before the node: what stands in between, or all of a loop around it."""
        around = [up for up, _ in self.above(node)]
        inner = around[: around.index(guard) + isinstance(guard, ast.For)]
        looped = any(isinstance(up, ast.For | ast.While) for up in inner)
        for each in ast.walk(guard):
            place = (getattr(each, "lineno", 0), getattr(each, "col_offset", 0))
            if each not in around and (looped or place < (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))):
                yield each

    def disturbs(self, node: ast.AST, use: ast.AST, container: str, index: ast.expr) -> bool:
        """Whether this changes the index or another container in its place, or may shorten it."""
        up = self.parent.get(node)
        if is_store(node):
            counts = isinstance(up, ast.For) and node is up.target  # the loop's own variable, which the test is about
            changed = path(node)
            return f"{container}.".startswith(f"{changed}.") or (not counts and changed in map(path, ast.walk(index)))
        fixed = isinstance(use, ast.Subscript) and self.kind(use.value) == "bytes" and "." not in container
        return self.may_shorten(node) and not fixed

    def may_shorten(self, node: ast.AST) -> bool:
        """Whether this may make some list shorter: a call of anything that is not known to be harmless."""
        if not isinstance(node, ast.Call):
            return isinstance(node, ast.Delete | ast.Yield)
        kind = self.kind(node.func.value) if isinstance(node.func, ast.Attribute) else "function"
        name = getattr(node.func, "attr", path(node.func))
        return kind not in ("str", "bytes") and not (kind in ("list", "dict", "function") and name in HARMLESS)

    # Loops.

    def fixed(self, node: ast.expr, loop: ast.For) -> bool:
        """Whether an expression is sure to be the same throughout a loop: an int, a variable, or a length."""
        name, inside = length_of(node) or path(node), [each for body in loop.body for each in ast.walk(body)]
        stored = [path(each) for each in inside if is_store(each)]
        calls = isinstance(node, ast.Call) and any(isinstance(each, ast.Call | ast.Delete) for each in inside)
        changes = calls or "." in name or any(f"{name}.".startswith(f"{each}.") for each in stored)
        of_bytes = (
            isinstance(node, ast.Call) and "." not in name and name not in stored and self.kind(node.args[0]) == "bytes"
        )
        return self.constant(node) is not None or (bool(name) and (of_bytes or not changes))

    def loop_names(self, function: ast.AST) -> set[str]:
        """The variables of a loop that a function made in it uses."""
        around = [self.parent[function], *(up for up, _ in self.above(self.parent[function]))]
        mine = set(ast.walk(function))
        loops = [up for up in around if isinstance(up, ast.For | ast.While)]
        stores = {path(each) for loop in loops for each in ast.walk(loop) if each not in mine and is_store(each)}
        return stores & {path(each) for each in mine if isinstance(each, ast.Name)}


def path(node: ast.AST) -> str:
    """`x` or `self.x`, "" for anything computed."""
    if isinstance(node, ast.Attribute):
        base = path(node.value)
        return base and f"{base}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def is_store(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) and isinstance(node, ast.Name | ast.Attribute)


def assignment(node: ast.AST) -> list[tuple[ast.expr, ast.expr | None]]:
    """(target, value) of a plain assignment."""
    if isinstance(node, ast.AnnAssign):
        return [(node.target, node.value)]
    return [(target, node.value) for target in node.targets] if isinstance(node, ast.Assign) else []


def length_of(node: ast.AST) -> str:
    """The path of x in len(x)."""
    return path(node.args[0]) if isinstance(node, ast.Call) and path(node.func) == "len" and node.args else ""


def range_test(node: ast.AST) -> ast.expr:
    """What holds in the body of `for target in range(…, end)`."""
    called = node.iter if isinstance(node, ast.For) and isinstance(node.iter, ast.Call) else None
    if called and isinstance(node, ast.For) and path(called.func) == "range" and 0 < len(called.args) < 3:
        return ast.Compare(node.target, [ast.Lt()], [called.args[-1]])
    return ast.Constant(None)


def conjuncts(test: ast.expr) -> list[ast.expr]:
    both = isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And)
    return [each for value in test.values for each in conjuncts(value)] if both else [test]  # type: ignore[attr-defined]


def opposite(test: ast.expr) -> ast.expr:
    """A test that holds where this one does not, as far as that is simple."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in OPPOSITE:
        return ast.Compare(test.left, [OPPOSITE[type(test.ops[0])]()], test.comparators)
    return ast.Constant(None)
