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
            names, *given = pattern.split(" ")
            for what in names.split(","):
                text = phrase.removeprefix(" ").replace("$0", SYMBOLS.get(what, what))
                found.setdefault(what, []).append((given, text))
    return found


PHRASES = read(Path(__file__).with_name("phrasebook.txt"))


def table(what: str) -> dict[str, str]:
    """The lines that begin with one word and a second: the second -> what is behind the arrow."""
    return {given[0]: phrase for given, phrase in PHRASES[what]}


def words(name: str) -> set[str]:
    return set(table("words")[name].split())


def find(what: str, count: int, fits: Callable[[int, str], bool]) -> str | None:
    """The first phrase whose words fit; fits(n, word) tells whether the n-th operand is what a word says."""
    for given, phrase in PHRASES.get(what, []):
        wanted = given[:-1] if given[-1:] == ["..."] else given
        enough = len(wanted) == count or (len(wanted) < count and wanted is not given)
        either = [[word.split(":") for word in words.split("/")] for words in wanted]
        if enough and all(any(all(fits(n, word) for word in both) for both in ways) for n, ways in enumerate(either)):
            return phrase
    return None
