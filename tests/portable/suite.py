"""Every scenario, in every way to feed it. A lane is a host that calls run_suite() and reports what it returns."""

from portable.dice import Dice
from portable.runner import BYTEWISE, WHOLE, ScenarioRun, to_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# Bodies up to this are cut at every position, longer ones at line ends, at characters that are not ASCII, and at as
# many random positions.
SHORT_BYTES = 2_048
RANDOM_CUTS = 256


class SuiteResult:
    def __init__(self) -> None:
        self.scenarios = 0
        self.feeds = 0
        self.mismatches: list[str] = []


def run_suite(document: list[list[list[str]]], sink: "Callable[[str], None]") -> SuiteResult:
    """document: scenarios as flatten.py makes them; the first entry of each is [name, "feeds" or "whole"]."""
    result = SuiteResult()
    for scenario in document:
        head = scenario[0]
        steps = scenario[1:]
        cuts = [WHOLE]
        if head[1] == "feeds":
            cuts = cuts_of(body_of(steps))
        result.scenarios += 1
        for cut in cuts:
            result.feeds += 1
            sink(f"scenario {head[0]} cut {cut}")
            run = ScenarioRun(f"{head[0]} (cut {cut})", cut, sink)
            run.run(steps)
            result.mismatches.extend(run.mismatches)
    return result


def body_of(steps: list[list[str]]) -> bytes:
    return b"".join([to_bytes(step[1:]) for step in steps if step[0] == "data"])


def cuts_of(body: bytes) -> list[int]:
    cuts = [WHOLE, BYTEWISE]
    if len(body) <= SHORT_BYTES:
        for at in range(1, len(body)):
            cuts.append(at)
        return cuts
    for at in range(1, len(body)):
        byte = body[at]
        if byte == 0x0A or byte == 0x0D or byte >= 0x80:
            cuts.append(at)
    dice = Dice(len(body))
    for _ in range(RANDOM_CUTS):
        cuts.append(1 + dice.roll(len(body) - 1))
    return cuts
