"""host.run() in slices: MicroPython collects only between them, and a page's thread is not held for minutes."""

import asyncio

from host import Digest  # type: ignore[import-not-found]

from portable.cases import run_cases
from portable.simulation import run_simulations
from portable.suite import run_suite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


async def run(given: "dict[str, Any]") -> "dict[str, object]":
    """given: "scenarios", "cases", "seeds" and the "lane"'s name. The same result as host.run()'s, digests included.

    With "until_mismatch" it stops after the slice that brings the first: who only asks whether there is one need not
    wait for more.
    """
    scenarios = 0
    feeds = 0
    mismatches: list[str] = []

    def enough() -> bool:
        return given.get("until_mismatch", False) and len(mismatches) > 0

    suite_digest = Digest()
    for scenario in given["scenarios"]:
        if enough():
            break
        suite = run_suite([scenario], suite_digest)
        scenarios += suite.scenarios
        feeds += suite.feeds
        mismatches.extend(suite.mismatches)
        await asyncio.sleep(0)
    simulation_digest = Digest()
    for seed in range(1, given["seeds"] + 1):
        if enough():
            break
        mismatches.extend(run_simulations(seed, 1, simulation_digest))
        await asyncio.sleep(0)
    digests: dict[str, str] = {}
    for section in given["cases"]:
        if enough():
            break
        digest = Digest()
        mismatches.extend(run_cases(section, given["cases"][section], digest))
        await asyncio.sleep(0)
        digests[section] = f"{len(given['cases'][section])} {digest.hex()}"
    return {
        "lane": given["lane"],
        "scenarios": scenarios,
        "feeds": feeds,
        "mismatches": mismatches[:20],
        "suite": suite_digest.hex(),
        "simulation": simulation_digest.hex(),
        "cases": digests,
    }
