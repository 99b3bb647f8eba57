"""What a lane runs besides scenarios and simulation: sections of cases, each with a function that knows its cases."""

from portable.documents import run_documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def run_cases(section: str, cases: list[list[str]], sink: "Callable[[str], None]") -> list[str]:
    """Returns what differed from what the cases expect; the sink takes every line that a digest is made of."""
    if section == "documents":
        return run_documents(cases, sink)
    return [f"no section {section}"]
