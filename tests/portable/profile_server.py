"""A seeded server that speaks the profile, with all that such a server may do: it forgets, rebuilds its log, skips,
coalesces, drains, and at times is wrong. And the application that checks what it is given.

One run has CONTENTS pieces. A message carries pieces, as "c3-5"; a snapshot all up to one, as "s5". The log numbers
its messages; a rebuilt log has another epoch and other numbers.
"""

from portable.dice import Dice
from wakeful.cursor import position_of
from wakeful.records import Connect, Message, Reset

CONTENTS = 12


class ProfileServer:
    """answer() says what becomes of a request: the status, and then head and body are to be read off."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._epochs = 0
        self._offset = 0  # a piece's number in the log, less the piece
        self._first = 1  # the oldest number that is held
        self.headers: dict[str, str] = {}
        self.body = b""
        self._written = ""  # the last id on this connection

    @property
    def _epoch(self) -> str:
        return f"k{self._epochs}"

    @property
    def _end(self) -> int:
        return CONTENTS + 1 + self._offset

    def answer(self, action: Connect) -> int:
        dice = self._dice
        self._written = ""
        self.body = b""
        self.headers = {"content-type": "text/event-stream"}
        if dice.roll(3) == 0:
            self.headers["event-stream-params"] = "v=1, hbt=20000"
        if dice.roll(12) == 0:
            self._rebuild()
        elif dice.roll(6) == 0:
            self._first = min(self._first + dice.roll(4), self._end)
        last = _asked_for(action)
        position = position_of(last)
        if position is not None and dice.roll(25) == 0:
            return self._refuse(400, "{}")
        if position is None:
            self._begin_anew("es.from=snapshot" in action.url or "/snap" in action.url)
        elif position.epoch != self._epoch or position.seq + 1 < self._first:
            return self._expired()
        elif position.seq >= self._end and dice.roll(2) == 0:
            return self._refuse(204, "")
        else:
            self._go_on(position.seq + 1)
        return 200

    def _rebuild(self) -> None:
        """The log is lost, and begins again with what the server knows."""
        self._epochs += 1
        self._offset = self._dice.roll(50)
        self._first = self._offset + 1 + self._dice.roll(CONTENTS)

    def _refuse(self, status: int, body: str) -> int:
        self.headers = {"content-type": "application/problem+json"}
        self.body = body.encode("utf-8")
        return status

    def _expired(self) -> int:
        kind = self._dice.roll(4)
        if kind == 0:
            return self._refuse(410, '{"type":"/problems/cursor-expired","snapshot":"/snap"}')
        if kind == 1:
            return self._refuse(410, '{"type":"/problems/cursor-expired"}')
        self._hello(self._first)
        self._snapshot("expired")
        return 200

    def _begin_anew(self, snapshot: bool) -> None:
        if self._first == 1 and self._offset == 0 and not (snapshot and self._dice.roll(2) == 0):
            self._hello(1)
            self._events(1, 1)
        else:
            self._hello(self._first)
            self._snapshot("requested")

    def _go_on(self, next: int) -> None:
        """Behind the position; at times from further back."""
        first = next
        if self._dice.roll(4) == 0:
            first = max(self._first, next - self._dice.roll(4))
        self._hello(first)
        self._events(first, next)

    def _snapshot(self, reason: str) -> None:
        """As of a piece that the server has; of piece 0 there is none."""
        piece = min(CONTENTS, max(0, self._first - 1 - self._offset) + self._dice.roll(4))
        base = piece + self._offset
        self._frame("reset", f'{{"epoch":"{self._epoch}","reason":"{reason}","base":{base}}}')
        if base > 0:
            for _ in range(self._dice.roll(3)):
                self._write("data: part\n\n")
            self._logged(base, f"data: s{piece}")
        self._events(base + 1, base + 1)

    def _events(self, next: int, joined_from: int) -> None:
        """All from this number on. What is joined must not span a position, or text would repeat."""
        dice = self._dice
        while next < self._end:
            self._noise()
            last = next
            if next >= joined_from and dice.roll(6) == 0:
                last = min(self._end - 1, next + dice.roll(3))
            if last > next:  # joined into the last of them
                self._frame("skip", f'{{"from":{next},"to":{last - 1}}}')
            if dice.roll(40) != 0:  # else it is lost
                self._logged(last, f"data: c{next - self._offset}-{last - self._offset}")
            next = last + 1
        self._logged(self._end, 'event: es.end\ndata: {"status":"completed"}')

    def _hello(self, next: int) -> None:
        dice = self._dice
        self._write(": es\n\n")
        heartbeat = 5_000 + dice.roll(10_000)
        members = f'"v":1,"stream":"run","epoch":"{self._epoch}","next":{next},"hb":{heartbeat}'
        if dice.roll(2) == 0:
            members += ',"onDisconnect":"continue"'
        if dice.roll(6) == 0:
            members += ',"ttl":10000'
        if dice.roll(6) == 0:
            members += ',"retry":{"base":700,"attempts":2},"resume":"//evil"'
        self._frame("hello", f"{{{members}}}")

    def _noise(self) -> None:
        kind = self._dice.roll(24)
        if kind == 0:
            self._write(f": hb {self._written}\n\n")
        elif kind == 1:
            self._frame("drain", '{"reason":"rotate","window":[0,2000]}')
        elif kind == 2:
            self._frame("later", "?")
        elif kind == 3:
            self._frame("skip", '{"from":-1}')
        elif kind == 4:
            self._frame("hello", "{}")
        elif kind == 5:
            self._frame("reset", '{"epoch":7}')

    def _logged(self, number: int, lines: str) -> None:
        self._written = f"{self._epoch}.{number}"
        self._write(f"id: {self._written}\n{lines}\n\n")

    def _frame(self, name: str, data: str) -> None:
        self._write(f"event: es.{name}\ndata: {data}\n\n")

    def _write(self, text: str) -> None:
        self.body += text.encode("utf-8")


def _asked_for(action: Connect) -> str:
    """The position, in the header or in the query."""
    for name, value in action.headers:
        if name == "Last-Event-ID":
            return value.decode("utf-8")
    query = action.url.encode("utf-8").partition(b"es.last=")[2]
    return query.partition(b"&")[0].decode("utf-8")


class ProfileReader:
    """What the application has, and what is wrong with what it is given."""

    def __init__(self) -> None:
        self.pieces = 0
        self._fresh = False  # told to forget, and not given anything since

    @property
    def is_whole(self) -> bool:
        return self.pieces == CONTENTS and not self._fresh

    def forget(self) -> None:
        """A new process has nothing but what was stored."""
        self.pieces = 0
        self._fresh = True

    def reset(self, reset: Reset) -> None:
        self.forget()

    def take(self, message: Message) -> str:
        """What is wrong with it, "" if nothing is."""
        data = message.data.encode("utf-8")
        if data == b"part":
            return "" if self._fresh else "a part of a snapshot without a reset"
        kind = data[:1]
        first, _, last = data[1:].partition(b"-")
        number = last if kind == b"c" else first
        if kind not in (b"s", b"c") or not first.isdigit() or not number.isdigit():
            return "a message that nobody sent"
        if kind == b"s" and not self._fresh:
            return "a snapshot without a reset"
        if kind == b"c" and int(first) != self.pieces + 1:
            return f"pieces from {int(first)} after {self.pieces}"
        self.pieces = int(number)
        self._fresh = False
        return ""
