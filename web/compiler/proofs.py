"""What is known of ints and indexes before the program runs, so that the written code needs no check.

A fact is (container, index), both as source text: "index < len(container)". Facts come from conditions and hold in the
code that the condition guards, until something is assigned or called that might end them.
"""

import ast
from collections.abc import Callable, Iterator

Facts = frozenset[tuple[str, str]]
NONE: Facts = frozenset()
OPERATIONS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.LShift: lambda a, b: a << b if 0 <= b < 64 else 1 << 64,
    ast.Pow: lambda a, b: a**b if 0 <= b < 64 else 1 << 64,
}
GROWING = {"append", "extend", "insert", "get", "join", "startswith", "endswith", "find", "decode", "encode", "items"}
HARMLESS = {"len", "min", "max", "range", "enumerate", "isinstance", "str", "int", "print", "abs"}
LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)


class Proofs:
    """`kind` tells the kind of an expression; it is set by who knows the types."""

    def __init__(self, tree: ast.Module) -> None:
        self.kind: Callable[[ast.expr], str] = lambda node: ""
        self.tree = tree
        self.indexes: set[ast.Subscript] = set()
        self.not_empty: set[ast.Attribute] = set()
        self.constants = module_constants(tree)
        self.owner: dict[ast.AST, ast.AST] = {}
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.Lambda):
                for node in ast.walk(function):
                    self.owner[node] = function  # the innermost is visited last
        self.assigned = self._assignments()
        self.natural = self._natural_names()

    def prove(self) -> None:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                self._block(node.body, NONE)

    # Values.

    def constant(self, node: ast.expr) -> int | None:
        if isinstance(node, ast.Constant):
            return node.value if type(node.value) is int else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self.constant(node.operand)
            return None if value is None else -value
        if isinstance(node, ast.Name) and node.id in self.constants and (node.id, self.owner.get(node)) not in self.assigned:
            return self.constant(self.constants[node.id])
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
            left, right = self.constant(node.left), self.constant(node.right)
            if left is not None and right is not None:
                value = OPERATIONS[type(node.op)](left, right)
                return value if abs(value) < 2**53 else None
        return None

    def is_u32(self, node: ast.expr) -> bool:
        """Whether this int is in 0 … 2^32-1."""
        value = self.constant(node)
        if value is not None:
            return 0 <= value <= 0xFFFFFFFF
        if isinstance(node, ast.Subscript):
            return self.kind(node.value) == "bytes" and not isinstance(node.slice, ast.Slice)
        if not isinstance(node, ast.BinOp):
            return False
        if isinstance(node.op, ast.BitAnd):
            return any(0 <= (self.constant(each) or 0) <= 0xFFFFFFFF for each in (node.left, node.right) if self.constant(each) is not None)
        if isinstance(node.op, ast.BitXor | ast.BitOr | ast.RShift):
            return True  # its operands are checked or proven
        return False

    def never_negative(self, node: ast.expr) -> bool:
        value = self.constant(node)
        if value is not None:
            return value >= 0
        if isinstance(node, ast.Name | ast.Attribute):
            return self._place(node) in self.natural
        if isinstance(node, ast.IfExp):
            return self.never_negative(node.body) and self.never_negative(node.orelse)
        if isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor | ast.RShift):
                return self.is_u32(node)
            if isinstance(node.op, ast.Add) and self._is_find(node.left):
                return (self.constant(node.right) or 0) > 0
            return isinstance(node.op, ast.Add | ast.Mult | ast.FloorDiv | ast.Mod) and all(
                self.never_negative(side) for side in (node.left, node.right)
            )
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            test = {"max": any, "min": all}.get(node.func.id)
            return node.func.id == "len" or (test is not None and test(self.never_negative(each) for each in node.args))
        return isinstance(node, ast.Subscript) and self.kind(node.value) == "bytes"

    def _is_find(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("find", "rfind")

    def _place(self, node: ast.AST) -> tuple[str, ast.AST | None] | None:
        """A variable of a function, or a private attribute of whatever object."""
        if isinstance(node, ast.Name):
            return (node.id, self.owner.get(node))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            return ("." + node.attr, None)
        return None

    def _assignments(self) -> dict[tuple[str, ast.AST | None], list[ast.expr | None]]:
        """All that is ever assigned to each variable and private attribute; None for what is not known."""
        found: dict[tuple[str, ast.AST | None], list[ast.expr | None]] = {}

        def note(target: ast.AST, value: ast.expr | None) -> None:
            place = self._place(target)
            if place:
                found.setdefault(place, []).append(value)
            elif isinstance(target, ast.Tuple):
                for each in target.elts:
                    note(each, None)

        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    note(target, node.value)
            elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value:
                note(node.target, node.value)
            elif isinstance(node, ast.AugAssign):
                note(node.target, ast.copy_location(ast.BinOp(node.target, node.op, node.value), node))
            elif isinstance(node, ast.For | ast.comprehension):
                note(node.target, range_start(node.iter))
            elif isinstance(node, ast.FunctionDef | ast.Lambda):
                for arg in node.args.args + node.args.kwonlyargs + node.args.posonlyargs:
                    found.setdefault((arg.arg, node), []).append(None)
        return found

    def _natural_names(self) -> set[tuple[str, ast.AST | None]]:
        """Those that only ever get ints of 0 or more: all are held to be so until one of its values may not be."""
        self.natural = set(self.assigned)
        while True:
            kept = {
                place
                for place in self.natural
                if all(value is not None and self.never_negative(value) for value in self.assigned[place])
            }
            if kept == self.natural:
                return kept
            self.natural = kept

    def is_fixed(self, node: ast.expr, loop: ast.For) -> bool:
        """Whether an expression is sure to be the same throughout a loop: a plain int, or the length of something."""
        if self.constant(node) is not None:
            return True
        inner = node.args[0] if isinstance(node, ast.Call) and path(node.func) == "len" and node.args else node
        name = path(inner)
        if not name or any(uses(name, changed) for changed in changed_paths(ast.Module(loop.body, []))):
            return False
        if inner is node and "." not in name:
            return True
        calls = [each for each in ast.walk(loop) if isinstance(each, ast.Call) and each is not loop.iter]
        changing = any(self._may_shrink(each) or path(each.func).endswith((".append", ".extend", ".insert")) for each in calls)
        return not changing or (self.kind(inner) == "bytes" and "." not in name)

    def loop_names(self, function: ast.AST) -> list[str]:
        """The names that a nested function takes from a loop around it."""
        outer = self.owner.get(function)
        names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        found = set()
        for loop in ast.walk(self.tree):
            if isinstance(loop, ast.For | ast.While) and any(each is function for each in ast.walk(loop)):
                for node in ast.walk(loop):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and self.owner.get(node) is not function:
                        found |= {node.id} & names
        return sorted(found) if outer else []

    # Facts.

    def _block(self, body: list[ast.stmt], facts: Facts) -> Facts:
        for statement in body:
            facts = self._statement(statement, facts)
        return facts

    def _statement(self, node: ast.stmt, facts: Facts) -> Facts:
        if isinstance(node, ast.If):
            self._expression(node.test, facts)
            facts = self._kill(node.test, facts)
            then = self._block(node.body, facts | self._if_true(node.test))
            other = self._block(node.orelse, facts | self._if_false(node.test))
            if node.body and isinstance(node.body[-1], LEAVING):
                return other
            return other if node.orelse and isinstance(node.orelse[-1], LEAVING) and False else then & other
        if isinstance(node, ast.While | ast.For):
            facts = self._kill(node, facts)
            if isinstance(node, ast.While):
                self._expression(node.test, facts)
                self._block(node.body, facts | self._if_true(node.test))
                return facts
            self._expression(node.iter, facts)
            self._block(node.body, facts | self._in_range(node))
            return facts
        if isinstance(node, ast.Try):
            self._block(node.body, facts)
            facts = self._kill(node, facts)
            for block in [each.body for each in node.handlers] + [node.orelse, node.finalbody]:
                self._block(block, facts)
            return facts
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            return facts
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._expression(child, facts)
        return self._kill(node, facts)

    def _expression(self, node: ast.expr, facts: Facts) -> None:
        """Note the indexes in it that are proven. A call within ends what it may end before the rest is looked at."""
        if isinstance(node, ast.BoolOp):
            for value in node.values:
                self._expression(value, facts)
                facts = self._kill(value, facts)
                facts |= self._if_true(value) if isinstance(node.op, ast.And) else self._if_false(value)
            return
        if isinstance(node, ast.IfExp):
            self._expression(node.test, facts)
            facts = self._kill(node.test, facts)
            self._expression(node.body, facts | self._if_true(node.test))
            self._expression(node.orelse, facts | self._if_false(node.test))
            return
        if isinstance(node, ast.Lambda | ast.ListComp | ast.GeneratorExp):
            return
        if isinstance(node, ast.Subscript) and (path(node.value), ast.unparse(node.slice)) in facts:
            if self.never_negative(node.slice) and not isinstance(node.slice, ast.Slice):
                self.indexes.add(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (path(node.func.value), "0") in facts:
            self.not_empty.add(node.func)
        for child in ast.iter_child_nodes(node):
            for each in [child.value] if isinstance(child, ast.keyword) else [child]:
                if isinstance(each, ast.expr):
                    self._expression(each, facts)
                    facts = self._kill(each, facts)

    def _if_true(self, test: ast.expr) -> Facts:
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            return frozenset().union(*(self._if_true(value) for value in test.values))
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self._if_false(test.operand)
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            left, right, operator = test.left, test.comparators[0], test.ops[0]
            if isinstance(operator, ast.Lt):
                return self._less(left, right)
            if isinstance(operator, ast.Gt):
                return self._less(right, left)
            if isinstance(operator, ast.Eq):
                return self._has_length(left, self.constant(right) or 0)
        container = path(test)
        return frozenset({(container, "0")}) if container else NONE

    def _if_false(self, test: ast.expr) -> Facts:
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
            return frozenset().union(*(self._if_false(value) for value in test.values))
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self._if_true(test.operand)
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            left, right, operator = test.left, test.comparators[0], test.ops[0]
            if isinstance(operator, ast.GtE):
                return self._less(left, right)
            if isinstance(operator, ast.LtE):
                return self._less(right, left)
            if isinstance(operator, ast.Eq) and self.constant(right) == 0:
                return self._less(ast.Constant(0), left)
            if isinstance(operator, ast.NotEq):
                return self._has_length(left, self.constant(right) or 0)
        return NONE

    def _has_length(self, length: ast.expr, number: int) -> Facts:
        return frozenset().union(*(self._less(ast.Constant(place), length) for place in range(min(number, 100))))

    def _less(self, index: ast.expr, length: ast.expr) -> Facts:
        if isinstance(length, ast.Call) and isinstance(length.func, ast.Name) and length.func.id == "len" and length.args:
            container = path(length.args[0])
            return frozenset({(container, ast.unparse(index))}) if container else NONE
        return NONE

    def _in_range(self, node: ast.For) -> Facts:
        called = node.iter
        if isinstance(called, ast.Call) and isinstance(called.func, ast.Name) and isinstance(node.target, ast.Name):
            if called.func.id == "range" and len(called.args) < 3 and called.args:
                facts = self._less(node.target, called.args[-1])
                return facts if facts == self._kill(ast.Module(node.body, []), facts) else NONE
            if called.func.id == "enumerate":
                return NONE
        return NONE

    def _kill(self, node: ast.AST, facts: Facts) -> Facts:
        """The facts that outlast this code."""
        if not facts:
            return facts
        names = set(changed_paths(node))
        unknown_call = any(self._may_shrink(each) for each in ast.walk(node))
        return frozenset(
            (container, index)
            for container, index in facts
            if not any(uses(container, name) or uses(index, name) for name in names)
            and not (unknown_call and not (self._is_bytes(container) and "." not in container + index))
        )

    def _may_shrink(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Delete | ast.Yield):
            return True
        if not isinstance(node, ast.Call):
            return False
        if isinstance(node.func, ast.Name):
            return node.func.id not in HARMLESS
        if isinstance(node.func, ast.Attribute):
            kind = self.kind(node.func.value)
            return not (kind in ("str", "bytes") or (kind in ("list", "dict") and node.func.attr in GROWING))
        return True

    def _is_bytes(self, container: str) -> bool:
        return container in self.bytes_paths

    @property
    def bytes_paths(self) -> set[str]:
        if not hasattr(self, "_bytes_paths"):
            paths: dict[str, set[str]] = {}
            for node in ast.walk(self.tree):
                if isinstance(node, ast.Subscript):
                    paths.setdefault(path(node.value) or "", set()).add(self.kind(node.value))
            self._bytes_paths = {each for each, kinds in paths.items() if kinds == {"bytes"}}
        return self._bytes_paths


def path(node: ast.expr) -> str:
    """`x` or `self.x`, "" for anything computed."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = path(node.value)
        return base and f"{base}.{node.attr}"
    return ""


def uses(text: str, name: str) -> bool:
    """Whether this source text mentions a variable or an attribute path."""
    if "." in name:
        return name in text
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(ast.parse(text, mode="eval")))


def changed_paths(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name | ast.Attribute) and isinstance(each.ctx, ast.Store | ast.Del):
            yield path(each) or "."
        if isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Store) and isinstance(each.slice, ast.Slice):
            yield path(each.value) or "."


def module_constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Names that a module assigns once, at its top."""
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = node.value
    return found


def range_start(node: ast.expr) -> ast.expr | None:
    """What a loop's variable begins with, and only rises from; None if that is not known."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        if len(node.args) == 1:
            return ast.Constant(0)
        if len(node.args) == 2:
            return node.args[0]
    return None
