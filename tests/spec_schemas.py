"""The JSON Schemas of the specification, loaded together."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from flatten import SCENARIOS

SCHEMAS = SCENARIOS.parent / "schemas"
FILES = sorted(SCHEMAS.glob("*.json"))


@cache
def registry() -> Registry[Any]:
    documents = [json.loads(path.read_text("utf-8")) for path in FILES]
    return Registry().with_resources((document["$id"], Resource.from_contents(document)) for document in documents)


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text("utf-8")), registry=registry())


def faults(name: str, value: object) -> list[str]:
    """What the schema of this name says against the value, with the place."""
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator(name).iter_errors(value)]


def frame(event: str, data: object, id: str = "") -> dict[str, Any]:
    """A frame as its schema wants it."""
    return {"event": event, "data": data, "id": id} if id else {"event": event, "data": data}
