"""Random logs of a payload, mostly right and now and then wrong, and whether the laws hold of them."""

from portable.dice import Dice
from portable.documents import canonical
from portable.payload import broken_laws
from wakeful.document import Document, has, kind_of, length, make_array, make_object, put, remove
from wakeful.payload.accumulator import Accumulator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = ["a", "é", "😀", "{", '"', "\\", "\n", "Hello ", "1", "[true,", '{"q":"x y"', "}", "]", ",", "\\u00e9"]
KINDS = ["text", "reasoning", "tool-call", "tool-call", "tool-result", "data", "source", "x.odd"]
NAMES = ["a", "b", "__proto__", "1", "0", "constructor", "~/"]


class LogMaker:
    """A random log of this many events."""

    def __init__(self, seed: int) -> None:
        self._dice = Dice(seed)
        self._log: list[Document] = []
        self._mids = 0
        self._pids = 0
        self._open: list[str] = []
        self._kinds: dict[str, str] = {}
        self._shadow = Accumulator()  # knows lengths and revisions
        self._wrong = self._dice.roll(4) == 0

    def make(self, count: int) -> "list[Document]":
        self._add([("type", "message.start"), ("mid", "m1"), ("role", "assistant")])
        self._mids = 1
        for _ in range(count):
            self._event()
        return self._log

    def _add(self, members: "list[tuple[str, Document]]") -> None:
        event = make_object(members)
        if self._dice.roll(40) == 0:
            put(event, "meta", make_object([("n", self._dice.roll(9))]))
        if self._dice.roll(40) == 0:
            put(event, "pad", "xxxx")
        if self._wrong and self._dice.roll(30) == 0:
            self._spoil(event)
        self._log.append(event)
        self._shadow.apply_event(event)

    def _spoil(self, event: Document) -> None:
        kind = self._dice.roll(5)
        if kind == 0:
            remove(event, "pid")
        elif kind == 1:
            put(event, "pid", "nowhere")
        elif kind == 2:
            put(event, "bytes", 9_999)
        elif kind == 3:
            put(event, "base", 77)
        else:
            put(event, "d", 7)

    def _event(self) -> None:
        roll = self._dice.roll(100)
        if roll < 45 and len(self._open) > 0:
            self._delta()
        elif roll < 60:
            self._start_part()
        elif roll < 70 and len(self._open) > 0:
            self._end_part()
        elif roll < 74:
            self._mids += 1
            self._add([("type", "message.start"), ("mid", f"m{self._mids}"), ("role", "assistant")])
        elif roll < 76:
            self._add(
                [("type", "message.end"), ("mid", f"m{self._mids}"), ("finish", "stop"), ("usage", self._usage())]
            )
        elif roll < 82:
            self._state()
        elif roll < 86:
            self._add([("type", "usage"), ("in", self._dice.roll(99)), (self._name(), self._dice.roll(99))])
        else:
            self._rare(roll)

    def _rare(self, roll: int) -> None:
        if roll < 90:
            self._add([("type", "status"), ("text", "working")])
        elif roll < 92:
            self._add([("type", "notice"), ("problem", make_object([("title", f"{roll}")]))])
        elif roll < 94:
            rid = f"r{self._dice.roll(2)}"
            self._add(
                [
                    ("type", "input.request"),
                    ("rid", rid),
                    ("kind", "form"),
                    ("schema", make_object([("title", self._word())])),
                ]
            )
        elif roll < 97:
            self._add([("type", "x.vendor.mark"), ("pid", self._pid())])
        elif roll == 97 and self._wrong:
            self._add([("type", "future.thing"), ("critical", True)])
        elif roll == 98 and self._shadow.fault == "":
            self._log.append(self._shadow.snapshot())
        else:
            self._add([("type", "future.thing")])

    def _usage(self) -> Document:
        return make_object([("out", self._dice.roll(99))])

    def _name(self) -> str:
        return NAMES[self._dice.roll(len(NAMES))]

    def _word(self) -> str:
        return WORDS[self._dice.roll(len(WORDS))]

    def _pid(self) -> str:
        return self._open[self._dice.roll(len(self._open))] if len(self._open) > 0 else "p0"

    def _value(self, levels: int) -> Document:
        kind = self._dice.roll(6 if levels > 0 else 4)
        if kind == 0:
            return self._word()
        if kind == 1:
            return self._dice.roll(1_000)
        if kind == 2:
            return self._dice.roll(2) == 0
        if kind == 3:
            return None
        items = [self._value(levels - 1) for _ in range(self._dice.roll(3))]
        return make_array(items) if kind == 4 else make_object([(self._name(), item) for item in items])

    def _start_part(self) -> None:
        self._pids += 1
        pid = f"p{self._pids}"
        kind = KINDS[self._dice.roll(len(KINDS))]
        self._open.append(pid)
        self._kinds[pid] = kind
        members: list[tuple[str, Document]] = [
            ("type", "part.start"),
            ("mid", f"m{self._mids}"),
            ("pid", pid),
            ("kind", kind),
        ]
        if kind == "tool-call" or kind == "tool-result":
            members.append(("callId", f"c{self._pids}"))
        self._add(members)

    def _delta(self) -> None:
        pid = self._pid()
        kind = self._kinds.get(pid, "")
        if kind == "data" and self._dice.roll(2) == 0:
            path = make_object([("op", "add"), ("path", ""), ("value", self._value(2))])
            self._add([("type", "part.patch"), ("pid", pid), ("ops", make_array([path]))])
        elif kind == "data" or kind == "source" or (kind == "tool-result" and self._dice.roll(2) == 0):
            self._add([("type", "part.set"), ("pid", pid), ("value", self._value(2))])
        elif kind == "tool-call" and self._dice.roll(12) == 0:
            self._add([("type", "part.set"), ("pid", pid), ("value", self._value(2))])
        else:
            self._add([("type", "part.delta"), ("pid", pid), ("d", self._word() + self._word())])

    def _end_part(self) -> None:
        pid = self._pid()
        part = self._shadow.find_part(pid)
        size = 0 if part is None else part.bytes
        kind = self._kinds.get(pid, "")
        self._open.remove(pid)
        members: list[tuple[str, Document]] = [("type", "part.end"), ("pid", pid), ("bytes", size)]
        roll = self._dice.roll(8)
        if roll == 0:
            text = kind == "text" or kind == "reasoning"
            members.append(("value", self._word() if text else self._value(2)))
        elif roll == 1:
            members.append(("state", "denied"))
        elif roll == 2:
            members.append(("state", "error"))
        self._add(members)

    def _state(self) -> None:
        rev = self._shadow.rev
        if self._dice.roll(2) == 0:
            self._add([("type", "state.set"), ("rev", rev + 1), ("value", self._value(3))])
            return
        operations = [self._operation() for _ in range(1 + self._dice.roll(3))]
        ops = make_array(operations)
        self._add([("type", "state.patch"), ("base", rev), ("rev", rev + 1 + self._dice.roll(3)), ("ops", ops)])

    def _operation(self) -> Document:
        """One that mostly applies: to the root, or to a member of it if it is an object."""
        state = self._shadow.state
        name = self._name()
        path = "/" + name.replace("~", "~0").replace("/", "~1")
        if kind_of(state) == "object" and self._dice.roll(2) == 0:
            word = "replace" if has(state, name) else "add"
            return make_object([("op", word), ("path", path), ("value", self._value(2))])
        if kind_of(state) == "array" and length(state) > 0 and self._dice.roll(2) == 0:
            return make_object([("op", "copy"), ("from", "/0"), ("path", "/-")])
        return make_object([("op", "add"), ("path", ""), ("value", self._value(2))])


def run_random_logs(cases: list[list[str]], sink: "Callable[[str], None]") -> list[str]:
    """Each case is [first seed, count of logs, events of each]. Returns the laws that were broken."""
    problems: list[str] = []
    for case in cases:
        for seed in range(int(case[0]), int(case[0]) + int(case[1])):
            log = LogMaker(seed).make(int(case[2]))
            sink(canonical(make_array(log)))
            problems.extend([f"log {seed}: {problem}" for problem in broken_laws(log, sink)])
    return problems
