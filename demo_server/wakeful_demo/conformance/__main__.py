"""The command: python -m wakeful_demo.conformance --client CMD [--client CMD]…"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from wakeful_demo.conformance.cases import Case, load_cases
from wakeful_demo.conformance.folds import FoldCase, judge_fold, load_folds
from wakeful_demo.conformance.judge import Judge
from wakeful_demo.conformance.reports import ReportServer
from wakeful_demo.conformance.score import Score, markdown, read_clauses, text
from wakeful_demo.conformance.server_plays import PLAYS, ServerPlay, judge_play
from wakeful_demo.conformance.servers import ServerCase, judge_server, load_servers
from wakeful_demo.conformance.service import Service, ServiceFailed
from wakeful_demo.conformance.timed import load_timed
from wakeful_demo.conformance.verdict import Judged, Verdict
from wakeful_demo.plays import PlayServer

SPEC = Path(__file__).parents[3] / "spec"

HEADING = """# Conformance: scores

Written by `make conformance` on {date}; {machine}.

Each column is a client, a reader of the payload, or a server, behind a service of this folder (README.md). `yes`:
every scenario of the clause that it can be asked was passed; `yes, 3 of 4`: the rest asks for an option or ability
that it does not have. `**no**`: a scenario was failed. `·`: none applies. † marks what a standard asks for; the rest
is this profile's own, and no fault of a client that never promised it. A client that only says that it is closed is
not held to telling an end from a failure."""


def main() -> None:
    arguments = _arguments()
    cases = load_all(arguments.spec).filtered(arguments.only, arguments.clause)
    if not cases.count:
        sys.exit(
            "no scenario has that in its name (--only) and a clause that begins so (--clause): see spec/clauses.md"
        )
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
        prog="wakeful_demo.conformance",
        description="Score a client of event streams, a payload reader or a server, clause by clause.",
    )
    parser.add_argument(
        "--client",
        action="append",
        default=[],
        metavar="CMD|URL",
        help="a service around what is scored, of whichever kind; repeatable",
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


@dataclass(frozen=True)
class Cases:
    """What is played to each kind of service."""

    clients: list[Case]
    folds: list[FoldCase]
    servers: list[ServerCase | ServerPlay]

    @property
    def count(self) -> int:
        return len(self.clients) + len(self.folds) + len(self.servers)

    def filtered(self, name: str, clause: str) -> Cases:
        """Those with this in their name, of clauses that begin so."""

        def wanted(case: Judged) -> bool:
            return name in case.name and any(one.startswith(clause) for one in case.clauses)

        return Cases(
            [case for case in self.clients if wanted(case)],
            [case for case in self.folds if wanted(case)],
            [case for case in self.servers if wanted(case)],
        )


def load_all(spec: Path) -> Cases:
    """All that this folder has."""
    clients = [*load_cases(spec / "scenarios"), *load_timed(spec / "conformance" / "plays")]
    return Cases(clients, load_folds(spec), [*load_servers(spec / "scenarios" / "server"), *PLAYS])


async def score_all(services: list[str], cases: Cases, parallel: int, patience: float) -> list[Score]:
    """One service after the other; the cases of each, so many at a time. Raises ServiceFailed."""
    plays, abroad, reports = PlayServer(), PlayServer(), ReportServer()
    abroad.plays = plays.plays
    for server in (plays, abroad, reports):
        await server.start()
    try:
        judging = Judging(plays, abroad, reports, parallel, patience)
        return [await _score(service, cases, judging) for service in services]
    finally:
        for server in (plays, abroad, reports):
            await server.close()


@dataclass(frozen=True)
class Judging:
    """What all services have in common."""

    plays: PlayServer
    abroad: PlayServer
    reports: ReportServer
    parallel: int
    patience: float


async def _score(command: str, cases: Cases, judging: Judging) -> Score:
    slots = asyncio.Semaphore(judging.parallel)

    async def in_turn(judge: Callable[[], Awaitable[Verdict]]) -> Verdict:
        async with slots:
            return await judge()

    with tempfile.TemporaryDirectory(prefix="conformance-") as store:
        try:
            async with Service(command, store) as service:
                tasks = [asyncio.create_task(in_turn(one)) for one in _judged(service, cases, judging)]
                try:
                    return Score.of(service.description, await asyncio.gather(*tasks))
                finally:  # a service that fails leaves the others to be ended, and the processes that they have started
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            _end_with(Path(store))


def _end_with(store: Path) -> None:
    """What a service has left running for those after it, by the process ids that it has left in its store."""
    for file in store.glob("*.pid"):
        with contextlib.suppress(ValueError, ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGTERM)


def _judged(service: Service, cases: Cases, judging: Judging) -> list[Callable[[], Awaitable[Verdict]]]:
    """What its kind is played. Raises ServiceFailed."""
    kind = service.description.kind
    if kind == "client":
        judge = Judge(judging.plays, judging.abroad, judging.reports, service, judging.patience)
        return [partial(judge.judge, case) for case in cases.clients]
    if kind == "payload":
        return [partial(judge_fold, case, service) for case in cases.folds]
    if kind == "server":
        return [partial(_judge_server, case, service, judging.patience) for case in cases.servers]
    raise ServiceFailed(f"a service is of the kind client, payload or server, not {kind}")


async def _judge_server(case: ServerCase | ServerPlay, service: Service, patience: float) -> Verdict:
    if isinstance(case, ServerPlay):
        return await judge_play(case, service, patience)
    return await judge_server(case, service, patience)


def _machine() -> str:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip().lstrip("v")
    return (
        f"{os.cpu_count()} processors ({platform.machine()}), {platform.system()},"
        f" Python {platform.python_version()}, Node {node or 'not there'}"
    )


if __name__ == "__main__":
    main()
