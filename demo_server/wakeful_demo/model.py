"""A real model in place of the scripted agent: any server that speaks OpenAI's chat-completion stream.

Configured by the environment only, so that no key is ever typed into a page:
  WAKEFUL_DEMO_BASE_URL  such as http://localhost:8080/v1
  WAKEFUL_DEMO_API_KEY   sent as a bearer token; may be empty for a local server
  WAKEFUL_DEMO_MODEL     the model's name
"""

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2

import wakeful
from wakeful_demo.agent import END

# A model may think before its first token for longer than any default allows.
TIMEOUT = httpx2.Timeout(connect=10, read=300, write=30, pool=10)
ERROR_LIMIT = 2000


class BadModel(ValueError):
    """The environment names a model that cannot be asked."""


class ModelFailed(RuntimeError):
    """The model's server refused or broke off; the message is fit for the person who asked."""


@dataclass(frozen=True)
class Model:
    base_url: str
    api_key: str
    name: str

    @classmethod
    def from_environment(cls) -> "Model | None":
        """Raises BadModel."""
        base_url = os.environ.get("WAKEFUL_DEMO_BASE_URL", "").rstrip("/")
        if not base_url:
            return None
        if not base_url.startswith(("http://", "https://")):
            raise BadModel(f"WAKEFUL_DEMO_BASE_URL begins with http:// or https://, and {base_url} does not")
        key, name = os.environ.get("WAKEFUL_DEMO_API_KEY", ""), os.environ.get("WAKEFUL_DEMO_MODEL", "default")
        if not (key.isascii() and (key.isprintable() or not key)):
            raise BadModel("WAKEFUL_DEMO_API_KEY holds a character that no key has: a line end, or one beyond ASCII")
        return cls(base_url, key, name)

    async def answer(self, prompt: str) -> AsyncIterator[wakeful.Message]:
        """The model's messages as they come, the end marker last. Raises ModelFailed."""
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        body = {"model": self.name, "stream": True, "messages": [{"role": "user", "content": prompt}]}
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT) as client:
                url = f"{self.base_url}/chat/completions"
                async with client.stream("POST", url, json=body, headers=headers) as response:
                    await _check(response)
                    async for message in wakeful.aparse(response.aiter_bytes()):
                        yield message
                        if message.data == END:
                            return
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            what = "broke off" if isinstance(error, httpx2.ReadError | httpx2.RemoteProtocolError) else "cannot be read"
            raise ModelFailed(f"the model's server {what}: {str(error) or type(error).__name__}") from error
        raise ModelFailed("the model's stream stopped without its end marker")


async def _check(response: httpx2.Response) -> None:
    content_type = response.headers.get("content-type", "").partition(";")[0].strip()
    if response.status_code == 200 and content_type == "text/event-stream":
        return
    body = (await response.aread())[:ERROR_LIMIT].decode("utf-8", "replace")
    said = _message_in(body) or body.strip() or "nothing more"
    answered = str(response.status_code) if response.status_code != 200 else f"with {content_type or 'no media type'}"
    wait = response.headers.get("retry-after", "")
    again = f" It may be asked again after: {wait}." if wait else ""
    raise ModelFailed(f"the model's server answered {answered}: {said}{again}")


def _message_in(body: str) -> str:
    """What an error body says to a person: {"error": {"message": …}}, or one of the two alone; "" if it is none."""
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    for name in ("error", "message"):
        if isinstance(said, dict):
            said = said.get(name, said)
    return said if isinstance(said, str) else ""


def failure_chunk(reason: str) -> str:
    """A failure in the shape that OpenAI-compatible servers give it inside a stream."""
    return json.dumps({"error": {"message": reason, "type": "server_error"}}, ensure_ascii=False)
