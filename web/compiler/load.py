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

BUILTINS = Path(mypy.__file__).parent / "typeshed" / "stdlib" / "builtins.pyi"
TOOL_COMMENT = re.compile(r"#\s*(native:|noqa|type:|fmt:|ruff:|pragma:|mypy:|!)")


class Module:
    """One Python file: `name` is dotted, `tree` is Python's own tree, `file` is mypy's, and `typed` is what
    mypy knows of an expression, by its place."""

    def __init__(self, source: BuildSource, result: build.BuildResult) -> None:
        self.path, self.name, self.file = Path(str(source.path)), source.module, result.files[source.module]
        self.source = self.path.read_text(encoding="utf-8")
        self.lines = self.source.splitlines() or [""]
        self.tree = ast.parse(self.source, str(self.path))
        self.typed: dict[Span, tuple[nodes.Expression, Type]] = {}
        for node in get_subexpressions(self.file):
            if node in result.types:
                place = (node.line, node.column, node.end_line, node.end_column)
                self.typed.setdefault(place, (node, result.types[node]))
        for statement in self.file.defs:
            match statement:
                case nodes.AssignmentStmt(lvalues=[nodes.NameExpr(node=nodes.Var() as variable)], rvalue=value):
                    # A constant is assigned once: told so, mypy can work out sums and such with it.
                    variable.is_final, variable.final_value = True, constant_fold_expr(value, self.name)
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


def span(node: ast.expr) -> Span:
    """Where mypy has an expression: as Python does, but for brackets at the ends of an operation."""
    if isinstance(node, ast.BinOp):
        return span(node.left)[:2] + span(node.right)[2:]
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def load(paths: list[Path]) -> tuple[list[Module], list[str]]:
    """The modules, typed, and what mypy finds wrong in them."""
    _, options = process_options(sorted(words("mypy")), require_targets=False)
    options.export_types = options.preserve_asts = True
    try:
        sources = [source_of(path) for path in paths]
        result = build.build([bool_is_no_int(), *sources], options)
        modules = [Module(source, result) for source in sources]
    except CompileError as error:
        return [], error.messages
    except SyntaxError as error:
        return [], [f"{error.filename}:{error.lineno}: {error.msg}"]
    return modules, [": ".join([each, *advice(each)]) for each in result.errors]


def advice(error: str) -> list[str]:
    """What to do about an error of types, as the phrasebook has it."""
    return [text for pattern, text in table("mypy").items() if re.search(pattern, error)]


def source_of(path: Path) -> BuildSource:
    """A file as mypy reads it. `wakeful.parser` is client_core/wakeful/parser.py: packages have an __init__.py."""
    folder = path.resolve().parent
    while (folder / "__init__.py").exists():
        folder = folder.parent
    name = ".".join(path.resolve().relative_to(folder).with_suffix("").parts)
    text = path.read_text(encoding="utf-8")
    ast.parse(text, str(path))  # an error of syntax is told by Python, which sees the text as it is
    # mypy's columns go wrong behind letters beyond ASCII (2.4.1): it reads others, as long in bytes.
    return BuildSource(str(path), name, re.sub(rb"[\x80-\xff]", b"x", text.encode()).decode(), str(folder))


def bool_is_no_int() -> BuildSource:
    """Python's built-ins, but that a bool is not an int: where one is wanted, True is then an error of types."""
    text = BUILTINS.read_text(encoding="utf-8").replace(
        "class bool(int):", "class bool:\n    def __bool__(self) -> bool: ..."
    )
    return BuildSource(str(BUILTINS), "builtins", text)
