"""Python's built-in functions and methods, and what each becomes. To support one more, add a line and a test.

A key is "kind.method/number of arguments". In a template `$` is the object, `$1`, `$2` are the arguments, and `@name` is a
helper of runtime.mjs, which is imported when it is used. A helper is there only where JavaScript's own means
something else: `indexOf` with a negative start, `split` with a limit, `pop()` of an empty list.
"""

METHODS = {
    # list
    "list.append/1": "$.push($1)",
    "list.extend/1": "@extendList($, $1)",
    "list.insert/2": "$.splice($1, 0, $2)",
    "list.pop/0": "@popLast($)",
    "list.pop/1": "@popAt($, $1)",
    "list.clear/0": "$.length = 0",
    "list.index/1": "@listIndex($, $1)",
    "list.remove/1": "@removeItem($, $1)",
    "list.count/1": "@countItem($, $1)",
    "list.reverse/0": "$.reverse()",
    "list.copy/0": "[...$]",
    "tuple.index/1": "@listIndex($, $1)",
    "tuple.count/1": "@countItem($, $1)",
    # dict
    "dict.get/1": "$.get($1) ?? null",
    "dict.get/2": "$.get($1) ?? $2",
    "dict.items/0": "$.entries()",
    "dict.keys/0": "$.keys()",
    "dict.values/0": "$.values()",
    "dict.pop/1": "@popKey($, $1)",
    "dict.pop/2": "@popKeyOr($, $1, $2)",
    "dict.setdefault/2": "@setDefault($, $1, $2)",
    "dict.update/1": "@updateDict($, $1)",
    "dict.clear/0": "$.clear()",
    "dict.copy/0": "new Map($)",
    # set
    "set.add/1": "$.add($1)",
    "set.discard/1": "$.delete($1)",
    "set.clear/0": "$.clear()",
    "set.copy/0": "new Set($)",
    # str: what needs no idea of how long a character is
    "str.startswith/1": "$.startsWith($1)",
    "str.endswith/1": "$.endsWith($1)",
    "str.join/1": "$1.join($)",
    "str.split/1": "$.split($1)",
    "str.replace/2": "@replaceAll($, $1, $2)",
    "str.strip/1": "@strip($, $1)",
    "str.lstrip/1": "@lstrip($, $1)",
    "str.rstrip/1": "@rstrip($, $1)",
    "str.encode/0": "@encodeStrict($)",
    # bytes: binary strings
    "bytes.startswith/1": "$.startsWith($1)",
    "bytes.endswith/1": "$.endsWith($1)",
    "bytes.find/1": "$.indexOf($1)",
    "bytes.find/2": "@findFrom($, $1, $2)",
    "bytes.find/3": "@findFrom($, $1, $2, $3)",
    "bytes.rfind/1": "$.lastIndexOf($1)",
    "bytes.count/1": "@countBytes($, $1)",
    "bytes.join/1": "$1.join($)",
    "bytes.split/0": "@splitWords($)",
    "bytes.split/1": "$.split($1)",
    "bytes.split/2": "@splitMax($, $1, $2)",
    "bytes.splitlines/0": "@splitLines($)",
    "bytes.partition/1": "@partition($, $1)",
    "bytes.rpartition/1": "@rpartition($, $1)",
    "bytes.replace/2": "@replaceAll($, $1, $2)",
    "bytes.strip/0": "@strip($)",
    "bytes.lstrip/0": "@lstrip($)",
    "bytes.rstrip/0": "@rstrip($)",
    "bytes.strip/1": "@strip($, $1)",
    "bytes.lstrip/1": "@lstrip($, $1)",
    "bytes.rstrip/1": "@rstrip($, $1)",
    "bytes.lower/0": "@lowerAscii($)",
    "bytes.upper/0": "@upperAscii($)",
    "bytes.isdigit/0": "@isDigits($)",
    "bytes.hex/0": "@hexOf($)",
    "bytes.decode/0": "@decodeStrict($)",
}

# bytes.decode(…) and str.encode(…) by their literal arguments.
CODECS = {
    ("bytes", "utf-8"): "@decodeStrict($)",
    ("bytes", "utf-8", "replace"): "@decodeUtf8($)",
    ("bytes", "ascii"): "@decodeAscii($)",
    ("bytes", "latin-1"): "$",
    ("str", "utf-8"): "@encodeStrict($)",
    ("str", "ascii"): "@decodeAscii($)",
}

# A separator or a pattern must be a literal that is not empty: Python raises or inserts, JavaScript splits everywhere.
NOT_EMPTY = {"str.split/1", "bytes.split/1", "bytes.split/2", "str.replace/2", "bytes.replace/2", "bytes.partition/1",
             "bytes.rpartition/1", "bytes.find/2", "bytes.find/3", "bytes.count/1"}  # fmt: skip

