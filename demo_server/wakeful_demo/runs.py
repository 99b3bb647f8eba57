"""Runs: one asked question each, answered by a task that writes a stream of wakeful.server.

An answer is told in its own dialect, as somebody else's stream is by a gateway: with the events that its readers know,
whose end marker is one of them. Only then comes the end of the stream itself, for viewers that speak the protocol.
"""

import itertools
import json
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wakeful import WakefulError
from wakeful.outcome import Problem
from wakeful.server import LogLost, LogUnavailable, ReplayLog, Run, StreamEnded, StreamInfo, UnknownStream
from wakeful_demo import agent, recordings
from wakeful_demo.agent import END, Beat
from wakeful_demo.model import Model, ModelFailed, failure_chunk
from wakeful_demo.producers import Producers, UnknownScript, pause
from wakeful_demo.recordings import Reading

if TYPE_CHECKING:
    from wakeful.server.logs.interface import EndStatus

MODEL = "model"
DEFAULT_SCRIPT = "night_watch"


@dataclass(frozen=True)
class Question:
    """What was asked, and everything that its answer depends on: the log's note about the stream."""

    run: str
    script: str
    prompt: str
    speed: float
    created_s: int

    @property
    def about(self) -> str:
        return json.dumps({"question": asdict(self)})

    @classmethod
    def of(cls, info: StreamInfo) -> "Question":
        """Raises UnknownStream if the stream answers none."""
        about = json.loads(info.about or "{}")
        if "question" not in about:
            raise UnknownStream(info.stream)
        return cls(**about["question"])


class Runs:
    """Starts runs, takes unfinished ones up again, and knows what can be played."""

    def __init__(
        self,
        log: ReplayLog,
        producers: Producers,
        recordings_folder: Path | None = None,
        model: Model | None = None,
        speed: float = 1.0,
    ) -> None:
        self._log = log
        self._producers = producers
        self._scripts = agent.load_scripts()
        self._recordings = recordings.find_recordings(recordings_folder) if recordings_folder else {}
        self._turn = itertools.cycle(self._recordings)
        self._model = model
        self._speed = speed

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

    async def start(self, prompt: str, script: str | None = None, speed: float = 1.0) -> Question:
        """Begin to answer. speed: 1 is a human pace, 2 twice as fast. Raises UnknownScript or TooManyRuns."""
        self._producers.check_room()
        name = script or self._choose(prompt)
        if name not in self._scripts and name not in self._recordings and not (name == MODEL and self._model):
            raise UnknownScript(name)
        question = Question(secrets.token_urlsafe(9), name, prompt, speed * self._speed, int(time.time()))
        run = await self._log.create(question.run, about=question.about)
        self._producers.begin(run.stream, self._answer(run, question))
        return question

    def reading(self, question: Question) -> Reading:
        """How to read its answer. Scripts and models name no types of events."""
        recording = self._recordings.get(question.script)
        return recordings.reading_of(recording) if recording else Reading(["message"], "openai-chat", marked=True)

    async def take_up(self, stream: str) -> None:
        """Go on with what a stopped server left unfinished. Raises UnknownStream if it answers no question."""
        question = Question.of(await self._log.info(stream))
        run = await self._log.open(stream)
        self._producers.begin(stream, self._answer(run, question))

    async def cancel(self, stream: str) -> None:
        """Stop answering: what was said stays, and the end follows it. Raises UnknownStream."""
        Question.of(await self._log.info(stream))
        await self._producers.stop(stream)
        with suppress(StreamEnded):  # it was over before
            await self._end(await self._log.open(stream), "cancelled")

    def _choose(self, prompt: str) -> str:
        if self._model:
            return MODEL
        if self._recordings:
            return next(self._turn)
        asked = _words(prompt)
        common = {name: len(asked & _words(one.title + one.prompt)) for name, one in self._scripts.items()}
        best = max(common, key=lambda name: common[name])
        return best if common[best] else DEFAULT_SCRIPT

    async def _answer(self, run: Run, question: Question) -> None:
        # A stream that the log has pruned, or that was cancelled, is read by nobody.
        with suppress(UnknownStream, StreamEnded):
            problem = None if await self._is_said(run) else await self._try_to_say(run, question)
            await self._end(run, "failed" if problem else "completed", problem)

    async def _try_to_say(self, run: Run, question: Question) -> Problem | None:
        """What is left to say. Returns what went wrong, if anything did; that is then said in its place."""
        try:
            await self._say(run, question)
        except (UnknownStream, StreamEnded, LogLost, LogUnavailable):
            raise  # there is no log to say it in
        except (ModelFailed, WakefulError, OSError) as error:
            await run.relay(failure_chunk(str(error)))
            return Problem(title="The agent failed", detail=str(error))
        return None

    async def _say(self, run: Run, question: Question) -> None:
        if question.script == MODEL:
            await self._relay_model(run, question)
            return
        # Scripts and recordings give the same beats each time, so what the log has tells where to go on.
        for beat in itertools.islice(self._beats(question), run.last, None):
            await pause(beat.pause_ms / question.speed)
            await run.relay(beat.data, beat.type)

    def _beats(self, question: Question) -> Iterator[Beat]:
        if question.script in self._scripts:
            return agent.perform(self._scripts[question.script], question.run, question.created_s)
        if question.script in self._recordings:
            return recordings.perform(self._recordings[question.script], question.run)
        raise ModelFailed(f"the recording {question.script} is not here any more")

    async def _relay_model(self, run: Run, question: Question) -> None:
        if self._model is None or run.last:
            raise ModelFailed("the server was restarted while the model was answering")
        async for message in self._model.answer(question.prompt):
            await run.relay(message.data, message.type)

    async def _is_said(self, run: Run) -> bool:
        """Whether the log has the end marker; a server may be killed behind it, before the end of the stream."""
        entries, _ = await self._log.read_after(run.stream, run.epoch, max(0, run.last - 1), 1)
        return any(entry.data == END for entry in entries)

    async def _end(self, run: Run, status: "EndStatus", problem: Problem | None = None) -> None:
        if not await self._is_said(run):
            await run.relay(END)
        await run.end(status, problem)


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 3}
