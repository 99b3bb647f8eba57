"""docs/python-pages.md, followed from an empty folder: its server, pages and settings, the bundle, and nothing else."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from demo.demo_process import ENVIRONMENT
from test_python import BUNDLE, ROOT

GUIDE = (ROOT / "docs" / "python-pages.md").read_text("utf-8")
WORDS = "Hello from a stream in Python. "


def titled(title: str) -> str:
    """The code of that title, without the indentation of the list that it stands in."""
    [(indent, code)] = re.findall(rf'^( *)```\w+ title="{title}"\n(.*?)^ *```$', GUIDE, re.DOTALL | re.MULTILINE)
    return re.sub(rf"^{indent}", "", code, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the guide says to write, and one page for each runtime."""
    app: Path = tmp_path_factory.mktemp("app")
    for runtime in ("pyscript", "pyodide", "micropython"):
        shutil.copytree(BUNDLE / runtime, app / "site" / runtime)
    for title in re.findall(r'title="([\w/]+\.\w+)"', GUIDE):
        (app / title).write_text(titled(title), "utf-8")
    page = titled("site/index.html")
    pyscript, script = re.findall(r"^<script .*\n", page, re.MULTILINE)
    for runtime in ("py", "worker"):
        (app / "site" / f"{runtime}.html").write_text(page.replace(script, titled(runtime)), "utf-8")
    (app / "site" / "pyodide.html").write_text(page.replace(pyscript + script, titled("pyodide")), "utf-8")
    alone = titled("site/main.py").replace("from pyscript import document", "from js import document")
    (app / "site" / "page.py").write_text(alone, "utf-8")
    return app


@pytest.fixture
def url(site: Path) -> Iterator[str]:
    """A server for each page: its one stream begins with it."""
    command = [sys.executable, "-m", "uvicorn", "server:app", "--port", "0", "--timeout-graceful-shutdown", "1"]
    with subprocess.Popen(command, cwd=site, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        said = ""
        while "running on" not in said:
            line = server.stderr.readline()
            said += line
            assert line, said
        yield re.findall(r"running on (\S+)", said)[0]
        server.terminate()
        server.stderr.read()


@pytest.mark.parametrize("file", ["index.html", "py.html", "worker.html", "pyodide.html"])
def test_a_page_of_the_guide_reads_its_stream(url: str, page: Page, file: str) -> None:
    """The page is asked for behind the server, and so is closed before it: the stream goes on behind the last word."""
    page.goto(f"{url}/{file}")
    expect(page.locator("#out")).to_have_text(WORDS)


def test_the_lock_file_names_one_package_with_its_hash_and_no_other_address() -> None:
    packages = json.loads((BUNDLE / "pyodide" / "pyodide-lock.json").read_text("utf-8"))["packages"]
    [wakeful] = packages.values()
    wheel = BUNDLE / "pyodide" / wakeful["file_name"]  # beside the lock file: no address at all
    assert wakeful["sha256"] == hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_no_server_takes_a_file_of_the_bundle_for_compressed_in_transfer() -> None:
    """Flask, Django and aiohttp send Content-Encoding with a file that is named as if it were."""
    files = [file.name for file in BUNDLE.rglob("*") if file.is_file()]
    assert len(files) > 20
    assert [name for name in files if mimetypes.guess_type(name)[1]] == []
