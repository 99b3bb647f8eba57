"""A compiler from typed Python, in a subset, to JavaScript that people can read. docs/compiled.md is its manual.

A compiler that need not be clever is a translator with a phrasebook. Python itself reads the text and gives a tree: the
sum `a + b` is a BinOp with a left and a right. mypy, which checks the types anyway, knows of each node what it is: an
int, bytes, a list. This package walks the tree and writes, for each node, the JavaScript that means the same.

What "means the same" is depends on the kinds of the values, and that is all that phrasebook.txt is about: `+ int int`
is `$1 + $2`, `len bytes` is `$1.length`, `len dict` is `$1.size`, and `len str` is refused with a reason, since a
character may be two units in JavaScript. So read phrasebook.txt first, then the files in the order of their use:

load.py          the files: Python's tree, the comments, and mypy's types by the place in the text
kinds.py         one of a dozen words for each type
phrases.py       finds the phrase for an operation on certain kinds
proofs.py        which ints are never negative, and which indexes cannot be out of range, so that no check is written
scopes.py        where a variable is declared
expressions.py   a method on_… for each kind of expression
statements.py    and of statement
definitions.py   imports, functions, classes, and a module as a whole
declarations.py  the types, for TypeScript
output.py        lines of text, and the source map
runtime/         the few helpers that the written code calls
"""
