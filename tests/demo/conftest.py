"""One demo for the tests, started as a person starts it."""

from collections.abc import Iterator

import pytest

from demo.demo_process import DemoProcess


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    # Nobody is missed before seven seconds: no pause of this machine may count as a connection that was lost.
    with DemoProcess(tmp_path_factory.mktemp("demo"), "--heartbeat", "2") as process:
        yield process
