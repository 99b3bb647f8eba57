"""What a recording says, read the plain way: one loop per dialect over its JSON, without the product's own code.

Text, reasoning and calls, each in the order in which they come.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Document = Any
# text, reasoning, calls as (name, arguments)
Extract = tuple[str, str, list[tuple[str, Any]]]


def openai_chat(documents: list[Document]) -> Extract:
    text = reasoning = ""
    calls: dict[int, list[str]] = {}
    for document in documents:
        for choice in document.get("choices", []):
            delta = choice["delta"]
            text += delta.get("content") or ""
            reasoning += delta.get("reasoning_content") or delta.get("reasoning") or ""
            for call in delta.get("tool_calls") or []:
                name, arguments = calls.setdefault(call["index"], ["", ""])
                function = call["function"]
                calls[call["index"]] = [name or function.get("name", ""), arguments + (function.get("arguments") or "")]
    return text, reasoning, [(name, json.loads(arguments)) for name, arguments in calls.values()]


def openai_responses(documents: list[Document]) -> Extract:
    """Of what it says at the end; of the pieces where it does not come to that."""
    last = documents[-1]
    if last["type"] not in ("response.completed", "response.incomplete"):
        return "".join(each["delta"] for each in documents if each["type"] == "response.output_text.delta"), "", []
    text = reasoning = ""
    calls: list[tuple[str, Any]] = []
    for item in last["response"]["output"]:
        if item["type"] == "message":
            text += "".join(content["text"] for content in item["content"])
        elif item["type"] == "reasoning":
            reasoning += "".join(summary["text"] for summary in item["summary"])
        elif item["type"] == "function_call":
            calls.append((item["name"], json.loads(item["arguments"])))
        elif item["type"] == "web_search_call":
            calls.append(("web_search_call", {"action": item["action"]}))
    return text, reasoning, calls


def anthropic(documents: list[Document]) -> Extract:
    text = reasoning = ""
    calls: dict[int, list[str]] = {}
    for document in documents:
        block = document.get("content_block", {})
        if block.get("type") in ("tool_use", "mcp_tool_use"):
            calls[document["index"]] = [block["name"], ""]
        delta = document.get("delta", {})
        text += delta.get("text", "")
        reasoning += delta.get("thinking", "")
        if "partial_json" in delta:
            calls[document["index"]][1] += delta["partial_json"]
    return text, reasoning, [(name, json.loads(arguments or "{}")) for name, arguments in calls.values()]


def ag_ui(documents: list[Document]) -> Extract:
    """A snapshot of the messages replaces all before it."""
    text = ""
    calls: dict[str, list[str]] = {}
    for document in documents:
        kind = document["type"]
        if kind == "MESSAGES_SNAPSHOT":
            assistant = [each for each in document["messages"] if each["role"] == "assistant"]
            text = "".join(each.get("content") or "" for each in assistant)
            calls = {
                call["id"]: [call["function"]["name"], call["function"]["arguments"]]
                for each in assistant
                for call in each.get("toolCalls") or []
            }
        elif kind in ("TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_CHUNK"):
            text += document["delta"]
        elif kind in ("TOOL_CALL_START", "TOOL_CALL_CHUNK", "TOOL_CALL_ARGS"):
            call = calls.setdefault(document["toolCallId"], [document.get("toolCallName", ""), ""])
            call[1] += document.get("delta", "")
    return text, "", [(name, json.loads(arguments or "{}")) for name, arguments in calls.values()]


def mcp(documents: list[Document]) -> Extract:
    contents = [each["result"].get("content", []) for each in documents if "result" in each]
    return "".join(block["text"] for content in contents for block in content), "", []


def ai_sdk(documents: list[Document]) -> Extract:
    def deltas(kind: str) -> str:
        return "".join(each["delta"] for each in documents if each["type"] == kind)

    calls = [(each["toolName"], each["input"]) for each in documents if each["type"] == "tool-input-available"]
    return deltas("text-delta"), deltas("reasoning-delta"), calls


def gemini(documents: list[Document]) -> Extract:
    candidates = [candidate for document in documents for candidate in document.get("candidates", [])]
    parts = [part for candidate in candidates for part in candidate.get("content", {}).get("parts", [])]
    text = "".join(part.get("text", "") for part in parts if not part.get("thought"))
    reasoning = "".join(part.get("text", "") for part in parts if part.get("thought"))
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    return text, reasoning, [(call["name"], call["args"]) for call in calls]


def gemini_interactions(documents: list[Document]) -> Extract:
    text = ""
    calls: dict[int, list[str]] = {}
    for document in documents:
        if document.get("step", {}).get("type") == "function_call":
            calls[document["index"]] = [document["step"]["name"], ""]
        delta = document.get("delta", {})
        text += delta.get("text", "")
        if "arguments" in delta:
            calls[document["index"]][1] += delta["arguments"]
    return text, "", [(name, json.loads(arguments)) for name, arguments in calls.values()]


# By the folder of the recordings.
EXTRACTIONS: dict[str, Callable[[list[Document]], Extract]] = {
    "openai-chat": openai_chat,
    "openai-responses": openai_responses,
    "anthropic": anthropic,
    "ag-ui": ag_ui,
    "mcp": mcp,
    "ai-sdk": ai_sdk,
    "gemini": gemini,
    "gemini-interactions": gemini_interactions,
}
