"""Settings for every test that needs no browser, and the play server for those that need one."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from lane_counts import pytest_terminal_summary as pytest_terminal_summary
from wakeful_demo.plays import PlayThread

# A property holds or it does not; how long an example takes on a busy machine says nothing.
# Derandomized, so that a run on one machine can be repeated on another.
settings.register_profile(
    "wakeful", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("wakeful")


@pytest.fixture(scope="module")
def plays() -> Iterator[PlayThread]:
    with PlayThread() as thread:
        yield thread
