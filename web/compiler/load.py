"""Read the Python files: their syntax tree, their comments, and what mypy knows of each expression in them."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from mypy import build, nodes
from mypy.errors import CompileError
from mypy.modulefinder import BuildSource
from mypy.options import Options
from mypy.types import Type

Span = tuple[int, int, int | None, int | None]

# Attributes of a mypy node that lead away from what is written at that place, into symbols and other modules.
LEADS_AWAY = {"node", "info", "type", "names", "imports", "defn", "analyzed", "unanalyzed_type", "def_var"}
NATIVE = re.compile(r"#\s*native:\s*(\w+)")
TOOL_COMMENT = re.compile(r"#\s*(native:|noqa|type:|fmt:|ruff:|pragma:|mypy:|!)")


class Refusal:
    """Something outside the subset: where it is, and how to write it instead."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        self.key = (str(path), line, message)

    def __str__(self) -> str:
        return "{}:{}: {}".format(*self.key)


class Module:
    """One Python file: `name` is dotted, `tree` is Python's own tree, `typed` is mypy's, by position."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.source = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.source, str(path))
        self.lines = self.source.splitlines()
        self.typed: dict[Span, tuple[nodes.Expression, Type]] = {}
        self.in_fields: dict[ast.expr, tuple[nodes.Expression, Type]] = {}
        self.file: nodes.MypyFile | None = None
        self.refusals: list[Refusal] = []
        # Line -> comment; a comment that has a line to itself, and one behind code.
        self.own_line: dict[int, str] = {}
        self.trailing: dict[int, str] = {}
        self.natives: dict[int, str] = {}
        self.top_names = [name for node in self.tree.body for name in top_names(node)]
        self._read_comments()

    def _read_comments(self) -> None:
        for token in tokenize.generate_tokens(io.StringIO(self.source).readline):
            if token.type != tokenize.COMMENT:
                continue
            line, column = token.start
            native = NATIVE.match(token.string)
            if native:
                self.natives[line] = native[1]
            if not TOOL_COMMENT.match(token.string):
                alone = self.lines[line - 1][:column].strip() == ""
                (self.own_line if alone else self.trailing)[line] = token.string[1:].removeprefix(" ").rstrip()

    def known(self, node: ast.expr) -> tuple[nodes.Expression, Type] | None:
        """mypy's node for one of Python's, and its type."""
        return self.in_fields.get(node) or self.typed.get(span(node))

    def native_of(self, node: ast.FunctionDef) -> str | None:
        """The helper that `# native: …` in a function's head names."""
        return next(
            (self.natives[line] for line in range(node.lineno, node.body[0].lineno + 1) if line in self.natives), None
        )

    def refuse(self, node: ast.AST, message: str) -> None:
        self.refusals.append(Refusal(self.path, getattr(node, "lineno", 1), message))


def top_names(node: ast.stmt) -> list[str]:
    """The names that a statement gives to a function, a class or values."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [each.id for each in targets if isinstance(each, ast.Name)]


def span(node: ast.expr) -> Span:
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def module_name(path: Path, root: Path | None) -> str:
    """`wakeful.parser` for client_core/wakeful/parser.py: up from the file as long as there is an __init__.py."""
    path = path.resolve()
    if root is None:
        root = path.parent
        while (root / "__init__.py").exists() or any(root.glob("py.typed")):
            root = root.parent
    parts = list(path.relative_to(root.resolve()).with_suffix("").parts)
    return ".".join(parts)


def load(paths: list[Path], root: Path | None) -> tuple[list[Module], list[str]]:
    """The modules, typed; or mypy's complaints."""
    try:
        modules = [Module(path, module_name(path, root)) for path in paths]
    except SyntaxError as error:
        return [], [f"{error.filename or paths[0]}:{error.lineno}: {error.msg}"]
    options = Options()
    options.export_types = True
    options.preserve_asts = True
    options.incremental = False
    options.native_parser = False  # it reads Python's own tree, so that places are the same in both
    options.disallow_untyped_defs = True
    options.disallow_incomplete_defs = True
    options.disallow_any_generics = True
    options.disallow_subclassing_any = True
    options.strict_equality = True
    options.strict_bytes = True
    options.explicit_package_bases = True
    options.namespace_packages = True
    roots = {path.resolve().parents[module.name.count(".")] for path, module in zip(paths, modules, strict=True)}
    options.mypy_path = sorted(str(each) for each in roots)
    sources = [BuildSource(str(module.path), module.name, None) for module in modules]
    try:
        result = build.build(sources, options)
    except CompileError as error:
        return [], error.messages
    for module in modules:
        module.file = result.files[module.name]
        for node in expressions(module.file, set()):
            kind = result.types.get(node)
            if kind is not None:
                module.typed.setdefault((node.line, node.column, node.end_line, node.end_column), (node, kind))
        find_fields(module, result.types)
    return modules, result.errors


def find_fields(module: Module, types: dict[nodes.Expression, Type]) -> None:
    """What stands in the fields of an f-string: mypy gives it the place of the whole, so it is found by its order."""
    for text in ast.walk(module.tree):
        known = module.typed.get(span(text)) if isinstance(text, ast.JoinedStr) else None
        if known is None or not isinstance(text, ast.JoinedStr):
            continue
        parts: list[nodes.Expression] = [known[0]]
        if isinstance(known[0], nodes.CallExpr) and isinstance(known[0].args[0], nodes.ListExpr):
            parts = known[0].args[0].items
        values = [part.args[0] for part in parts if isinstance(part, nodes.CallExpr)]
        fields = [part.value for part in text.values if isinstance(part, ast.FormattedValue)]
        for field, value in zip(fields, values, strict=False):
            if value in types:
                module.in_fields[field] = (value, types[value])


def expressions(node: nodes.Node, seen: set[int]) -> Iterator[nodes.Expression]:
    """Every expression under a mypy node. (mypy's own visitors are compiled: they cannot be subclassed here.)"""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, nodes.Expression):
        yield node
    for name in dir(node):
        if not name.startswith("_") and name not in LEADS_AWAY:
            for child in flatten(getattr(node, name, None)):
                yield from expressions(child, seen)


def flatten(value: object) -> Iterator[nodes.Node]:
    if isinstance(value, nodes.Node):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from flatten(item)
