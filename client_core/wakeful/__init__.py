"""Wakeful: a client for Server-Sent Events that stays right when the network does not.

The core (Client, EventStreamParser and what they take and give) does no I/O. parse() and aparse() read bytes that you
have; connect() reads a URL: over httpx2 or httpx for asyncio and for plain code, over fetch in a Python page.
"""

from wakeful.bindings.chunks import aparse, parse
from wakeful.bindings.connect import connect
from wakeful.client import Client
from wakeful.errors import EventTooLarge, OptionError, UsageError, WakefulError
from wakeful.explain import StreamFailed, StreamReset, explain
from wakeful.hello import Hello
from wakeful.options import Options
from wakeful.outcome import Outcome, Problem
from wakeful.parser import EventStreamParser
from wakeful.records import (
    Cancel,
    Comment,
    Connect,
    Disconnect,
    Failure,
    Message,
    ProtocolWarning,
    RequestToken,
    Reset,
    Response,
    StateChange,
)
from wakeful.stats import Stats

__all__ = [
    "Cancel",
    "Client",
    "Comment",
    "Connect",
    "Disconnect",
    "EventStreamParser",
    "EventTooLarge",
    "Failure",
    "Hello",
    "Message",
    "OptionError",
    "Options",
    "Outcome",
    "Problem",
    "ProtocolWarning",
    "RequestToken",
    "Reset",
    "Response",
    "StateChange",
    "Stats",
    "StreamFailed",
    "StreamReset",
    "UsageError",
    "WakefulError",
    "aparse",
    "connect",
    "explain",
    "parse",
]

__version__ = "0.1.0"
