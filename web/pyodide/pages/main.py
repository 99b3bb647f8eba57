"""A chat in Python over an event stream. Copy it with one of the pages beside it, and change the URL and the elements.

It asks by POST /runs, which answers {"events": URL}; that stream is a model's, in chat-completion chunks.
"""

import asyncio
import json

from answer import Answer, add

import wakeful

try:
    from pyscript import document, window
    from pyscript.ffi import create_proxy
except ImportError:  # Pyodide without PyScript
    from js import document, window
    from pyodide.ffi import create_proxy

STATES = {
    "connecting": "Connecting",
    "open": "Connected",
    "waiting": "Reconnecting",
    "ended": "Ended",
    "failed": "Gave up",
}


class Chat:
    def __init__(self):
        self.field = document.querySelector("#question")
        self.thread = document.querySelector("#thread")
        self.state = document.querySelector("#state")
        self.task = None
        document.querySelector("#ask").addEventListener("click", create_proxy(self.ask))
        self.field.addEventListener("keydown", create_proxy(self.press))
        self.show_state("ready", "Ready")

    def press(self, event):
        if event.key == "Enter" and not event.isComposing:
            self.ask(event)

    def ask(self, _event):
        question = self.field.value.strip() or "Plan a weekend trip"
        self.field.value = ""
        if self.task is not None:
            self.task.cancel()  # leaves `async with`, and so closes the connection
        self.task = asyncio.create_task(self.answer(question))

    async def answer(self, question):
        self.show_state("connecting", "Asking")
        add(self.thread, "p", "question").append(question)
        host = add(self.thread, "div", "answer")
        try:
            await self.read(await start_run(question), Answer(host))
        except wakeful.StreamFailed as error:
            self.show_state("failed", str(error))
        except Exception as error:  # a question that was not accepted, an answer that makes no sense
            self.show_state("failed", f"{type(error).__name__}: {error}")

    async def read(self, url, answer):
        async with wakeful.connect(url, end_data="[DONE]") as stream:
            async for event in stream.events():
                if isinstance(event, wakeful.Message):
                    if event.type == "message":
                        answer.take(event.data)
                elif isinstance(event, wakeful.StateChange) and event.state in STATES:
                    answer.draw()
                    delay = f" in {event.delay_ms / 1000:.1f} s" if event.state == "waiting" else ""
                    self.show_state(event.state, STATES[event.state] + delay)

    def show_state(self, state, words):
        self.state.setAttribute("data-state", state)
        self.state.textContent = words


async def start_run(question):
    request = window.JSON.parse('{"method": "POST", "headers": {"Content-Type": "application/json"}}')
    request.body = json.dumps({"prompt": question})
    response = await window.fetch("/runs", request)
    return json.loads(await response.text())["events"]


chat = Chat()
