"""Modules in the subset, to run on both sides: each function without parameters is a case."""
