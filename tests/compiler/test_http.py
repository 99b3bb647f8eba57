"""What HTTP and positions are judged by, compiled (with native bodies), gives what it gives on CPython."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wakeful import cursor, http, request

from .conftest import Node, plain

pytestmark = pytest.mark.node

CORE = Path(__file__).parents[2] / "web" / "build" / "core"


def made_of(*pieces: str) -> st.SearchStrategy[str]:
    """Texts that are nearly right: of these pieces, and now and then of anything."""
    odd = st.sampled_from(
        ["", " ", "\t", "\n", "\0", "é", "ſ", "K", "😀", "\x7f", "\\", ";", ",", "À", "0" * 20, "9" * 400]
    )
    return st.lists(st.sampled_from(pieces) | odd, max_size=8).map("".join)


URLS = made_of(
    "http", "https", "HTTP", "://", "a.test", "A.test", ":80", ":443", "/", "//", "?", "#", "@", "user:", "[::1]"
)
DATES = st.tuples(
    *[
        st.sampled_from(part)
        for part in (
            ("Sun,", "Thu,", "", "x\n"), ("06", "31", "29", "6", "0", "32", "x"), ("Nov", "Feb", "Dec", "nov", "anF"),
            ("1994", "2024", "1969", "9999", "10000", "0000002000"),
            ("08:49:37", "23:59:60", "24:00:00", "0:0:0", "1:2", "1:2:3:4"),
            ("GMT", "UTC", "GMT "),
        )
    ]
).map(" ".join)  # fmt: skip
IDS = made_of("k", "3f9", "_", "-", ".", "~", "0", "1", "00", "999999999999999", "x" * 33, "k.1", "k.1~a")


@pytest.fixture(scope="module")
def core() -> Iterator[Node]:
    assert (CORE / "wakeful" / "http.mjs").exists(), "`make build` compiles the core"
    process = Node(CORE)
    yield process
    process.stop()


def same(core: Node, module: ModuleType, name: str, *arguments: object) -> None:
    wanted = plain(getattr(module, name)(*arguments))
    assert core.call(module.__name__, name, *arguments) == wanted


@given(made_of("text", "/", "event-stream", "TEXT", "a" * 97, "charset=utf-8"))
@example("text/" + "a" * 95)
@example("text/" + "a" * 96)
def test_media_types(core: Node, text: str) -> None:
    same(core, http, "media_type", text)
    same(core, http, "normalized_method", text)


@given(made_of("post", "GET", "Head", "delete", "ſ", "patch"))
def test_methods(core: Node, text: str) -> None:
    same(core, http, "normalized_method", text)
    same(core, http, "is_token", text)
    same(core, http, "is_field_value", text)
    same(core, request, "escaped", text)


@given(st.binary(max_size=6))
def test_bytes(core: Node, raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    same(core, http, "is_token", text)
    same(core, http, "is_field_value", text)
    same(core, http, "digits", raw)
    same(core, request, "escaped", text)


@given(made_of("0", "1", "12", "999999999999", "1000000000000", "٣", "+", "_"))
def test_digits(core: Node, text: str) -> None:
    same(core, http, "digits", text.encode())


NOWS = st.integers(0, 7_000_000_000)


@given(DATES | made_of("Sun, 06 Nov 1994", " 08:49:37", " GMT", "Sunday, ", "06-Nov-94", "Sun Nov  6", " 1994"), NOWS)
@example("Sunday, 06 Nov 1994 08:49:37 GMT", 0)
@example("Sun,day, 06-Nov-94 08:49:37 GMT", 0)
@example("day, 06-Nov-94 08:49:37 GMT", 0)
@example("Sun, 06-Nov-94 08:49:37 GMT", 0)
@example("Sun, 06 Nov 94 08:49:37 GMT", 0)
@example("Sun Nov 06 08:49:37 1994", 0)
@example("Sun Nov 6  08:49:37 1994", 0)
@example("Sun Nov    08:49:37 1994", 0)
def test_dates(core: Node, text: str, now: int) -> None:
    same(core, http, "parse_date", text.encode(), now)


@given(st.datetimes(datetime(1960, 1, 1), datetime(9999, 12, 31)), st.sampled_from(["", "Sun", "Mon", "Tue"]), NOWS)
@example(datetime(2000, 2, 29), "", 0)
@example(datetime(2023, 2, 28), "", 0)
def test_dates_of_the_calendar(core: Node, time: datetime, day: str, now: int) -> None:
    time = time.replace(tzinfo=UTC, microsecond=0)
    text = format_datetime(time, usegmt=True)
    same(core, http, "parse_date", text.encode(), now)
    same(core, http, "parse_date", (day + text[3:]).encode(), now)
    same(core, http, "parse_date", f"{time:%A, %d-%b-%y %H:%M:%S GMT}".encode(), now)
    asctime = f"{time:%a %b %e %H:%M:%S} {time.year}".encode()
    assert http.parse_date(asctime, now) == http.parse_date(text.encode(), now)
    same(core, http, "parse_date", asctime, now)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2150, 12, 31)), st.integers(-49, 49))
def test_years_of_two_digits(core: Node, now: datetime, years: int) -> None:
    """RFC 9110, "Date/Time Formats": at most 50 years ahead."""
    time = now.replace(year=now.year + years, day=min(now.day, 28), tzinfo=UTC, microsecond=0)
    text = f"{time:%A, %d-%b-%y %H:%M:%S GMT}".encode()
    assert http.parse_date(text, int(now.replace(tzinfo=UTC).timestamp())) == int(time.timestamp())


@given(URLS, st.sampled_from(["http://a.test/s", "https://user:x@A.test:443?x#y", "http://[::1]:8080"]))
def test_origins(core: Node, url: str, home: str) -> None:
    same(core, http, "origin", url)
    same(core, http, "local_url", url, home)


@given(IDS)
@example("k." + "9" * 15 + "~" + "x" * 64)
@example("k." + "9" * 16)
def test_positions(core: Node, text: str) -> None:
    same(core, cursor, "is_epoch", text)
    wanted = cursor.position_of(text)
    found = core.call("wakeful.cursor", "position_of", text)
    assert found == (None if wanted is None else {"epoch": wanted.epoch, "seq": wanted.seq})
