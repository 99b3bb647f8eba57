"""Verdicts to scores, clause by clause: as text for a person, as Markdown for the record."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wakeful_demo.conformance.service import Description
from wakeful_demo.conformance.verdict import Verdict


@dataclass(frozen=True)
class Clause:
    """A row of clauses.md. ours: no standard asks for it."""

    id: str
    requirement: str
    ours: bool


def read_clauses(path: Path) -> list[Clause]:
    rows = re.findall(r"^\| `([a-z0-9.-]+)` \| (.*?) \| (.*?) \|$", path.read_text("utf-8"), re.MULTILINE)
    return [Clause(id, requirement, source.startswith("ours")) for id, requirement, source in rows]


@dataclass(frozen=True)
class ClauseScore:
    """How many scenarios of one clause were passed, failed, and say nothing about this client."""

    passed: int = 0
    failed: int = 0
    unsupported: int = 0

    @property
    def held(self) -> bool:
        """Every scenario of it that applies was passed, and one did apply."""
        return self.failed == 0 and self.passed > 0

    @property
    def cell(self) -> str:
        if self.held:
            return "yes" if self.unsupported == 0 else f"yes, {self.passed} of {self.passed + self.unsupported}"
        if self.failed == 0:
            return "·"
        return f"**no**, {self.passed} of {self.passed + self.failed}"


@dataclass(frozen=True)
class Score:
    """What one client reached."""

    client: Description
    verdicts: list[Verdict]
    clauses: dict[str, ClauseScore]

    @classmethod
    def of(cls, client: Description, verdicts: list[Verdict]) -> Score:
        clauses: dict[str, ClauseScore] = {}
        for verdict in verdicts:
            for clause in verdict.case.clauses:
                so_far = clauses.get(clause, ClauseScore())
                clauses[clause] = ClauseScore(
                    so_far.passed + (verdict.outcome == "pass"),
                    so_far.failed + (verdict.outcome == "fail"),
                    so_far.unsupported + (verdict.outcome == "not supported"),
                )
        return cls(client, verdicts, clauses)

    def count(self, outcome: str) -> int:
        return sum(verdict.outcome == outcome for verdict in self.verdicts)

    def counts(self, clauses: Iterable[Clause]) -> str:
        """How many of these clauses were held, failed, and not supported."""
        played = [self.clauses[clause.id] for clause in clauses if clause.id in self.clauses]
        held = sum(score.held for score in played)
        failed = sum(score.failed > 0 for score in played)
        return f"{held}, {failed}, {len(played) - held - failed}"

    def held(self, clauses: Iterable[Clause]) -> tuple[int, int]:
        """How many of these clauses hold, of how many that were played."""
        played = [self.clauses[clause.id] for clause in clauses if clause.id in self.clauses]
        return sum(score.held for score in played), len(played)


def text(score: Score, clauses: list[Clause]) -> str:
    """The score of one client, with a reason for each scenario that it failed."""
    lines = [f"{score.client.name} {score.client.version}"]
    for clause in clauses:
        of_it = score.clauses.get(clause.id)
        if of_it:
            lines.append(f"  {clause.id:24} {of_it.cell.replace('*', '').replace('·', 'not supported')}")
    lines += [
        f"  failed: {verdict.case.name}: {verdict.reason}" for verdict in score.verdicts if verdict.outcome == "fail"
    ]
    held, played = score.held(clauses)
    lines.append(
        f"  {held} of {played} clauses; scenarios: {score.count('pass')} passed, {score.count('fail')} failed,"
        f" {score.count('not supported')} not supported"
    )
    return "\n".join(lines)


# The kinds of services, in their order: what their tables are called.
KINDS = {"client": "Clients", "payload": "The payload", "server": "Servers"}


def markdown(scores: list[Score], clauses: list[Clause], heading: str) -> str:
    """All services side by side, those of a kind in one table."""
    lines = [heading, "", "Each count: held, failed, not supported.", ""]
    for kind, title in KINDS.items():
        of_kind = [score for score in scores if score.client.kind == kind]
        if of_kind:
            lines += [f"## {title}", "", *_summary(of_kind, clauses), "", *_clause_by_clause(of_kind, clauses), ""]
    failures = [line for score in scores for line in _failures(score)]
    if failures:
        lines += ["## What failed, and how", "", *failures]
    missing = [f"`{clause.id}`" for clause in clauses if not any(clause.id in score.clauses for score in scores)]
    if missing:
        lines += [
            "## Not scored",
            "",
            f"Nothing of these {len(missing)} clauses was played:",
            "",
            ", ".join(missing) + ".",
        ]
    return "\n".join(lines).rstrip() + "\n"


def _summary(scores: list[Score], clauses: list[Clause]) -> list[str]:
    lines = ["| what | version | clauses of standards | clauses of the profile | scenarios |", "|---|---|---|---|---|"]
    standard = [clause for clause in clauses if not clause.ours]
    own = [clause for clause in clauses if clause.ours]
    for score in scores:
        counts = ", ".join(str(score.count(outcome)) for outcome in ("pass", "fail", "not supported"))
        client = score.client
        lines.append(
            f"| {client.name} | {client.version} | {score.counts(standard)} | {score.counts(own)} | {counts} |"
        )
    remarks = [f"- {score.client.name}: {score.client.remarks}" for score in scores if score.client.remarks]
    return [*lines, "", "How each was run:", "", *remarks]


def _clause_by_clause(scores: list[Score], clauses: list[Clause]) -> list[str]:
    names = [score.client.name for score in scores]
    lines = [f"| clause | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for clause in clauses:
        if any(clause.id in score.clauses for score in scores):
            cells = [score.clauses[clause.id].cell if clause.id in score.clauses else "·" for score in scores]
            lines.append(f"| `{clause.id}`{'' if clause.ours else ' †'} | {' | '.join(cells)} |")
    return lines


def _failures(score: Score) -> list[str]:
    failures = [verdict for verdict in score.verdicts if verdict.outcome == "fail"]
    if not failures:
        return []
    lines = [f"- `{verdict.case.name}`: {_plain(verdict.reason)}" for verdict in failures]
    return [f"### {score.client.name}", "", *lines, ""]


def _plain(reason: str) -> str:
    return reason.replace("|", "\\|").replace("<", "&lt;")
