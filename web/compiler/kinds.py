"""From mypy's types to kinds: the short list of words by which a phrase is chosen.

A value of a union has several kinds: `str | None` is {"str", "none"}. Code that mypy holds to be unreachable has none.
"""

from mypy import types as T
from mypy.nodes import TypeInfo
from mypy.types_utils import remove_optional

from compiler.phrases import table

KINDS = table("kind")
# Kinds whose truth is the same in both languages: "", 0, False and None are false, an object is true.
NATIVE_TRUTH = {"str", "bytes", "int", "bool", "none", "object", "function", "class"}
# Kinds that === compares as Python's == does.
PLAIN = {"str", "bytes", "int", "bool", "none"}


def kinds_of(given: T.Type | None) -> frozenset[str]:
    proper = T.get_proper_type(given)
    if isinstance(proper, T.UnionType):
        return frozenset().union(*map(kinds_of, proper.items))
    if isinstance(proper, T.LiteralType):
        return kinds_of(proper.fallback)
    if isinstance(proper, T.Instance):
        return frozenset({KINDS.get(proper.type.fullname, "object")})
    if isinstance(proper, T.FunctionLike):
        return frozenset({"class" if proper.is_type_obj() else "function"})
    unknown = proper is None or isinstance(proper, T.UninhabitedType)
    return frozenset() if unknown else frozenset({KINDS.get(type(proper).__name__, "any")})


def without_none(given: T.Type | None) -> T.ProperType | None:
    return T.get_proper_type(remove_optional(given)) if given else None


def inner_kinds(given: T.Type | None, place: int = 0) -> frozenset[str]:
    """The kinds of a list's items, or of a dict's keys (0) or values (1)."""
    proper = without_none(given)
    if isinstance(proper, T.TupleType):
        return frozenset().union(*map(kinds_of, proper.items))
    return kinds_of(proper.args[place]) if isinstance(proper, T.Instance) and len(proper.args) > place else frozenset()


def class_of(given: T.Type | None) -> TypeInfo | None:
    proper = without_none(given)
    return proper.type if isinstance(proper, T.Instance) else None
