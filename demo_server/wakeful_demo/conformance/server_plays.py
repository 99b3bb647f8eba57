"""What no scenario of the server's half can show: logs, processes, several users, and a viewer that takes nothing."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from wakeful_demo.conformance.servers import Differs
from wakeful_demo.conformance.service import Refused, Service
from wakeful_demo.conformance.verdict import Verdict
from wakeful_demo.conformance.viewer import Viewer

# More than all sockets and buffers between two processes hold.
LARGE_EVENTS, LARGE_BYTES = 256, 65_536


@dataclass(frozen=True)
class ServerPlay:
    """play: raises Differs. alone: it ends the server's process, and so has one of its own."""

    name: str
    clauses: list[str]
    needs: frozenset[str]
    alone: bool
    play: Callable[[Prober], Awaitable[None]]


PLAYS: list[ServerPlay] = []


def play(*clauses: str, needs: str = "", alone: bool = False) -> Callable[..., Any]:
    def enter(function: Callable[[Prober], Awaitable[None]]) -> Callable[[Prober], Awaitable[None]]:
        name = function.__name__.replace("_", "-")
        PLAYS.append(ServerPlay(name, list(clauses), frozenset(needs.split()), alone, function))
        return function

    return enter


async def judge_play(case: ServerPlay, service: Service, patience: float) -> Verdict:
    """Raises ServiceFailed if the service itself does not work."""
    missing = case.needs - service.description.capabilities
    if case.alone and not service.command_line:
        missing |= {"a command to start it by"}
    if missing:
        return Verdict(case, "not supported", ", ".join(sorted(missing)))
    async with AsyncExitStack() as stack:
        if case.alone:
            service = await stack.enter_async_context(service.another())
        try:
            await case.play(Prober(service, patience, stack))
        except (Differs, Refused, OSError, EOFError) as error:  # a time-out is an OSError
            return Verdict(case, "fail", str(error))
    return Verdict(case, "pass")


class Prober:
    """The application, by REST, and viewers, by sockets. service: of the server; more can be started on its store."""

    def __init__(self, service: Service, patience: float, stack: AsyncExitStack) -> None:
        self.service = service
        self.patience = patience
        self._stack = stack

    async def create(self, **order: Any) -> dict[str, Any]:
        """run, epoch, path, cancel."""
        said: dict[str, Any] = await self.service.ask("POST", "/runs", order)
        return said

    async def tell(self, run: dict[str, Any], **command: Any) -> dict[str, Any]:
        said: dict[str, Any] = await self.service.ask("POST", f"/runs/{run['run']}", command)
        return said

    async def view(self, run: dict[str, Any], query: str = "es=1", user: str = "", **headers: str) -> Viewer:
        """A viewer that takes nothing until its read() is called."""
        asked = {name.replace("_", "-"): value for name, value in headers.items()}
        if user:
            asked["Authorization"] = f"Bearer {user}"
        viewer = Viewer(f"{self.service.url}{run['path']}?{query}", asked)
        return await self._stack.enter_async_context(viewer)

    async def delete(self, run: dict[str, Any], user: str = "") -> int:
        """Cancel it; the status."""
        asked = {"Authorization": f"Bearer {user}"} if user else {}
        viewer = Viewer(f"{self.service.url}{run['cancel']}", asked, "DELETE")
        return (await self._stack.enter_async_context(viewer)).status

    async def another(self) -> Prober:
        """Another process of the same server, on the same store."""
        service = await self._stack.enter_async_context(self.service.another())
        return Prober(service, self.patience, self._stack)

    async def until_left(self, run: dict[str, Any]) -> None:
        """Wait until the server shows this run to nobody."""
        async with asyncio.timeout(self.patience):
            while (await self.service.ask("GET", f"/runs/{run['run']}"))["viewers"] > 0:
                await asyncio.sleep(0.1)

    async def expect(self, viewer: Viewer, text: str) -> None:
        if not await viewer.until(text, self.patience):
            raise Differs(f"{text!r} did not come; the last was {viewer.text[-200:]!r}")

    async def expect_end(self, viewer: Viewer) -> None:
        if not await viewer.until_closed(self.patience):
            raise Differs(f"the body did not end within {self.patience:g} s")

    async def refused(self, asked: Awaitable[object], what: str) -> None:
        try:
            await asked
        except Refused as refusal:
            check(refusal.status == 409, f"{what} was refused by {refusal.status}")
            return
        raise Differs(f"{what} was taken")


def check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Differs(otherwise)


def ids_of(run: dict[str, Any], first: int, last: int) -> list[str]:
    return [f"{run['epoch']}.{seq}" for seq in range(first, last + 1)]


