"""python -m compiler FILE_OR_FOLDER… --out FOLDER"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from compiler.declarations import Declarations
from compiler.definitions import Definitions
from compiler.load import load


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m compiler", description="Compile typed Python to JavaScript.")
    parser.add_argument("paths", nargs="+", type=Path, help="Python files; a folder stands for the files in it")
    parser.add_argument("--out", required=True, type=Path, help="where the .mjs, .d.mts and .mjs.map files go")
    given = parser.parse_args(arguments)
    modules, problems = load([file for path in given.paths for file in python_files(path)])
    writers = [Definitions(module, {each.name for each in modules}) for module in modules]
    for writer in writers:
        writer.write_module()
    refusals = sorted(refusal for writer in writers for refusal in writer.refusals)
    for problem in problems + [f"{file}:{line}: {message}" for file, line, message in refusals]:
        print(problem, file=sys.stderr)
    if problems or refusals:
        return 1
    shutil.copytree(Path(__file__).parent / "runtime", given.out, dirs_exist_ok=True)
    for writer in writers:
        write_files(writer, given.out)
    return 0


def python_files(path: Path) -> list[Path]:
    """A folder's own files; not __init__.py, which only says again what the others define."""
    if not path.exists():
        sys.exit(f"{path}: no such file or folder")
    return sorted(each for each in path.glob("*.py") if each.name != "__init__.py") if path.is_dir() else [path]


def write_files(writer: Definitions, out: Path) -> None:
    module = writer.module
    folder, name = out.joinpath(*module.name.split(".")[:-1]), module.name.split(".")[-1]
    folder.mkdir(parents=True, exist_ok=True)
    lines = [*(line for line, _ in writer.out.rows), f"//# sourceMappingURL={name}.mjs.map", ""]
    python = Path(os.path.relpath(module.path.resolve(), folder.resolve())).as_posix()
    source_map = writer.out.source_map(f"{name}.mjs", python)
    declared = Declarations(writer).text()
    for suffix, text in ((".mjs", "\n".join(lines)), (".mjs.map", source_map), (".d.mts", declared)):
        (folder / f"{name}{suffix}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
