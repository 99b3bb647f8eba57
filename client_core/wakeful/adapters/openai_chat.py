"""OpenAI's Chat Completions, streamed, and the many servers that speak it: https://platform.openai.com/docs/api-reference/chat-streaming.

The end is `[DONE]`, or a finish_reason in every choice and then the end of the file: some servers leave out the one,
some (Ollama) the other. An error is an object `error` in a chunk, or an event of that type. There is no cursor.
"""

from wakeful.adapters.adapter import DONE, Adapter, Part
from wakeful.adapters.reading import as_text, is_object, items, sorted_text, text_at
from wakeful.document import Document, get, int_of, kind_of, make_object, names, put
from wakeful.records import Message

FINISH = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "error": "error",
}
# What a delta may hold besides what becomes a part, and what says nothing to a reader.
KNOWN = [
    "role", "content", "reasoning", "reasoning_content", "reasoning_details", "tool_calls", "function_call",
    "annotations", "refusal", "channel", "obfuscation", "name",
]  # fmt: skip


class _Call:
    """A tool call: its part starts when its name is known."""

    def __init__(self, key: str, id: str) -> None:
        self.key = key
        self.id = id
        self.name = ""
        self.part: Part | None = None
        self.waiting: list[str] = []


class _Choice:
    def __init__(self, index: int, mid: str) -> None:
        self.index = index
        self.mid = mid
        self.finish = ""
        self.calls: dict[str, _Call] = {}  # by the dialect's index
        self.order: list[_Call] = []

    @property
    def running(self) -> str:
        """The key of its one open part of text or reasoning."""
        return f"{self.index}/text"


