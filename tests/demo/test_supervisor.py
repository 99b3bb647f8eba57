"""The server's process is kept up, however often it is killed."""

import asyncio
from pathlib import Path

import pytest

from demo.demo_process import ENVIRONMENT
from wakeful_demo.supervisor import AppServer


def test_a_server_that_is_killed_again_before_it_is_back_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second press on the fault ended the demo: what had not come up yet was taken for what cannot."""
    monkeypatch.setenv("PYTHONPATH", ENVIRONMENT["PYTHONPATH"])

    async def kill_twice() -> bool:
        server = AppServer(["--socket", str(tmp_path / "socket"), "--data", str(tmp_path)])
        running = asyncio.create_task(server.run())
        await server.ready()
        first = server._process
        server.kill()
        while server._process is first:
            await asyncio.sleep(0.01)
        server.kill()
        ready = asyncio.create_task(server.ready())
        await asyncio.wait((running, ready), return_when=asyncio.FIRST_COMPLETED)
        is_back = ready.done()
        for task in (running, ready):
            task.cancel()
        await asyncio.gather(running, ready, return_exceptions=True)
        return is_back

    assert asyncio.run(kill_twice())
