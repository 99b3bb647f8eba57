"""The script tag where a page is not free to do everything: strict CSP, a sandbox, a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from page_errors import PageErrors
from plays import HOLD, STREAM
from wakeful_demo.plays import PlayThread

DIST = Path(__file__).parent.parent / "web" / "dist"
HTML = '<!doctype html><link rel="icon" href="data:,"><script src="{src}"></script>'

FIRST_MESSAGE = """([url, init]) => new Promise((resolve) => {
  const source = new WakefulSource(url, init);
  source.onerror = () => resolve([source.failed?.message ?? source.state]);
  source.onmessage = ({ data, origin }) => {
    source.close();
    resolve([data, origin]);
  };
})"""


def stream(plays: PlayThread) -> str:
    return plays.url_of(plays.create([[STREAM, {"data": "data: a\n\n"}, HOLD]], cors=True))


def page_under(plays: PlayThread, policy: str) -> str:
    """A page with this Content-Security-Policy."""
    headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": policy}
    html = HTML.format(src="/dist/wakeful.js")
    return plays.url_of(plays.create([[{"head": {"status": 200, "headers": headers}}, {"data": html}]]))


@pytest.mark.parametrize("worker", [False, True])
def test_a_strict_policy(page: Page, plays: PlayThread, worker: bool) -> None:
    """Scripts, workers and connections of the own origin only, no inline code, no eval, Trusted Types enforced."""
    own = "script-src 'self'; worker-src 'self'; connect-src 'self'; img-src data:"
    page.goto(
        page_under(plays, f"default-src 'none'; {own}; require-trusted-types-for 'script'; trusted-types wakeful")
    )
    for _ in range(2):  # a policy of one name can be made once
        assert page.evaluate(FIRST_MESSAGE, [stream(plays), {"worker": worker}]) == ["a", plays.url]


@pytest.mark.parametrize(
    ("policy", "worker"),
    [
        ("default-src *", "/dist/missing.js"),
        ("script-src 'self'; worker-src 'none'", True),
        ("require-trusted-types-for 'script'; trusted-types other", True),
    ],
    ids=["missing", "no-workers", "no-trusted-types"],
)
def test_a_worker_that_cannot_be_had(
    page: Page, page_errors: PageErrors, plays: PlayThread, policy: str, worker: bool | str
) -> None:
    """It is told as a failure, whatever part of it is missing."""
    page_errors.allow("(?i)policy|404|not found|missing.js|wakeful.worker.js")  # what browsers say of it
    page.goto(page_under(plays, policy))
    [message] = page.evaluate(FIRST_MESSAGE, [stream(plays), {"worker": worker}])
    assert message.startswith("The connection failed: network (the worker could not be loaded")


def test_a_sandbox(page: Page, plays: PlayThread) -> None:
    """Its origin is opaque: every stream is one of another origin."""
    page.goto(page_under(plays, "sandbox allow-scripts"))
    assert page.evaluate("self.origin") == "null"
    assert page.evaluate(FIRST_MESSAGE, [stream(plays), {}]) == ["a", plays.url]


def test_a_file(page: Page, plays: PlayThread, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(HTML.format(src=(DIST / "wakeful.js").as_uri()))
    page.goto((tmp_path / "page.html").as_uri())
    assert page.evaluate(FIRST_MESSAGE, [stream(plays), {}]) == ["a", plays.url]
