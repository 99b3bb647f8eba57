"""A compiler from typed Python, in a subset, to JavaScript. See docs/compiled.md."""
