"""docs/server.md says what is so: its code runs, its tables name every option, its nginx file is the tests' own."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from server.surroundings import ENVIRONMENT, ROOT
from wakeful.server import LogError, LogLimits, ServerOptions
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
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The names of the page's first example, run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(fenced("python")[0], "server.md", "exec"), names)
    log = names["log"]
    yield names
    asyncio.run(log.close())


def client_of(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a.test")


def test_the_first_stream_is_produced_and_served(page: dict[str, Any], tmp_path: Path) -> None:
    """As the page says it: by a process of its own, which shares no more than the file."""
    (tmp_path / "app.py").write_text(fenced("python")[0], encoding="utf-8")
    [command] = re.findall(r"^python (-c .*)$", PAGE, re.MULTILINE)
    subprocess.run([sys.executable, *shlex.split(command)], cwd=tmp_path, env=ENVIRONMENT, check=True)

    async def use() -> str:
        async with client_of(page["app"]) as client:
            text = (await client.get("/runs/run-7/events")).text
        return text

    text = asyncio.run(use())
    words = re.findall(r'\{"type":"status","text":"(\w+)"\}', text)
    assert " ".join(words) == "one word after the other"
    assert "event: es.end" in text


def test_an_application_is_tested(page: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    [code] = [code for code in fenced("python") if "TestClient" in code]
    monkeypatch.setitem(sys.modules, "app", types.SimpleNamespace(**page))
    exec(compile(code, "server.md", "exec"), page)
    page["test_events"]()
    asyncio.run(page["log"].create("open", principal="ada"))
    answer = page["TestClient"](page["app"]).get("/runs/open/events?es=1&es.wait=1")
    assert "event: es.hello" in answer.text


@pytest.mark.clause("server.authorise")
def test_in_fastapi_a_dependency_says_who_asks(page: dict[str, Any]) -> None:
    [code] = [code for code in fenced("python") if "fastapi" in code]
    exec(compile(code, "server.md", "exec"), page)

    async def use() -> list[httpx.Response]:
        await page["produce"]("two words")
        async with client_of(page["api"]) as client:
            answers = []
            for token in ("a-token-of-adas", "another"):
                headers = {"authorization": f"Bearer {token}"}
                answers.append(await client.get("/runs/run-7/events", headers=headers))
            answers.append(await client.get("/runs/run-7/events"))
            answers.append(await client.get("/openapi.json"))
        return answers

    adas, anothers, nobodys, document = asyncio.run(use())
    said = document.json()["paths"]["/runs/{run}/events"]["get"]["responses"]["200"]
    assert list(said["content"]) == ["text/event-stream"]
    assert adas.headers["content-type"] == "text/event-stream"
    assert '{"type":"status","text":"two"}' in adas.text
    assert "event: es.end" in adas.text
    assert (anothers.status_code, nobodys.status_code) == (404, 422)


def test_creating_and_cancelling_run(page: dict[str, Any]) -> None:
    [code] = [code for code in fenced("python") if "log.cancel(" in code]
    exec(compile(code, "server.md", "exec"), page)
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
        return places, gone, text

    places, gone, text = asyncio.run(use())
    assert places[0] == places[1]
    assert '{"type":"status","text":"working"}' in text
    assert gone == [204, 404]


def test_what_a_dead_producer_left_is_ended(page: dict[str, Any]) -> None:
    [code] = [code for code in fenced("python") if "unfinished()" in code]
    exec(compile(code, "server.md", "exec"), page)

    async def use() -> str:
        run = await page["log"].create("left", principal="ada")
        await run.append({"type": "status", "text": "working"})
        await page["end_what_was_left"]()
        assert await page["log"].unfinished() == []
        async with client_of(page["app"]) as client:
            text = (await client.get("/runs/left/events")).text
        return text

    text = asyncio.run(use())
    assert '{"type":"status","text":"working"}' in text
    end = text.partition("event: es.end\ndata: ")[2]
    assert '"status":"failed"' in end
    assert '"title":"The server was restarted"' in end


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


def test_every_error_of_the_logs_is_there() -> None:
    assert set(rows("Errors")) == {error.__name__ for error in LogError.__subclasses__()}


def test_the_nginx_configuration_is_the_file_that_the_tests_use() -> None:
    assert fenced("nginx") == [(ROOT / "docs" / "nginx" / "event-streams.conf").read_text(encoding="utf-8")]