# "name/arguments kinds of the arguments": one entry for each kind where they differ.
FUNCTIONS = {
    "len list": "$1.length",
    "len tuple": "$1.length",
    "len bytes": "$1.length",
    "len dict": "$1.size",
    "len set": "$1.size",
    "int int": "$1",
    "int str": "@parseInteger($1)",
    "int bytes": "@parseInteger($1)",
    "str str": "$1",
    "str int": "String($1)",
    "abs int": "Math.abs($1)",
    "bytes list": "@bytesOf($1)",
    "bytes tuple": "@bytesOf($1)",
    "bytes bytes": "$1",
    "list list": "[...$1]",
    "list tuple": "[...$1]",
    "list str": "[...$1]",
    "list set": "[...$1]",
    "list dict": "[...$1.keys()]",
    "list iterator": "[...$1]",
    "list bytes": "@byteList($1)",
    "tuple list": "[...$1]",
    "tuple tuple": "[...$1]",
    "tuple iterator": "[...$1]",
    "tuple dict": "[...$1.keys()]",
    "tuple bytes": "@byteList($1)",
    "dict": "new Map()",
    "dict dict": "new Map($1)",
    "dict list": "new Map($1)",
    "dict iterator": "new Map($1)",
    "set": "new Set()",
    "set list": "new Set($1)",
    "set tuple": "new Set($1)",
    "set set": "new Set($1)",
    "list": "[]",
    "reversed list": "[...$1].reverse()",
    "sum list": "$1.reduce((a, b) => a + b, 0)",
    "sum iterator": "[...$1].reduce((a, b) => a + b, 0)",
}

EXCEPTIONS = {
    "Exception", "ArithmeticError", "AssertionError", "IndexError", "KeyError", "LookupError", "NotImplementedError",
    "OverflowError", "RuntimeError", "StopIteration", "TypeError", "UnicodeDecodeError", "UnicodeEncodeError",
    "UnicodeError", "ValueError", "ZeroDivisionError",
}  # fmt: skip

# How to write what is refused.
NO_METHOD = {
    "str.find": "a position in text differs between Python and JavaScript: search the bytes before decoding",
    "str.index": "a position in text differs between Python and JavaScript: search the bytes before decoding",
    "str.lower": "case and white space of text differ by engine: use .lower() on bytes",
    "str.upper": "case and white space of text differ by engine: use .upper() on bytes",
    "str.strip": "white space of text differs by engine: name the characters, .strip(\" \\t\"), or strip bytes",
    "str.isdigit": '"²".isdigit() is true: test each byte against b"0123456789"',
    "str.format": "use an f-string",
    "str.splitlines": 'text has many line ends for Python: use .split("\\n")',
    "str.partition": "use .split(separator) or partition bytes",
    "dict.popitem": "dicts have no order in every engine: take a key you know",
    "list.sort": "use sorted(…), of ints, bytes or str",
}
NO_FUNCTION = {
    "getattr": "an attribute by its name in a string: a minifier renames attributes; write them out or use a dict",
    "setattr": "an attribute by its name in a string: a minifier renames attributes; write them out or use a dict",
    "hasattr": "an attribute by its name in a string: a minifier renames attributes; use None for what is absent",
    "repr": "repr(…) differs between Python and JavaScript: write what you mean with an f-string",
    "type": "type(…): use isinstance(…) or an attribute that says what it is",
    "float": "float: use int, in the smallest unit you need",
    "ord": "ord(…): work on bytes, whose items are ints",
    "chr": "chr(…): write the character, or bytes([n])",
    "range": "range(…) outside of for, a comprehension or list(…)",
    "enumerate": "enumerate(…) outside of for or a comprehension",
    "zip": "zip(…): loop over range(len(…))",
    "map": "map(…): use a list comprehension",
    "filter": "filter(…): use a list comprehension",
    "iter": "iter(…): use for",
    "next": "next(…): use for",
    "round": "round(…): use ints and //",
    "pow": "pow(…): use * or **",
    "divmod": "divmod(…): use // and %",
    "open": "files: the subset does no input or output",
    "input": "input(…): the subset does no input or output",
    "hash": "hash(…) differs in each run: use a key of your own",
    "id": "id(…): use a counter of your own",
}
NO_NODE = {
    "AsyncFunctionDef": "async: drivers do the waiting; write what they call",
    "Await": "await: drivers do the waiting; write what they call",
    "AsyncFor": "async for: drivers do the waiting; write what they call",
    "AsyncWith": "async with: drivers do the waiting; write what they call",
    "With": "with: use try/finally",
    "Match": "match: use if/elif (MicroPython has no match either)",
    "Global": "global: keep the value in an object",
    "SetComp": "a set comprehension: set([… for …])",
    "DictComp": "a dict comprehension: fill the dict in a for loop",
    "Starred": "* in a call, a list or an unpacking: name the items",
    "GeneratorExp": "a generator expression outside of any(), all(), sum(), list(), tuple() and join(): use a list",
    "TryStar": "except*: use except",
    "Delete": "del of a variable or a slice: del is for a key of a dict or an item of a list",
}  # fmt: skip

# Words that JavaScript keeps for itself: a variable of that name gets a "_" behind it.
RESERVED = set(
    "arguments await case catch const debugger default delete do enum eval export extends false function implements "
    "instanceof interface let new null package private protected public static super switch this throw true typeof "
    "undefined var void".split()
)
# What the written code relies on: a module that uses one of these names for itself is refused.
GLOBALS = {"Map", "Set", "Math", "Array", "String", "Number", "Symbol", "Object", "Error", "console"}
