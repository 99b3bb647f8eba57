"""The host of a Python lane for the server's half: run(document) gives what it found."""

import binascii
import hashlib

from portable.server_runner import run_server_suite


def run(document: list[list[list[str]]]) -> "dict[str, object]":
    digest = hashlib.sha256()
    mismatches = run_server_suite(document, lambda line: digest.update((line + "\n").encode("utf-8")))
    return {"mismatches": mismatches, "digest": binascii.hexlify(digest.digest()).decode()}
