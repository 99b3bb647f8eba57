"""One process of the cluster: python -m server.worker --port 8001 --name a --redis redis://… [--options JSON]"""

from __future__ import annotations

import argparse
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from server.live import PATIENCE_S, create_app
from wakeful.server import RedisLog, ServerOptions, drain_on_shutdown
from wakeful.server.logs import redis as redis_log


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--options", type=json.loads, default={})
    arguments = parser.parse_args()
    options = ServerOptions()
    for name, value in arguments.options.items():
        setattr(options, name, value)
    redis_log.TIMEOUT_S = float(PATIENCE_S)  # as in the tests' own process: conftest.py
    log = RedisLog(arguments.redis)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with drain_on_shutdown():
            print("ready", flush=True)
            yield
        await log.close()

    app = create_app(log, {"options": options}, arguments.name)
    app.router.lifespan_context = lifespan
    uvicorn.run(app, port=arguments.port, log_level="error", timeout_graceful_shutdown=60)


if __name__ == "__main__":
    main()
