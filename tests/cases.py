"""The sections of cases that every lane runs: lists of lists of strings, as portable/cases.py wants them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adapters.dialects import adapter_cases
from flatten_server import server_cases
from portable.documents import canonical

SPEC = Path(__file__).parent.parent / "spec"

NOT_JSON = "error: this is not JSON"
TOO_DEEP = "error: nested deeper than 64 levels"
OUT_OF_RANGE = "error: a number beyond the range of a double"

# name: text, what it is
DOCUMENTS = {
    "empty": ("", NOT_JSON),
    "white-space": (" \t\r\n", NOT_JSON),
    "null": ("null", "null"),
    "true": (" true ", "true"),
    "false": ("false", "false"),
    "a-capital": ("True", NOT_JSON),
    "a-word": ("nul", NOT_JSON),
    "nan": ("NaN", NOT_JSON),
    "infinity": ("[Infinity]", NOT_JSON),
    "minus-infinity": ("-Infinity", NOT_JSON),
    "zero": ("0", "0"),
    "minus-zero": ("[-0,-0.0,0e5]", "[0,0,0]"),
    "whole": ("[1.0,1e0,10e-1,0.1e1]", "[1,1,1,1]"),
    "fraction": ("[0.5,-2.25,1e-7,123e-5]", "[0.5,-2.25,1e-7,0.00123]"),
    "large": ("[9007199254740991,-9007199254740991]", "[9007199254740991,-9007199254740991]"),
    "exponents": ("[1e21,1e20,1.5e300]", "[1e+21,100000000000000000000,1.5e+300]"),
    "beyond-a-double": ("1e400", OUT_OF_RANGE),
    "beyond-a-double-below": ("[-1e999]", OUT_OF_RANGE),
    "beyond-a-double-in-digits": ("1" * 400, OUT_OF_RANGE),
    "beyond-a-double-in-a-member-that-is-replaced": ('{"a":1e400,"a":1}', OUT_OF_RANGE),
    "beyond-a-double-by-digits-and-exponent": ("1" * 250 + "e99", OUT_OF_RANGE),
    "beyond-a-double-in-strings": (r'["1e400","\"1e400","\\",1e1]', r'["1e400","\"1e400","\\",10]'),
    "beyond-a-double-and-cut-off": ('{"a":1e400,"b', OUT_OF_RANGE),
    "beyond-a-double-before-too-deep": ("[1e400," + "[" * 64 + "]" * 65, OUT_OF_RANGE),
    "leading-zero": ("01", NOT_JSON),
    "leading-plus": ("+1", NOT_JSON),
    "bare-point": ("1.", NOT_JSON),
    "no-digit": (".5", NOT_JSON),
    "minus-alone": ("-", NOT_JSON),
    "exponent-alone": ("1e+", NOT_JSON),
    "hexadecimal": ("0x10", NOT_JSON),
    "two-values": ("1 2", NOT_JSON),
    "no-comma": ("[1 2]", NOT_JSON),
    "two-commas": ("[1,,2]", NOT_JSON),
    "comma-at-the-end": ("[1,]", NOT_JSON),
    "comma-at-the-end-of-an-object": ('{"a":1,}', NOT_JSON),
    "no-colon": ('{"a" 1}', NOT_JSON),
    "two-colons": ('{"a"::1}', NOT_JSON),
    "colon-in-an-array": ("[1:2]", NOT_JSON),
    "no-value": ('{"a":}', NOT_JSON),
    "name-without-quotes": ("{a:1}", NOT_JSON),
    "name-that-is-a-number": ("{1:1}", NOT_JSON),
    "single-quotes": ("{'a':1}", NOT_JSON),
    "crossed-brackets": ("[{]}", NOT_JSON),
    "closed-twice": ("[]]", NOT_JSON),
    "not-closed": ('{"a":[1', NOT_JSON),
    "nothing-open": ("}", NOT_JSON),
    "byte-order-mark": ("\ufeff1", NOT_JSON),
    "no-break-space": ("\u00a01", NOT_JSON),
    "form-feed": ("\f1", NOT_JSON),
    "comment": ("[1] // one", NOT_JSON),
    "empty-containers": ('{"a":[],"b":{}, "":[ ]}', '{"":[],"a":[],"b":{}}'),
    "nested": ('[{"b":[1,{"a":null}]},"x"]', '[{"b":[1,{"a":null}]},"x"]'),
    "last-of-two-counts": ('{"a":1,"b":2,"a":3}', '{"a":3,"b":2}'),
    "names-like-indexes": ('{"1":"a","0":"b","-1":"c","01":"d"}', '{"-1":"c","0":"b","01":"d","1":"a"}'),
    "prototype": (
        '{"__proto__":{"x":1},"constructor":2,"toString":3,"hasOwnProperty":4}',
        '{"__proto__":{"x":1},"constructor":2,"hasOwnProperty":4,"toString":3}',
    ),
    "prototype-of-a-list": ('[{"__proto__":null},"__proto__"]', '[{"__proto__":null},"__proto__"]'),
    "names-by-code-point": ('{"\U0001f600":1,"\uffff":2,"é":3}', '{"é":3,"\uffff":2,"\U0001f600":1}'),
    "escapes": (r'"\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\u0000"', r'"\"\\/\b\f\n\r\tAé€\u0000"'),
    "delete-and-separators": ('"\x7f\u2028\u2029"', '"\x7f\u2028\u2029"'),
    "pair-escaped": (r'"\ud83d\ude00 \uD83D\uDE00"', '"😀 😀"'),
    "pair-as-it-is": ('"😀é"', '"😀é"'),
    "halves": (r'["\ud83d","\ude00","\ude00\ud83d","\ud83dx\ude00"]', '["�","�","��","�x�"]'),
    "half-before-a-pair": (r'"\ud83d\ud83d\ude00"', '"�😀"'),
    "half-before-an-escape": (r'"\ud83d\n\ud83d\u0041\ud83d\""', r'"�\n�A�\""'),
    "half-in-a-name": (r'{"\ud83d":1}', '{"�":1}'),
    "not-a-half": (r'"\\ud83d \\\\udE00"', r'"\\ud83d \\\\udE00"'),
    "half-cut-off": (r'"\ud83d\u"', NOT_JSON),
    "escape-unknown": (r'"\x41"', NOT_JSON),
    "escape-of-a-quote": ('"\\\'"', NOT_JSON),
    "escape-short": (r'"\u12"', NOT_JSON),
    "escape-not-hexadecimal": (r'"\u12g4"', NOT_JSON),
    "escape-with-a-sign": (r'"\u+123"', NOT_JSON),
    "escape-at-the-end": ('"\\', NOT_JSON),
    "string-not-closed": ('"abc', NOT_JSON),
    "control-in-a-string": ('"a\nb"', NOT_JSON),
    "nul-in-a-string": ('"a\x00b"', NOT_JSON),
    "string-after-a-value": ('1"a"', NOT_JSON),
    "deepest": ("[" * 64 + "]" * 64, "[" * 64 + "]" * 64),
    "one-level-more": ("[" * 65 + "]" * 65, TOO_DEEP),
    "too-deep-in-a-member-that-is-replaced": ('{"a":' + "[" * 64 + "]" * 64 + ',"a":1}', TOO_DEEP),
    "too-deep-and-cut-off": ("[" * 65, TOO_DEEP),
    "too-deep-before-beyond-a-double": ("[" * 65 + "1e400" + "]" * 65, TOO_DEEP),
    "brackets-in-a-string-that-is-not-closed": ('["1e400' + "[" * 100, NOT_JSON),
    "objects-too-deep": ('{"a":' * 65 + "1" + "}" * 65, TOO_DEEP),
    "brackets-in-strings": ('["' + "[" * 100 + r"\"{\\" + '"]', '["' + "[" * 100 + r"\"{\\" + '"]'),
    "much-too-deep": ("[" * 20_000 + "]" * 20_000, TOO_DEEP),
    "wide": ("[" + "[]," * 300 + "[]]", "[" + "[]," * 300 + "[]]"),
}


# A lane that runs fewer has lost some: scenarios, and rows of each section of cases().
KNOWN_SCENARIOS = 593
KNOWN_ROWS = {"documents": 88, "patches": 56, "payload": 490, "payload-logs": 2, "adapters": 98, "server": 598}

# First seed, how many, events of each: many short logs, and some long ones.
RANDOM_LOGS = [["1", "40", "16"], ["1001", "2", "50"]]


def load_payload() -> list[dict[str, Any]]:
    """The payload scenarios of all files."""
    return [scenario for path in sorted((SPEC / "payload").glob("*.json")) for scenario in read(path)]


def load_patches() -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = read(SPEC / "patch.json")
    return vectors


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def payload_cases() -> list[list[str]]:
    """A head for each scenario, and its steps behind it."""
    flat = []
    for scenario in load_payload():
        flat.append(["scenario", scenario["name"]])
        for step in scenario["steps"]:
            flat += payload_step(step)
    return flat


def payload_step(step: dict[str, Any]) -> list[list[str]]:
    if "check" in step:
        return [["check", name, checked(name, value)] for name, value in step["check"].items()]
    if "message" in step:
        return [["message", step["message"], step["data"]]]
    [(word, value)] = step.items()
    if word == "event":
        return [["event", json.dumps(value, ensure_ascii=False)]]
    if word == "text":
        return [["event", value]]
    if word == "shows":
        return [["shows", *value]]
    if word == "compacted":
        return [["compacted", canonical(value)]]
    if word == "finish":
        return [["finish", value]]
    if word == "reset":
        return [["reset"]]
    raise ValueError(f"unknown step {word}: {value}")


def checked(name: str, value: Any) -> str:
    return value if name in ("status", "fault", "fault_detail") else canonical(value)


def patch_cases() -> list[list[str]]:
    return [
        [
            vector["name"],
            *(json.dumps(vector[name], ensure_ascii=False) for name in ("document", "patch")),
            outcome(vector),
        ]
        for vector in load_patches()
    ]


def outcome(vector: dict[str, Any]) -> str:
    return f"error: {vector['fails']}" if "fails" in vector else canonical(vector["result"])


def cases() -> dict[str, list[list[str]]]:
    """Section -> its cases."""
    return {
        "documents": [[name, text, wanted] for name, (text, wanted) in DOCUMENTS.items()],
        "patches": patch_cases(),
        "payload": payload_cases(),
        "payload-logs": RANDOM_LOGS,
        "adapters": adapter_cases(),
        "server": server_cases(),
    }
