"""The adapters by the names of the folders with streams: of the recordings, and of tests/adapters/streams."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from wakeful.adapters.adapter import Adapter
from wakeful.adapters.anthropic import AnthropicAdapter
from wakeful.adapters.gemini import GeminiAdapter
from wakeful.adapters.gemini_interactions import GeminiInteractionsAdapter
from wakeful.adapters.mcp import MCPAdapter
from wakeful.adapters.openai_chat import OpenAIChatAdapter
from wakeful.adapters.openai_responses import OpenAIResponsesAdapter
from wakeful.adapters.vercel_ui import VercelUIAdapter
from wakeful.document import Document
from wakeful.parser import EventStreamParser
from wakeful.records import Message

ADAPTERS: dict[str, Callable[[], Adapter]] = {
    "openai-chat": OpenAIChatAdapter,
    "openai-responses": OpenAIResponsesAdapter,
    "anthropic": AnthropicAdapter,
    "mcp": MCPAdapter,
    "ai-sdk": VercelUIAdapter,
    "gemini": GeminiAdapter,
    "gemini-interactions": GeminiInteractionsAdapter,
}
STREAMS = Path(__file__).parent / "streams"


def messages_of(body: bytes) -> tuple[list[Message], str]:
    """The messages of a body that ends after these bytes, and what stood in it outside of any event."""
    parser = EventStreamParser(1 << 24, "")
    parser.receive_data(body)
    messages = []
    while (event := parser.next_event()) is not None:
        if isinstance(event, Message):
            messages.append(event)
    return messages, parser.stray


def translate(adapter: Adapter, messages: list[Message], stray: str) -> list[Document]:
    """All payload events of a run that ends after these messages."""
    events = [event for message in messages for event in adapter.receive(message)]
    return events + adapter.receive_stray(stray) + adapter.receive_eof()
