"""Runs: one asked question each, answered by a background task that writes to the log and never waits for a viewer."""

import asyncio
import itertools
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from wakeful import WakefulError
from wakeful_demo import agent, recordings
from wakeful_demo.agent import END, Beat
from wakeful_demo.log import ReplayLog, StreamEnded, UnknownStream
from wakeful_demo.model import Model, ModelFailed, failure_chunk

MODEL = "model"
MAX_RUNNING = 50
DEFAULT_SCRIPT = "night_watch"


class UnknownScript(ValueError):
    """Nothing of that name can be played here."""


class TooManyRuns(RuntimeError):
    """MAX_RUNNING runs are being answered already."""


@dataclass(frozen=True)
class Run:
    """What was asked, and everything that its answer depends on."""

    id: str
    script: str
    prompt: str
    speed: float
    created_s: int


class Runs:
    """Starts runs, takes unfinished ones up again, and knows what can be played."""

    def __init__(self, log: ReplayLog, recordings_folder: Path | None, model: Model | None, speed: float = 1.0) -> None:
        self._log = log
        self._scripts = agent.load_scripts()
        self._recordings = recordings.find_recordings(recordings_folder) if recordings_folder else {}
        self._turn = itertools.cycle(self._recordings)
        self._model = model
        self._speed = speed
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def catalogue(self) -> list[dict[str, str]]:
        """What can be asked for: the page offers each with its prompt."""
        entries = [
            {"name": script.name, "kind": "script", "title": script.title, "prompt": script.prompt}
            for script in self._scripts.values()
        ]
        entries += [
            {"name": name, "kind": "recording", "title": name, "prompt": f"Replay the recording {name}."}
            for name in self._recordings
        ]
        if self._model:
            entries.append({"name": MODEL, "kind": MODEL, "title": self._model.name, "prompt": ""})
        return entries

    def start(self, prompt: str, script: str | None = None, speed: float = 1.0) -> Run:
        """Begin to answer. speed: 1 is a human pace, 2 twice as fast. Raises UnknownScript or TooManyRuns."""
        if len(self._tasks) >= MAX_RUNNING:
            raise TooManyRuns
        name = script or self._choose(prompt)
        if name not in self._scripts and name not in self._recordings and not (name == MODEL and self._model):
            raise UnknownScript(name)
        run = Run(secrets.token_urlsafe(9), name, prompt, speed * self._speed, int(time.time()))
        self._log.create(run.id, asdict(run))
        self._begin(run)
        return run

    def types(self, run: Run) -> list[str]:
        """The event types that its answer may have. Scripts, models and the end marker name none."""
        recording = self._recordings.get(run.script)
        return sorted({"message"} | (recordings.types_of(recording) if recording else set()))

    def take_up(self) -> None:
        """Go on with what a stopped server left unfinished."""
        for stream in self._log.unfinished():
            self._begin(Run(**self._log.about(stream)))

    def cancel(self, run_id: str) -> None:
        """Stop answering: what was said stays, and the end marker follows it. Raises UnknownStream."""
        self._log.bounds(run_id)
        task = self._tasks.pop(run_id, None)
        if task:
            task.cancel()
            self._log.append(run_id, "", END, last=True)

    async def close(self) -> None:
        """Stop every task; what is unfinished stays so in the log."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _choose(self, prompt: str) -> str:
        if self._model:
            return MODEL
        if self._recordings:
            return next(self._turn)
        asked = _words(prompt)
        common = {name: len(asked & _words(one.title + one.prompt)) for name, one in self._scripts.items()}
        best = max(common, key=lambda name: common[name])
        return best if common[best] else DEFAULT_SCRIPT

    def _begin(self, run: Run) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(run), name=f"run {run.id}")
        self._tasks[run.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(run.id, None))

    async def _answer(self, run: Run) -> None:
        try:
            if run.script == MODEL:
                await self._relay_model(run)
            else:
                await self._play(run)
        except (ModelFailed, WakefulError, OSError) as error:
            self._log.append(run.id, "", failure_chunk(str(error)))
            self._log.append(run.id, "", END, last=True)
        except (UnknownStream, StreamEnded):
            pass  # the log pruned this stream, or the run was cancelled: nobody can read on

    async def _play(self, run: Run) -> None:
        """Scripts and recordings give the same beats each time, so what the log has tells where to go on."""
        for beat in itertools.islice(self._beats(run), self._log.bounds(run.id).last, None):
            if beat.pause_ms:
                await asyncio.sleep(beat.pause_ms / 1000 / run.speed)
            self._log.append(run.id, beat.type, beat.data, last=beat.data == END)

    def _beats(self, run: Run) -> Iterator[Beat]:
        if run.script in self._scripts:
            return agent.perform(self._scripts[run.script], run.id, run.created_s)
        if run.script in self._recordings:
            return recordings.perform(self._recordings[run.script], run.id)
        raise ModelFailed(f"the recording {run.script} is not here any more")

    async def _relay_model(self, run: Run) -> None:
        if self._model is None or self._log.bounds(run.id).last:
            raise ModelFailed("the server was restarted while the model was answering")
        async for beat in self._model.answer(run.prompt):
            self._log.append(run.id, beat.type, beat.data, last=beat.data == END)


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 3}
