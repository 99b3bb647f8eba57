"""Runs inside Pyodide, whose Python is the only one here of the right version: sources to bytecode in an archive."""

import base64
import hashlib
import io
import sys
import zipfile
from importlib._bootstrap_external import _code_to_hash_pyc  # type: ignore[attr-defined]
from importlib.util import source_hash

# Bytecode is for this Python only.
TAG = f"cp{sys.version_info.major}{sys.version_info.minor}"
# Archives are the same on every build.
DATE = (1980, 1, 1, 0, 0, 0)


def compiled(archive: bytes, level: int, dropped: list[str]) -> bytes:
    """The archive with a .pyc in place of each .py, less what stands below a dropped name.

    The bytecode is unchecked: no source is there to compare with.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        entries = {
            name: source.read(name)
            for name in sorted(source.namelist())
            if not name.endswith("/") and not any(name == drop or name.startswith(drop + "/") for drop in dropped)
        }
    entries = dict(
        _bytecode(name, data, level) if name.endswith(".py") else (name, data) for name, data in entries.items()
    )
    for name in entries:
        if name.endswith(".dist-info/WHEEL"):
            entries[name] = entries[name].replace(b"py3-none-any", TAG.encode() + b"-none-any")
    for name in entries:
        if name.endswith(".dist-info/RECORD"):
            entries[name] = _record(entries, name)
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as target:
        for name, data in sorted(entries.items()):
            target.writestr(zipfile.ZipInfo(name, DATE), data, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _bytecode(name: str, source: bytes, level: int) -> tuple[str, bytes]:
    code = compile(source, name, "exec", dont_inherit=True, optimize=level)
    return name + "c", bytes(_code_to_hash_pyc(code, source_hash(source), checked=False))


def _record(entries: dict[str, bytes], own: str) -> bytes:
    """A wheel's list of its files, as the packaging specification has it."""
    lines = []
    for name, data in entries.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{own},," if name == own else f"{name},sha256={digest},{len(data)}")
    return "\n".join([*lines, ""]).encode()
