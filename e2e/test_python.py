"""Python in browsers: every scenario on MicroPython and Pyodide, and every wire scenario over the fetch driver there.

Both runtimes come from the bundle. Each is started once in a page and once in a worker, and runs everything there.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from cases import cases
from flatten import document
from lanes.host import run
from plays import Played
from test_fetch import REFUSALS, check_leaving, check_memory
from test_lanes import SEEDS, report
from wakeful_demo.plays import PlayThread
from wire import KNOWN_CASES, wire_cases

HERE = Path(__file__).parent
ROOT = HERE.parent
BUNDLE = ROOT / "web" / "build" / "python"
SERVER = ROOT / "client_core" / "wakeful" / "server"
RUNTIMES = ("micropython", "pyodide")
CASES = {case.name: case for case in wire_cases("page")}
# A browser opens at most six connections to one server.
AT_ONCE = 4
# Python with a whole suite on a loaded machine.
TIMEOUT_MS = 900_000

Call = Callable[[str, Any], Any]


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayThread]:
    if not (BUNDLE / "pyodide" / "pyodide-lock.json").exists():
        pytest.fail("the bundle for Python pages is not built: run `make bundle-pages`")
    site = tmp_path_factory.mktemp("site")
    (site / "tests.tar.gz").write_bytes(archive_of_tests())
    with PlayThread({"/pages/": HERE / "pages", "/python/": BUNDLE, "/site/": site}) as thread:
        yield thread


def archive_of_tests() -> bytes:
    """The scenario runner, the lanes' hosts, and the server's half, which a page does not need but its scenarios do."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(ROOT / "tests" / "portable", "portable", filter=only_python)
        archive.add(SERVER, "wakeful/server", recursive=False)
        for module in sorted(SERVER.glob("*.py")):
            archive.add(module, f"wakeful/server/{module.name}")
        for host in sorted((ROOT / "tests" / "lanes").glob("*host.py")):
            archive.add(host, host.name)
    return packed.getvalue()


def only_python(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in member.name else member


PLACES = [(runtime, where) for runtime in RUNTIMES for where in ("page", "worker")]


@pytest.fixture(scope="module", params=PLACES, ids="-".join)
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    runtime, where = request.param
    return runtime, where


@pytest.fixture(scope="module")
def call(place: tuple[str, str], browser: Browser, plays: PlayThread) -> Iterator[Call]:
    """Awaits a coroutine function of a lane's host there."""
    runtime, where = place
    with closing(browser.new_context()) as context:
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        page.goto(f"{plays.url}/pages/python.html")
        page.wait_for_function("window.startPython !== undefined")
        page.evaluate("([runtime, where]) => startPython(runtime, where)", [runtime, where])
        yield lambda name, argument: page.evaluate("(asked) => callPython(...asked)", [name, argument])


@pytest.fixture(scope="module")
def cpython() -> dict[str, Any]:
    return report(run("cpython", document(), cases(), SEEDS))


@pytest.fixture(scope="module")
def played(call: Call, plays: PlayThread) -> Played:
    return Played(plays, call, list(CASES.values()), AT_ONCE)


# In a worker the same runtime would run the same code once more: only its wire is another.
@pytest.mark.parametrize("place", [(runtime, "page") for runtime in RUNTIMES], ids="-".join, indirect=True)
def test_lane_equals_cpython(call: Call, cpython: dict[str, Any], place: tuple[str, str], browser_name: str) -> None:
    given = {"lane": f"{place[0]} in {browser_name}", "scenarios": document(), "cases": cases(), "seeds": SEEDS}
    found = report(call("page_host.run", given))
    assert {**found, "lane": "cpython"} == cpython


def test_no_case_was_lost(played: Played, place: tuple[str, str], browser_name: str) -> None:
    print(f"lane {'-'.join(place)} in {browser_name}: {len(played.results)} scenarios on the wire")
    assert len(played.results) >= KNOWN_CASES["page"]


@pytest.mark.parametrize("name", CASES)
def test_on_the_wire(played: Played, name: str) -> None:
    played.check(CASES[name])


def test_leaving_closes_the_socket(call: Call, plays: PlayThread) -> None:
    check_leaving(plays, lambda urls: call("fetch_host.leave", urls))


def test_what_makes_no_sense_here_is_refused(call: Call) -> None:
    assert call("fetch_host.refusals", None) == REFUSALS


def test_bytes_cross_the_border_exactly(call: Call) -> None:
    assert call("fetch_host.inexact_bytes", 200) == []


# In a worker it is the same code and the same collectors.
@pytest.mark.parametrize("place", [(runtime, "page") for runtime in RUNTIMES], ids="-".join, indirect=True)
def test_memory_stays_flat(call: Call, plays: PlayThread) -> None:
    check_memory(plays, lambda url: call("fetch_host.memory", url), 20_000)
