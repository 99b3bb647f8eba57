"""The replay logs: one interface (interface.py) and three ways to keep it. They do I/O; the half above does not."""
