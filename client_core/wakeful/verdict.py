"""What a response head means, before a byte of its body is looked at."""

from wakeful.http import media_type
from wakeful.records import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Verdict = Literal["stream", "end", "redirect", "unauthorized", "wrong-type", "retry", "refuse"]

# Other 4xx say that the request is wrong, and will be wrong again. 408, 425 and 429 ask for another try.
RETRIED_4XX = [408, 425, 429]
# 501 and 505 are about the request too; every other 5xx (52x of CDNs included) is a server's bad moment.
FINAL_5XX = [501, 505]
REDIRECTS = [301, 302, 303, 307, 308]


def judge(response: Response) -> "Verdict":
    """Standard: "process response end-of-body / establish the connection"; RFC 9110, "Status Codes"."""
    status = response.status
    if status == 200:
        kind = media_type(response.headers.get("content-type", ""))
        return "stream" if kind == "text/event-stream" else "wrong-type"
    if status == 204:
        return "end"
    if status == 401:
        return "unauthorized"
    if status in REDIRECTS:
        return "redirect"
    if status in RETRIED_4XX or (status >= 500 and status <= 599 and status not in FINAL_5XX):
        return "retry"
    return "refuse"
