"""Vercel's UI message stream, version 1: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol.

One message of parts, in steps. `[DONE]` ends the stream, and without it the stream is cut, even after `finish`. An
`error` part makes the run fail, an `abort` part cancels it. A resumed stream begins anew: give it a new adapter.
"""

from wakeful.adapters.adapter import DONE, Part, SingleMessageAdapter
from wakeful.adapters.reading import as_text, sorted_text, text_at
from wakeful.document import Document, bool_of, get, has, parse_document, same_document
from wakeful.errors import DocumentError
from wakeful.outcome import Problem
from wakeful.records import Message

FINISH = {
    "stop": "stop",
    "length": "length",
    "tool-calls": "tool_calls",
    "content-filter": "content_filter",
    "error": "error",
}
# What says no more than where in the message a reader is.
STEPS = ["start-step", "finish-step"]


class VercelUIAdapter(SingleMessageAdapter):
    """Its parts are nearly ours: text, reasoning, tool input and output, sources, files, data."""

    END_DATA = DONE
    VENDOR = "vercel"

    def __init__(self, prefix: str = "") -> None:
        super().__init__(prefix)
        self._finish = "other"
        self._cancelled = False
        self._problem: Problem | None = None

    def _on_document(self, message: Message, document: Document) -> None:
        type = text_at(document, "type")
        if type == "":
            self._unreadable("a part has no type", document)
        elif type.startswith("text-"):
            self._on_text("text", type, document)
        elif type.startswith("reasoning-"):
            self._on_text("reasoning", type, document)
        elif type.startswith("tool-input-"):
            self._on_input(type, document)
        elif type.startswith("tool-output-"):
            self._on_output(type, document)
        elif type.startswith("data-"):
            self._on_data(type, document)
        elif type == "source-url" or type == "source-document":
            self._begin()
            self._add_part(self._mid, "source", document)
        elif type == "file":
            self._begin()
            self._add_file(self._mid, get(document, "mediaType"), "url", get(document, "url"))
        else:
            self._on_run(type, document)

    def _on_run(self, type: str, document: Document) -> None:
        if type == "start":
            self._begin(text_at(document, "messageId"))
        elif type == "finish":
            self._finish = FINISH.get(text_at(document, "finishReason"), "other")
        elif type == "error":
            self._problem = Problem(
                "upstream-failed", "the server reported an error", 0, text_at(document, "errorText")
            )
        elif type == "abort":
            self._cancelled = True
        elif type == "tool-approval-request":
            self._emit("input.request", [
                ("rid", text_at(document, "approvalId")),
                ("kind", "approval"),
                ("callId", text_at(document, "toolCallId")),
            ])  # fmt: skip
        elif type not in STEPS:
            self._extension(type, document)
        metadata = get(document, "messageMetadata")
        if metadata is not None and type != "message-metadata":
            self._extension("message-metadata", metadata)

    def _on_metadata(self, part: Part, document: Document) -> None:
        """Signatures and the like."""
        metadata = get(document, "providerMetadata")
        if metadata is not None:
            self._about_part("provider-metadata", part, metadata)

    # Text and reasoning. The ids of one kind may come again in another step.

    def _on_text(self, kind: str, type: str, document: Document) -> None:
        self._begin()
        key = f"{kind}/{text_at(document, 'id')}"
        part = self._parts.get(key)
        if type == f"{kind}-start" and part is None:
            self._on_metadata(self._start_part(key, self._mid, kind), document)
        elif type == f"{kind}-delta" and part is not None and isinstance(get(document, "delta"), str):
            self._append(part, text_at(document, "delta"))
            self._on_metadata(part, document)
        elif type == f"{kind}-end" and part is not None:
            self._on_metadata(part, document)
            self._end_part(key)
        else:
            self._unreadable(f"a {kind} part could not be read", document)

    # Tools.

    def _on_input(self, type: str, document: Document) -> None:
        self._begin()
        id = text_at(document, "toolCallId")
        key = f"call/{id}"
        part = self._parts.get(key)
        if id == "" or (type == "tool-input-delta" and not isinstance(get(document, "inputTextDelta"), str)):
            self._unreadable("a tool's input could not be read", document)
        elif type == "tool-input-start":
            self._start_call(key, id, document)
        elif type == "tool-input-delta":
            if part is None:
                self._unreadable("a tool's input has no start", document)
            else:
                self._append(part, text_at(document, "inputTextDelta"))
        elif type == "tool-input-available":
            self._on_whole_input(self._start_call(key, id, document), key, document)
        elif type == "tool-input-error":
            self._on_metadata(self._start_call(key, id, document), document)
            self._end_part(key, "error")
            self._notice("tool-input", "the input of a tool call is wrong", text_at(document, "errorText"))
        else:
            self._extension(type, document)

    def _start_call(self, key: str, id: str, document: Document) -> Part:
        part = self._parts.get(key)
        return (
            self._start_part(key, self._mid, "tool-call", id, text_at(document, "toolName")) if part is None else part
        )

    def _on_whole_input(self, part: Part, key: str, document: Document) -> None:
        """The input as a value, after its pieces as text: equal as documents, not as texts."""
        whole = get(document, "input")
        if not has(document, "input"):
            self._unreadable("a tool's input is missing", document)
        elif part.text == "" or not same_document(self._parsed(part), whole):
            self._check_whole(key, sorted_text(whole))
        self._on_metadata(part, document)
        self._end_part(key)

    def _parsed(self, part: Part) -> Document:
        try:
            return parse_document(part.text)
        except DocumentError:
            return None

    def _on_output(self, type: str, document: Document) -> None:
        self._begin()
        id = text_at(document, "toolCallId")
        key = f"result/{id}"
        part = self._parts.get(key)
        if id == "":
            self._unreadable("a tool's output has no toolCallId", document)
            return
        if part is None:
            part = self._start_part(key, self._mid, "tool-result", id)
        if type == "tool-output-available":
            self._set(part, get(document, "output"))
            if not bool_of(get(document, "preliminary"), False):
                self._end_part(key)
        elif type == "tool-output-error":
            self._set(part, get(document, "errorText"))
            self._end_part(key, "error")
        elif type == "tool-output-denied":
            self._end_part(key, "denied")
        else:
            self._about_part("tool-output", part, document)

    # Data of the application's own: the same id again replaces the value, so the part stays open to the end.

    def _on_data(self, type: str, document: Document) -> None:
        self._begin()
        if bool_of(get(document, "transient"), False):
            self._extension(type, document)
            return
        key = f"{type}/{as_text(get(document, 'id'))}"
        part = self._parts.get(key)
        if part is None:
            part = self._start_part(key, self._mid, "data", "", type)
        self._set(part, get(document, "data"))
        if get(document, "id") is None:
            self._end_part(key)

    # The end.

    def _after_end(self, message: Message) -> None:
        if message.data != DONE:
            super()._after_end(message)

    def _on_done(self) -> None:
        if self._problem is not None:
            self._fail(self._problem)
        elif self._cancelled:
            self._complete("cancelled")
        else:
            for key in self._keys.copy():
                if self._parts[key].kind == "data":
                    self._end_part(key)
            self._end_parts("a part was not ended")
            if self._mid != "":
                self._end_message(self._mid, self._finish)
            self._complete()

    def _on_eof(self) -> None:
        if self._problem is not None:
            self._fail(self._problem)
