"""What brings bytes to the core. The core never imports from here.

This file is the other one that asks where it runs: MicroPython has no httpx, and no typing.
"""

import sys

if sys.implementation.name != "micropython":
    from wakeful.bindings.connect import connect
    from wakeful.bindings.http import StreamFailed

    __all__ = ["StreamFailed", "connect"]
