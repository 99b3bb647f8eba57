"""Runs one scenario of the server's half: a list of steps, each a list of words, against a ServerStream. No I/O.

spec/README.md describes the format for people; flatten_server.py turns the JSON into these lists, so that every
runtime reads the same plain arrays of strings.
"""

from wakeful.document import Document, dump_document, get, item_at, kind_of, length, names, parse_document
from wakeful.errors import OptionError, WakefulError
from wakeful.server.limits import LogLimits
from wakeful.server.options import ServerOptions
from wakeful.server.problems import end_text
from wakeful.server.records import END_TYPE, Entry, Snapshot, StreamInfo
from wakeful.server.request import read_request
from wakeful.server.stream import ServerStream
from wakeful.text import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def middle(n: int) -> int:
    return (n - 1) // 2


def canonical(value: Document) -> str:
    """JSON with its members sorted: the same text in every runtime."""
    kind = kind_of(value)
    if kind == "object":
        members = [f"{dump_document(name)}:{canonical(get(value, name))}" for name in names(value)]
        return "{" + ",".join(members) + "}"
    if kind == "array":
        return "[" + ",".join([canonical(item_at(value, at)) for at in range(length(value))]) + "]"
    return dump_document(value)


class ServerRun:
    """One run. name: for messages. sink: takes each line of the trace. After run(), mismatches: empty if it passed."""

    def __init__(self, name: str, sink: "Callable[[str], None]") -> None:
        self.mismatches: list[str] = []
        self._name = name
        self._sink = sink
        self._now = 0
        self._lines: list[str] = []
        self._options = ServerOptions()
        self._limits = LogLimits()
        self._headers: dict[str, str] = {}
        self._query = ""
        self._info: StreamInfo | None = StreamInfo("run_7", "k3f9", 1, 0, False)
        self._entries: list[Entry] = []
        self._snapshot: Snapshot | None = None
        self._stream: ServerStream | None = None
        self._started = False
        self._stuck = False  # the transport takes no more
        self._in_flight = False
        self._closed = False
        self._hello = ""

    def run(self, steps: list[list[str]]) -> None:
        for step in steps:
            self._step(step)
            self._pump()
        if len(self._lines) > 0:
            self.mismatches.append(f"{self._name}: not expected: {' ~ '.join(self._lines)}")

    # What the steps say.

    def _step(self, step: list[str]) -> None:
        word = step[0]
        if word == "option":
            self._set_option(step[1], step[2])
        elif word == "header":
            self._headers[step[1]] = step[2]
        elif word == "query":
            self._query = step[1]
        elif word == "no-stream":
            self._info = None
        elif word == "snapshot":
            self._snapshot = Snapshot(int(step[1]), step[2:])
        elif word == "open":
            self._open()
        elif word == "expect":
            self._expect(step[1:])
        elif word == "check":
            self._check(step[1], step[2])
        elif not self._step_of_log(step):
            self._step_of_time(step)

    def _step_of_log(self, step: list[str]) -> bool:
        info = self._info
        if info is None:
            return False
        word = step[0]
        if word == "log":
            info.epoch = step[1]
            info.first = int(step[2])
            info.last = info.first - 1
            for seq in range(info.first, int(step[3]) + 1):
                self._append("", f"d{seq}")
        elif word == "append":
            self._append("", step[1])
        elif word == "end":
            self._append(END_TYPE, end_text(step[1], None))
            info.ended = True
        elif word == "trim":
            info.first = int(step[1])
            self._entries = [entry for entry in self._entries if entry.seq >= info.first]
        else:
            return False
        return True

    def _append(self, type: str, data: str) -> None:
        if self._info is not None:
            self._info.last += 1
            self._entries.append(Entry(self._info.last, type, data))

    def _step_of_time(self, step: list[str]) -> None:
        stream = self._stream
        if stream is None:
            self.mismatches.append(f"{self._name}: {step[0]} before open, or unknown")
            return
        word = step[0]
        if word == "at":
            self._now = int(step[1])
        elif word == "deadline":
            deadline = stream.deadline
            if deadline is None:
                self._line("no deadline")
            else:
                self._now = max(self._now, deadline + int(step[1]))
                stream.handle_timeout(self._now)
        elif word == "timeout":
            stream.handle_timeout(self._now)
        elif word == "drain":
            if step[1] == "deploy":
                stream.drain("deploy", self._now)
            elif step[1] == "limit":
                stream.drain("limit", self._now)
        elif word == "stuck":
            self._stuck = True
        elif word == "taken":
            self._stuck = False
            self._in_flight = False
            stream.sent(self._now)
        elif word == "log-away":
            stream.close("log-unavailable")
        else:
            self.mismatches.append(f"{self._name}: unknown step {word}")

    def _set_option(self, name: str, value: str) -> None:
        options = self._options
        if name == "control":
            options.control = "asked" if value == "asked" else "always"
        elif name == "on_disconnect":
            options.on_disconnect = "cancel"
        elif name == "resume":
            options.resume = value
        elif name == "cancel":
            options.cancel = value
        elif name == "payload":
            options.payload = value
        elif name == "hb_ms":
            options.hb_ms = int(value)
        elif name == "rotate_ms":
            options.rotate_ms = int(value)
        elif name == "ttl_ms":
            options.ttl_ms = int(value)
        elif name == "unsent_bytes":
            options.unsent_bytes = int(value)
        elif name == "max_event_bytes":
            self._limits.max_event_bytes = int(value)
        else:
            self.mismatches.append(f"{self._name}: unknown option {name}")

    # The driver's part.

    def _open(self) -> None:
        try:
            asked = read_request(self._headers, self._query)
            self._stream = ServerStream(self._options, asked, self._copy_info(), self._limits, middle)
        except OptionError as error:
            self._line(f"option-error {error}")

    def _copy_info(self) -> StreamInfo | None:
        info = self._info
        if info is None:
            return None
        return StreamInfo(info.stream, info.epoch, info.first, info.last, info.ended)

    def _pump(self) -> None:
        stream = self._stream
        if stream is None or self._closed:
            return
        while not stream.closed:
            if stream.wants_snapshot:
                self._give_snapshot(stream)
            elif not self._started:
                self._started = True
                self._line(self._head_line(stream))
                if not stream.streams:
                    self._closed = True
                    return
                stream.start(self._now)
            elif not self._write_or_read(stream):
                return
        self._closed = True
        self._line(f"closed {stream.reason}")

    def _give_snapshot(self, stream: ServerStream) -> None:
        info = self._copy_info()
        if info is None:
            stream.close("stream-gone")
            return
        try:
            stream.receive_snapshot(self._snapshot, info, self._now)
        except WakefulError as error:
            self._line(f"error {error}")
            stream.close("stream-gone")

    def _write_or_read(self, stream: ServerStream) -> bool:
        if self._in_flight:
            return False
        data = stream.next_write(self._now)
        if data is not None:
            self._line(f"write {self._describe(data)}")
            if self._stuck:
                self._in_flight = True
            else:
                stream.sent(self._now)
            return True
        batch: list[Entry] = []
        size = 0
        for entry in self._entries:
            if entry.seq > stream.seq:
                size += len(encode(entry.data))
                if len(batch) > 0 and size > stream.batch_bytes:
                    break
                batch.append(entry)
        if len(batch) == 0:
            return False
        last = 0 if self._info is None else self._info.last
        stream.receive_entries(batch, batch[len(batch) - 1].seq < last, self._now)
        return True

    # Lines.

    def _head_line(self, stream: ServerStream) -> str:
        if len(stream.body) == 0:
            return f"head {stream.status}"
        problem = parse_document(decode(stream.body))
        first = f" first={dump_document(get(problem, 'first'))}" if stream.status == 410 else ""
        return f"head {stream.status} {dump_document(get(problem, 'type'))}{first}"

    def _describe(self, data: bytes) -> str:
        """Blocks joined by " || ", their lines by " | "; and that the rules of emission were kept."""
        text = decode(data)
        if "\r" in text or not text.endswith("\n\n"):
            self.mismatches.append(f"{self._name}: a write that is not made of whole blocks: {dump_document(text)}")
        # Joined deltas are written anew, with their members in no particular order.
        joined = "event: es.skip" in text
        return " || ".join([self._block(block, joined) for block in text.split("\n\n") if block != ""])

    def _block(self, block: str, joined: bool) -> str:
        lines: list[str] = []
        order = ""
        control = joined or "\nevent: es." in "\n" + block
        for line in block.split("\n"):
            name = line.split(": ")[0]
            order += "c" if name == "" else name + " "
            if name == "data" and control:
                value = parse_document(line.replace("data: ", ""))
                if "event: es.hello" in block:
                    self._hello = canonical(value)
                    line = f"next {dump_document(get(value, 'next'))}"
                else:
                    line = f"data: {canonical(value)}"
            lines.append(line)
        if order not in ("c", "retry ", "retry event data ", "event data ", "id event data ", "id data ", "data "):
            self.mismatches.append(f"{self._name}: a block of {order}")
        return " | ".join(lines)

    def _line(self, line: str) -> None:
        self._sink(line)
        self._lines.append(line)

    def _expect(self, wanted: list[str]) -> None:
        got = " ~ ".join(self._lines)
        self._lines = []
        if got != " ~ ".join(wanted):
            self.mismatches.append(f"{self._name} at {self._now}:\n  expected {' ~ '.join(wanted)}\n  got      {got}")

    def _check(self, name: str, value: str) -> None:
        got = self._level(name)
        if got != value:
            self.mismatches.append(f"{self._name} at {self._now}: {name} is {got}, not {value}")

    def _level(self, name: str) -> str:
        stream = self._stream
        if stream is None:
            return ""
        if name == "hello":
            return self._hello
        if name == "seq":
            return str(stream.seq)
        if name == "deadline":
            deadline = stream.deadline
            return "none" if deadline is None else str(deadline)
        if name == "ends_run":
            return "yes" if stream.ends_run else "no"
        if name == "body":
            return canonical(parse_document(decode(stream.body)))
        for header, value in stream.headers:
            if header == name:
                return value
        return "none"


def run_server(cases: list[list[str]], sink: "Callable[[str], None]") -> list[str]:
    """A case with "scenario" at its head begins one; those up to the next are its steps. Returns what differed."""
    mismatches: list[str] = []
    at = 0
    while at < len(cases):
        name = cases[at][1]
        steps: list[list[str]] = []
        at += 1
        while at < len(cases) and cases[at][0] != "scenario":
            steps.append(cases[at])
            at += 1
        sink(f"scenario {name}")
        run = ServerRun(name, sink)
        run.run(steps)
        mismatches.extend(run.mismatches)
    return mismatches
