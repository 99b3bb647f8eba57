"""Read the Python files: their syntax tree, their comments, and what mypy knows of each expression in them."""

import ast
import io
import re
import tokenize
from pathlib import Path

import mypy
from mypy import build, nodes
from mypy.constant_fold import constant_fold_expr
from mypy.errors import CompileError
from mypy.main import process_options
from mypy.modulefinder import BuildSource
from mypy.server.subexpr import get_subexpressions
from mypy.types import Type

from compiler.phrases import table, words

Span = tuple[int, int, int | None, int | None]
Known = tuple[nodes.Expression, Type]

BUILTINS = Path(mypy.__file__).parent / "typeshed" / "stdlib" / "builtins.pyi"
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
        for token in tokenize.generate_tokens(io.StringIO(self.source).readline):
            line, column = token.start
            if token.type == tokenize.COMMENT and not TOOL_COMMENT.match(token.string):
                alone = not self.lines[line - 1][:column].strip()
                (self.own_line if alone else self.trailing)[line] = token.string[1:].removeprefix(" ").rstrip()

    def native_of(self, node: ast.stmt) -> str | None:
        """The helper that `# native: …` in a function's head names."""
        last = node.body[0].lineno if isinstance(node, ast.FunctionDef) else 0
        found = re.search(r"# native: (\w+)", "\n".join(self.lines[node.lineno - 1 : last]))
        return found[1] if found else None

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
    """The modules, typed; or what is wrong with them."""
    try:
        modules = [Module(path, root) for path in paths]
    except SyntaxError as error:
        return [], [f"{error.filename}:{error.lineno}: {error.msg}"]
    _, options = process_options(sorted(words("mypy")), require_targets=False)
    options.export_types = options.preserve_asts = True
    options.mypy_path = sorted({str(each.path.resolve().parents[each.name.count(".")]) for each in modules})
    try:
        result = build.build([bool_is_no_int(), *map(readable, modules)], options)
    except CompileError as error:
        return [], error.messages
    for module in modules:
        module.file = result.files[module.name]
        for statement in module.file.defs:
            match statement:
                case nodes.AssignmentStmt(lvalues=[nodes.NameExpr(node=nodes.Var() as variable)], rvalue=value):
                    # A constant is assigned once: told so, mypy can work out sums and such with it.
                    variable.is_final, variable.final_value = True, constant_fold_expr(value, module.name)
        for node in get_subexpressions(module.file):
            if node in result.types:
                place = (node.line, node.column, node.end_line, node.end_column)
                module.typed.setdefault(place, (node, result.types[node]))
    advice = table("mypy").items()
    return modules, [
        ": ".join([each, *(text for why, text in advice if re.search(why, each))]) for each in result.errors
    ]


def readable(module: Module) -> BuildSource:
    """mypy's columns go wrong behind letters beyond ASCII (2.4.1): it reads others, as long in bytes."""
    text = re.sub(rb"[\x80-\xff]", b"x", module.source.encode()).decode()
    return BuildSource(str(module.path), module.name, text)


def bool_is_no_int() -> BuildSource:
    """Python's built-ins, but that a bool is not an int: where one is wanted, True is then an error of types."""
    text = BUILTINS.read_text(encoding="utf-8").replace(
        "class bool(int):", "class bool:\n    def __bool__(self) -> bool: ..."
    )
    return BuildSource(str(BUILTINS), "builtins", text)
