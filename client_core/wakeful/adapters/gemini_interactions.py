"""Gemini's Interactions, streamed: https://ai.google.dev/gemini-api/docs/interactions.

Steps, each known by its index, of one interaction. `interaction.completed` ends it, and `[DONE]` follows. The cursor is
the `event_id` of the last event: GET the interaction with `last_event_id`.
"""

from wakeful.adapters.adapter import Part, SingleMessageAdapter
from wakeful.adapters.reading import is_object, sorted_text, text_at
from wakeful.document import Document, bool_of, get, int_of, names
from wakeful.records import Message

FINISH = {"completed": "stop", "requires_action": "tool_calls", "incomplete": "length"}
KINDS = {"thought": "reasoning", "model_output": "text", "function_call": "tool-call"}


class GeminiInteractionsAdapter(SingleMessageAdapter):
    """Each step becomes a part: thoughts are reasoning, a model's output is text, a function call a tool call."""

    END_TYPE = "interaction.completed"
    VENDOR = "gemini"

    def _on_document(self, message: Message, document: Document) -> None:
        type = text_at(document, "event_type")
        if type == "":
            type = message.type
        id = text_at(document, "event_id")
        if id != "":
            self.cursor = id
        if type == "step.delta":
            self._on_delta(document)
        elif type == "step.start":
            self._on_start(document)
        elif type == "step.stop":
            self._end_part(self._key(document))
        elif type == "interaction.created":
            self._begin(text_at(get(document, "interaction"), "id"))
        elif type == "interaction.completed":
            self._on_completed(get(document, "interaction"))
        elif type == "error":
            self._fail_with(get(document, "error"))
        elif not is_object(document):
            self._unreadable("a message is no JSON object", document)
        elif type != "interaction.status_update":
            self._extension(type, document)

    def _key(self, document: Document) -> str:
        return f"{int_of(get(document, 'index'), -1)}"

    # Steps.

    def _on_start(self, document: Document) -> None:
        self._begin()
        key = self._key(document)
        step = get(document, "step")
        type = text_at(step, "type")
        if not is_object(step) or key in self._parts:
            self._unreadable("a step could not be read", document)
            return
        call_id = text_at(step, "call_id")
        if type.endswith("_result") or call_id != "":
            self._set(self._start_part(key, self._mid, "tool-result", call_id), get(step, "result"))
            if bool_of(get(step, "is_error"), False):
                self._end_part(key, "error")
            return
        kind = KINDS.get(type, "tool-call" if type.endswith("_call") else "data")
        id = text_at(step, "id") if kind == "tool-call" else ""
        name = text_at(step, "name")
        part = self._start_part(key, self._mid, kind, id, name if name != "" or kind != "tool-call" else type)
        if kind == "data":
            self._set(part, step)
        elif len(names(get(step, "arguments"))) > 0:
            self._append(part, sorted_text(get(step, "arguments")))

    def _on_delta(self, document: Document) -> None:
        part = self._parts.get(self._key(document))
        delta = get(document, "delta")
        type = text_at(delta, "type")
        if part is None or not is_object(delta):
            self._unreadable("a delta is of no open step", document)
        elif type == "text":
            self._append_piece(part, delta, get(delta, "text"))
        elif type == "thought_summary":
            self._append_piece(part, delta, get(get(delta, "content"), "text"))
        elif type == "arguments_delta":
            self._append_piece(part, delta, get(delta, "arguments"))
        elif type == "thought_signature":
            self._about_part("thought-signature", part, get(delta, "signature"))
        elif type == "image" or type == "audio":
            self._add_file(self._mid, get(delta, "mime_type"), "data", get(delta, "data"))
        else:
            self._about_part("delta", part, delta)

    def _append_piece(self, part: Part, delta: Document, piece: Document) -> None:
        if isinstance(piece, str) and part.kind != "data" and part.kind != "tool-result":
            self._append(part, piece)
        else:
            self._unreadable("a delta does not fit its step", delta)

    # The end.

    def _on_completed(self, interaction: Document) -> None:
        usage = get(interaction, "usage")
        self._report_usage([
            ("in", get(usage, "total_input_tokens")),
            ("out", get(usage, "total_output_tokens")),
            ("total", get(usage, "total_tokens")),
            ("reasoning", get(usage, "total_thought_tokens")),
            ("cached", get(usage, "total_cached_tokens")),
        ])  # fmt: skip
        status = text_at(interaction, "status")
        if status == "failed":
            self._fail_with(get(interaction, "error"))
        elif status == "cancelled":
            self._complete("cancelled")
        else:
            self._end_parts("a step was not stopped")
            if self._mid != "":
                self._end_message(self._mid, FINISH.get(status, "other"))
            self._complete()
