"""One demo for the tests, started as a person starts it."""

from collections.abc import Iterator

import pytest

from demo.demo_process import DemoProcess


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    with DemoProcess(tmp_path_factory.mktemp("demo"), "--heartbeat", "0.2") as process:
        yield process
