"""What clients send to the demo's server."""

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

MAX_BODY = 64 * 1024
SPEEDS = (0.01, 1000.0)


async def json_object(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "send application/json")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise HTTPException(413, f"at most {MAX_BODY} bytes")
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise HTTPException(400, "the body is not a JSON object")
    return value


def speed_of(asked: dict[str, Any]) -> float:
    """How much faster than a person to speak. Raises HTTPException."""
    speed = asked.get("speed", 1)
    if not isinstance(speed, int | float) or not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise HTTPException(400, f"'speed' is a number from {SPEEDS[0]} to {SPEEDS[1]}")
    return float(speed)
