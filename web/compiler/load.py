"""Read the Python files: their syntax tree, their comments, and what mypy knows of each expression in them."""

import ast
import io
import re
import tempfile
import tokenize
from collections.abc import Iterator
from pathlib import Path

from mypy import build, nodes
from mypy.errors import CompileError
from mypy.modulefinder import BuildSource
from mypy.options import Options
from mypy.types import Type

Span = tuple[int, int, int | None, int | None]
Known = tuple[nodes.Expression, Type]

STRICT = (
    "disallow_untyped_defs",
    "disallow_incomplete_defs",
    "disallow_any_generics",
    "strict_equality",
    "strict_bytes",
)
# Attributes of a mypy node that lead away from what is written at that place, into symbols and other modules.
LEADS_AWAY = {"node", "info", "type", "names", "imports", "defn", "analyzed", "unanalyzed_type", "def_var"}
TOOL_COMMENT = re.compile(r"#\s*(native:|noqa|type:|fmt:|ruff:|pragma:|mypy:|!)")


class Module:
    """One Python file: `name` is dotted, `tree` is Python's own tree, `typed` is mypy's, by position."""

    def __init__(self, path: Path, root: Path | None) -> None:
        self.path = path
        self.name = module_name(path.resolve(), root)
        self.source = path.read_text(encoding="utf-8")
        self.lines = self.source.splitlines()
        self.tree = ast.parse(self.source, str(path))
        self.file = nodes.MypyFile([], [])
        self.typed: dict[Span, Known] = {}
        self.refusals: set[tuple[str, int, str]] = set()
        # Line -> comment: those with a line to themselves, and those behind code.
        self.own_line: dict[int, str] = {}
        self.trailing: dict[int, str] = {}
        self.natives: dict[int, str] = {}
        for token in tokenize.generate_tokens(io.StringIO(self.source).readline):
            line, column = token.start
            if native := re.match(r"#\s*native:\s*(\w+)", token.string):
                self.natives[line] = native[1]
            if token.type == tokenize.COMMENT and not TOOL_COMMENT.match(token.string):
                alone = not self.lines[line - 1][:column].strip()
                (self.own_line if alone else self.trailing)[line] = token.string[1:].removeprefix(" ").rstrip()

    def native_of(self, node: ast.stmt) -> str | None:
        """The helper that `# native: …` in a function's head names."""
        lines = range(node.lineno, node.body[0].lineno + 1) if isinstance(node, ast.FunctionDef) else []
        return next((self.natives[line] for line in lines if line in self.natives), None)

    def refuse(self, node: ast.AST, message: str) -> None:
        """Something outside the subset: where it is, and how to write it instead."""
        self.refusals.add((str(self.path), getattr(node, "lineno", 1), message))


def module_name(path: Path, root: Path | None) -> str:
    """`wakeful.parser` for client_core/wakeful/parser.py: up from the file as long as there is an __init__.py."""
    folder = path.parent
    while root is None and any((folder / mark).exists() for mark in ("__init__.py", "py.typed")):
        folder = folder.parent
    return ".".join(path.relative_to(root.resolve() if root else folder).with_suffix("").parts)


def span(node: ast.expr) -> Span:
    """Where mypy has an expression: as Python does, but for brackets at the ends of an operation."""
    if isinstance(node, ast.BinOp):
        return span(node.left)[:2] + span(node.right)[2:]
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def load(paths: list[Path], root: Path | None) -> tuple[list[Module], list[str]]:
    """The modules, typed; and mypy's complaints."""
    options = Options()
    options.export_types = options.preserve_asts = options.explicit_package_bases = True
    options.incremental = False
    for name in STRICT:
        setattr(options, name, True)
    try:
        modules = [Module(path, root) for path in paths]
    except SyntaxError as error:
        return [], [f"{error.filename}:{error.lineno}: {error.msg}"]
    options.mypy_path = sorted({str(each.path.resolve().parents[each.name.count(".")]) for each in modules})
    with tempfile.TemporaryDirectory() as folder:
        sources = [ascii_copy(module, Path(folder)) for module in modules]
        try:
            result = build.build(sources, options)
            errors, files, types = result.errors, result.files, result.types
        except CompileError as error:
            errors, files, types = error.messages, {}, {}
    for module, source in zip(modules, sources, strict=True):
        errors = [error.replace(source.path or "", str(module.path)) for error in errors]
        module.file = files.get(module.name, module.file)
        for node in expressions(module.file, set()):
            if node in types:
                place = (node.line, node.column, node.end_line, node.end_column)
                module.typed.setdefault(place, (node, types[node]))
        for text in ast.walk(module.tree):
            if isinstance(text, ast.JoinedStr):
                place_fields(text, module.typed.get(span(text)))
    return modules, errors


def ascii_copy(module: Module, folder: Path) -> BuildSource:
    """mypy's columns go wrong behind letters beyond ASCII (2.4.1): it reads a copy with others, as long in bytes."""
    file = folder.joinpath(*module.name.split(".")).with_suffix(".py")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(re.sub(rb"[\x80-\xff]", b"x", module.source.encode()))
    return BuildSource(str(file), module.name)


def place_fields(text: ast.JoinedStr, known: Known | None) -> None:
    """Python before 3.12 misplaces what stands in an f-string of several lines; mypy knows the right places."""
    call = known[0] if known else None
    whole = isinstance(call, nodes.CallExpr) and isinstance(call.args[0], nodes.ListExpr)
    parts = call.args[0].items if whole else [call]  # type: ignore[union-attr]
    values = [part.args[0] for part in parts if isinstance(part, nodes.CallExpr)]
    fields = [part.value for part in text.values if isinstance(part, ast.FormattedValue)]
    for field, value in zip(fields, values, strict=False):
        lines, columns = value.line - field.lineno, value.column - field.col_offset
        for node in ast.walk(field):
            if isinstance(node, ast.expr):
                node.lineno, node.end_lineno = node.lineno + lines, (node.end_lineno or 0) + lines
                node.col_offset, node.end_col_offset = node.col_offset + columns, (node.end_col_offset or 0) + columns


def expressions(value: object, seen: set[int]) -> Iterator[nodes.Expression]:
    """Every expression under a mypy node. (mypy's own visitors are compiled: they cannot be subclassed here.)"""
    if isinstance(value, nodes.Expression):
        yield value
    inner = value if isinstance(value, list | tuple) else []
    if isinstance(value, nodes.Node) and id(value) not in seen:
        names = [name for name in dir(value) if not name.startswith("_") and name not in LEADS_AWAY]
        inner = [getattr(value, name, None) for name in names]
    seen.add(id(value))
    for each in inner:
        yield from expressions(each, seen)
