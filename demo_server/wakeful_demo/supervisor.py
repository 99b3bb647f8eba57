"""The processes beside the relay: the server, started again whenever it dies, and nginx, if this machine has it."""

import asyncio
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

# Debian keeps nginx where ordinary users' PATH does not lead.
NGINX_FOLDERS = "/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
PATIENCE_S = 5
# A busy machine has taken seconds to start a process.
POLL_S = 0.02
POLLS = 3_000

# One process of an ordinary user's, which writes to no folder but its own.
NGINX_CONFIG = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}
}}
"""
BUFFERING = """
    server {{
        listen unix:{socket};
        location / {{
            proxy_pass http://unix:{app};
            # Buffering is nginx's default; here it also ignores that the response asks for the contrary. It speaks
            # HTTP/1.0 to the server, its default up to 1.29: a body without chunks is held until a buffer is full.
            proxy_http_version 1.0;
            proxy_set_header Connection close;
            proxy_buffering on;
            proxy_ignore_headers X-Accel-Buffering;
            proxy_buffer_size 16k;
            proxy_buffers 8 16k;
        }}
    }}
"""


class StartFailed(RuntimeError):
    """A process ended before it was ready; the message is fit for the person at the terminal."""


class AppServer:
    """The server's process. run() keeps it up; kill() kills it, and run() starts it again."""

    def __init__(self, arguments: list[str]) -> None:
        self._command = [sys.executable, "-m", "wakeful_demo.serve", *arguments]
        self._ready = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None

    async def run(self) -> None:
        """Start the server, and again whenever it ends. Raises StartFailed if it can't be started."""
        while True:
            # A session of its own: Ctrl-C in the terminal is for the parent, which then ends this one.
            self._process = process = await asyncio.create_subprocess_exec(
                *self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
            assert process.stdout is not None
            try:
                if await process.stdout.readline() != b"ready\n":
                    raise StartFailed("the server could not be started; its own words are above")
                self._ready.set()
                await process.wait()
            finally:
                self._ready.clear()
                await end(process)

    async def ready(self) -> None:
        await self._ready.wait()

    def kill(self) -> None:
        """Kill it without warning, as a power cut would. ready() waits for its successor, which is left to come up."""
        if self._ready.is_set():
            self._ready.clear()
            if self._process is not None and self._process.returncode is None:
                self._process.kill()


def find_nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path=NGINX_FOLDERS)


def configure_nginx(folder: Path, servers: str) -> Path:
    """Write a configuration into the folder, which is nginx's own; its path. servers: what stands in `http {…}`."""
    path = folder / "nginx.conf"
    path.write_text(NGINX_CONFIG.format(folder=folder, servers=servers), encoding="utf-8")
    return path


class BufferingProxy:
    """nginx with buffering on, in front of the server."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "nginx.sock"
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, app: Path) -> str:
        """Start it. An empty string, or the reason why it is not there."""
        program = find_nginx()
        if program is None:
            return "nginx is not installed"
        config = configure_nginx(self._folder, BUFFERING.format(socket=self.socket, app=app))
        self._process = process = await asyncio.create_subprocess_exec(
            program, "-p", str(self._folder), "-c", str(config), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        # nginx does not say when it listens: try until it does.
        for _ in range(POLLS):
            if process.returncode is not None:
                assert process.stderr is not None
                last_words = (await process.stderr.read()).decode("utf-8", "replace").strip().splitlines()
                return f"nginx did not start: {last_words[-1] if last_words else process.returncode}"
            with suppress(OSError):
                _, writer = await asyncio.open_unix_connection(str(self.socket))
                writer.close()
                return ""
            await asyncio.sleep(POLL_S)
        return "nginx did not begin to listen"

    async def close(self) -> None:
        if self._process is not None:
            await end(self._process)


async def end(process: asyncio.subprocess.Process) -> None:
    """Ask the process to end, insist after a while, and wait until it has."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await process.wait()
        except TimeoutError:
            process.kill()
    await process.wait()
