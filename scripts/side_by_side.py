"""Runs commands side by side, so many at a time: while one waits, another computes.

    python scripts/side_by_side.py [--at-once N] [--logs FOLDER] NAME COMMAND [NAME COMMAND]…

At once are one more than there are processors (or N), begun in the order given.
Lines of progress (pytest's, which end in a percentage) and of what lanes ran are shown as they come, with the name
before them. All that a command says is in FOLDER/NAME.log, and is shown at the end if it failed; the others are not
kept from finishing. One that has said nothing for --silence seconds is named with its last words, whenever that
happens, and goes on.
The exit status is 0 if all passed, 1 if one failed. Ctrl-C or SIGTERM shows the last words of all that runs, ends it,
and gives 130: first with SIGINT, for them to tidy up; then, after GRACE_S or at a second Ctrl-C, with SIGKILL.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

SHOWN = re.compile(r"\[ *\d+%\]$|^lane ")
POLL_S = 0.2
# Browsers and servers are closed one by one, on a machine that may be busy.
GRACE_S = 60
# The slowest test takes some minutes, and says nothing meanwhile.
SILENCE_S = 900
LAST_LINES = 40
INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Part:
    """One command: its name, its process and its log."""

    def __init__(self, name: str, command: str, logs: Path) -> None:
        self.name = name
        self.command = command
        self.log = logs / f"{name}.log"
        self._shown = 0  # bytes of the log that were looked at
        self._size = 0

    def start(self) -> None:
        self._started = self._heard = time.monotonic()
        with self.log.open("wb") as log, uninterrupted():
            # A session of its own: a signal reaches it when we pass it on, and then all of it.
            self._process = subprocess.Popen(
                shlex.split(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        say(f"{self.name}: {self.command}")

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def passed(self) -> bool:
        return self._process.returncode == 0

    def show_progress(self) -> None:
        said = self.log.read_bytes()
        if len(said) != self._size:
            self._size, self._heard = len(said), time.monotonic()
        new = said[self._shown :]
        whole = new[: new.rfind(b"\n") + 1]
        self._shown += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            if SHOWN.search(line):
                print(f"{self.name}: {line}", flush=True)

    def show_silence(self, longest_s: float) -> None:
        """A test that hangs is the last that pytest has named, or in the trace that it writes after a while."""
        silent_s = time.monotonic() - self._heard
        if silent_s >= longest_s:
            self._heard = time.monotonic()
            self.show_last_words(f"{self.name} still runs, and has said nothing for {silent_s:.0f} s")

    def show_last_words(self, why: str) -> None:
        say(f"{why}; this is the end of {self.log}:")
        print("\n".join(self._lines()[-LAST_LINES:]), flush=True)

    def show_end(self) -> None:
        minutes, seconds = divmod(round(time.monotonic() - self._started), 60)
        lines = self._lines()
        last = lines[-1].strip("= ") if lines else "it said nothing"
        say(f"{self.name} {'passed' if self.passed else self.failure} in {minutes}:{seconds:02}: {last}")

    @property
    def failure(self) -> str:
        status = self._process.returncode
        return f"FAILED (exit status {status})" if status >= 0 else f"FAILED (ended by {signal.Signals(-status).name})"

    def _lines(self) -> list[str]:
        return self.log.read_text(errors="replace").rstrip().splitlines()

    def end(self, number: signal.Signals) -> None:
        """All of its processes, those too that it has left behind."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def wait(self, until: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0, until - time.monotonic()))


def say(text: str) -> None:
    print(f"== {text}", flush=True)


def run(parts: list[Part], at_once: int, silence_s: float) -> None:
    """Returns when all have ended. Leaves none running, whatever happens."""
    waiting = list(parts)
    running: list[Part] = []
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(waiting.pop(0))
                running[-1].start()
            time.sleep(POLL_S)
            for part in list(running):
                ended = part.has_ended()
                part.show_progress()
                if ended:
                    running.remove(part)
                    part.show_end()
                else:
                    part.show_silence(silence_s)
    finally:
        try:
            for part in running:
                part.show_last_words(f"{part.name} still runs and is ended")
        finally:
            end_all(running)


def end_all(running: list[Part]) -> None:
    try:
        for part in running:
            part.end(signal.SIGINT)
        until = time.monotonic() + GRACE_S
        for part in running:
            part.wait(until)
    finally:
        for part in running:
            part.end(signal.SIGKILL)


def interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """An interrupt that comes meanwhile is met behind it: a process that runs and has no name yet would be left."""
    came: list[int] = []
    handlers = {number: signal.signal(number, lambda met, _: came.append(met)) for number in INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if came:
        interrupt()


def main() -> int:
    parser = argparse.ArgumentParser(description="Run commands side by side.")
    parser.add_argument("--at-once", type=int, default=(os.cpu_count() or 1) + 1, metavar="N")
    parser.add_argument("--silence", type=float, default=SILENCE_S, metavar="S")
    parser.add_argument("--logs", type=Path, default=Path("logs"), metavar="FOLDER")
    parser.add_argument("parts", nargs="+", metavar="NAME COMMAND")
    given = parser.parse_args()
    if len(given.parts) % 2 or given.at_once < 1:
        parser.error("a name and a command for each, and at least one at once")
    given.logs.mkdir(parents=True, exist_ok=True)
    names = iter(given.parts)
    parts = [Part(name, command, given.logs) for name, command in zip(names, names, strict=True)]
    # SIGINT too: a shell's background commands ignore it, and what they start.
    for number in INTERRUPTS:
        signal.signal(number, interrupt)
    try:
        run(parts, given.at_once, given.silence)
    except KeyboardInterrupt:
        say(f"interrupted; what was said so far is in {given.logs}/")
        return 130
    failed = [part for part in parts if not part.passed]
    for part in failed:
        say(f"{part.name} failed; this is {part.log}:")
        print(part.log.read_text(errors="replace"), flush=True)
    say(f"failed: {', '.join(part.name for part in failed)}" if failed else "all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
