"""What is known of ints and indexes before the program runs, so that the written code needs no check.

An index is proven by the condition around it: the `if`, `while`, `and` or `for … in range(len(…))` that it stands in, if
nothing in between can have changed the index or shortened the list.
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
OPPOSITE = {ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt}
# What neither shortens a list nor calls code that may.
HARMLESS = {"len", "min", "max", "range", "enumerate", "isinstance", "str", "int", "print", "abs", "bytes", "list"}
HARMLESS_METHODS = {"append", "extend", "insert", "get", "items", "keys", "values"}
MAX_U32 = 0xFFFFFFFF


class Proofs:
    """`kind` tells the kind of an expression; it is set by who knows the types."""

    def __init__(self, tree: ast.Module) -> None:
        self.kind: Callable[[ast.expr], str] = lambda node: ""
        self.parent = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        self.constants: dict[str, ast.expr | None] = {}
        for node in tree.body:
            targets = (
                node.targets
                if isinstance(node, ast.Assign)
                else [node.target]
                if isinstance(node, ast.AnnAssign)
                else []
            )
            for target in targets:
                if isinstance(target, ast.Name) and isinstance(node, ast.Assign | ast.AnnAssign):
                    self.constants[target.id] = node.value

    def above(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """(parent, child) from a node up to the function or module around it."""
        while node in self.parent and not isinstance(node, ast.FunctionDef | ast.Lambda):
            yield self.parent[node], node
            node = self.parent[node]

    def function(self, node: ast.AST) -> ast.AST | None:
        return next((up for up, _ in self.above(node) if isinstance(up, ast.FunctionDef | ast.Lambda)), None)

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
        function = self.function(name)
        for node in ast.walk(function) if function else []:
            if isinstance(node, ast.arg) and node.arg == name.id:
                yield None
            if isinstance(node, ast.Name) and node.id == name.id and isinstance(node.ctx, ast.Store):
                up = self.parent[node]
                if isinstance(up, ast.AugAssign):
                    yield ast.BinOp(name, up.op, up.value)
                elif isinstance(up, ast.For) and isinstance(up.iter, ast.Call) and path(up.iter.func) == "range":
                    yield (
                        ast.Constant(0)
                        if len(up.iter.args) == 1
                        else up.iter.args[0]
                        if len(up.iter.args) == 2
                        else None
                    )
                else:
                    yield up.value if isinstance(up, ast.Assign | ast.AnnAssign) else None

    def natural(self, node: ast.AST | None, assumed: frozenset[str] = frozenset()) -> bool:
        """Whether an int is sure to be 0 or more. A variable is if it is given nothing else, itself included."""
        value = self.constant(node)
        if value is not None or node is None:
            return value is not None and value >= 0
        if isinstance(node, ast.Name):
            given = [] if node.id in assumed else list(self.assigned(node))
            return node.id in assumed or (
                bool(given) and all(self.natural(each, assumed | {node.id}) for each in given)
            )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult | ast.FloorDiv | ast.Mod):
            if isinstance(node.left, ast.Call) and path(node.left.func).endswith(".find"):
                return (
                    isinstance(node.op, ast.Add) and (self.constant(node.right) or 0) > 0
                )  # find() is -1 at the least
            return self.natural(node.left, assumed) and self.natural(node.right, assumed)
        return self.is_u32(node) or (isinstance(node, ast.Call) and path(node.func) == "len")

    def is_u32(self, node: ast.AST) -> bool:
        """Whether an int is sure to be in 0 … 2^32-1. (What bits are worked out of is checked when it is not.)"""
        value = self.constant(node)
        if value is not None:
            return 0 <= value <= MAX_U32
        if isinstance(node, ast.Subscript):
            return self.kind(node.value) == "bytes" and not isinstance(node.slice, ast.Slice)
        return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor | ast.RShift)

    # Indexes.

    def proven(self, node: ast.Subscript) -> bool:
        container = path(node.value)
        return bool(container) and self.natural(node.slice) and self.guarded(node, container, node.slice)

    def guarded(self, node: ast.AST, container: str, index: ast.expr) -> bool:
        """Whether a condition around this node says that index < len(container)."""
        for up, child in self.above(node):
            tests: list[ast.expr] = []
            if (isinstance(up, ast.If | ast.While) and child in up.body) or (
                isinstance(up, ast.IfExp) and child is up.body
            ):
                tests = [up.test]
            elif isinstance(up, ast.BoolOp) and isinstance(child, ast.expr):
                tests = up.values[: up.values.index(child)]
                tests = tests if isinstance(up.op, ast.And) else [opposite(test) for test in tests]
            elif (
                isinstance(up, ast.For) and child in up.body and isinstance(up.iter, ast.Call) and len(up.iter.args) < 3
            ):
                if path(up.iter.func) == "range" and up.iter.args and isinstance(up.target, ast.Name):
                    tests = [ast.Compare(up.target, [ast.Lt()], [up.iter.args[-1]])]
            if any(self.implies(each, container, index) for test in tests for each in conjuncts(test)):
                if not any(self.disturbs(each, container, index) for each in self.between(up, node)):
                    return True
        return False

    def implies(self, test: ast.expr, container: str, index: ast.expr) -> bool:
        place = self.constant(index)
        if not isinstance(test, ast.Compare) or len(test.ops) > 1:
            return path(test) == container and place == 0
        left, operator, right = test.left, type(test.ops[0]), test.comparators[0]
        if operator is ast.Lt and length_of(right) == container:
            most = self.constant(left)
            return ast.dump(left) == ast.dump(index) or (place is not None and most is not None and place <= most)
        least = self.constant(right)
        if length_of(left) != container or place is None or least is None:
            return operator is ast.Gt and length_of(left) == container and ast.dump(right) == ast.dump(index)
        return operator in (ast.Gt, ast.GtE, ast.Eq) and place < least + (operator is ast.Gt)

    def between(self, guard: ast.AST, node: ast.AST) -> Iterator[ast.AST]:
        """What may run after the guard and before the node: what stands in between, and all of a loop around it."""
        around = {up for up, _ in self.above(node)}
        loops = [
            up for up in around if isinstance(up, ast.For | ast.While) and (up is not guard or isinstance(up, ast.For))
        ]
        inside = {guard, *(each for each in ast.walk(guard))}
        for each in inside - around - {node}:
            in_loop = any(loop in inside and each in ast.walk(loop) for loop in loops)
            if in_loop or (hasattr(each, "lineno") and (each.lineno, each.col_offset) < (node.lineno, node.col_offset)):  # type: ignore[attr-defined]
                yield each

    def disturbs(self, node: ast.AST, container: str, index: ast.expr) -> bool:
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            changed = path(node)
            loop = self.parent.get(node)
            if isinstance(loop, ast.For) and node is loop.target:
                return f"{container}.".startswith(f"{changed}.")
            return f"{container}.".startswith(f"{changed}.") or changed in [path(each) for each in ast.walk(index)]
        return self.may_shorten(node) and not ("." not in container and container in self.bytes_names(index))

    def bytes_names(self, index: ast.expr) -> set[str]:
        up = self.parent.get(index)
        return {path(up.value)} if isinstance(up, ast.Subscript) and self.kind(up.value) == "bytes" else set()

    def may_shorten(self, node: ast.AST) -> bool:
        """Whether this may make some list shorter: a call of anything that is not known to be harmless."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            kind = self.kind(node.func.value)
            return kind not in ("str", "bytes") and not (
                kind in ("list", "dict") and node.func.attr in HARMLESS_METHODS
            )
        return isinstance(node, ast.Delete | ast.Yield) or (
            isinstance(node, ast.Call) and path(node.func) not in HARMLESS
        )

    # Loops.

    def fixed(self, node: ast.expr, loop: ast.For) -> bool:
        """Whether an expression is sure to be the same throughout a loop: an int, a variable, or a length."""
        name = length_of(node) or path(node)
        inside = [each for statement in loop.body for each in ast.walk(statement)]
        stored = [
            path(each)
            for each in inside
            if isinstance(each, ast.Name | ast.Attribute) and isinstance(each.ctx, ast.Store)
        ]
        if self.constant(node) is not None:
            return True
        if not name or any(f"{name}.".startswith(f"{each}.") for each in stored):
            return False
        if isinstance(node, ast.Call):
            text = self.kind(node.args[0]) == "bytes"
            return not any(isinstance(each, ast.Call | ast.Delete) for each in inside) or (text and "." not in name)
        return "." not in name

    def loop_names(self, function: ast.AST) -> set[str]:
        """The variables of a loop that a function made in it uses."""
        loops = [up for up, _ in self.above(self.parent[function]) if isinstance(up, ast.For | ast.While)]
        if isinstance(self.parent[function], ast.For | ast.While):
            loops.append(self.parent[function])  # type: ignore[arg-type]
        used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        mine = set(ast.walk(function))
        stores = [node for loop in loops for node in ast.walk(loop) if node not in mine and isinstance(node, ast.Name)]
        return {node.id for node in stores if isinstance(node.ctx, ast.Store)} & used


def path(node: ast.AST) -> str:
    """`x` or `self.x`, "" for anything computed."""
    if isinstance(node, ast.Attribute):
        base = path(node.value)
        return base and f"{base}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def length_of(node: ast.AST) -> str:
    """The path of x in len(x)."""
    return path(node.args[0]) if isinstance(node, ast.Call) and path(node.func) == "len" and node.args else ""


def conjuncts(test: ast.expr) -> list[ast.expr]:
    return (
        [each for value in test.values for each in conjuncts(value)]
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And)
        else [test]
    )


def opposite(test: ast.expr) -> ast.expr:
    """A test that holds where this one does not, as far as that is simple."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in OPPOSITE:
        return ast.Compare(test.left, [OPPOSITE[type(test.ops[0])]()], test.comparators)
    return ast.Constant(None)
