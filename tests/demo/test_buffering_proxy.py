"""nginx is started if it is there; if not, or if it fails, the demo knows the reason."""

import asyncio
from pathlib import Path

import pytest

from wakeful_demo import supervisor
from wakeful_demo.supervisor import BufferingProxy


def start(folder: Path) -> str:
    async def start_and_close() -> str:
        proxy = BufferingProxy(folder)
        try:
            return await proxy.start(folder / "app.sock")
        finally:
            await proxy.close()

    return asyncio.run(start_and_close())


def test_without_nginx_the_reason_is_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(supervisor, "NGINX_FOLDERS", str(tmp_path))
    assert start(tmp_path) == "nginx is not installed"


def test_an_nginx_that_fails_has_the_last_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = tmp_path / "nginx"
    failing.write_text("#!/bin/sh\necho 'warn: odd' >&2\necho 'emerg: broken' >&2\nexit 1\n")
    failing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert start(tmp_path) == "nginx did not start: emerg: broken"
