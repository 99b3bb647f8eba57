"""Reads phrasebook.txt, and finds the phrase for an operation on certain kinds of values."""

from collections.abc import Callable
from pathlib import Path

SYMBOLS = {"==": "===", "!=": "!==", "is": "===", "isnot": "!==", "in": "", "notin": "!"}


def read(path: Path) -> dict[str, list[tuple[list[str], str]]]:
    """what -> [(words for its operands, JavaScript or "! message")], in the order of the file."""
    found: dict[str, list[tuple[list[str], str]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pattern, _, phrase = line.partition(" =>")
            names, *words = pattern.split(" ")
            for what in names.split(","):
                found.setdefault(what, []).append(
                    (words, phrase.removeprefix(" ").replace("$0", SYMBOLS.get(what, what)))
                )
    return found


PHRASES = read(Path(__file__).with_name("phrasebook.txt"))


def words(name: str) -> set[str]:
    return set(next(phrase for given, phrase in PHRASES["words"] if given == [name]).split())


def find(what: str, count: int, fits: Callable[[int, str], bool]) -> str | None:
    """The first phrase whose words fit; fits(n, word) tells whether the n-th operand is what a word says."""
    for given, phrase in PHRASES.get(what, []):
        wanted = given[:-1] if given[-1:] == ["..."] else given
        enough = len(wanted) == count or (len(wanted) < count and wanted is not given)
        if enough and all(fits_one(n, word, fits) for n, word in enumerate(wanted)):
            return phrase
    return None


def fits_one(n: int, words: str, fits: Callable[[int, str], bool]) -> bool:
    return any(all(fits(n, word) for word in either.split(":")) for either in words.split("/"))
