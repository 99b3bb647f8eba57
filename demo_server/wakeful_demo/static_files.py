"""Files of a folder as whole HTTP responses, so that pages under test share their origin with the plays."""

import mimetypes
from pathlib import Path
from urllib.parse import unquote

from wakeful_demo import http1
from wakeful_demo.http1 import Request

Mounts = dict[str, Path]  # URL prefix, such as "/" or "/dist/", to folder

# What browsers insist on, whatever the machine's own table says.
CONTENT_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".py": "text/x-python; charset=utf-8",
    ".wasm": "application/wasm",
    ".whl": "application/zip",
}


def mounts_of(arguments: list[str]) -> Mounts:
    """Mounts from command-line arguments: `DIR` is served at /, `/prefix=DIR` below the prefix."""
    mounts: Mounts = {}
    for argument in arguments:
        prefix, separator, folder = argument.partition("=") if argument.startswith("/") else ("", "", argument)
        if not separator:
            prefix, folder = "/", argument
        mounts[prefix.rstrip("/") + "/"] = Path(folder).resolve()
    return mounts


def response(mounts: Mounts, request: Request) -> bytes:
    """The file that a GET or HEAD names, or 404."""
    file = find(mounts, unquote(request.path)) if request.method in ("GET", "HEAD") else None
    if file is None:
        return http1.whole_response(404, [("Content-Type", "text/plain")], b"not found\n")
    content_type = CONTENT_TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    headers = [("Content-Type", content_type), ("Cache-Control", "no-store")]
    if request.method == "HEAD":
        return http1.head_bytes(200, [*headers, ("Connection", "close"), ("Content-Length", str(file.stat().st_size))])
    return http1.whole_response(200, headers, file.read_bytes())


def find(mounts: Mounts, path: str) -> Path | None:
    """The file that a URL path names under the longest mount that fits; index.html for a folder."""
    for prefix in sorted(mounts, key=len, reverse=True):
        if not path.startswith(prefix):
            continue
        root = mounts[prefix]
        file = (root / path[len(prefix) :]).resolve()
        if file.is_dir():
            file = file / "index.html"
        if file.is_relative_to(root) and file.is_file():
            return file
    return None
