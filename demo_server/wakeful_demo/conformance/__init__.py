"""Drives any client of event streams through the scenarios, over real sockets, and scores it clause by clause.

    python -m wakeful_demo.conformance --client "node spec/conformance/eventsource.mjs"

The client under test is a small HTTP service around it; spec/conformance/README.md says what such a service does.
"""
