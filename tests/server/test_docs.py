"""docs/server.md says what is so: its code runs, its tables name every option, its nginx file is the tests' own."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from server.surroundings import ROOT
from wakeful.server import LogLimits, ServerOptions
from wakeful.server.bindings.asgi import ServerSettings

PAGE = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def rows(heading: str) -> dict[str, str]:
    """Name to default, of the table below a heading."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", section, re.MULTILINE))


def written(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else f"`{value}`" if value else "empty"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the page's first example, run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(fenced("python")[0], "server.md", "exec"), names)
    return names


def client_of(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a.test")


def test_the_three_lines_run(page: dict[str, Any]) -> None:
    async def use() -> str:
        await page["produce"]("two words")
        async with client_of(page["app"]) as client:
            text = (await client.get("/runs/run-7/events")).text
        await page["log"].close()
        return text

    text = asyncio.run(use())
    assert '{"type":"status","text":"two"}' in text
    assert "event: es.end" in text


def test_creating_and_cancelling_run(page: dict[str, Any]) -> None:
    exec(compile(fenced("python")[1], "server.md", "exec"), page)
    routes = [
        Route("/runs", page["create"], methods=["POST"]),
        Route("/runs/{run}", page["cancel"], methods=["DELETE"]),
        Route("/runs/{run}/events", page["events"]),
    ]

    async def use() -> tuple[list[str], list[int], str]:
        async with client_of(Starlette(routes=routes)) as client:
            made = [await client.post("/runs", headers={"Idempotency-Key": "k"}) for _ in range(2)]
            places = [answer.headers["location"] for answer in made]
            text = (await client.get(places[0])).text
            run = places[0].removesuffix("/events")
            gone = [(await client.delete(path)).status_code for path in (run, "/runs/none")]
        await page["log"].close()
        return places, gone, text

    places, gone, text = asyncio.run(use())
    assert places[0] == places[1]
    assert '{"type":"status","text":"working"}' in text
    assert gone == [204, 404]


def test_a_page_of_another_origin_may_ask_all_that_it_can(page: dict[str, Any]) -> None:
    [code] = [code for code in fenced("python") if "CORSMiddleware" in code]
    exec(compile(code, "server.md", "exec"), page)
    wanted = "last-event-id, authorization, event-stream-params, idempotency-key, content-type"

    async def ask() -> list[httpx.Response]:
        async with client_of(page["app"]) as client:
            answers = []
            for method in ("GET", "POST", "DELETE"):
                asked = {"access-control-request-method": method, "access-control-request-headers": wanted}
                answers.append(
                    await client.options("/runs/r/events", headers={"origin": "https://chat.example", **asked})
                )
        await page["log"].close()
        return answers

    for answer in asyncio.run(ask()):
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://chat.example"
        assert answer.headers["access-control-allow-credentials"] == "true"


def test_every_option_is_there_with_its_default() -> None:
    assert rows("Options") == {name: written(value) for name, value in vars(ServerOptions()).items()}


def test_every_option_can_be_given_by_name() -> None:
    assert set(ServerSettings.__annotations__) == set(vars(ServerOptions()))


def test_every_limit_is_there_with_its_default() -> None:
    limits = LogLimits()
    assert rows("The logs") == {name: written(getattr(limits, name)) for name in LogLimits.FIELDS}


def test_the_nginx_configuration_is_the_file_that_the_tests_use() -> None:
    assert fenced("nginx") == [(ROOT / "docs" / "nginx" / "event-streams.conf").read_text(encoding="utf-8")]
