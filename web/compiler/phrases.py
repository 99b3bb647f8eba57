"""Reads phrasebook.txt, and finds the phrase for an operation on certain kinds of values."""

from collections.abc import Callable
from pathlib import Path

Fits = Callable[[int, str], bool]


def read(path: Path) -> dict[str, list[tuple[list[str], str]]]:
    """what -> [(words for its operands, JavaScript or "! message")], in the order of the file."""
    found: dict[str, list[tuple[list[str], str]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# ") and line != "#":
            pattern, _, phrase = line.partition(" => ")
            what, *words = pattern.split(" ")
            found.setdefault(what, []).append((words, phrase))
    return found


PHRASES = read(Path(__file__).with_name("phrasebook.txt"))


def find(what: str, count: int, fits: Fits) -> str | None:
    """The first phrase whose words fit; fits(n, word) tells whether the n-th operand is what a word says."""
    for words, phrase in PHRASES.get(what, []):
        wanted = words[:-1] if words[-1:] == ["..."] else words
        if len(wanted) == count or (len(wanted) < count and wanted is not words):
            if all(
                any(all(fits(n, word) for word in either.split(":")) for either in words[n].split("/"))
                for n in range(len(wanted))
            ):
                return phrase
    return None
