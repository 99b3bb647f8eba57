"""Gemini's generateContent, streamed (`alt=sse`): https://ai.google.dev/api/generate-content.

There is no end marker: a finishReason of every candidate (or a blocked prompt), and then the end of the file, is the
end. An error is an object `error`; some servers write it without framing, as bare JSON between or behind the events,
where a parser of event streams skips it: hand that over with receive_stray(). There is no cursor.
"""

from wakeful.adapters.adapter import Adapter, Part
from wakeful.adapters.reading import is_object, items, sorted_text, text_at
from wakeful.document import Document, bool_of, get, int_of, names
from wakeful.records import Message

FINISH = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "MALFORMED_FUNCTION_CALL": "error",
    "UNEXPECTED_TOOL_CALL": "error",
}


class _Candidate:
    def __init__(self, mid: str, running: str) -> None:
        self.mid = mid
        self.running = running  # the key of its one open part of text or reasoning
        self.finish = ""
        self.called = False


class GeminiAdapter(Adapter):
    """Each candidate becomes a message. Text and thoughts take turns; function calls come whole."""

    VENDOR = "gemini"

    def __init__(self, prefix: str = "") -> None:
        super().__init__(prefix)
        self._candidates: dict[int, _Candidate] = {}
        self._order: list[_Candidate] = []
        self._calls = 0
        self._last_call = ""  # what the result of executed code belongs to
        self._sources: set[str] = set()

    def _on_document(self, message: Message, document: Document) -> None:
        error = get(document, "error")
        if error is not None:
            self._fail_with(error)
            return
        candidates = items(get(document, "candidates"))
        for candidate in candidates:
            self._on_candidate(document, candidate)
        feedback = get(document, "promptFeedback")
        if get(feedback, "blockReason") is not None:
            self._on_blocked(document, feedback)
        usage = get(document, "usageMetadata")
        if is_object(usage):
            self._report_usage([
                ("in", get(usage, "promptTokenCount")),
                ("out", get(usage, "candidatesTokenCount")),
                ("total", get(usage, "totalTokenCount")),
                ("reasoning", get(usage, "thoughtsTokenCount")),
                ("cached", get(usage, "cachedContentTokenCount")),
            ])  # fmt: skip
        if not is_object(document):
            self._unreadable("a response is no JSON object", document)
        elif len(candidates) == 0 and feedback is None and usage is None:
            self._extension("response", document)

    def _on_blocked(self, document: Document, feedback: Document) -> None:
        """The prompt was refused: there is no answer, and that is the whole answer."""
        self._candidate_at(document, 0, "").finish = "content_filter"
        self._extension("prompt-feedback", feedback)

    # Candidates.

    def _candidate_at(self, document: Document, index: int, role: str) -> _Candidate:
        candidate = self._candidates.get(index)
        if candidate is None:
            id = text_at(document, "responseId")
            mid = id if id != "" else self._new_id("m")
            candidate = _Candidate(mid if index == 0 else f"{mid}#{index}", f"{index}/text")
            self._candidates[index] = candidate
            self._order.append(candidate)
            self._start_message(candidate.mid, "user" if role == "user" else "assistant")
        return candidate

    def _on_candidate(self, document: Document, value: Document) -> None:
        content = get(value, "content")
        finish = text_at(value, "finishReason")
        if not is_object(value) or not (is_object(content) or finish != ""):
            self._unreadable("a candidate has neither content nor a finishReason", value)
            return
        candidate = self._candidate_at(document, int_of(get(value, "index"), 0), text_at(content, "role"))
        for part in items(get(content, "parts")):
            self._on_part(candidate, part)
        for chunk in items(get(get(value, "groundingMetadata"), "groundingChunks")):
            found = get(chunk, "web")
            self._on_source(candidate, found if is_object(found) else chunk)
        for citation in items(get(get(value, "citationMetadata"), "citations")):
            self._on_source(candidate, citation)
        if finish != "" and finish != "FINISH_REASON_UNSPECIFIED":
            candidate.finish = FINISH.get(finish, "other")
            if candidate.finish == "stop" and candidate.called:
                candidate.finish = "tool_calls"
            elif candidate.finish != "stop":
                self._extension("finish-reason", finish)

    def _on_source(self, candidate: _Candidate, source: Document) -> None:
        """Metadata are repeated as they grow."""
        known = text_at(source, "uri")
        if known == "" or known not in self._sources:
            self._sources.add(known)
            self._add_part(candidate.mid, "source", source)

    def _on_part(self, candidate: _Candidate, value: Document) -> None:
        part: Part | None = None
        text = get(value, "text")
        call = get(value, "functionCall")
        code = get(value, "executableCode")
        if isinstance(text, str):
            kind = "reasoning" if bool_of(get(value, "thought"), False) else "text"
            part = self._on_text(candidate, kind, text)
        elif is_object(call):
            part = self._on_call(candidate, text_at(call, "id"), text_at(call, "name"), get(call, "args"))
        elif is_object(code):
            part = self._on_call(candidate, text_at(code, "id"), "code_execution", code)
        else:
            part = self._on_other(candidate, value)
        signature = get(value, "thoughtSignature")
        if signature is not None:
            if part is None:
                self._extension("thought-signature", signature)
            else:
                self._about_part("thought-signature", part, signature)

    def _on_text(self, candidate: _Candidate, kind: str, text: str) -> Part | None:
        part = self._parts.get(candidate.running)
        if text != "":
            if part is None or part.kind != kind:
                self._end_part(candidate.running)
                part = self._start_part(candidate.running, candidate.mid, kind)
            self._append(part, text)
        return part

    def _on_call(self, candidate: _Candidate, id: str, name: str, arguments: Document) -> Part:
        self._end_part(candidate.running)
        self._calls += 1
        candidate.called = True
        call_id = id if id != "" else f"{self._prefix}call{self._calls}"
        self._last_call = call_id
        part = self._start_part("call", candidate.mid, "tool-call", call_id, name)
        self._append(part, sorted_text(arguments) if is_object(arguments) else "{}")
        self._end_part("call")
        return part

    def _on_other(self, candidate: _Candidate, value: Document) -> Part | None:
        """What comes whole and is neither text nor a call."""
        response = get(value, "functionResponse")
        result = get(value, "codeExecutionResult")
        inline = get(value, "inlineData")
        file = get(value, "fileData")
        if is_object(response):
            return self._add_part(candidate.mid, "tool-result", get(response, "response"), text_at(response, "id"))
        if is_object(result):
            part = self._start_part("result", candidate.mid, "tool-result", self._last_call)
            self._set(part, result)
            self._end_part("result", "ok" if text_at(result, "outcome") in ["", "OUTCOME_OK"] else "error")
            return part
        if is_object(inline):
            return self._add_file(candidate.mid, get(inline, "mimeType"), "data", get(inline, "data"))
        if is_object(file):
            return self._add_file(candidate.mid, get(file, "mimeType"), "url", get(file, "fileUri"))
        if len(names(value)) > 0 and get(value, "thoughtSignature") is None:
            self._extension("part", value)
        elif not is_object(value):
            self._unreadable("a part of a candidate is no JSON object", value)
        return None

    # The end.

    def _on_eof(self) -> None:
        finished = len(self._order) > 0
        for candidate in self._order:
            finished = finished and candidate.finish != ""
        if finished:
            self._end_parts()
            for candidate in self._order:
                self._end_message(candidate.mid, candidate.finish)
            self._complete()
