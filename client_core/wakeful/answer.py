"""The answer to one attempt: its head, and the first bytes of its body where it is no event stream."""

from wakeful.http import digits, media_type
from wakeful.records import Failure, Response
from wakeful.text import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.records import FailureKind

# A refused response's body is read up to this, for at most this long.
ERROR_BODY_BYTES = 2_048
ERROR_BODY_MS = 5_000


class Answer:
    def __init__(self, response: Response | None = None) -> None:
        """response: None before it has come."""
        self.response = response or Response(0, {})
        self._body = b""

    def receive_body(self, data: bytes) -> bool:
        """Whether enough of a refused response's body is in."""
        self._body += data[: ERROR_BODY_BYTES - len(self._body)]
        return len(self._body) == ERROR_BODY_BYTES

    @property
    def text(self) -> str:
        return decode(self._body)

    @property
    def media_type(self) -> str:
        return media_type(self.response.headers.get("content-type", ""))

    def failure(self, kind: "FailureKind", detail: str = "") -> Failure:
        return Failure(kind, self.response.status, self.media_type, self.text, detail)

    def param(self, name: bytes) -> int:
        """A number of the header Event-Stream-Params; -1 where it is absent or none.

        The header is only a hint of what `es.hello` will say: a Dictionary (RFC 9651), of which the whole numbers are
        looked at, and nothing of what else it may hold.
        """
        for member in self.response.headers.get("event-stream-params", "").encode("utf-8").split(b","):
            key, _, value = member.strip(b" \t").partition(b"=")
            if key == name:
                return digits(value.partition(b";")[0])
        return -1
