"""The host of a Python lane, on CPython, Pyodide and MicroPython alike: run(…) gives what it found."""

import binascii
import hashlib

from portable.cases import run_cases
from portable.simulation import run_simulations
from portable.suite import run_suite


class Digest:
    """SHA-256 over the lines of a trace."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def __call__(self, line: str) -> None:
        self._hash.update((line + "\n").encode("utf-8"))

    def hex(self) -> str:
        return binascii.hexlify(self._hash.digest()).decode()


def run(
    lane: str, document: list[list[list[str]]], cases: "dict[str, list[list[str]]]", seeds: int
) -> "dict[str, object]":
    """document: scenarios; cases: by section, see portable/cases.py; seeds: how many simulated runs."""
    suite_digest = Digest()
    suite = run_suite(document, suite_digest)
    simulation_digest = Digest()
    problems = run_simulations(1, seeds, simulation_digest)
    digests: dict[str, str] = {}
    for section in cases:
        digest = Digest()
        problems = problems + run_cases(section, cases[section], digest)
        digests[section] = f"{len(cases[section])} {digest.hex()}"
    return {
        "lane": lane,
        "scenarios": suite.scenarios,
        "feeds": suite.feeds,
        "mismatches": (suite.mismatches + problems)[:20],
        "suite": suite_digest.hex(),
        "simulation": simulation_digest.hex(),
        "cases": digests,
    }
