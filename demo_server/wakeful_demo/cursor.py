"""The cursor that a viewer resumes from: the id of the last message it took, read back from a header or the query."""

import re
from dataclasses import dataclass

from starlette.exceptions import HTTPException

from wakeful_demo.log import Bounds

# epoch.seq, both short: what comes in this header is the client's word and nothing more.
SHAPE = re.compile(r"([0-9a-f]{1,32})\.(0|[1-9][0-9]{0,14})", re.ASCII)


@dataclass(frozen=True)
class Cursor:
    epoch: str
    seq: int

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """The cursor in a last event ID; an empty one stands before everything. None if it is malformed."""
        if not text:
            return cls("", 0)
        match = SHAPE.fullmatch(text)
        return cls(match[1], int(match[2])) if match else None

    def seq_in(self, bounds: Bounds) -> int:
        """The sequence number to go on behind. Raises HTTPException if this stream can't continue from here.

        410 rather than a silent start from the beginning: the client must learn that there is a hole.
        """
        if self.epoch and self.epoch != bounds.epoch:
            raise HTTPException(410, "the cursor belongs to a log that is gone")
        if self.seq > bounds.last:
            raise HTTPException(400, "the cursor is ahead of the stream")
        if self.epoch and self.seq < bounds.first - 1:
            raise HTTPException(410, f"the messages behind the cursor have left the log; its first is {bounds.first}")
        return max(self.seq, bounds.first - 1)
