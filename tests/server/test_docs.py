"""docs/server.md says what is so: its code runs, its tables name every option, its nginx file is the tests' own."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from server.surroundings import ROOT
from wakeful.server import LogLimits, ServerOptions

PAGE = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def rows(heading: str) -> dict[str, str]:
    """Name to default, of the table below a heading."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", section, re.MULTILINE))


def written(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else f"`{value}`" if value else "empty"


def test_the_three_lines_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(fenced("python")[0], "server.md", "exec"), names)

    async def use() -> str:
        await names["produce"]("two words")  # type: ignore[operator]
        transport = httpx.ASGITransport(app=names["app"])  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://a.test") as client:
            text = (await client.get("/runs/run-7/events")).text
        await names["log"].close()  # type: ignore[attr-defined]
        return text

    text = asyncio.run(use())
    assert '{"type":"status","text":"two"}' in text
    assert "event: es.end" in text


def test_every_option_is_there_with_its_default() -> None:
    assert rows("Options") == {name: written(value) for name, value in vars(ServerOptions()).items()}


def test_every_limit_is_there_with_its_default() -> None:
    limits = LogLimits()
    assert rows("The logs") == {name: written(getattr(limits, name)) for name in LogLimits.FIELDS}


def test_the_nginx_configuration_is_the_file_that_the_tests_use() -> None:
    assert fenced("nginx") == [(ROOT / "docs" / "nginx" / "event-streams.conf").read_text(encoding="utf-8")]
