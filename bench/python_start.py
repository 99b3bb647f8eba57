"""How long a Python page takes to start, per step, cold and warm, in both browsers: `make bench` or this file.

The bundle is served from this machine with a cache lifetime, uncompressed: what the network would add is in the sizes.
Cold is a new browser profile; warm is the same page opened again. Each figure is the median of some rounds.
"""

from __future__ import annotations

import datetime
import functools
import http.server
import os
import platform
import shutil
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.append(str(ROOT / "e2e"))
BUNDLE = ROOT / "web" / "build" / "python"
PUBLISHED = ROOT / "web" / "node_modules" / "pyodide"
ROUNDS = 3

# Notes when the page's chat is ready: its Python has run to its end.
NOTE_READY = """
new MutationObserver((_, observer) => {
  if (document.querySelector('#state[data-state="ready"]')) {
    window.readyMs = performance.now();
    observer.disconnect();
  }
}).observe(document, { subtree: true, attributes: true, childList: true });
"""
STEPS = """() => {
  const files = performance.getEntriesByType("resource");
  const end = (pattern) =>
    Math.max(0, ...files.filter(({ name }) => pattern.test(name)).map((file) => file.responseEnd));
  const runtime = end(/\\.(wasm|asm\\.mjs)$|micropython\\.mjs$/);
  const wakeful = end(/\\.whl$|wakeful\\.tar\\.gz$/);
  return { runtime, wakeful, ready: window.readyMs };
}"""


class Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map: dict[str, str] = {  # noqa: RUF012 - as the base class has it
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".wasm": "application/wasm",
    }

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "max-age=3600")
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def variants(site: Path) -> dict[str, str]:
    """The bundle's pages, and Pyodide's as it would be without each of the steps that quicken it."""
    shutil.copytree(BUNDLE, site, dirs_exist_ok=True)
    page, script = (site / "pyodide.html").read_text("utf-8"), (site / "pyodide.js").read_text("utf-8")
    plain = page.replace('<link rel="preload" as="fetch" crossorigin href="pyodide/snapshot.bin.gz">\n', "")
    (site / "bytecode.html").write_text(plain.replace("pyodide.js", "bytecode.js"), "utf-8")
    (site / "bytecode.js").write_text(script.replace("start.mjs", "pyodide.mjs"), "utf-8")
    shutil.copy(PUBLISHED / "python_stdlib.zip", site / "pyodide" / "published_stdlib.zip")
    (site / "published.html").write_text(plain.replace("pyodide.js", "published.js"), "utf-8")
    published = script.replace("start.mjs", "pyodide.mjs")
    published = published.replace("packages:", "stdLibURL: './pyodide/published_stdlib.zip', packages:")
    (site / "published.js").write_text(published, "utf-8")
    return {
        "MicroPython, PyScript": "mpy.html",
        "Pyodide, PyScript": "py.html",
        "Pyodide, PyScript worker": "worker.html",
        "Pyodide": "pyodide.html",
        "Pyodide without the snapshot": "bytecode.html",
        "Pyodide with the published library": "published.html",
    }


def measure(browser: Browser, url: str) -> list[dict[str, float]]:
    """Cold, then warm."""
    with closing(browser.new_context()) as context:
        context.add_init_script(NOTE_READY)
        page = context.new_page()
        return [opened(page, url), opened(page, url)]


def opened(page: Page, url: str) -> dict[str, float]:
    page.goto(url)
    page.locator("#state[data-state=ready]").wait_for(timeout=300_000)
    steps: dict[str, float] = page.evaluate(STEPS)
    page.goto("about:blank")
    return steps


def median(samples: list[dict[str, float]]) -> str:
    return " | ".join(f"{statistics.median(sample[step] for sample in samples):,.0f}" for step in samples[0])


def main() -> None:
    from browsers import NAMES, launch

    lines = [
        f"# Starting Python in a page, {datetime.date.today().isoformat()}",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores; median of {ROUNDS} rounds, in ms from the start of navigation:"
        " the runtime's own files are there, Wakeful is there, the chat has been built in Python and is ready.",
        "",
        "| page | browser | | runtime loaded | Wakeful loaded | ready |",
        "|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        pages = variants(Path(folder) / "site")
        with served(Path(folder) / "site") as base:
            for name in NAMES:
                with closing(launch(playwright, name)) as browser:
                    for title, file in pages.items():
                        rounds = [measure(browser, f"{base}/{file}") for _ in range(ROUNDS)]
                        for at, kind in enumerate(("cold", "warm")):
                            lines.append(f"| {title} | {name} | {kind} | {median([one[at] for one in rounds])} |")
                            print(lines[-1], flush=True)
    if "--write" in sys.argv:
        (HERE / "results" / "python-start.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
