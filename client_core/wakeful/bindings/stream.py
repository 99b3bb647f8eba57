"""What an open stream shows and can be told, whatever its driver: the application's side of the client."""

from wakeful.bindings.clock import Clock
from wakeful.client import Client
from wakeful.hello import Hello
from wakeful.outcome import Outcome
from wakeful.stats import Stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wakeful.bindings.http import Token
    from wakeful.states import State


class OpenStream:
    """The base of AsyncStream, Stream and PageStream: each gives iteration, events() and _tell()."""

    def __init__(self, client: Client, token: "Token | None", monotonic: "Callable[[], float]") -> None:
        self._client = client
        self._token = token
        self._clock = Clock(monotonic)

    @property
    def state(self) -> "State":
        """ "idle", "connecting", "open" … "closed": docs/reference.md says what each means."""
        return self._client.state

    @property
    def last_event_id(self) -> str:
        """Where to resume: it moves as you take messages. "" before the first id."""
        return self._client.last_event_id

    @property
    def stats(self) -> Stats:
        """Counters, which go on through retry()."""
        return self._client.stats

    @property
    def hello(self) -> Hello | None:
        """What the server has said of its stream; None if it speaks no profile."""
        return self._client.hello

    @property
    def outcome(self) -> Outcome | None:
        """How the stream ended; None before its end."""
        return self._client.outcome

    def close(self) -> None:
        """End for good; the connection is closed at once, with asyncio as soon as the event loop runs."""
        self._tell(self._client.close)

    def cancel(self) -> None:
        """Stop the run on the server, where it has said how, and end for good."""
        self._tell(self._client.cancel)

    def restart(self) -> None:
        """Drop the connection or the wait, and connect anew at once. Raises UsageError after the end."""
        self._tell(self._client.restart)

    def retry(self) -> None:
        """After StreamFailed: try again, with a fresh budget and the last event ID kept. Else raises UsageError."""
        self._tell(self._client.retry)

    def _tell(self, command: "Callable[[int], None]") -> None:
        """Give the client a command, and perform what it asks for then."""
        raise NotImplementedError
