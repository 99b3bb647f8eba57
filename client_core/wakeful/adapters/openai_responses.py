"""OpenAI's Responses, streamed: https://platform.openai.com/docs/api-reference/responses-streaming.

One response of output items, each known by its index, and each repeated whole when it is done, which is compared. The
end is `response.completed`, `.incomplete`, `.failed` or `.cancelled`, or an `error`. The cursor is `sequence_number`: a
background response is GET with `stream=true&starting_after=…`, and what it repeats is dropped.
"""

from wakeful.adapters.adapter import Part, SingleMessageAdapter
from wakeful.adapters.reading import is_object, items, sorted_text, text_at
from wakeful.document import Document, bool_of, copy_document, get, int_of, names, remove
from wakeful.outcome import Problem
from wakeful.records import Message

FINISH = {"max_output_tokens": "length", "content_filter": "content_filter"}
BEGINNINGS = ["response.created", "response.queued", "response.in_progress"]
ENDS = ["response.completed", "response.incomplete", "response.failed", "response.cancelled"]
# Parts of text, by their type, and the events that bring it (".delta" and ".done" behind them).
TEXTS = {"output_text": "text", "refusal": "text", "reasoning_text": "reasoning", "summary_text": "reasoning"}
TEXT_EVENTS = {
    "response.output_text": "output_text",
    "response.refusal": "refusal",
    "response.reasoning_text": "reasoning_text",
    "response.reasoning_summary_text": "summary_text",
}
# Calls with arguments that stream: the member that holds them, by the item's type and by the event.
CALLS = {"function_call": "arguments", "custom_tool_call": "input", "mcp_call": "arguments"}
CALL_EVENTS = {
    "response.function_call_arguments": "arguments",
    "response.custom_tool_call_input": "input",
    "response.mcp_call_arguments": "arguments",
}
# What a tool gives back, of those that the server runs; the rest of its item is what it was asked.
RESULTS = ["output", "outputs", "results", "result", "error"]


