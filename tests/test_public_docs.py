"""Every public name says what it is, what it is given and what it raises; in TypeScript, too."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import wakeful
import wakeful.adapters
import wakeful.payload
import wakeful.server
from wakeful.bindings.asyncio import AsyncStream
from wakeful.bindings.connect import Connection
from wakeful.bindings.stream import OpenStream
from wakeful.bindings.sync import Stream
from wakeful.options import NUMBERS

TYPES = Path(__file__).parent.parent / "web" / "dist" / "types"
Found = type | Callable[..., object]


def public() -> dict[str, Found]:
    found: dict[str, Found] = {"AsyncStream": AsyncStream, "Connection": Connection, "Stream": Stream}
    for package in (wakeful, wakeful.payload, wakeful.server):
        found |= {f"{package.__name__}.{name}": getattr(package, name) for name in package.__all__}
    for file in pkgutil.iter_modules(wakeful.adapters.__path__):
        module = importlib.import_module(f"wakeful.adapters.{file.name}")
        found |= {f"{file.name}.{name}": value for name, value in vars(module).items() if name.endswith("Adapter")}
    return found


PUBLIC = public()
ERRORS = {
    name.rpartition(".")[2]
    for name, value in PUBLIC.items()
    if isinstance(value, type) and issubclass(value, Exception)
}
CLASSES = {name: value for name, value in PUBLIC.items() if inspect.isclass(value)}


def lineage(of: type) -> list[type]:
    """It and its bases, as far as they are ours."""
    return [each for each in of.__mro__ if each.__module__.startswith("wakeful.")]


def members(of: type) -> Iterator[tuple[str, object, str]]:
    """Name, value, and what it and those that it overrides say, of each public method and property."""
    for name in dir(of):
        holders = [each.__dict__[name] for each in lineage(of) if name in each.__dict__]
        if not name.startswith("_") and holders and (callable(holders[0]) or isinstance(holders[0], property)):
            yield name, holders[0], "\n".join(holder.__doc__ or "" for holder in holders)


def said_by(of: type) -> str:
    made = [vars(each)["__init__"] for each in lineage(of) if "__init__" in vars(each)]
    return "\n".join(each.__doc__ or "" for each in [*lineage(of), *made])


def unsaid(parameters_of: object, text: str) -> list[str]:
    """Its parameters that the text does not name."""
    assert callable(parameters_of)
    names = [name for name in inspect.signature(parameters_of).parameters if name != "self"]
    return [name for name in names if not re.search(rf"\b{name}\b", text)]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_says_what_it_is_and_is_given(name: str) -> None:
    value = PUBLIC[name]
    assert (value.__doc__ or "").strip() != ""
    if inspect.isclass(value):
        internal = issubclass(value, Exception) or value in (AsyncStream, Connection, Stream)  # others make them
        assert internal or unsaid(value, said_by(value)) == []
    else:
        assert unsaid(value, value.__doc__ or "") == []


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_member_says_what_it_is_and_is_given(name: str) -> None:
    of = CLASSES[name]
    found = list(members(of))
    assert [member for member, _, text in found if text.strip() == ""] == []
    lacking = {
        member: unsaid(value, text + said_by(of)) for member, value, text in found if not isinstance(value, property)
    }
    assert {member: names for member, names in lacking.items() if names} == {}


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_member_says_what_it_raises(name: str) -> None:
    of = CLASSES[name]
    lacking = {}
    for member, value, text in members(of):
        source = textwrap.dedent(inspect.getsource(value.fget if isinstance(value, property) else value))  # type: ignore[arg-type]
        raised = set(re.findall(r"^\s+raise (\w+)\(", source, re.MULTILINE)) & ERRORS
        lacking[member] = sorted(error for error in raised if error not in text + said_by(of))
    assert {member: errors for member, errors in lacking.items() if errors} == {}


def test_the_stream_of_python_pages_says_it_too() -> None:
    """It cannot be imported here: its base is that of the others, and the rest is read from its source."""
    tree = ast.parse((Path(wakeful.__file__).parent / "bindings" / "fetch.py").read_text("utf-8"))
    [found] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "PageStream"]
    assert [ast.unparse(base) for base in found.bases] == [OpenStream.__name__]
    functions = [node for node in found.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    own = [node for node in functions if not node.name.startswith("_")]
    assert own != []
    assert [node.name for node in own if not ast.get_docstring(node)] == []


EXPORT = re.compile(r"export (?:declare )?(?:abstract )?(?:class|interface|function|type|const) (\w+)")
MEMBER = re.compile(r"    (?:static |readonly |get |set |abstract )*(\w+)\??[(:<]")
# Of EventTarget, which declares them once more; and of EventSource, which has them for those that know their numbers.
PLATFORM = {"addEventListener", "removeEventListener", "constructor", "CONNECTING", "OPEN", "CLOSED"}


def undocumented(file: Path) -> list[str]:
    """What it exports without a comment, and each member that has none and is not named (`so`) in its holder's."""
    found = []
    holder = comment = ""
    above: dict[str, str] = {}  # of an interface, also what stands above the class of its name
    for line in file.read_text("utf-8").splitlines():
        exported, member = EXPORT.match(line), MEMBER.match(line)
        if not line.startswith((" ", "/", "}")) and not exported:
            holder = ""
        if line.strip().startswith(("/**", "*")):
            comment = line if line.strip().startswith("/**") else comment + line
            continue
        if exported:
            holder = exported[1]
            above[holder] = above.get(holder, "") + comment
            known = file.name == "errors.d.ts" and line.startswith("export declare const")  # its interface stands above
            found += [] if comment or known else [f"{file.name}: {holder}"]
        elif holder and member and not comment and member[1] not in PLATFORM and f"`{member[1]}`" not in above[holder]:
            found.append(f"{file.name}: {holder}.{member[1]}")
        comment = ""
    return found


@pytest.mark.node
def test_every_declaration_of_the_npm_package_has_a_comment() -> None:
    files = sorted(TYPES.rglob("*.d.ts"))
    assert files != []
    assert [name for file in files for name in undocumented(file)] == []


def test_the_pages_options_say_their_defaults() -> None:
    source = (TYPES.parents[1] / "src" / "init.ts").read_text("utf-8")
    for name, least in NUMBERS:
        default = getattr(wakeful.Options("http://a.test/"), name)
        [comment] = re.findall(rf"/\*\* (.*) \*/\n  {re.sub('_(.)', lambda found: found[1].upper(), name)}\?:", source)
        assert default == least or f"{default:,}" in comment, name
