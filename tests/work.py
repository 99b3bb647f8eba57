"""What something costs, counted in steps and not in time."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def lines_of_work(work: Callable[[], object]) -> int:
    """Calls and lines of Python that run meanwhile.

    The collector waits: it calls what others have left to be called (finalizers of earlier tests, hypothesis' clock).
    """
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    old, collected = sys.gettrace(), gc.isenabled()
    gc.disable()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(old)
        if collected:
            gc.enable()
    return count