def check_ids(viewer: Viewer, wanted: list[str]) -> None:
    check(viewer.ids == wanted, f"the ids are {viewer.ids[:5]}… ({len(viewer.ids)}), not {wanted[:5]}… ({len(wanted)})")


@play("server.flush", "server.emit")
async def the_first_write_is_a_comment(prober: Prober) -> None:
    viewer = (await prober.view(await prober.create(payloads=["a"]))).read()
    await prober.expect(viewer, "data: a\n\n")
    check(
        viewer.chunks[0].startswith(":") and "data" not in viewer.chunks[0], f"the first write is {viewer.chunks[0]!r}"
    )
    check("event: es.hello" in viewer.chunks[1], f"the second write is {viewer.chunks[1]!r}")
    check(viewer.chunks[2].startswith(":") and "data" not in viewer.chunks[2], f"the third is {viewer.chunks[2]!r}")


@play("server.authorise")
async def a_stream_of_somebody_else_is_none(prober: Prober) -> None:
    run = await prober.create(principal="ada", payloads=["secret"])
    none = (await prober.view({"path": "/runs/no-such-run/events"}, user="ada")).read()
    others = [(await prober.view(run, user=user, query=query)).read() for user in ("", "bob") for query in ("es=1", "")]
    others.append((await prober.view(run, user="bob", last_event_id=f"{run['epoch']}.1")).read())
    for viewer in [none, *others]:
        await prober.expect_end(viewer)
        check(viewer.status == 404 and viewer.text == none.text, f"somebody else got {viewer.status} {viewer.text}")
    hers = (await prober.view(run, user="ada")).read()
    await prober.expect(hers, "data: secret\n\n")


