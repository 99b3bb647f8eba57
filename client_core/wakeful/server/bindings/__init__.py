"""Drivers of the server's half: they do the waiting, and hold no policy."""
