"""The control desk's HTTP face: order faults, read the journal. It lives beside the relay and outlives the server."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from wakeful.server import encode_comment, encode_event, encode_retry
from wakeful.server.heads import STREAM_HEADERS
from wakeful_demo.app import problem_of
from wakeful_demo.bodies import json_object
from wakeful_demo.desk import BadOrder, Desk, Order
from wakeful_demo.journal import Journal, ViewerJournal
from wakeful_demo.relay import LABEL

HEARTBEAT_S = 5.0
RETRY_MS = 500


def create_control(desk: Desk, journal: Journal, server_ready: Callable[[], Awaitable[None]]) -> Starlette:
    """server_ready: returns once the server is up, again if it was just killed."""

    async def catalogue(_: Request) -> Response:
        return JSONResponse({"faults": desk.catalogue()})

    async def state(request: Request) -> Response:
        return JSONResponse(desk.state(_label(request)))

    async def order(request: Request) -> Response:
        try:
            asked = Order.of(await json_object(request))
            desk.order(_label(request), asked)
        except BadOrder as error:
            raise HTTPException(400, str(error)) from None
        await server_ready()
        return JSONResponse(desk.state(_label(request)))

    async def cancel(request: Request) -> Response:
        desk.cancel(_label(request))
        return Response(status_code=204)

    async def read(request: Request) -> Response:
        viewer = journal.viewer(_label(request))
        await viewer.until(_whole(request, "accepted"), _whole(request, "closed"))
        facts = viewer.after(_whole(request, "after"))
        return JSONResponse({"client": _label(request), **viewer.summary(), "facts": facts})

    async def stream(request: Request) -> Response:
        viewer = journal.viewer(_label(request))
        seq = request.headers.get("last-event-id", "0")
        after = int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 16 else 0
        return StreamingResponse(follow(viewer, after), headers=dict(STREAM_HEADERS))

    return Starlette(
        routes=[
            Route("/faults", catalogue),
            Route("/faults/{client}", state),
            Route("/faults/{client}", order, methods=["POST"]),
            Route("/faults/{client}", cancel, methods=["DELETE"]),
            Route("/journal/{client}", read),
            Route("/journal/{client}/stream", stream),
        ],
        exception_handlers={HTTPException: problem_of},
    )


async def follow(viewer: ViewerJournal, seq: int) -> AsyncIterator[bytes]:
    """The facts about one viewer as they happen, each a message whose id is its place in the order."""
    yield encode_comment("journal") + encode_retry(RETRY_MS) + b"\n"
    while True:
        for fact in viewer.after(seq):
            seq = fact["seq"]
            yield encode_event(json.dumps(fact), str(seq))
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                await viewer.wait_after(seq)
        except TimeoutError:
            yield encode_comment("hb")


def _label(request: Request) -> str:
    label: str = request.path_params["client"]
    if not LABEL.fullmatch(label):
        raise HTTPException(400, "a client's label is 1 to 64 letters, digits, - and _")
    return label


def _whole(request: Request, name: str) -> int:
    value = request.query_params.get(name, "0")
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise HTTPException(400, f"'{name}' is a whole number")
    return int(value)
