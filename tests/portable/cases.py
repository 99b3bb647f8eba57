"""What a lane runs besides scenarios and simulation: sections of cases, each with a function that knows its cases."""

from portable.adapters import run_adapters
from portable.documents import run_documents
from portable.payload import run_patches, run_payload
from portable.payload_logs import run_random_logs
from portable.server_runner import run_server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def run_cases(section: str, cases: list[list[str]], sink: "Callable[[str], None]") -> list[str]:
    """Returns what differed from what the cases expect; the sink takes every line that a digest is made of."""
    if section == "documents":
        return run_documents(cases, sink)
    if section == "patches":
        return run_patches(cases, sink)
    if section == "payload":
        return run_payload(cases, sink)
    if section == "payload-logs":
        return run_random_logs(cases, sink)
    if section == "adapters":
        return run_adapters(cases, sink)
    if section == "server":
        return run_server(cases, sink)
    return [f"no section {section}"]
