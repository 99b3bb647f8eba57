"""A compiler from typed Python, in a subset, to JavaScript that people can read. docs/compiled.md is its manual.

A compiler that need not be clever is a translator with a phrasebook. Python itself reads the text and gives a tree: the
sum `a + b` is a BinOp with a left and a right. mypy, which checks the types anyway, knows of each node what it is: an
int, bytes, a list. This package walks the tree and writes, for each node, the JavaScript that means the same.

What "means the same" is depends on the kinds of the values, and that is all that phrasebook.txt is about: `+ int int`
is `$1 + $2`, `len bytes` is `$1.length`, `len dict` is `$1.size`, and `len str` is refused with a reason, since a
character may be two units in JavaScript. So read phrasebook.txt first, then the files in the order of their use:

__main__.py      the command: which files, what is written where
load.py          the files: Python's tree, the comments, and mypy's types by the place in the text
phrases.py       reads the phrasebook, and finds the phrase for an operation on certain kinds
kinds.py         one of a dozen words for each type
tree.py          small questions about Python's tree
expressions.py   a method on_… for each kind of expression
scopes.py        where a variable is declared
statements.py    a method on_… for each kind of statement
definitions.py   imports, functions, classes, and a module as a whole
output.py        lines of text with their comments, brackets, and the source map
declarations.py  the types, for TypeScript
runtime/         the few helpers that the written code calls; runtime.mjs exports all of them
"""
