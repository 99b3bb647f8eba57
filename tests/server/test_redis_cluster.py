"""RedisLog on a real Redis Cluster of three masters: streams in several slots, watched by one process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio.cluster import RedisCluster

from server.logs import closing
from server.redis_process import PATIENCE_S, free_port, redis_program
from wakeful import OptionError
from wakeful.server import LogLimits, LogUnavailable, RedisLog, StreamEnded, UnknownStream

pytestmark = pytest.mark.slow
MASTERS = 3


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of one node of a cluster that serves all slots."""
    program = redis_program()
    ports = [free_port() for _ in range(MASTERS)]
    with contextlib.ExitStack() as stack:
        for port in ports:
            stack.enter_context(running(program, port, tmp_path_factory.mktemp(str(port))))
        nodes = [f"127.0.0.1:{port}" for port in ports]
        said = cli(ports[0], "--cluster", "create", *nodes, "--cluster-yes")
        assert "All 16384 slots covered" in said, said
        # Each node has its slots by now, and refuses to serve them for seconds yet.
        for port in ports:
            while "cluster_state:ok" not in cli(port, "cluster", "info"):
                time.sleep(0.01)
        yield f"redis://{nodes[0]}"


def cli(port: int, *arguments: str) -> str:
    """What redis-cli says."""
    command = ["redis-cli", "-p", str(port), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    return done.stdout + done.stderr


@contextlib.contextmanager
def running(program: str, port: int, folder: Path) -> Iterator[None]:
    # The bus of a cluster is on the port plus 10,000, unless it is told. A node that stands still is not given up.
    options = f"--port {port} --cluster-port {free_port()} --cluster-enabled yes --bind 127.0.0.1 --appendonly no"
    options += f" --cluster-node-timeout {1000 * PATIENCE_S}"
    process = subprocess.Popen(
        [program, *options.split(), "--save", "", "--dir", str(folder)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert any("Ready to accept connections" in line for line in process.stdout)
        yield
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
        assert process.stdout is not None
        process.stdout.close()


def with_cluster(node: str, test: Callable[[RedisLog, Any], Awaitable[None]], limits: LogLimits | None = None) -> None:
    async def run() -> None:
        # Its own time-out of five seconds is as long as a pause of this machine.
        async with RedisCluster.from_url(node, socket_timeout=PATIENCE_S) as cluster:
            async with closing(RedisLog(cluster, limits, prefix=os.urandom(4).hex())) as log:
                await asyncio.wait_for(test(log, cluster), PATIENCE_S)

    asyncio.run(run())


@pytest.mark.clause("server.log.seq", "server.log.bounds")
def test_streams_of_all_nodes(node: str) -> None:
    async def test(log: RedisLog, cluster: Any) -> None:
        names = [f"run-{n}" for n in range(12)]
        places = {cluster.get_node_from_key(log._keys(name)[0]).name for name in names}
        assert len(places) == MASTERS
        assert all(len({cluster.keyslot(key) for key in log._keys(name)}) == 1 for name in names)
        for name in names:
            run = await log.create(name, "ada")
            assert [await run.append(f"{n}" * 10) for n in range(5)] == [1, 2, 3, 4, 5]
            info = await log.info(name)
            assert (info.first, info.last, info.principal) == (3, 5, "ada")
            entries, more = await log.read_after(name, run.epoch, 3, 1_000)
            assert ([entry.seq for entry in entries], more) == ([4, 5], False)
        assert await log.unfinished() == sorted(names)
        await log.cancel("run-3", "ada")
        with pytest.raises(StreamEnded):
            await (await log.open("run-3")).append("more")
        await log.delete("run-4")
        with pytest.raises(UnknownStream):
            await log.info("run-4")

    with_cluster(node, test, LogLimits(max_bytes=30))


def test_watchers_are_woken_whichever_node_the_stream_is_on(node: str) -> None:
    async def test(log: RedisLog, cluster: Any) -> None:
        runs = [await log.create(f"run-{n}") for n in range(12)]
        waiting = [asyncio.create_task(log.wait_after(run.stream, 0)) for run in runs]
        async with closing(RedisLog(cluster, prefix=log._prefix)) as writer:
            for run in runs:
                await (await writer.open(run.stream)).append("x")
            assert {info.last for info in await asyncio.gather(*waiting)} == {1}

    with_cluster(node, test)


def test_what_a_cluster_cannot_do_is_said(node: str) -> None:
    async def test(log: RedisLog, cluster: Any) -> None:
        with pytest.raises(OptionError, match="slot of its stream"):
            await log.create("run", key="k")
        async with closing(RedisLog(node, prefix=log._prefix)) as plain:
            # To the last of them: what is still asked when the log is closed connects anew, and stays open.
            tried = await asyncio.gather(*(plain.create(f"run-{n}") for n in range(12)), return_exceptions=True)
        [refused, *_] = [error for error in tried if isinstance(error, BaseException)]  # of runs on another node
        with pytest.raises(LogUnavailable, match="give RedisLog a redis"):
            raise refused

    with_cluster(node, test)
