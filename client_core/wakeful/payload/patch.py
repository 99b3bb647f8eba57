"""JSON Patch (RFC 6902) on documents: six operations, all of them or none.

A patch never changes the document that it is applied to: what it gives back shares all that is not on the path of an
operation. So a patch that fails has changed nothing, and a document that somebody holds stays as it is. The cost of an
operation is that of copying the containers on its path, one level each.
"""

from wakeful.document import (
    Document,
    append,
    get,
    has,
    insert,
    item_at,
    kind_of,
    length,
    names,
    put,
    remove,
    remove_item,
    replace_item,
    same_document,
    shallow_copy,
    text_of,
)
from wakeful.errors import PatchError
from wakeful.text import encode

# How deep a document may be nested that a payload holds: what a text may have (document.py), less what a snapshot puts
# around it.
MAX_LEVELS = 56


def apply_patch(document: Document, operations: Document) -> Document:
    """The document after all operations of a patch. Raises PatchError, which names the operation."""
    if kind_of(operations) != "array":
        raise PatchError("a patch is an array of operations")
    for place in range(length(operations)):
        operation = item_at(operations, place)
        word = text_of(get(operation, "op"), "")
        try:
            document = _operate(document, word, operation)
        except PatchError as error:
            raise PatchError(f"operation {place} ({word}): {error}")
    return document


def _operate(document: Document, word: str, operation: Document) -> Document:
    path = pointer_tokens(_text_member(operation, "path"))
    if word == "add":
        return _add(document, path, _value_member(operation))
    if word == "remove":
        return _remove(document, path)
    if word == "replace":
        return _replace(document, path, _value_member(operation))
    if word == "test":
        if not same_document(_find(document, path), _value_member(operation)):
            raise PatchError("the value is another")
        return document
    if word != "move" and word != "copy":
        raise PatchError("no operation of JSON Patch")
    source = pointer_tokens(_text_member(operation, "from"))
    value = _find(document, source)
    if word == "copy":
        return _add(document, path, value)
    if _is_inside(path, source):
        raise PatchError("a value cannot be moved into itself")
    return _add(_remove(document, source), path, value) if len(source) > 0 else document


def _text_member(operation: Document, name: str) -> str:
    value = get(operation, name)
    if kind_of(value) != "string":
        raise PatchError(f"{name} is missing, or no text")
    return text_of(value, "")


def _value_member(operation: Document) -> Document:
    if not has(operation, "value"):
        raise PatchError("value is missing")
    return get(operation, "value")


# Pointers: RFC 6901.


def pointer_tokens(pointer: str) -> list[str]:
    """The names and indexes of a JSON Pointer, unescaped. Raises PatchError."""
    tokens: list[str] = []
    parts = pointer.split("/")
    if parts[0] != "":
        raise PatchError("a pointer begins with a slash, or is empty")
    for place in range(1, len(parts)):
        part = parts[place]
        pieces = part.split("~")
        for at in range(1, len(pieces)):
            if not pieces[at].startswith("0") and not pieces[at].startswith("1"):
                raise PatchError("a tilde in a pointer is written ~0, a slash ~1")
        tokens.append(part.replace("~1", "/").replace("~0", "~"))
    return tokens


def _is_inside(path: list[str], source: list[str]) -> bool:
    """Whether path leads into what source leads to, but not to it."""
    if len(path) <= len(source):
        return False
    for place in range(len(source)):
        if path[place] != source[place]:
            return False
    return True


def array_index(token: str) -> int:
    """An index of an array, -1 if the token is none. RFC 6901, "Evaluation": digits, without a leading zero."""
    raw = encode(token)
    digits = raw.isdigit() and len(raw) < 10 and (len(raw) == 1 or not raw.startswith(b"0"))
    return int(token) if digits else -1


def _child(container: Document, token: str) -> Document:
    kind = kind_of(container)
    if kind == "object" and has(container, token):
        return get(container, token)
    if kind == "array":
        index = array_index(token)
        if index >= 0 and index < length(container):
            return item_at(container, index)
    raise PatchError("there is nothing at this path")


def _find(document: Document, path: list[str]) -> Document:
    for token in path:
        document = _child(document, token)
    return document


# Changes. Each copies the containers on its path, and leaves the rest where it is.


def _add(document: Document, path: list[str], value: Document) -> Document:
    if len(path) + levels_of(value, MAX_LEVELS) > MAX_LEVELS:
        raise PatchError(f"nested deeper than {MAX_LEVELS} levels")
    if len(path) == 0:
        return value
    chain = _chain(document, path)
    copied = shallow_copy(chain[len(chain) - 1])
    token = path[len(path) - 1]
    kind = kind_of(copied)
    if kind == "object":
        put(copied, token, value)
    elif kind != "array":
        raise PatchError("there is nothing at this path")
    elif token == "-":
        append(copied, value)
    else:
        index = array_index(token)
        if index < 0 or index > length(copied):
            raise PatchError("there is no such place in the array")
        insert(copied, index, value)
    return _rebuilt(chain, path, copied)


def _remove(document: Document, path: list[str]) -> Document:
    if len(path) == 0:
        raise PatchError("the whole document cannot be removed")
    _find(document, path)
    chain = _chain(document, path)
    copied = shallow_copy(chain[len(chain) - 1])
    token = path[len(path) - 1]
    if kind_of(copied) == "object":
        remove(copied, token)
    else:
        remove_item(copied, array_index(token))
    return _rebuilt(chain, path, copied)


def _replace(document: Document, path: list[str], value: Document) -> Document:
    if len(path) + levels_of(value, MAX_LEVELS) > MAX_LEVELS:
        raise PatchError(f"nested deeper than {MAX_LEVELS} levels")
    _find(document, path)
    if len(path) == 0:
        return value
    chain = _chain(document, path)
    chain.append(value)
    return _rebuilt(chain, path, value)


def _chain(document: Document, path: list[str]) -> "list[Document]":
    """The containers from the root to the one that the last token is in."""
    chain = [document]
    for place in range(len(path) - 1):
        document = _child(document, path[place])
        chain.append(document)
    return chain


def _rebuilt(chain: "list[Document]", path: list[str], changed: Document) -> Document:
    """The root with the last container changed, and those above it copied."""
    for place in range(len(chain) - 2, -1, -1):
        container = shallow_copy(chain[place])
        if kind_of(container) == "object":
            put(container, path[place], changed)
        else:
            replace_item(container, array_index(path[place]), changed)
        changed = container
    return changed


def levels_of(value: Document, most: int) -> int:
    """How deep a document is nested: 0 for a text or number, 1 for an empty object; most + 1 for all that is deeper."""
    kind = kind_of(value)
    if kind != "object" and kind != "array":
        return 0
    deepest = 0
    if most > 0 and kind == "object":
        for name in names(value):
            deepest = max(deepest, levels_of(get(value, name), most - 1))
    elif most > 0:
        for at in range(length(value)):
            deepest = max(deepest, levels_of(item_at(value, at), most - 1))
    return deepest + 1
