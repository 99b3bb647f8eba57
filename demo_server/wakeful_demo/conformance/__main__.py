"""The command: python -m wakeful_demo.conformance --client CMD [--client CMD]…"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from wakeful_demo.conformance.cases import Case, load_cases
from wakeful_demo.conformance.judge import Judge, Verdict
from wakeful_demo.conformance.reports import ReportServer
from wakeful_demo.conformance.score import Score, markdown, read_clauses, text
from wakeful_demo.conformance.service import Service, ServiceFailed
from wakeful_demo.plays import PlayServer

SPEC = Path(__file__).parents[3] / "spec"

HEADING = """# Conformance: scores

Written by `make conformance` on {date}; {machine}.

Each column is a client behind a service of this folder (README.md). `yes`: every scenario of the clause that the
client can be asked was passed; `yes, 3 of 4`: the rest asks for an option or ability that it does not have. `**no**`:
a scenario was failed. `·`: none applies. † marks what a standard asks for; the rest is this profile's own, and no
fault of a client that never promised it. A client that only says that it is closed is not held to telling an end from
a failure."""


def main() -> None:
    arguments = _arguments()
    cases = [case for case in load_cases(arguments.spec / "scenarios") if _wanted(case, arguments)]
    if not cases:
        sys.exit("no scenario that a server can play has this name or clause")
    try:
        scores = asyncio.run(score_all(arguments.client, cases, arguments.parallel, arguments.patience))
    except ServiceFailed as error:
        sys.exit(f"the client under test could not be run: {error}")
    clauses = read_clauses(arguments.spec / "clauses.md")
    for score in scores:
        print(text(score, clauses))
    if arguments.write:
        heading = HEADING.format(date=datetime.now(UTC).date(), machine=_machine())
        arguments.write.write_text(markdown(scores, clauses, heading), "utf-8")
    reached = min(100 * held / played for held, played in (score.held(clauses) for score in scores))
    if reached < arguments.least:
        sys.exit(f"a client holds {reached:.1f} % of the clauses; {arguments.least:g} % are asked for (--least)")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="wakeful_demo.conformance", description="Score a client of event streams, clause by clause."
    )
    parser.add_argument(
        "--client", action="append", default=[], metavar="CMD|URL", help="a service around the client; repeatable"
    )
    parser.add_argument("--clients", type=Path, metavar="FILE", help="such commands, one a line")
    parser.add_argument(
        "--least", type=float, default=0, metavar="PERCENT", help="exit 1 if a client holds fewer clauses"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="also write all scores side by side, as Markdown")
    parser.add_argument("--only", default="", metavar="TEXT", help="only scenarios with this in their name")
    parser.add_argument("--clause", default="", metavar="TEXT", help="only scenarios of clauses that begin so")
    parser.add_argument("--parallel", type=int, default=4, help="streams at a time (default: 4)")
    parser.add_argument(
        "--patience", type=float, default=30, metavar="S", help="seconds to wait for a sign (default: 30)"
    )
    parser.add_argument("--spec", type=Path, default=SPEC, help="the folder with clauses.md and scenarios/")
    arguments = parser.parse_args()
    if arguments.clients:
        lines = arguments.clients.read_text("utf-8").splitlines()
        arguments.client += [line for line in lines if line and not line.startswith("#")]
    if not arguments.client:
        parser.error("name a client: --client CMD")
    if arguments.parallel < 1 or arguments.patience <= 0:
        parser.error("--parallel and --patience are greater than 0")
    return arguments


def _wanted(case: Case, arguments: argparse.Namespace) -> bool:
    return arguments.only in case.name and any(clause.startswith(arguments.clause) for clause in case.clauses)


async def score_all(clients: list[str], cases: list[Case], parallel: int, patience: float) -> list[Score]:
    """One client after the other; the cases of each, so many at a time. Raises ServiceFailed."""
    plays, reports = PlayServer(), ReportServer()
    await plays.start()
    await reports.start()
    try:
        return [await _score(client, cases, Judging(plays, reports, parallel, patience)) for client in clients]
    finally:
        await plays.close()
        await reports.close()


class Judging:
    """What all clients have in common."""

    def __init__(self, plays: PlayServer, reports: ReportServer, parallel: int, patience: float) -> None:
        self.plays = plays
        self.reports = reports
        self.patience = patience
        self.slots = asyncio.Semaphore(parallel)


async def _score(client: str, cases: list[Case], judging: Judging) -> Score:
    async with Service(client) as service:
        judge = Judge(judging.plays, judging.reports, service, judging.patience)

        async def in_turn(case: Case) -> Verdict:
            async with judging.slots:
                return await judge.judge(case)

        verdicts = await asyncio.gather(*(in_turn(case) for case in cases))
        return Score.of(service.description, verdicts)


def _machine() -> str:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip().lstrip("v")
    return (
        f"{os.cpu_count()} processors ({platform.machine()}), {platform.system()},"
        f" Python {platform.python_version()}, Node {node or 'not there'}"
    )


if __name__ == "__main__":
    main()