@play("server.slow", "server.producer", "server.close", needs="viewers")
async def a_viewer_that_takes_nothing(prober: Prober) -> None:
    run = await prober.create(options={"unsent_ms": 500})
    viewer = await prober.view(run)
    for _ in range(LARGE_EVENTS // 16):  # every one is answered: nobody waits for the viewer
        await prober.tell(run, append=["x" * LARGE_BYTES] * 16)
    await prober.tell(run, end="completed")
    await prober.until_left(run)
    await prober.expect_end(viewer.read())
    check("es.end" not in viewer.text, "a viewer that took nothing was told an end")
    check_ids(viewer, ids_of(run, 1, len(viewer.ids)))
    check(len(viewer.ids) < LARGE_EVENTS, "all was kept for a viewer that took nothing")


async def _lag(prober: Prober, snapshots: bool) -> tuple[dict[str, Any], Viewer]:
    """A viewer whose place has left the log before it has read on."""
    limits = {"max_bytes": LARGE_EVENTS // 4 * LARGE_BYTES}
    run = await prober.create(options={"unsent_ms": 600_000}, limits=limits)
    viewer = await prober.view(run)
    for last in range(16, LARGE_EVENTS + 1, 16):
        await prober.tell(run, append=["x" * LARGE_BYTES] * 16)
        if snapshots:
            await prober.tell(run, snapshot={"seq": last, "payloads": ["all of it"]})
    return run, viewer


@play("server.lagging", "server.reset", needs="bounds snapshot")
async def a_viewer_that_lags_is_reset(prober: Prober) -> None:
    run, viewer = await _lag(prober, True)
    await prober.expect(viewer.read(), f"id: {run['epoch']}.{LARGE_EVENTS}\n")
    check('"reason":"slow"' in viewer.text, "it was not reset")
    following = 1
    for block in viewer.blocks:
        if "event: es.reset" in block:
            following = int(json.loads(block.partition("data: ")[2])["base"])
        elif match := re.match(r"id: [\w-]+\.(\d+)", block):
            check(int(match[1]) == following, f"it went on over a hole: {match[0]} in place of {following}")
            following += 1


@play("server.lagging", "server.close", needs="bounds")
async def a_viewer_that_lags_without_a_snapshot_is_closed(prober: Prober) -> None:
    run, viewer = await _lag(prober, False)
    await prober.expect_end(viewer.read())
    check("es.end" not in viewer.text, "it was told an end")
    check_ids(viewer, ids_of(run, 1, len(viewer.ids)))


@play("server.log.seq")
async def many_append_at_once(prober: Prober) -> None:
    run = await prober.create()
    said = await asyncio.gather(*(prober.tell(run, append=[f"{n}", f"{n}"]) for n in range(20)))
    seqs = sorted(seq for one in said for seq in one["seqs"])
    check(seqs == list(range(1, 41)), f"the seqs are {seqs}")
    viewer = (await prober.view(run)).read()
    await prober.expect(viewer, f"id: {run['epoch']}.40\n")
    check_ids(viewer, ids_of(run, 1, 40))


@play("server.log.once", needs="keys")
async def a_run_that_is_asked_for_twice(prober: Prober) -> None:
    first, again = [await prober.create(key="a-key-of-mine", principal="ada") for _ in range(2)]
    check(first["run"] == again["run"] and not again["created"], f"two runs were created: {first}, {again}")
    other = await prober.create(key="a-key-of-mine", principal="bob")
    check(other["run"] != first["run"], "the key of one user is that of another")


@play("server.log.bounds", "server.expired", needs="bounds")
async def the_oldest_events_leave(prober: Prober) -> None:
    run = await prober.create(limits={"max_bytes": 30})
    await prober.tell(run, append=[f"{n}" * 10 for n in range(10)])
    late = (await prober.view(run)).read()
    await prober.expect_end(late)
    problem = json.loads(late.text)
    check(late.status == 410 and problem["first"] == 8, f"who begins at the start got {late.status} {late.text}")
    viewer = (await prober.view(run, last_event_id=f"{run['epoch']}.7")).read()
    await prober.expect(viewer, f"id: {run['epoch']}.10\n")
    check_ids(viewer, ids_of(run, 8, 10))


@play("server.log.bounds", needs="window")
async def an_ended_stream_stays_for_its_window(prober: Prober) -> None:
    run = await prober.create(limits={"window_ms": 2_000}, payloads=["a"], ended="completed")
    viewer = (await prober.view(run)).read()
    await prober.expect_end(viewer)
    if viewer.status == 200:  # else this machine has taken two seconds for it
        check('"window":2000' in viewer.text, "hello does not tell the window")
        check_ids(viewer, ids_of(run, 1, 2))
    await asyncio.sleep(2.5)
    late = await prober.view(run)
    check(late.status == 404, f"behind its window it answers {late.status}")


@play("server.log.lost", needs="lose")
async def a_log_that_has_lost_what_it_had(prober: Prober) -> None:
    run = await prober.create(payloads=["a", "b"])
    await prober.tell(run, lose=True)
    await prober.refused(prober.tell(run, append=["c"]), "an append to a log that was lost")
    viewer = await prober.view(run, last_event_id=f"{run['epoch']}.2")
    check(viewer.status == 404, f"a lost stream answers {viewer.status}")


@play("server.cancel", "server.end", needs="cancel")
async def a_run_that_is_cancelled_twice(prober: Prober) -> None:
    run = await prober.create(principal="ada", payloads=["a"])
    viewer = (await prober.view(run, user="ada")).read()
    await prober.expect(viewer, "data: a\n\n")
    check(await prober.delete(run, user="bob") == 404, "somebody else could cancel it, or see that it is there")
    check(await prober.delete(run, user="ada") == 204, "it cannot be cancelled")
    await prober.expect_end(viewer)
    check(viewer.whole and '"status":"cancelled"' in viewer.blocks[-1], f"the last block is {viewer.blocks[-1]!r}")
    check(await prober.delete(run, user="ada") == 204, "cancelling again is refused")
    await prober.refused(prober.tell(run, append=["b"]), "an append to a run that was cancelled")


@play("server.log.durable", needs="durable", alone=True)
async def what_was_acknowledged_survives_a_kill(prober: Prober) -> None:
    run = await prober.create(payloads=["a"])
    await prober.tell(run, append=["b", "c"])
    prober.service.signal(signal.SIGKILL)
    next_one = await prober.another()
    again = await next_one.create(open=run["run"])
    check(again["epoch"] == run["epoch"], "it is another log")
    viewer = (await next_one.view(again, last_event_id=f"{run['epoch']}.1")).read()
    await next_one.expect(viewer, "data: c\n\n")
    check_ids(viewer, ids_of(run, 2, 3))
    await next_one.tell(again, append=["d"])
    await next_one.expect(viewer, f"id: {run['epoch']}.4\ndata: d\n\n")


@play("server.cluster", "server.resume", "server.drain", needs="cluster drain", alone=True)
async def a_viewer_moves_between_processes(prober: Prober) -> None:
    run = await prober.create(payloads=["a", "b"])
    other = await prober.another()
    there = await other.create(open=run["run"])
    viewer = (await prober.view(run)).read()
    await prober.expect(viewer, "data: b\n\n")
    await prober.tell(run, drain="deploy")
    await prober.expect(viewer, "event: es.drain\n")
    await prober.tell(run, append=["c"])
    await prober.expect(viewer, "data: c\n\n")
    moved = (await other.view(there, last_event_id=viewer.ids[-1])).read()
    await other.tell(there, append=["d"])
    await other.expect(moved, "data: d\n\n")
    prober.service.signal(signal.SIGKILL)
    await prober.expect_end(viewer)
    await other.tell(there, append=["e"])
    await other.tell(there, end="completed")
    await other.expect_end(moved)
    check(moved.ids == ids_of(run, 4, 6), f"the other process showed {moved.ids}")
