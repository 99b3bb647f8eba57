"""What the tests of the conformance harness share: the scenarios as it plays them, services, and a score."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from flatten import SCENARIOS
from wakeful_demo.conformance.__main__ import Cases, score_all
from wakeful_demo.conformance.cases import Case, load_cases
from wakeful_demo.conformance.score import Score
from wakeful_demo.conformance.timed import load_timed

SPEC = SCENARIOS.parent
CASES = load_cases(SCENARIOS)
TIMED = load_timed(SPEC / "conformance" / "plays")
SERVICES = SPEC / "conformance"
PYTHON_CLIENTS = [f"{sys.executable} {SERVICES}/wakeful_client.py {kind}" for kind in ("asyncio", "sync")]
SERVERS = [f"{sys.executable} {SERVICES}/wakeful_server.py {log}" for log in ("memory", "sqlite", "redis")]
ONE_MESSAGE = "no-marker-no-end"  # one message, "[DONE]"; the stream stays open
# The machine may be slow: only a client that is stuck is waited for so long.
PATIENCE_S = 120


def score(client: str, cases: Sequence[Case], patience: float = PATIENCE_S, parallel: int = 4) -> Score:
    return asyncio.run(score_all([client], Cases(list(cases), [], []), parallel, patience))[0]


def case_of(name: str) -> Case:
    return next(case for case in CASES if case.name == name)
