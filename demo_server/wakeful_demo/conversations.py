"""Conversations over the protocol: a stream of wakeful.server for each stage, written by a task of its own."""

import asyncio
import itertools
import json
import secrets
from dataclasses import asdict, dataclass, replace
from weakref import WeakSet

from wakeful.server import EventStreamResponse, LogError, ReplayLog, Run, StreamInfo
from wakeful_demo import protocol_agent
from wakeful_demo.runs import MAX_RUNNING, TooManyRuns, UnknownScript

EVERYTHING = 1 << 30


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

    @classmethod
    def of(cls, info: StreamInfo) -> "Stage":
        return cls(**json.loads(info.about))


class Conversations:
    """principal is "" throughout: the demo knows no users."""

    def __init__(self, log: ReplayLog, speed: float) -> None:
        self.log = log
        self._speed = speed
        self._scripts = protocol_agent.load_all_scripts()
        self._tasks: dict[str, asyncio.Task[None]] = {}
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
        info = await self.log.info(stream)
        stage = Stage.of(info)
        said = protocol_agent.perform(self._scripts[stage.script], stage.conversation, stage.number, stage.approved)
        asked = [one.event["rid"] for one in said if one.event["type"] == "input.request"]
        if not info.ended or rid not in asked:
            raise NothingAsked(f"{stream} has not ended with the question {rid}")
        return await self._open(replace(stage, number=stage.number + 1, approved=approved))

    async def take_up(self) -> None:
        """Go on with what a stopped server left unfinished."""
        for stream in await self.log.unfinished():
            run = await self.log.open(stream)
            self._begin(run, Stage.of(await self.log.info(stream)))

    async def forget(self, stream: str) -> None:
        """Lose the log, and write it anew: the same events under another epoch. Not for a stream that has ended.

        Raises UnknownStream or NothingAsked.
        """
        info = await self.log.info(stream)
        if info.ended:
            raise NothingAsked(f"{stream} has ended")
        await self._cancel(stream)
        entries, _ = await self.log.read_after(stream, info.epoch, 0, EVERYTHING)
        await self.log.delete(stream)
        run = await self.log.create(stream, about=info.about)
        for entry in entries:
            await run.append(entry.data)
        self._begin(run, Stage.of(info))

    def drain(self, stream: str) -> int:
        """Ask the viewers of a stream to come back later; how many there are."""
        viewers = list(self._viewers.get(stream, ()))
        for viewer in viewers:
            viewer.drain("deploy")
        return len(viewers)

    def watched_by(self, stream: str, viewer: EventStreamResponse) -> EventStreamResponse:
        self._viewers.setdefault(stream, WeakSet()).add(viewer)
        return viewer

    async def close(self) -> None:
        """Stop every task; what is unfinished stays so in the log."""
        for stream in list(self._tasks):
            await self._cancel(stream)
        await self.log.close()

    async def _open(self, stage: Stage) -> str:
        if len(self._tasks) >= MAX_RUNNING:
            raise TooManyRuns
        # The key makes a repeated answer open what the first one created.
        run = await self.log.create(stage.stream, about=json.dumps(asdict(stage)), key=stage.stream)
        if run.created:
            self._begin(run, stage)
        return stage.stream

    def _begin(self, run: Run, stage: Stage) -> None:
        task = asyncio.get_running_loop().create_task(self._speak(run, stage), name=f"stream {run.stream}")
        self._tasks[run.stream] = task
        task.add_done_callback(
            lambda done: self._tasks.pop(run.stream) if self._tasks.get(run.stream) is done else None
        )

    async def _cancel(self, stream: str) -> None:
        task = self._tasks.get(stream)
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _speak(self, run: Run, stage: Stage) -> None:
        script = self._scripts[stage.script]
        said = protocol_agent.perform(script, stage.conversation, stage.number, stage.approved)
        try:
            # The same events each time, so what the log has tells where to go on.
            for one in itertools.islice(said, run.last, None):
                if one.pause_ms:
                    await asyncio.sleep(one.pause_ms / 1000 / stage.speed)
                await run.append(one.event)
            await run.end("paused" if protocol_agent.pauses(script, stage.number, stage.approved) else "completed")
        except LogError:
            pass  # cancelled, or pruned: nobody can read on


async def events_of(log: ReplayLog, stream: str) -> dict[str, object]:
    """All that the log has of a stream: what every viewer should have got, or will. Raises UnknownStream."""
    info = await log.info(stream)
    entries, _ = await log.read_after(stream, info.epoch, 0, EVERYTHING)
    return {
        "stream": stream,
        "epoch": info.epoch,
        "last": info.last,
        "ended": info.ended,
        "events": [{"id": f"{info.epoch}.{one.seq}", "type": one.type, "data": one.data} for one in entries],
    }
