"""What `make bundle` packs: a wheel that works with nothing else installed, and an npm package that is whole."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")

# Without an environment's packages, as a user has it who installs the wheel and no extra.
ALONE = """
import sys
sys.path.insert(0, sys.argv[1])
import wakeful, wakeful.adapters.anthropic, wakeful.payload
from wakeful.server import MemoryLog, SQLiteLog, ServerStream
print([message.data for message in wakeful.parse([b"data: a\\n\\n"])])
for use in (lambda: wakeful.connect("https://a.test/").__enter__(), lambda: wakeful.server.EventStreamResponse):
    try:
        use()
    except (ImportError, wakeful.WakefulError) as error:
        print(error)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    [found] = folder.glob("*.whl")
    return Path(found)


def test_the_wheel_works_alone_and_says_what_is_missing(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    command = [sys.executable, "-I", "-S", "-c", ALONE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    parsed, no_client, no_starlette = done.stdout.splitlines()
    assert parsed == "['a']"
    assert "pip install 'wakeful[http]'" in no_client
    assert "pip install 'wakeful[server]'" in no_starlette


def test_the_wheel_has_the_name_the_extras_and_the_files_that_are_promised(wheel: Path) -> None:
    assert f"dist/{wheel.name}" in README
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        [metadata] = [archive.read(name).decode() for name in names if name.endswith("/METADATA")]
    extras = set(re.findall(r"^Provides-Extra: (\w+)$", metadata, re.MULTILINE))
    [promised] = re.findall(r"# extras: (.*)", README)
    assert {re.split(r"[ (]", each.strip())[0] for each in re.sub(r"\([^)]*\)", "", promised).split(",")} <= extras
    core = ROOT / "client_core"
    modules = {str(path.relative_to(core)) for path in core.rglob("*.py")}
    assert (modules | {"wakeful/py.typed"}) - names == set()
    assert [name for name in names if name.endswith("/LICENSE")] != []


@pytest.mark.node
def test_the_npm_package_holds_what_it_exports() -> None:
    web = ROOT / "web"
    command = ["npm", "pack", "--dry-run", "--json", "--ignore-scripts"]
    done = subprocess.run(command, cwd=web, capture_output=True, text=True, check=True)
    [packed] = json.loads(done.stdout)
    assert f"dist/{packed['filename']}" in README
    files = {file["path"] for file in packed["files"]}
    assert [file for file in files if Path(file).name.startswith(".")] == []
    exports: dict[str, Any] = json.loads((web / "package.json").read_text("utf-8"))["exports"]
    targets = {target for each in exports.values() for target in ([each] if isinstance(each, str) else each.values())}
    for target in targets:
        pattern = re.escape(target.removeprefix("./")).replace(r"\*", "[a-z-]+")
        assert any(re.fullmatch(pattern, file) for file in files), target
