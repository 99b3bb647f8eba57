"""An answer as it grows, drawn from Python: text, thinking, tool calls and their results."""

import json

try:
    from pyscript import document
except ImportError:  # Pyodide without PyScript
    from js import document


class Answer:
    """Takes the data of messages, chat-completion chunks, and draws them below a host element."""

    def __init__(self, host):
        self.host = host
        self.kind = ""
        self.text = None  # the element of the text or thinking that still grows
        self.calls = {}

    def take(self, data):
        chunk = json.loads(data)
        if chunk.get("role") == "tool":
            self.show_result(chunk)
        for choice in chunk.get("choices", []):
            delta = choice.get("delta", {})
            self.grow("thinking", delta.get("reasoning_content"))
            self.grow("text", delta.get("content"))
            for call in delta.get("tool_calls", []):
                self.show_call(f"{chunk.get('id')} {call['index']}", call)

    def grow(self, kind, words):
        if words:
            if self.kind != kind:
                self.kind = kind
                self.text = add(self.host, "p", f"grown {kind}")
            self.text.append(words)

    def show_call(self, key, call):
        """The first chunk of a call has its id and name, all have a piece of its arguments."""
        called = call.get("function", {})
        if call.get("id"):
            self.kind = ""
            box = add(self.host, "div", "tool")
            add(add(box, "header"), "code").append(called.get("name", ""))
            self.calls[key] = self.calls[call["id"]] = (box, add(box, "pre"))
        self.calls[key][1].append(called.get("arguments", ""))

    def show_result(self, result):
        box, _ = self.calls[result["tool_call_id"]]
        add(box, "pre", "result").append(result["content"])


def add(host, tag, kind=""):
    element = document.createElement(tag)
    if kind:
        element.className = kind
    host.append(element)
    return element
