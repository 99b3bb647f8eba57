"""AG-UI, the Agent-User Interaction Protocol: https://docs.ag-ui.com/concepts/events.

A run of messages, tool calls and reasoning, each as start, content and end or as chunks, beside a shared state.
RUN_FINISHED ends it (with an interrupt it waits for a person), RUN_ERROR makes it fail, and what comes behind is shown
but not folded. Members are camelCase, and snake_case from some servers. The cursor is the SSE id, if a server sets one.
"""

from wakeful.adapters.adapter import NO_ARGUMENTS, Adapter, Part
from wakeful.adapters.reading import as_text, either, either_text, is_object, items, problem_of, text_at
from wakeful.document import Document, get, int_of, kind_of, make_array, make_object, put
from wakeful.errors import DocumentError, PatchError
from wakeful.payload.patch import apply_patch
from wakeful.records import Message

# Brackets around reasoning, which say nothing more than what is between them.
BRACKETS = ["REASONING_START", "REASONING_END", "THINKING_START", "THINKING_END"]
ROLES = ["user", "system", "developer", "tool"]


class AGUIAdapter(Adapter):
    """Messages and tool calls become messages and parts; STATE_ events the state; CUSTOM, RAW and STEP_ extensions."""

    VENDOR = "agui"

    def __init__(self, prefix: str = "") -> None:
        super().__init__(prefix)
        self._running: list[str] = []  # messages that have not ended
        self._called: set[str] = set()  # those of them with a tool call
        self._chunk = ""  # the key of the part that chunks build
        self._last_id = ""  # of the message that chunks build
        self._state: Document = None
        self._rev = 0

    def _on_document(self, message: Message, document: Document) -> None:
        self.cursor = message.last_event_id
        type = text_at(document, "type")
        if type == "":
            self._unreadable("an event has no type", document)
            return
        if self._chunk != "" and not type.endswith("_CHUNK") and type != "RAW":
            self._end_part(self._chunk)
            self._chunk = ""
        if type.startswith("TEXT_MESSAGE_"):
            self._on_text(type.replace("TEXT_MESSAGE_", ""), "text", document)
        elif type.startswith("REASONING_MESSAGE_"):
            self._on_text(type.replace("REASONING_MESSAGE_", ""), "reasoning", document)
        elif type.startswith("THINKING_TEXT_MESSAGE_"):
            self._on_text(type.replace("THINKING_TEXT_MESSAGE_", ""), "reasoning", document)
        elif type.startswith("TOOL_CALL_"):
            self._on_tool(type.replace("TOOL_CALL_", ""), document)
        elif type.startswith("RUN_"):
            self._on_run(type, document)
        elif type == "STATE_SNAPSHOT":
            self._set_state(get(document, "snapshot"))
        elif type == "STATE_DELTA":
            self._on_state_delta(document)
        elif type == "MESSAGES_SNAPSHOT":
            self._on_messages(document)
        elif type == "STEP_STARTED":
            self._emit("status", [("text", either_text(document, "stepName", "step_name"))])
        elif type not in BRACKETS:
            self._extension(type, document)

    # Messages. They end with the run: a tool call may still name one as its parent.

    def _begin(self, mid: str, role: str) -> None:
        if mid not in self._messages:
            self._running.append(mid)
            self._start_message(mid, role if role in ROLES else "assistant")

    def _on_text(self, step: str, kind: str, document: Document) -> None:
        mid = either_text(document, "messageId", "message_id")
        if step == "CHUNK":
            self._on_text_chunk(mid, kind, document)
            return
        key = f"{kind}/{mid}"
        part = self._parts.get(key)
        piece = get(document, "delta")
        if step == "START" and part is None:
            owner = mid if mid != "" else self._new_id("m")
            self._begin(owner, text_at(document, "role"))
            self._start_part(key, owner, kind)
        elif step == "CONTENT" and part is not None and isinstance(piece, str):
            self._append(part, piece)
        elif step == "END" and part is not None:
            self._end_part(key)
        else:
            self._unreadable(f"an event of a {kind} message could not be read", document)

    def _on_text_chunk(self, mid: str, kind: str, document: Document) -> None:
        """The first names the message, the others may leave it out."""
        if mid == "":
            mid = self._last_id if self._chunk != "" else self._new_id("m")
        self._last_id = mid
        self._begin(mid, text_at(document, "role"))
        part = self._chunk_part(f"chunk/{kind}/{mid}", mid, kind, "", "")
        self._append_piece(part, document)

    def _chunk_part(self, key: str, mid: str, kind: str, call_id: str, name: str) -> Part:
        if self._chunk != key:
            self._end_part(self._chunk)
            self._chunk = key
            return self._start_part(key, mid, kind, call_id, name)
        return self._parts[key]

    def _append_piece(self, part: Part, document: Document) -> None:
        piece = get(document, "delta")
        if isinstance(piece, str):
            self._append(part, piece)
        elif piece is not None:
            self._unreadable("a piece of text is no string", document)

    # Tools.

    def _on_tool(self, step: str, document: Document) -> None:
        id = either_text(document, "toolCallId", "tool_call_id")
        key = f"call/{id}"
        part = self._parts.get(key)
        piece = get(document, "delta")
        if step == "CHUNK":
            self._on_tool_chunk(id, document)
        elif step == "RESULT":
            self._on_result(id, document)
        elif step == "START" and part is None:
            self._start_part(key, self._parent(id, document), "tool-call", id, self._tool_name(document))
        elif step == "ARGS" and part is not None and isinstance(piece, str):
            self._append(part, piece)
        elif step == "END" and part is not None:
            self._end_part(key)
        else:
            self._unreadable("an event of a tool call could not be read", document)

    def _tool_name(self, document: Document) -> str:
        return either_text(document, "toolCallName", "tool_call_name")

    def _parent(self, id: str, document: Document) -> str:
        """The message that a call belongs to, one of its own if it names none."""
        mid = either_text(document, "parentMessageId", "parent_message_id")
        if mid == "":
            mid = f"{self._prefix}{id}"
        self._begin(mid, "assistant")
        self._called.add(mid)
        return mid

    def _on_tool_chunk(self, id: str, document: Document) -> None:
        if id == "" and self._chunk.startswith("chunk/call/"):
            self._append_piece(self._parts[self._chunk], document)
        elif id == "":
            self._unreadable("a piece of a tool call is of no call", document)
        else:
            key = f"chunk/call/{id}"
            mid = "" if self._chunk == key else self._parent(id, document)
            self._append_piece(self._chunk_part(key, mid, "tool-call", id, self._tool_name(document)), document)

    def _on_result(self, id: str, document: Document) -> None:
        """A message of its own. The protocol says `content`; some servers say `result`."""
        mid = either_text(document, "messageId", "message_id")
        if mid == "" or mid in self._messages:
            mid = self._new_id("m")
        self._start_message(mid, "tool")
        self._add_part(mid, "tool-result", either(document, "content", "result"), id)
        self._end_message(mid, "stop")

    # State.

    def _set_state(self, value: Document) -> None:
        self._state = value
        self._rev += 1
        self._emit("state.set", [("rev", self._rev), ("value", value)])

    def _on_state_delta(self, document: Document) -> None:
        operations = get(document, "delta")
        if self._rev == 0:
            self._set_state(make_object([]))
        try:
            self._state = apply_patch(self._state, operations)
        except PatchError:
            self._unreadable("a patch of the state does not fit it", document)
            return
        self._emit("state.patch", [("base", self._rev), ("rev", self._rev + 1), ("ops", operations)])
        self._rev += 1

    def _on_messages(self, document: Document) -> None:
        """All messages anew: what was folded before counts no more."""
        if kind_of(get(document, "messages")) != "array":
            self._unreadable("a snapshot has no messages", document)
            return
        self._parts = {}
        self._keys = []
        self._messages = []
        self._running = []
        self._called = set()
        snapshot = make_array([self._message(value) for value in items(get(document, "messages"))])
        self._emit("snapshot", [
            ("messages", snapshot),
            ("state", self._state),
            ("rev", self._rev),
            ("open", make_array([])),
            ("notices", make_array(self._notices)),
        ])  # fmt: skip

    def _message(self, value: Document) -> Document:
        mid = text_at(value, "id")
        if mid == "" or mid in self._messages:
            mid = self._new_id("m")
        self._messages.append(mid)
        role = text_at(value, "role")
        parts: list[Document] = []
        content = get(value, "content")
        if role == "tool":
            call_id = either_text(value, "toolCallId", "tool_call_id")
            parts.append(self._snapshot_part("tool-result", "", content, call_id, ""))
        elif role == "reasoning":
            parts.append(self._snapshot_part("reasoning", as_text(content), None, "", ""))
        elif kind_of(content) == "string":
            if content != "":
                parts.append(self._snapshot_part("text", text_at(value, "content"), None, "", ""))
        else:
            for block in items(content):
                if text_at(block, "type") == "text":
                    parts.append(self._snapshot_part("text", text_at(block, "text"), None, "", ""))
                else:
                    parts.append(self._snapshot_part("data", "", block, "", text_at(block, "type")))
            if is_object(content):
                parts.append(self._snapshot_part("data", "", content, "", role))
        calls = items(either(value, "toolCalls", "tool_calls"))
        for call in calls:
            function = get(call, "function")
            parts.append(self._snapshot_call(text_at(call, "id"), text_at(function, "name"), function))
        return make_object([
            ("mid", mid),
            ("role", role if role in ROLES else "assistant"),
            ("finish", "tool_calls" if len(calls) > 0 else "stop"),
            ("parts", make_array(parts)),
        ])  # fmt: skip

    def _snapshot_call(self, id: str, name: str, function: Document) -> Document:
        arguments = text_at(function, "arguments")
        if arguments == "":
            arguments = NO_ARGUMENTS
        try:
            return self._snapshot_part("tool-call", arguments, self._arguments(arguments), id, name)
        except DocumentError as error:
            self._notice("payload-invalid", "the arguments of a tool call could not be read", str(error))
            part = self._snapshot_part("tool-call", arguments, None, id, name)
            put(part, "state", "error")
            return part

    def _snapshot_part(self, kind: str, text: str, value: Document, call_id: str, name: str) -> Document:
        part = make_object([("pid", self._new_id("p")), ("kind", kind), ("state", "complete")])
        if text != "":
            put(part, "text", text)
        if value is not None:
            put(part, "value", value)
        if call_id != "":
            put(part, "callId", call_id)
        if name != "":
            put(part, "name", name)
        return part

    # The run.

    def _on_run(self, type: str, document: Document) -> None:
        if type == "RUN_ERROR":
            detail = either(document, "message", "error")
            self._fail(problem_of([get(document, "code")], as_text(detail), "never"))
        elif type == "RUN_FINISHED":
            self._on_finished(document)
        else:
            self._extension(type, document)

    def _on_finished(self, document: Document) -> None:
        usage = items(get(document, "usage"))
        if len(usage) > 0:
            self._report_usage([
                ("in", total_of(usage, "inputTokens")),
                ("out", total_of(usage, "outputTokens")),
                ("total", total_of(usage, "totalTokens")),
                ("reasoning", total_of(usage, "reasoningTokens")),
                ("cached", total_of(usage, "cachedInputTokens")),
            ])  # fmt: skip
        if get(document, "result") is not None:
            self._extension("result", get(document, "result"))
        self._end_parts("a part was not ended")
        for mid in self._running:
            self._end_message(mid, "tool_calls" if mid in self._called else "stop")
        outcome = get(document, "outcome")
        if text_at(outcome, "type") == "interrupt":
            for interrupt in items(get(outcome, "interrupts")):
                self._on_interrupt(interrupt)
            self._complete("paused")
        elif outcome == "interrupt":  # a draft of the protocol
            self._on_interrupt(get(document, "interrupt"))
            self._complete("paused")
        else:
            self._complete()

    def _on_interrupt(self, interrupt: Document) -> None:
        call_id = either_text(interrupt, "toolCallId", "tool_call_id")
        rid = text_at(interrupt, "id")
        members: "list[tuple[str, Document]]" = [
            ("rid", rid if rid != "" else self._new_id("r")),
            ("kind", "form" if call_id == "" else "approval"),
        ]
        if call_id != "":
            members.append(("callId", call_id))
        schema = either(interrupt, "responseSchema", "response_schema")
        if is_object(schema):
            members.append(("schema", schema))
        if text_at(interrupt, "message") != "":
            members.append(("text", text_at(interrupt, "message")))
        self._emit("input.request", members)


def total_of(usage: list[Document], name: str) -> int:
    """The sum over all models that took part."""
    return sum([int_of(get(each, name), 0) for each in usage])
