"""Over HTTP/2, from nginx with TLS: streams share one connection, and each of them is cut and closed alone."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from page_errors import PageErrors
from plays import HOLD, STREAM, journal, play
from server.cluster import nginx_program, start_nginx, until_listening
from server.redis_process import free_port
from wakeful_demo.plays import PlayThread

# What the play server is told of the connection that a request came over is in its journal.
SERVER = """
    # Whatever the browser takes its time for, it is not nginx that ends a connection.
    keepalive_timeout 1h;
    proxy_read_timeout 1h;
    server {{
        listen 127.0.0.1:{port} ssl http2;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        location / {{
            proxy_pass {plays};
            proxy_http_version 1.1;
            proxy_buffering off;
            proxy_set_header Connection "";
            proxy_set_header X-Protocol $server_protocol;
            proxy_set_header X-Connection $connection;
        }}
    }}
"""


@pytest.fixture(scope="module")
def secure_url(plays: PlayThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The play server behind TLS and HTTP/2."""
    program = nginx_program()
    folder = tmp_path_factory.mktemp("nginx")
    make_certificate(folder)
    port = free_port()
    with start_nginx(program, folder, SERVER.format(folder=folder, port=port, plays=plays.url)) as nginx:
        try:
            until_listening(f"http://127.0.0.1:{port}/", nginx)  # it answers plain HTTP, too: by a 400
            yield f"https://127.0.0.1:{port}"
        finally:
            nginx.terminate()


def make_certificate(folder: Path) -> None:
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subject = ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, *subject, "-keyout", key, "-out", certificate], check=True, capture_output=True)


@pytest.fixture
def secure_page(new_context: Callable[..., BrowserContext], secure_url: str) -> Page:
    page = new_context(ignore_https_errors=True).new_page()
    page.goto(f"{secure_url}/pages/wire.html")
    return page


def test_a_cut_stream_resumes(secure_page: Page, secure_url: str, plays: PlayThread, page_errors: PageErrors) -> None:
    page_errors.allow("ERR_HTTP2_PROTOCOL_ERROR|plays/")
    url = play(
        plays,
        [STREAM, {"data": "id: 1\ndata: a\n\n"}, {"gate": "cut"}, {"cut": True}],
        [STREAM, {"data": "id: 2\ndata: b\n\n"}, HOLD],
    )
    secure_page.evaluate(
        """(url) => {
          window.log = [];
          window.source = new WakefulSource(url);
          source.onerror = () => log.push(source.readyState);
          source.onmessage = (event) => log.push(event.data);
        }""",
        url.replace(plays.url, secure_url),
    )
    secure_page.wait_for_function("log.at(-1) === 'a'")
    secure_page.evaluate(
        "(gate) => fetch(gate, { method: 'POST' })", url.replace(plays.url, "").replace("stream", "gates/cut")
    )
    secure_page.wait_for_function("log.at(-1) === 'b'")
    assert secure_page.evaluate("log") == ["a", 0, "b"]
    secure_page.evaluate("source.close()")
    first, second = journal(url, closed=2)
    assert [c["headers"].get("last-event-id") for c in (first, second)] == [None, "1"]
    assert first["headers"]["x-protocol"] == second["headers"]["x-protocol"] == "HTTP/2.0"
    assert first["headers"]["x-connection"] == second["headers"]["x-connection"]  # only the stream was cut
    assert second["closed_by"] == "client"


def test_more_streams_than_http_1_has_connections(secure_page: Page, secure_url: str, plays: PlayThread) -> None:
    """Browsers open six HTTP/1.1 connections to a host: a seventh stream waits. Here ten share one."""
    urls = [play(plays, [STREAM, {"data": f"data: {number}\n\n"}, HOLD]) for number in range(10)]
    got = secure_page.evaluate(
        """(urls) => Promise.all(urls.map((url) => new Promise((resolve) => {
          const source = new WakefulSource(url);
          source.onmessage = (event) => resolve([event.data, source]);
        }))).then((all) => all.map(([data, source]) => { source.close(); return data; }))""",
        [url.replace(plays.url, secure_url) for url in urls],
    )
    assert got == [str(number) for number in range(10)]
    connections = [journal(url, closed=1)[0] for url in urls]
    assert {connection["closed_by"] for connection in connections} == {"client"}
    assert len({connection["headers"]["x-connection"] for connection in connections}) == 1