class OpenAIChatAdapter(Adapter):
    """Each choice becomes a message; its content and its reasoning become parts in the order in which they come."""

    END_DATA = DONE
    VENDOR = "openai"

    def __init__(self, prefix: str = "") -> None:
        super().__init__(prefix)
        self._id = ""
        self._choices: dict[int, _Choice] = {}
        self._order: list[_Choice] = []
        self._sources: set[str] = set()

    def _on_document(self, message: Message, document: Document) -> None:
        if not is_object(document):
            self._unreadable("a chunk is no JSON object", document)
            return
        if self._id == "":
            self._id = text_at(document, "id")
        for choice in items(get(document, "choices")):
            self._on_choice(choice)
        self._on_extras(document)
        error = get(document, "error")
        if error is not None or message.type == "error":
            self._fail_with(document if error is None else error)
        elif kind_of(get(document, "choices")) != "array" and get(document, "usage") is None:
            self._extension("chunk", document)

    def _on_extras(self, document: Document) -> None:
        usage = get(document, "usage")
        if is_object(usage):
            self._report_usage([
                ("in", get(usage, "prompt_tokens")),
                ("out", get(usage, "completion_tokens")),
                ("total", get(usage, "total_tokens")),
                ("reasoning", get(get(usage, "completion_tokens_details"), "reasoning_tokens")),
                ("cached", get(get(usage, "prompt_tokens_details"), "cached_tokens")),
            ])  # fmt: skip
        # Perplexity repeats its sources with every chunk.
        for result in items(get(document, "search_results")):
            self._add_source(text_at(result, "url"), result)
        for url in items(get(document, "citations")):
            self._add_source(as_text(url), make_object([("url", url)]))

    def _add_source(self, url: str, value: Document) -> None:
        if len(self._order) > 0 and url not in self._sources:
            self._sources.add(url)
            self._add_part(self._order[0].mid, "source", value)

    # Choices.

    def _on_choice(self, document: Document) -> None:
        delta = get(document, "delta")
        if not is_object(delta):
            delta = get(document, "message")  # a server that does not stream sends it whole
        finish = text_at(document, "finish_reason")
        if not is_object(delta) and finish == "":
            self._unreadable("a choice has neither a delta nor a finish_reason", document)
            return
        choice = self._choice_at(int_of(get(document, "index"), 0), text_at(delta, "role"))
        if is_object(delta):
            self._on_delta(choice, delta)
        if finish != "":
            choice.finish = FINISH.get(finish, "other")

    def _choice_at(self, index: int, role: str) -> _Choice:
        choice = self._choices.get(index)
        if choice is None:
            mid = self._id if self._id != "" else self._new_id("m")
            choice = _Choice(index, mid if index == 0 else f"{mid}#{index}")
            self._choices[index] = choice
            self._order.append(choice)
            self._start_message(choice.mid, role if role != "" else "assistant")
        return choice

    def _on_delta(self, choice: _Choice, delta: Document) -> None:
        self._on_reasoning(choice, delta)
        self._on_content(choice, get(delta, "content"))
        refusal = get(delta, "refusal")
        if refusal is not None:
            self._on_text(choice, "text", refusal)
            self._extension("refusal", refusal)
        calls = items(get(delta, "tool_calls"))
        for at in range(len(calls)):
            self._on_call(choice, calls[at], f"{int_of(get(calls[at], 'index'), at)}")
        call = get(delta, "function_call")
        if is_object(call):
            self._on_call(choice, make_object([("function", call)]), "function")
        for annotation in items(get(delta, "annotations")):
            citation = get(annotation, "url_citation")
            self._add_part(choice.mid, "source", citation if is_object(citation) else annotation)
        unknown = make_object([])
        for name in names(delta):
            if name not in KNOWN and get(delta, name) is not None:
                put(unknown, name, get(delta, name))
        if len(names(unknown)) > 0:
            self._extension("delta", unknown)

    def _on_content(self, choice: _Choice, content: Document) -> None:
        """A string, or (Mistral) an array of blocks."""
        if kind_of(content) != "array":
            self._on_text(choice, "text", content)
            return
        for block in items(content):
            type = text_at(block, "type")
            if type == "text":
                self._on_text(choice, "text", get(block, "text"))
            elif type == "thinking":
                for thought in items(get(block, "thinking")):
                    self._on_text(choice, "reasoning", get(thought, "text"))
            else:
                self._extension("content", block)

    def _on_reasoning(self, choice: _Choice, delta: Document) -> None:
        """vLLM sends both names while it changes from one to the other; OpenRouter repeats the text in the details."""
        reasoning = get(delta, "reasoning_content")
        if reasoning is None:
            reasoning = get(delta, "reasoning")
        self._on_text(choice, "reasoning", reasoning)
        for detail in items(get(delta, "reasoning_details")):
            text = get(detail, "text")
            if text is None:
                text = get(detail, "summary")
            if reasoning is None and isinstance(text, str):
                self._on_text(choice, "reasoning", text)
            if text is None or get(detail, "signature") is not None:
                self._extension("reasoning-detail", detail)

    def _on_text(self, choice: _Choice, kind: str, text: Document) -> None:
        """Text and reasoning take turns: what comes between two pieces of one kind ends the first."""
        if isinstance(text, str):
            if text != "":
                part = self._parts.get(choice.running)
                if part is None or part.kind != kind:
                    self._end_part(choice.running)
                    part = self._start_part(choice.running, choice.mid, kind)
                self._append(part, text)
        elif text is not None:
            self._unreadable("a piece of text is no string", text)

    # Tool calls.

    def _on_call(self, choice: _Choice, document: Document, index: str) -> None:
        id = text_at(document, "id")
        function = get(document, "function")
        name = text_at(function, "name")
        call = choice.calls.get(index)
        # Some servers give every call the index 0: a new id with a name is a new call.
        if call is None or (id != "" and call.id != "" and id != call.id and name != ""):
            call = _Call(f"{choice.index}/call/{len(choice.order)}", id)
            choice.calls[index] = call
            choice.order.append(call)
        if call.id == "":
            call.id = id
        if call.name == "":
            call.name = name
        pieces = get(function, "arguments")
        if is_object(pieces):
            call.waiting.append(sorted_text(pieces))
        elif isinstance(pieces, str):
            call.waiting.append(pieces)
        elif pieces is not None or not is_object(function):
            self._unreadable("a tool call could not be read", document)
        if call.name != "":
            self._start_call(choice, call)

    def _start_call(self, choice: _Choice, call: _Call) -> None:
        if call.part is None:
            self._end_part(choice.running)
            call.part = self._start_part(call.key, choice.mid, "tool-call", call.id, call.name)
        for piece in call.waiting:
            self._append(call.part, piece)
        call.waiting = []

    # The end.

    def _on_done(self) -> None:
        for choice in self._order:
            for call in choice.order:
                self._start_call(choice, call)
        self._end_parts()
        for choice in self._order:
            self._end_message(choice.mid, choice.finish if choice.finish != "" else "other")
        self._complete()

    def _on_eof(self) -> None:
        finished = len(self._order) > 0
        for choice in self._order:
            finished = finished and choice.finish != ""
        if finished:
            self._on_done()
