"""An answer as it grows, drawn from Python: text, thinking, tool calls and their results."""

import asyncio
import json

try:
    from pyscript import document
except ImportError:  # Pyodide without PyScript
    from js import document


class Answer:
    """Takes the data of messages, chat-completion chunks, and draws them below a host element.

    What comes in one go is drawn in one go: a call to the page costs a worker a millisecond or more.
    """

    def __init__(self, host):
        self.host = host
        self.kind = ""
        self.text = None  # the element of the text or thinking that still grows
        self.calls = {}
        self.growing = None  # the element that undrawn words belong to
        self.undrawn = ""
        self.drawing = None

    def take(self, data):
        try:
            chunk = json.loads(data)
        except ValueError:
            self.grow("text", data)
            return
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
            self.write(self.text, words)

    def show_call(self, key, call):
        """The first chunk of a call has its id and name, all have a piece of its arguments."""
        called = call.get("function", {})
        if call.get("id"):
            self.kind = ""
            box = add(self.host, "div", "tool")
            add(add(box, "header"), "code").append(called.get("name", ""))
            self.calls[key] = self.calls[call["id"]] = (box, add(box, "pre"))
        self.write(self.calls[key][1], called.get("arguments", ""))

    def show_result(self, result):
        box, _ = self.calls[result["tool_call_id"]]
        self.write(add(box, "pre", "result"), result["content"])

    def write(self, element, words):
        if self.growing is not element:
            self.draw()
            self.growing = element
            self.undrawn = ""
        self.undrawn += words
        if self.drawing is None:
            self.drawing = asyncio.create_task(self.draw_soon())

    async def draw_soon(self):
        await asyncio.sleep(0)  # after all that is there already
        self.draw()

    def draw(self):
        """Empty lines at the end wait for what follows them: where nothing does, they are none."""
        words = self.undrawn.rstrip()
        if words:
            self.growing.append(words)
        self.undrawn = self.undrawn[len(words) :]
        self.drawing = None


def add(host, tag, kind=""):
    element = document.createElement(tag)
    if kind:
        element.className = kind
    host.append(element)
    return element
