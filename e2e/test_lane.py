"""The compiled core and runner in a browser find what CPython finds, to the last byte of a trace."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from cases import cases
from flatten import document
from lanes.host import run
from test_lanes import SEEDS, report
from wakeful_demo.plays import PlayThread

HERE = Path(__file__).parent
CORE = HERE.parent / "web" / "build" / "core"


def test_compiled_lane_equals_cpython(page: Page, browser_name: str) -> None:
    with PlayThread({"/pages/": HERE / "pages", "/core/": CORE}) as server:
        page.goto(f"{server.url}/pages/lane.html")
        page.wait_for_function("window.runLane !== undefined")
        found = page.evaluate("(given) => runLane(...given)", [document(), cases(), SEEDS])
    report({**found, "lane": f"compiled in {browser_name}"})
    assert {**found, "lane": "cpython"} == run("cpython", document(), cases(), SEEDS)
