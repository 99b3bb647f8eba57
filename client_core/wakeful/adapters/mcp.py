"""The Model Context Protocol over Streamable HTTP, revision 2025-11-25: https://modelcontextprotocol.io/specification/2025-11-25/basic/transports.

The stream of one POST carries JSON-RPC: progress and logs on the way, requests of the server, and in the end the
response with the request's id. The cursor is the SSE id: a GET with Last-Event-ID goes on behind it.
"""

from wakeful.adapters.adapter import Adapter
from wakeful.adapters.reading import as_text, is_object, items, text_at
from wakeful.document import Document, bool_of, get, has, int_of, kind_of
from wakeful.outcome import Problem
from wakeful.records import Message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wakeful.outcome import Retry


class MCPAdapter(Adapter):
    """The result's content becomes the parts of one message of the role `tool`.

    request_id: of the request that was sent, as text ("7"); "" takes the first response for it.
    """

    VENDOR = "mcp"

    def __init__(self, prefix: str = "", request_id: str = "") -> None:
        super().__init__(prefix)
        self._request_id = request_id

    def _on_empty(self, message: Message) -> None:
        """A server begins with an id and empty data, so that there is something to resume from."""
        self.cursor = message.last_event_id

    def _on_document(self, message: Message, document: Document) -> None:
        self.cursor = message.last_event_id
        if kind_of(document) == "array":  # a batch, of revisions before 2025-06-18
            for item in items(document):
                self._on_rpc(item)
        else:
            self._on_rpc(document)

    def _on_rpc(self, document: Document) -> None:
        method = text_at(document, "method")
        if self.outcome is not None:
            self._extension("after-end", document)
        elif method == "":
            self._on_response(document)
        elif get(document, "id") is not None:
            self._on_request(method, document)
        else:
            self._on_notification(method, get(document, "params"))

    # On the way.

    def _on_notification(self, method: str, parameters: Document) -> None:
        if method == "notifications/progress":
            self._on_progress(parameters)
        elif method == "notifications/message":
            level = text_at(parameters, "level")
            self._notice("log", level if level != "" else "info", as_text(get(parameters, "data")))
        else:
            self._extension(method, parameters)

    def _on_progress(self, parameters: Document) -> None:
        text = text_at(parameters, "message")
        if text == "":
            text = as_text(get(parameters, "progress"))
            total = as_text(get(parameters, "total"))
            if total != "":
                text = f"{text}/{total}"
        if text == "":
            self._extension("notifications.progress", parameters)
        else:
            self._emit("status", [("text", text)])

    def _on_request(self, method: str, document: Document) -> None:
        """The server asks the client: what it asks of a person is for the application to answer, with its own POST."""
        parameters = get(document, "params")
        if method == "elicitation/create":
            members: "list[tuple[str, Document]]" = [("rid", as_text(get(document, "id"))), ("kind", "form")]
            schema = get(parameters, "requestedSchema")
            if is_object(schema):
                members.append(("schema", schema))
            if text_at(parameters, "message") != "":
                members.append(("text", text_at(parameters, "message")))
            self._emit("input.request", members)
        else:
            self._extension(method, document)

    # The response.

    def _on_response(self, document: Document) -> None:
        error = get(document, "error")
        id = as_text(get(document, "id"))
        if not is_object(document) or not (has(document, "result") or is_object(error)):
            self._unreadable("a message is no JSON-RPC", document)
        elif self._request_id != "" and id != self._request_id and id != "":
            self._extension("response", document)
        elif is_object(error):
            self._on_error(error)
        else:
            self._on_result(id, get(document, "result"))

    def _on_error(self, error: Document) -> None:
        code = as_text(get(error, "code"))
        if get(error, "data") is not None:
            self._extension("error-data", get(error, "data"))
        # JSON-RPC: -32603 is trouble inside of the server; the others say that the request is wrong.
        retry: "Retry" = "restart" if int_of(get(error, "code"), 0) == -32603 else "never"
        title = f"the server answered with error {code}"
        self._fail(Problem("upstream-failed", title, 0, text_at(error, "message"), retry))

    def _on_result(self, id: str, result: Document) -> None:
        mid = self._new_id("m")
        self._start_message(mid, "tool")
        content = get(result, "content")
        for block in items(content):
            self._on_block(mid, block)
        structured = get(result, "structuredContent")
        if structured is not None:
            self._add_part(mid, "data", structured, "", "structuredContent")
        if kind_of(content) != "array" and structured is None:
            self._add_part(mid, "data", result, "", "result")  # of another method than tools/call
        failed = bool_of(get(result, "isError"), False)
        self._end_message(mid, "error" if failed else "stop")
        self._complete()

    def _on_block(self, mid: str, block: Document) -> None:
        type = text_at(block, "type")
        resource = get(block, "resource")
        if type == "text" and isinstance(get(block, "text"), str):
            self._append(self._start_part("text", mid, "text"), text_at(block, "text"))
            self._end_part("text")
        elif type == "image" or type == "audio":
            self._add_file(mid, get(block, "mimeType"), "data", get(block, "data"))
        elif type == "resource_link":
            self._add_part(mid, "source", block)
        elif type == "resource" and isinstance(get(resource, "blob"), str):
            self._add_file(mid, get(resource, "mimeType"), "data", get(resource, "blob"))
        elif type == "resource":
            self._add_part(mid, "source", resource)
        else:
            self._add_part(mid, "data", block, "", type)
