"""Pages whose client is Python, and the headers each kind of them needs: nothing wider than its runtime demands."""

from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

BUNDLE = Path(__file__).parents[2] / "web" / "build" / "python"


def policy(scripts: str = "", workers: str = "'none'", images: str = "") -> str:
    """The Content-Security-Policy of a page: what its scripts may do beyond 'self', where its workers come from, and
    its images beyond 'self'."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self'{scripts}",
            "style-src 'self'",
            "connect-src 'self'",
            f"img-src 'self'{images}",
            f"worker-src {workers}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def headers(scripts: str = "", workers: str = "'none'", images: str = "", isolated: bool = False) -> dict[str, str]:
    own = {
        "Content-Security-Policy": policy(scripts, workers, images),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    if isolated:
        # A worker that waits for the page needs shared memory, and that needs a page which shares with nobody.
        own["Cross-Origin-Opener-Policy"] = "same-origin"
        own["Cross-Origin-Embedder-Policy"] = "require-corp"
    return own


# 'wasm-unsafe-eval' compiles WebAssembly, and evaluates no JavaScript. PyScript's own loader makes functions of strings
# (0.7.31), and so needs 'unsafe-eval', which implies it.
WASM = " 'wasm-unsafe-eval'"
EVAL = " 'unsafe-eval'"


@dataclass(frozen=True)
class Runtime:
    """A way to run Python in a page. scripts: what its scripts may do; script: its type, and config: its settings,
    where PyScript starts it; worker: whether PyScript starts it in one, which it makes of a blob."""

    key: str
    name: str
    about: str
    scripts: str
    script: str = ""
    config: str = ""
    worker: bool = False

    def headers(self, workers: str = "'none'", images: str = "") -> dict[str, str]:
        """Of a page of its. workers, images: where those of what else is in the page come from."""
        # What such a worker loads is to Firefox a matter of worker-src, too.
        return headers(self.scripts, "'self' blob:" if self.worker else workers, images, self.worker)


RUNTIMES = {
    runtime.key: runtime
    for runtime in (
        Runtime("micropython", "MicroPython", "in Python, by PyScript's small runtime", EVAL, "mpy", "mpy.toml"),
        Runtime("pyscript", "PyScript", "in Python, by PyScript on Pyodide", EVAL, "py", "pyscript.toml"),
        Runtime(
            "worker",
            "PyScript worker",
            "in Python, in a worker that draws from there",
            EVAL,
            "py",
            "pyscript.toml",
            worker=True,
        ),
        Runtime("pyodide", "Pyodide", "in Python, by Pyodide alone", WASM),
    )
}
# The bundle's own pages.
FILES = {"mpy.html": "micropython", "py.html": "pyscript", "worker.html": "worker", "pyodide.html": "pyodide"}


class Bundle(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(RUNTIMES[FILES[path]].headers() if path in FILES else {"Cache-Control": "no-cache"})
        if path.endswith(".mjs"):
            response.headers["Content-Type"] = "text/javascript; charset=utf-8"
        return response

    async def check_config(self) -> None:
        """A folder that is not there yet has no files: it appears when it is built."""
