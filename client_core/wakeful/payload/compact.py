"""A log made shorter: what it folds into stays the same. For servers, which replay logs to those who come late."""

from wakeful.document import Document, get, has, make_object, names, put, text_of
from wakeful.payload.accumulator import Accumulator
from wakeful.payload.snapshot import COMMON


def compact(log: "list[Document]") -> "list[Document]":
    """A shorter log with the same fold. The log begins at the start of a stream, or with a snapshot.

    Deltas of one part are joined, of values and totals only the last is kept, patches are applied, and progress is left
    out. Nothing is moved across an event of a type that is not known, nor changed from the first fault on. An event
    with members that are not its type's own stays as it is.
    """
    work = _Compactor()
    for event in log:
        work.add(event)
    return work.result()


class _Run:
    """Deltas of one part that become one, at the place of the first. place: in the new log."""

    def __init__(self, place: int, pid: str) -> None:
        self.place = place
        self.pid = pid
        self.pieces: list[str] = []


class _Compactor:
    def __init__(self) -> None:
        self._fold = Accumulator()
        self._log: list[Document] = []  # None at the place of a run
        self._left_out: set[int] = set()
        self._runs: list[_Run] = []
        self._open: dict[str, _Run] = {}
        self._last: dict[str, int] = {}  # what a later event replaces -> its place

    def result(self) -> "list[Document]":
        for run in self._runs:
            members: list[tuple[str, Document]] = [("type", "part.delta"), ("pid", run.pid), ("d", "".join(run.pieces))]
            self._log[run.place] = make_object(members)
        return [self._log[place] for place in range(len(self._log)) if place not in self._left_out]

    def add(self, event: Document) -> None:
        fold = self._fold
        unknown = fold.unknown
        sound = fold.fault == ""
        fold.apply_event(event)
        type = text_of(get(event, "type"), "")
        if not sound or fold.fault != "" or fold.unknown > unknown or type == "snapshot":
            self._open.clear()
            self._last.clear()
            self._log.append(event)
        elif type == "part.delta":
            self._add_delta(event)
        elif type == "part.set" or type == "part.patch":
            self._add_value(event)
        elif type == "state.set" or type == "state.patch":
            self._add_state(event)
        elif type == "usage":
            self._add_usage(event)
        elif type != "status":
            if has(event, "usage"):  # the end of a message: totals before it are overwritten by it
                self._last.pop("usage", None)
            self._log.append(event)

    def _add_delta(self, event: Document) -> None:
        pid = text_of(get(event, "pid"), "")
        if not has_only(event, ["pid", "d"]):
            self._open.pop(pid, None)
            self._log.append(event)
            return
        run = self._open.get(pid)
        if run is None:
            run = _Run(len(self._log), pid)
            self._runs.append(run)
            self._open[pid] = run
            self._log.append(None)
        run.pieces.append(text_of(get(event, "d"), ""))

    def _replace(self, key: str, event: Document) -> None:
        """This event says all that the last one of this key said."""
        place = self._last.get(key, -1)
        if place >= 0:
            self._left_out.add(place)
        self._last[key] = len(self._log)
        self._log.append(event)

    def _add_value(self, event: Document) -> None:
        pid = text_of(get(event, "pid"), "")
        self._open.pop(pid, None)
        part = self._fold.find_part(pid)
        if part is None or not has_only(event, ["pid", "value", "ops"]):
            self._last.pop(f"part {pid}", None)
            self._log.append(event)
            return
        self._replace(f"part {pid}", make_object([("type", "part.set"), ("pid", pid), ("value", part.value)]))

    def _add_state(self, event: Document) -> None:
        if not has_only(event, ["base", "rev", "value", "ops"]):
            self._last.pop("state", None)
            self._log.append(event)
            return
        state = self._fold.state
        self._replace("state", make_object([("type", "state.set"), ("rev", self._fold.rev), ("value", state)]))

    def _add_usage(self, event: Document) -> None:
        totals = make_object([("type", "usage")])
        place = self._last.get("usage", -1)
        for given in [self._log[place] if place >= 0 else None, event]:
            for name in names(given):
                if name not in COMMON:
                    put(totals, name, get(given, name))
        self._replace("usage", totals)


def has_only(event: Document, known: list[str]) -> bool:
    """Whether an event has no members but its own, and padding."""
    for name in names(event):
        if name not in known and name != "type" and name != "pad":
            return False
    return True
