"""The demo: a well-behaved event-stream server, a relay that misbehaves on request, and a journal of what happened."""
