"""What a server refuses with: problem objects (RFC 9457) of the kinds that the profile names."""

from wakeful.document import Document, dump_document, make_object, put
from wakeful.outcome import Problem

PROBLEM_TYPE = "application/problem+json"
# The kinds are names, not pages: nothing is fetched from there.
KINDS = "urn:event-stream-profile:problem:"


def malformed_request(detail: str) -> Problem:
    return Problem("about:blank", "Bad Request", 400, detail, "never")


def unknown_stream() -> Problem:
    """Also for a stream of somebody else: that it exists is not told."""
    detail = "there is no such stream for you; it may have left the replay log"
    return Problem("about:blank", "Not Found", 404, detail, "never")


def cursor_expired() -> Problem:
    detail = "what follows this cursor has left the replay log, and there is no snapshot to go on from"
    return Problem(KINDS + "cursor-expired", "The cursor has expired", 410, detail, "never")


def epoch_changed() -> Problem:
    detail = "this cursor belongs to a log that is gone, and there is no snapshot to go on from"
    return Problem(KINDS + "epoch-changed", "The log was replaced", 410, detail, "never")


def log_unavailable(retry_after_ms: int) -> Problem:
    detail = "the replay log does not answer; what was acknowledged is kept, so come back with the same cursor"
    return Problem("about:blank", "Service Unavailable", 503, detail, "resume", retry_after_ms)


def problem_document(problem: Problem) -> Document:
    """As `application/problem+json` and `es.end` have it; members that say nothing are left out."""
    document = make_object([("type", problem.type), ("title", problem.title)])
    if problem.status > 0:
        put(document, "status", problem.status)
    if problem.detail != "":
        put(document, "detail", problem.detail)
    if problem.retry != "":
        put(document, "retry", problem.retry)
    if problem.retry_after_ms > 0:
        put(document, "retryAfter", problem.retry_after_ms)
    return document


def problem_text(problem: Problem, first: int = 0) -> str:
    """first: the oldest seq that is held, where that may help; 0 where not."""
    document = problem_document(problem)
    if first > 0:
        put(document, "first", first)
    return dump_document(document)


def end_text(status: str, problem: Problem | None) -> str:
    """The data of `es.end`."""
    document = make_object([("status", status)])
    if problem is not None:
        put(document, "problem", problem_document(problem))
    return dump_document(document)
