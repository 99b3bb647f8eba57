"""Conversations over the protocol: a stream of wakeful.server for each stage, written by a task of its own."""

import itertools
import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from weakref import WeakSet

from wakeful.server import EventStreamResponse, ReplayLog, Run, StreamEnded, StreamInfo, UnknownStream
from wakeful_demo import protocol_agent
from wakeful_demo.producers import Producers, UnknownScript, pause
from wakeful_demo.viewing import EVERYTHING


class NothingAsked(ValueError):
    """The stream has not ended with this question."""


@dataclass(frozen=True)
class Stage:
    """What one stream says, and everything that it depends on: the log's note about it."""

    conversation: str
    script: str
    speed: float
    number: int = 0
    approved: bool = True

    @property
    def stream(self) -> str:
        return f"{self.conversation}-{self.number}"

    @property
    def about(self) -> str:
        return json.dumps({"stage": asdict(self)})

    @classmethod
    def of(cls, info: StreamInfo) -> "Stage":
        """Raises UnknownStream if the stream is of no conversation."""
        about = json.loads(info.about or "{}")
        if "stage" not in about:
            raise UnknownStream(info.stream)
        return cls(**about["stage"])


class Conversations:
    """principal is "" throughout: the demo knows no users."""

    def __init__(self, log: ReplayLog, producers: Producers, speed: float) -> None:
        self._log = log
        self._producers = producers
        self._speed = speed
        self._scripts = protocol_agent.load_all_scripts()
        self._viewers: dict[str, WeakSet[EventStreamResponse]] = {}

    def catalogue(self) -> list[dict[str, str]]:
        return [
            {"name": script.name, "title": script.title, "prompt": script.prompt} for script in self._scripts.values()
        ]

    async def start(self, script: str, speed: float) -> str:
        """Begin; the stream's name. Raises UnknownScript or TooManyRuns."""
        if script not in self._scripts:
            raise UnknownScript(script)
        return await self._open(Stage(secrets.token_urlsafe(9), script, speed * self._speed))

    async def answer(self, stream: str, rid: str, approved: bool) -> str:
        """Go on with a stream that ended with a question; the next stream's name, the same however often it is asked.

        Raises NothingAsked, UnknownStream or TooManyRuns.
        """
        info = await self._log.info(stream)
        stage = Stage.of(info)
        said = protocol_agent.perform(self._scripts[stage.script], stage.conversation, stage.number, stage.approved)
        asked = [one.event["rid"] for one in said if one.event["type"] == "input.request"]
        if not info.ended or rid not in asked:
            raise NothingAsked(f"{stream} has not ended with the question {rid}")
        return await self._open(replace(stage, number=stage.number + 1, approved=approved))

    async def take_up(self, stream: str) -> None:
        """Go on with what a stopped server left unfinished. Raises UnknownStream if it is of no conversation."""
        stage = Stage.of(await self._log.info(stream))
        self._begin(await self._log.open(stream), stage)

    async def cancel(self, stream: str) -> None:
        """Raises UnknownStream."""
        Stage.of(await self._log.info(stream))
        await self._log.cancel(stream)

    async def forget(self, stream: str) -> None:
        """Lose the log, and write it anew: the same events under another epoch. Not for a stream that has ended.

        Raises UnknownStream or NothingAsked.
        """
        info = await self._log.info(stream)
        stage = Stage.of(info)
        if info.ended:
            raise NothingAsked(f"{stream} has ended")
        await self._producers.stop(stream)
        entries, _ = await self._log.read_after(stream, info.epoch, 0, EVERYTHING)
        await self._log.delete(stream)
        run = await self._log.create(stream, about=info.about)
        for entry in entries:
            await run.append(entry.data)
        self._begin(run, stage)

    def drain(self, stream: str) -> int:
        """Ask the viewers of a stream to come back later; how many there are."""
        viewers = list(self._viewers.get(stream, ()))
        for viewer in viewers:
            viewer.drain("deploy")
        return len(viewers)

    def watched_by(self, stream: str, viewer: EventStreamResponse) -> EventStreamResponse:
        self._viewers.setdefault(stream, WeakSet()).add(viewer)
        return viewer

    async def _open(self, stage: Stage) -> str:
        self._producers.check_room()
        # The key makes a repeated answer open what the first one created.
        run = await self._log.create(stage.stream, about=stage.about, key=stage.stream)
        if run.created:
            self._begin(run, stage)
        return stage.stream

    def _begin(self, run: Run, stage: Stage) -> None:
        self._producers.begin(run.stream, self._speak(run, stage))

    async def _speak(self, run: Run, stage: Stage) -> None:
        script = self._scripts[stage.script]
        said = protocol_agent.perform(script, stage.conversation, stage.number, stage.approved)
        # A stream that was cancelled, or that the log has pruned, is read by nobody.
        with suppress(StreamEnded, UnknownStream):
            # The same events each time, so what the log has tells where to go on.
            for one in itertools.islice(said, run.last, None):
                await pause(one.pause_ms / stage.speed)
                await run.append(one.event)
            await run.end("paused" if protocol_agent.pauses(script, stage.number, stage.approved) else "completed")
