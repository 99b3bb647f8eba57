"""What came of one case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Outcome = Literal["pass", "fail", "not supported"]


class Judged(Protocol):
    """A case of any kind: of a client, of a payload, of a server."""

    @property
    def name(self) -> str: ...

    @property
    def clauses(self) -> list[str]: ...


@dataclass(frozen=True)
class Verdict:
    """reason: what differed, or which capabilities are missing; "" for a pass."""

    case: Judged
    outcome: Outcome
    reason: str = ""
