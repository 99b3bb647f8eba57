"""Recent messages, to drop what a server repeats after a resume.

A repeat has the id, type and data of a message that came over an earlier connection. The id alone is not enough: the
standard lets a server use one id for several messages, and a server that lost its log may count from 1 again: what it
then sends is new.
"""

from wakeful.records import Message


class RecentMessages:
    """limit: how many messages are remembered; bytes_limit: bytes of data at most. The oldest go first."""

    def __init__(self, limit: int, bytes_limit: int) -> None:
        self._limit = limit
        self._bytes_limit = bytes_limit
        self._bytes = 0
        self._seen: list[tuple[Message, int, int]] = []  # with its size and attempt

    def repeats(self, message: Message, size: int, attempt: int) -> bool:
        """Whether this message came over an earlier attempt already; if not, it is remembered.

        size: the data's length in bytes (a text's own length differs between runtimes).
        """
        for known, _, seen_over in self._seen:
            if seen_over == attempt:
                break  # the rest came over this connection
            if (
                known.last_event_id == message.last_event_id
                and known.type == message.type
                and known.data == message.data
            ):
                return True
        self._seen.append((message, size, attempt))
        self._bytes += size
        while len(self._seen) > self._limit or self._bytes > self._bytes_limit:
            self._bytes -= self._seen.pop(0)[1]
        return False