class OpenAIResponsesAdapter(SingleMessageAdapter):
    """The response becomes one message; texts, refusals, reasoning and calls of tools become its parts."""

    VENDOR = "openai"

    def __init__(self, prefix: str = "") -> None:
        super().__init__(prefix)
        self._background = False
        self._last = -1
        self._missing = False  # events, by their numbers
        self._calls = False  # whether there are any that the application is to answer
        self._known: set[str] = set()  # keys of parts that were started
        self._done: set[int] = set()  # output items that were read whole
        self._sources: set[str] = set()

    def _on_document(self, message: Message, document: Document) -> None:
        type = text_at(document, "type")
        if type == "":
            type = message.type
        number = int_of(get(document, "sequence_number"), -1)
        if not is_object(document):
            self._unreadable("a message is no JSON object", document)
        elif number < 0 or self._advance(number):
            self._on_event(type, document)

    def _advance(self, number: int) -> bool:
        """Whether an event is new: a resumed stream may repeat some."""
        if number <= self._last:
            return False
        if self._last >= 0 and number > self._last + 1:
            self._notice("payload-invalid", f"sequence numbers {self._last + 1} to {number - 1} are missing")
            self._missing = True
        self._last = number
        self.cursor = f"{number}"
        return True

    def _on_event(self, type: str, document: Document) -> None:
        index = int_of(get(document, "output_index"), 0)
        if type in ENDS:
            self._on_end(type, get(document, "response"))
        elif type == "error":
            error = get(document, "error")
            self._fail_with(error if is_object(error) else document)
        elif type in BEGINNINGS:
            response = get(document, "response")
            self._background = bool_of(get(response, "background"), False)
            self._begin(text_at(response, "id"))
        elif type == "response.output_item.added":
            self._on_item(index, get(document, "item"))
        elif type == "response.output_item.done":
            self._on_item_done(index, get(document, "item"))
        elif type in ["response.content_part.added", "response.reasoning_summary_part.added"]:
            self._text_part(self._key(document), text_at(get(document, "part"), "type"))
        elif type in ["response.content_part.done", "response.reasoning_summary_part.done"]:
            self._on_text_done(self._key(document), get(document, "part"))
        elif type == "response.output_text.annotation.added":
            self._add_source(get(document, "annotation"))
        elif type.replace(".delta", "") in TEXT_EVENTS or type.replace(".delta", "") in CALL_EVENTS:
            self._on_delta(type.replace(".delta", ""), document)
        elif type.replace(".done", "") in TEXT_EVENTS or type.replace(".done", "") in CALL_EVENTS:
            self._on_whole(type.replace(".done", ""), document)
        elif type != "keepalive":
            self._on_other(type, document)

    def _on_other(self, type: str, document: Document) -> None:
        """Of a hosted tool: response.web_search_call.searching says no more than its name."""
        if type.startswith("response.") and text_at(document, "item_id") != "" and len(names(document)) <= 4:
            self._emit("status", [("text", type.replace("response.", ""))])
        else:
            self._extension(type, document)

    # Parts that stream. Their key: the item's index, and the index within it ("s": in a reasoning's summary).

    def _key(self, document: Document) -> str:
        index = int_of(get(document, "output_index"), 0)
        summary = int_of(get(document, "summary_index"), -1)
        if summary >= 0:
            return f"{index}/s{summary}"
        return f"{index}/{int_of(get(document, 'content_index'), 0)}"

    def _text_part(self, key: str, type: str) -> Part | None:
        """The open part, begun if it is new; None if it is over or of no kind with text."""
        if key not in self._known and type in TEXTS:
            self._begin()
            self._known.add(key)
            part = self._start_part(key, self._mid, TEXTS[type])
            if type == "refusal":
                self._about_part("refusal", part, True)
        return self._parts.get(key)

    def _call_part(self, key: str, item: Document, name: str) -> Part | None:
        if key not in self._known:
            self._begin()
            self._known.add(key)
            id = text_at(item, "call_id")
            part = self._start_part(key, self._mid, "tool-call", id if id != "" else text_at(item, "id"), name)
            part.is_json = text_at(item, "type") != "custom_tool_call"
        return self._parts.get(key)

    def _on_delta(self, event: str, document: Document) -> None:
        if event in TEXT_EVENTS:
            part = self._text_part(self._key(document), TEXT_EVENTS[event])
        else:
            part = self._parts.get(f"{int_of(get(document, 'output_index'), 0)}/call")
        piece = get(document, "delta")
        if part is not None and isinstance(piece, str):
            self._append(part, piece)
        else:
            self._unreadable("a delta could not be read", document)

    def _on_whole(self, event: str, document: Document) -> None:
        """The text or the arguments are complete, and here they are."""
        if event in TEXT_EVENTS:
            key = self._key(document)
            self._text_part(key, TEXT_EVENTS[event])
            whole = get(document, "refusal" if event == "response.refusal" else "text")
        else:
            key = f"{int_of(get(document, 'output_index'), 0)}/call"
            whole = get(document, CALL_EVENTS[event])
        if isinstance(whole, str):
            self._check_whole(key, whole)

    def _on_text_done(self, key: str, value: Document) -> None:
        """A part, whole: its annotations are its sources."""
        type = text_at(value, "type")
        whole = get(value, "refusal" if type == "refusal" else "text")
        if self._text_part(key, type) is not None:
            if isinstance(whole, str):
                self._check_whole(key, whole)
            self._end_part(key)
        elif key not in self._known:
            self._extension("content-part", value)
        for annotation in items(get(value, "annotations")):
            self._add_source(annotation)

    def _add_source(self, annotation: Document) -> None:
        known = sorted_text(annotation)
        if known not in self._sources:
            self._sources.add(known)
            self._begin("")
            self._add_part(self._mid, "source", annotation)

    # Output items.

    def _on_item(self, index: int, item: Document) -> None:
        type = text_at(item, "type")
        if type in CALLS:
            self._call_part(f"{index}/call", item, text_at(item, "name"))
        elif type.endswith("_call"):
            self._call_part(f"{index}/call", item, type)

    def _on_item_done(self, index: int, item: Document) -> None:
        if index in self._done:
            return
        self._done.add(index)
        type = text_at(item, "type")
        if type == "message" or type == "reasoning":
            self._on_content_done(index, item)
        elif type in CALLS:
            self._calls = self._calls or type != "mcp_call"
            self._call_part(f"{index}/call", item, text_at(item, "name"))
            self._check_whole(f"{index}/call", text_at(item, CALLS[type]))
            self._end_part(f"{index}/call")
            self._on_results(item)
        elif type.endswith("_call"):
            self._on_hosted_call(index, item, type)
        elif type == "mcp_approval_request":
            self._emit("input.request", [("rid", text_at(item, "id")), ("kind", "approval"), ("value", item)])
        else:
            self._extension("output-item", item)

    def _on_content_done(self, index: int, item: Document) -> None:
        content = items(get(item, "content"))
        for at in range(len(content)):
            self._on_text_done(f"{index}/{at}", content[at])
        summary = items(get(item, "summary"))
        for at in range(len(summary)):
            self._on_text_done(f"{index}/s{at}", summary[at])
        if get(item, "encrypted_content") is not None:
            self._extension("encrypted-content", get(item, "encrypted_content"))

    def _on_hosted_call(self, index: int, item: Document, type: str) -> None:
        asked = copy_document(item)
        for name in ["id", "type", "status"] + RESULTS:
            remove(asked, name)
        self._call_part(f"{index}/call", item, type)
        self._check_whole(f"{index}/call", sorted_text(asked))
        self._end_part(f"{index}/call")
        self._on_results(item)

    def _on_results(self, item: Document) -> None:
        for name in RESULTS:
            result = get(item, name)
            if result is not None:
                part = self._start_part("result", self._mid, "tool-result", text_at(item, "id"))
                self._set(part, result)
                self._end_part("result", "error" if name == "error" else "ok")

    # The end.

    def _on_end(self, type: str, response: Document) -> None:
        usage = get(response, "usage")
        self._report_usage([
            ("in", get(usage, "input_tokens")),
            ("out", get(usage, "output_tokens")),
            ("total", get(usage, "total_tokens")),
            ("reasoning", get(get(usage, "output_tokens_details"), "reasoning_tokens")),
            ("cached", get(get(usage, "input_tokens_details"), "cached_tokens")),
        ])  # fmt: skip
        if type == "response.failed":
            self._fail_with(get(response, "error"))
        elif type == "response.cancelled":
            self._complete("cancelled")
        else:
            self._on_success(type, response)

    def _on_success(self, type: str, response: Document) -> None:
        self._begin(text_at(response, "id"))
        output = items(get(response, "output"))
        if self._missing and len(output) == 0:
            # With its output the response says all of it once more.
            self._taint = Problem("payload-invalid", "events of the stream are missing", 0, "", "restart")
        for at in range(len(output)):
            self._on_item_done(at, output[at])
        self._end_parts("a part was not ended")
        finish = "tool_calls" if self._calls else "stop"
        if type == "response.incomplete":
            finish = FINISH.get(text_at(get(response, "incomplete_details"), "reason"), "other")
        self._end_message(self._mid, finish)
        self._complete()

    def _after_end(self, message: Message) -> None:
        if message.type != "response.failed":  # it follows an error, and says it again
            super()._after_end(message)

    def _truncation(self) -> Problem:
        problem = super()._truncation()
        if not self._background:
            problem.retry = "restart"
        return problem
