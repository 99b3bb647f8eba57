"""The pages whose client is Python: what their servers must send with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from demo.demo_process import DemoProcess
from wakeful_demo.python_pages import FILES, RUNTIMES

WASM_ONLY = "'wasm-unsafe-eval'"
WIDE = {"micropython": "'unsafe-eval'", "pyscript": "'unsafe-eval'", "worker": "'unsafe-eval'"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    with DemoProcess(tmp_path_factory.mktemp("demo"), "--heartbeat", "1", "--speed", "2") as running:
        yield running


@pytest.mark.parametrize("path", ["/in/{}", "/python/{}"])
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_no_policy_is_wider_than_it_must_be(demo: DemoProcess, path: str, runtime: str) -> None:
    files = {key: file for file, key in FILES.items()}
    answer = demo.get(path.format(runtime if path == "/in/{}" else files[runtime]))
    headers: Any = answer.headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'self' {WIDE.get(runtime, WASM_ONLY)}"
    assert policy["worker-src"] == ("'self' blob:" if runtime == "worker" else "'self'")
    assert {policy[name] for name in ("style-src", "connect-src")} == {"'self'"}
    isolated = "cross-origin-embedder-policy" in headers and "cross-origin-opener-policy" in headers
    assert isolated == (runtime == "worker")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style| style=| on\w+=", answer.text)
