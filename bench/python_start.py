"""How long a Python page takes to start, per step, cold and warm, in both browsers: `make bench-python`.

A word as an argument measures only the pages that have it in their name.

The bundle is served from this machine with a cache lifetime, uncompressed: what the network would add is in the sizes.
Cold is a new browser profile; warm is the same page opened again. Each figure is the fastest of some rounds, since what
else runs on a machine only ever adds. Then each of the steps that quicken a start is left out, one at a time.
"""

from __future__ import annotations

import datetime
import functools
import http.server
import io
import os
import platform
import re
import shutil
import sys
import tarfile
import tempfile
import threading
import time
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
FAR_S = 0.05
HINTS = re.compile(r'<link rel="(?:modulepreload|preload)".*>\n')

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
  const wakeful = end(/\\.whl$|(?:wakeful|source)\\.bin/);
  return { runtime, wakeful, ready: window.readyMs };
}"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """The site's files. Below /far/ each answer takes 50 ms more."""

    extensions_map: dict[str, str] = {  # noqa: RUF012 - as the base class has it
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".js": "text/javascript",
        ".wasm": "application/wasm",
    }

    def do_GET(self) -> None:
        if self.path.startswith("/far/"):
            time.sleep(FAR_S)
        super().do_GET()

    def translate_path(self, path: str) -> str:
        return super().translate_path(re.sub("^/far/", "/", path))

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
    """The bundle's pages, and those with one of the steps left out that quicken a start."""
    shutil.copytree(BUNDLE, site, dirs_exist_ok=True)
    pages = {path.stem: path.read_text("utf-8") for path in site.glob("*.html")}
    script = (site / "pyodide.js").read_text("utf-8")

    def pyodide(name: str, start: str) -> None:
        page = re.sub(".*snapshot.bin.*\n", "", pages["pyodide"]).replace("pyodide.js", f"{name}.js")
        (site / f"{name}.html").write_text(page, "utf-8")
        (site / f"{name}.js").write_text(
            script.replace("start.mjs", "pyodide.mjs").replace("packages:", start), "utf-8"
        )

    pyodide("no-snapshot", "packages:")
    shutil.copy(PUBLISHED / "python_stdlib.zip", site / "pyodide" / "published_stdlib.zip")
    pyodide("published", "stdLibURL: './pyodide/published_stdlib.zip', packages:")
    for name in ("mpy", "py", "pyodide"):
        (site / f"{name}-unhinted.html").write_text(HINTS.sub("", pages[name]), "utf-8")
    (site / "micropython" / "source.bin").write_bytes(sources())
    for file, text in (("mpy-source.html", pages["mpy"]), ("mpy-source.toml", (site / "mpy.toml").read_text("utf-8"))):
        changed = text.replace("wakeful.bin", "source.bin").replace("mpy.toml", "mpy-source.toml")
        (site / file).write_text(changed, "utf-8")
    return {
        "MicroPython, PyScript": "mpy.html",
        "Pyodide, PyScript": "py.html",
        "Pyodide, PyScript worker": "worker.html",
        "Pyodide": "pyodide.html",
        "MicroPython, PyScript: sources, no bytecode": "mpy-source.html",
        "Pyodide: no snapshot": "no-snapshot.html",
        "Pyodide: no snapshot, library as published": "published.html",
        "Pyodide: no hints": "pyodide-unhinted.html",
        "MicroPython, PyScript, 50 ms away": "far/mpy.html",
        "MicroPython, PyScript, 50 ms away: no hints": "far/mpy-unhinted.html",
        "Pyodide, PyScript, 50 ms away": "far/py.html",
        "Pyodide, PyScript, 50 ms away: no hints": "far/py-unhinted.html",
    }


def sources() -> bytes:
    """Wakeful for MicroPython as the bundle has it, less its compilation."""
    unused = re.compile(r"__pycache__|wakeful/server|bindings/(?:asyncio|sync|http)\.py")
    result = io.BytesIO()
    with tarfile.open(fileobj=result, mode="w:gz") as archive:
        archive.add(
            ROOT / "client_core" / "wakeful", "wakeful", filter=lambda one: None if unused.search(one.name) else one
        )
    return result.getvalue()


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


def fastest(samples: list[dict[str, float]]) -> str:
    """A worker's own requests are not in the page's list: no figure for its files."""
    figures = {step: min(sample[step] for sample in samples) for step in samples[0]}
    return " | ".join(f"{figure:,.0f}" if figure else "" for figure in figures.values())


def main() -> None:
    from browsers import NAMES, launch

    only = next((argument for argument in sys.argv[1:] if argument != "--write"), "")
    lines = [
        f"# Starting Python in a page, {datetime.date.today().isoformat()}",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores; fastest of {ROUNDS} rounds, in ms from the start of navigation:"
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
                        if only not in title:
                            continue
                        rounds = [measure(browser, f"{base}/{file}") for _ in range(ROUNDS)]
                        for at, kind in enumerate(("cold", "warm")):
                            lines.append(f"| {title} | {name} | {kind} | {fastest([one[at] for one in rounds])} |")
                            print(lines[-1], flush=True)
    if "--write" in sys.argv:
        (HERE / "results" / "python-start.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
