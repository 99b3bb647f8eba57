"""Adapters: the event streams of others as payload events of Wakeful, with an end that is known for what it is.

Import the one that you need: `from wakeful.adapters.anthropic import AnthropicAdapter`. docs/adapters.md has a table
for each dialect: what becomes what, how it ends, and how a cut is seen.
"""
