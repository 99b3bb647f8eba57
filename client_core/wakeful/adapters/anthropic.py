"""Anthropic's Messages, streamed: https://docs.claude.com/en/docs/build-with-claude/streaming.

One message of content blocks, each known by its index. `message_stop` ends it; `ping` says that the connection lives;
`error` may come at any time. There is no cursor: a stream that broke off can only be asked for again.
"""

from wakeful.adapters.adapter import Part, SingleMessageAdapter
from wakeful.adapters.reading import is_object, items, sorted_text, text_at
from wakeful.document import Document, bool_of, get, int_of, length, make_object, names, put
from wakeful.records import Message

FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
TOOL_CALLS = ["tool_use", "server_tool_use", "mcp_tool_use"]


class AnthropicAdapter(SingleMessageAdapter):
    """Content blocks become parts: text, thinking (reasoning), tool calls and results; citations become sources."""

    END_TYPE = "message_stop"
    VENDOR = "anthropic"

    def __init__(self, prefix: str = "") -> None:
        super().__init__(prefix)
        self._finish = "other"
        self._totals = make_object([])
        self._inputs: dict[str, Document] = {}  # a tool's input as its block began with it, by key

    def _on_document(self, message: Message, document: Document) -> None:
        type = text_at(document, "type")
        if type == "":
            type = message.type
        if type == "content_block_delta":
            self._on_delta(document)
        elif type == "content_block_start":
            self._on_block(document)
        elif type == "content_block_stop":
            self._on_block_stop(document)
        elif type == "message_start":
            self._on_start(get(document, "message"))
        elif type == "message_delta":
            self._on_message_delta(document)
        elif type == "message_stop":
            self._on_stop()
        elif type == "error":
            self._fail_with(get(document, "error"))
        elif not is_object(document):
            self._unreadable("a message is no JSON object", document)
        elif type != "ping":
            self._extension(type, document)

    def _on_start(self, head: Document) -> None:
        self._begin(text_at(head, "id"), text_at(head, "role"))
        self._add_usage(get(head, "usage"))
        content = items(get(head, "content"))
        for at in range(len(content)):
            self._start_block(f"{at}", content[at])

    def _add_usage(self, usage: Document) -> None:
        """Cumulative: what message_delta says replaces what message_start said, name by name."""
        for name in names(usage):
            put(self._totals, name, get(usage, name))
        self._report_usage([
            ("in", get(self._totals, "input_tokens")),
            ("out", get(self._totals, "output_tokens")),
            ("cached", get(self._totals, "cache_read_input_tokens")),
        ])  # fmt: skip

    # Blocks.

    def _on_block(self, document: Document) -> None:
        self._begin()
        block = get(document, "content_block")
        key = self._key(document)
        if not is_object(block) or key in self._parts:
            self._unreadable("a content block could not be read", document)
        else:
            self._start_block(key, block)

    def _key(self, document: Document) -> str:
        return f"{int_of(get(document, 'index'), -1)}"

    def _start_block(self, key: str, block: Document) -> None:
        type = text_at(block, "type")
        if type == "text":
            part = self._start_part(key, self._mid, "text")
            self._append(part, text_at(block, "text"))
            for citation in items(get(block, "citations")):
                self._add_source(citation)
        elif type == "thinking":
            part = self._start_part(key, self._mid, "reasoning")
            self._append(part, text_at(block, "thinking"))
        elif type == "redacted_thinking":
            part = self._start_part(key, self._mid, "reasoning")
            self._about_part("redacted-thinking", part, get(block, "data"))
        elif type in TOOL_CALLS:
            self._start_part(key, self._mid, "tool-call", text_at(block, "id"), text_at(block, "name"))
            self._inputs[key] = get(block, "input")
        elif text_at(block, "tool_use_id") != "":
            self._start_result(key, block)
        else:
            self._set(self._start_part(key, self._mid, "data", "", type), block)

    def _start_result(self, key: str, block: Document) -> None:
        """Of a tool that the server runs: mcp_tool_result, web_search_tool_result and their like, whole at once."""
        content = get(block, "content")
        failed = bool_of(get(block, "is_error"), False) or text_at(content, "type").endswith("_error")
        self._set(self._start_part(key, self._mid, "tool-result", text_at(block, "tool_use_id")), content)
        if failed:
            self._end_part(key, "error")

    def _on_delta(self, document: Document) -> None:
        part = self._parts.get(self._key(document))
        delta = get(document, "delta")
        type = text_at(delta, "type")
        if part is None or not is_object(delta):
            self._unreadable("a delta is of no open content block", document)
        elif type == "text_delta":
            self._append_member(part, delta, "text", "text")
        elif type == "thinking_delta":
            self._append_member(part, delta, "thinking", "reasoning")
        elif type == "input_json_delta":
            self._append_member(part, delta, "partial_json", "tool-call")
        elif type == "citations_delta":
            self._add_source(get(delta, "citation"))
        elif type == "signature_delta":
            self._about_part("signature", part, get(delta, "signature"))
        else:
            self._about_part("delta", part, delta)

    def _append_member(self, part: Part, delta: Document, name: str, kind: str) -> None:
        piece = get(delta, name)
        if isinstance(piece, str) and part.kind == kind:
            self._append(part, piece)
        else:
            self._unreadable("a delta does not fit its content block", delta)

    def _add_source(self, citation: Document) -> None:
        self._add_part(self._mid, "source", citation)

    def _on_block_stop(self, document: Document) -> None:
        key = self._key(document)
        part = self._parts.get(key)
        if part is None:
            return  # a result that failed has ended at once
        began_with = self._inputs.get(key)
        if part.is_json and part.text == "" and length(began_with) + len(names(began_with)) > 0:
            self._append(part, sorted_text(began_with))
        self._end_part(key)

    # The end.

    def _on_message_delta(self, document: Document) -> None:
        delta = get(document, "delta")
        reason = text_at(delta, "stop_reason")
        if reason != "":
            self._finish = FINISH.get(reason, "other")
            if get(delta, "stop_sequence") is not None or get(delta, "stop_details") is not None:
                self._extension("stop", delta)
        self._add_usage(get(document, "usage"))

    def _on_stop(self) -> None:
        self._end_parts("a content block was not stopped")
        if self._mid != "":
            self._end_message(self._mid, self._finish)
        self._complete()

    def _after_end(self, message: Message) -> None:
        if message.type != "ping":
            super()._after_end(message)
