"""The demo's viewer in Python: reads a run's stream, draws the answer, and tells the page what happened (python.js)."""

import asyncio
import json

from answer import Answer

import wakeful

try:
    from pyscript import document, window
    from pyscript.ffi import create_proxy
except ImportError:  # Pyodide without PyScript
    from js import document, window
    from pyodide.ffi import create_proxy

viewers = {}


class Viewer:
    def __init__(self, label, url, idle_ms):
        self.label = label
        self.stream = None
        self.failed = False
        self.retried = asyncio.Event()
        self.answer = Answer(document.querySelector(f'[data-client="{label}"] .answer'))
        self.task = asyncio.create_task(self.read(url, idle_ms))

    async def read(self, url, idle_ms):
        options = {"end_data": "[DONE]", "idle_ms": idle_ms, "token": lambda reason: "demo-token"}
        async with wakeful.connect(url, **options) as self.stream:
            while True:
                try:
                    async for event in self.stream.events():
                        self.tell(event)
                    return
                except wakeful.StreamFailed:
                    self.failed = True
                    self.retried.clear()
                    await self.retried.wait()  # or until the page closes this viewer, which cancels the task
                    self.failed = False
                    self.stream.retry()

    def tell(self, event):
        if isinstance(event, wakeful.Message):
            self.answer.take(event.data)
            self.news({"message": [event.type, event.data, event.last_event_id]})
        elif isinstance(event, wakeful.StateChange):
            failure = event.failure
            self.news(
                {
                    "change": {
                        "state": event.state,
                        "reason": event.reason,
                        "delayMs": event.delay_ms,
                        "failure": failure
                        and {"kind": failure.kind, "status": failure.status, "mediaType": failure.media_type},
                    },
                    "explanation": wakeful.explain(event) if event.state == "failed" else "",
                }
            )

    def news(self, what):
        window.pythonNews(self.label, json.dumps(what))

    def again(self):
        if self.failed:
            self.retried.set()
        else:
            self.stream.restart()


def open_viewer(label, url, idle_ms):
    viewers[label] = Viewer(label, url, idle_ms)


def again(label):
    viewers[label].again()


def close(label):
    viewers.pop(label).task.cancel()


window.pythonReady(create_proxy(open_viewer), create_proxy(again), create_proxy(close))
