"""python -m compiler FILE_OR_FOLDER… --out FOLDER [--root FOLDER]"""

import argparse
import os
import shutil
import sys
from pathlib import Path, PurePosixPath

from compiler.declarations import Declarations
from compiler.definitions import Definitions
from compiler.load import Module, load
from compiler.proofs import Proofs

RUNTIME = Path(__file__).parent / "runtime"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m compiler", description="Compile Python of the subset to JavaScript."
    )
    parser.add_argument("paths", nargs="+", type=Path, help="Python files; a folder stands for the files in it")
    parser.add_argument("--out", required=True, type=Path, help="where the .mjs, .d.mts and .mjs.map files go")
    parser.add_argument("--root", type=Path, help="the folder that module names begin at (default: above the package)")
    given = parser.parse_args(arguments)
    paths = [file for path in given.paths for file in python_files(path)]
    modules, problems = load(paths, given.root)
    if not problems:
        problems = compile_modules(modules, given.out)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def python_files(path: Path) -> list[Path]:
    """A folder's own files; not __init__.py, which only says again what the others define."""
    return sorted(each for each in path.glob("*.py") if each.name != "__init__.py") if path.is_dir() else [path]


def compile_modules(modules: list[Module], out: Path) -> list[str]:
    """Write all files, or none if anything is refused."""
    names = {module.name for module in modules}
    written = []
    for module in modules:
        proofs = Proofs(module.tree)
        writer = Definitions(module, proofs, names)
        proofs.kind = writer.kind
        writer.write_module()
        written.append((module, writer))
    refusals = [refusal for module in modules for refusal in module.refusals]
    if refusals:
        return [str(refusal) for refusal in sorted(refusals, key=lambda each: each.key)]
    out.mkdir(parents=True, exist_ok=True)
    for file in RUNTIME.iterdir():
        shutil.copy(file, out / file.name)
    for module, writer in written:
        write_files(module, writer, out)
    return []


def write_files(module: Module, writer: Definitions, out: Path) -> None:
    base = out.joinpath(*module.name.split("."))
    base.parent.mkdir(parents=True, exist_ok=True)
    script = base.with_name(base.name + ".mjs")
    python = PurePosixPath(os.path.relpath(module.path.resolve(), base.parent.resolve()))
    script.write_text("\n".join([*writer.out.lines, f"//# sourceMappingURL={script.name}.map", ""]), encoding="utf-8")
    source_map = writer.out.source_map(script.name, str(python), module.source)
    script.with_name(script.name + ".map").write_text(source_map, encoding="utf-8")
    declared = Declarations(module, writer.compiled, writer.live)
    base.with_name(base.name + ".d.mts").write_text(declared.write(writer.relative), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
