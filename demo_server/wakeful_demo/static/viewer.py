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
    def __init__(self, label, url, types, options):
        self.label = label
        self.types = types
        self.stream = None
        self.failed = False
        self.news = []
        self.retried = asyncio.Event()
        self.answer = Answer(document.querySelector(f'[data-client="{label}"] .answer'))
        self.task = asyncio.create_task(self.show(url, options))

    async def show(self, url, options):
        try:
            await self.read(url, options)
        except Exception as error:  # of this page's own: Wakeful has closed the connection, and a person is to know
            self.tell_change("failed", explanation=f"{type(error).__name__}: {error}")

    async def read(self, url, options):
        own = {"end_data": "[DONE]", "token": lambda reason: "demo-token"}
        async with wakeful.connect(url, **own, **options) as self.stream:
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
            if event.type in self.types:
                self.answer.take(event.data)
                self.add_news({"message": [event.type, event.data, event.last_event_id]})
        elif isinstance(event, wakeful.Reset):
            self.answer.host.replaceChildren()
            self.answer = Answer(self.answer.host)
            self.add_news({"reset": True})
        elif isinstance(event, wakeful.StateChange):
            explanation = wakeful.explain(event) if event.state == "failed" else ""
            self.tell_change(event.state, event.reason, event.delay_ms, event.failure, explanation)

    def tell_change(self, state, reason="", delay_ms=0, failure=None, explanation=""):
        about = failure and {"kind": failure.kind, "status": failure.status, "mediaType": failure.media_type}
        change = {"state": state, "reason": reason, "delayMs": delay_ms, "failure": about}
        self.answer.draw()
        self.add_news({"change": change, "explanation": explanation})

    def add_news(self, what):
        self.news.append(what)
        if len(self.news) == 1:
            self.telling = asyncio.create_task(self.tell_news())

    async def tell_news(self):
        await asyncio.sleep(0)  # after all that is there already: one call to the page
        told, self.news = self.news, []
        window.pythonNews(self.label, json.dumps(told))

    def again(self):
        if self.failed:
            self.retried.set()
        else:
            self.stream.restart()


def open_viewer(label, url, types, idle_ms, connect_ms, attempts, negotiate):
    options = {"idle_ms": idle_ms, "connect_ms": connect_ms, "attempts": attempts, "negotiate": negotiate}
    viewers[label] = Viewer(label, url, types.split(), options)


def again(label):
    viewers[label].again()


def close(label):
    viewers.pop(label).task.cancel()


window.pythonReady(create_proxy(open_viewer), create_proxy(again), create_proxy(close))
