"""The specification: its clauses are those of clauses.md, its text is current, and its examples are true."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wakeful
from flatten import SCENARIOS
from spec_schemas import faults, frame
from wakeful.cursor import position_of
from wakeful.payload.accumulator import Accumulator
from wakeful.server.heads import stream_headers
from wakeful.server.limits import LogLimits
from wakeful.server.records import StreamInfo

if TYPE_CHECKING:
    from wakeful.options import OpenFrom

SPEC = SCENARIOS.parent
SOURCE = SPEC / "draft-wakeful-event-stream-profile-00.xml"
KEYWORD = "bcp14"


@cache
def draft() -> ElementTree.Element:
    return ElementTree.parse(SOURCE).getroot()


def requirements() -> dict[str, ElementTree.Element]:
    """Clause id to its text: a dt with an anchor, and the dd behind it."""
    found: dict[str, ElementTree.Element] = {}
    for entries in draft().iter("dl"):
        terms = list(entries)
        for term, text in zip(terms[::2], terms[1::2], strict=True):
            if term.get("anchor"):
                assert term.get("anchor") not in found, f"{term.get('anchor')} occurs twice"
                assert term.text == f"[{term.get('anchor')}]"
                found[str(term.get("anchor"))] = text
    return found


def test_its_clauses_are_those_of_the_list() -> None:
    listed = set(re.findall(r"^\| `([a-z0-9.-]+)` \|", (SPEC / "clauses.md").read_text("utf-8"), re.MULTILINE))
    written = set(requirements())
    missing, unknown = sorted(listed - written), sorted(written - listed)
    how = f'Each is a <dt anchor="ID">[ID]</dt><dd>…</dd> in a <dl> of {SOURCE.name}; then run `make spec`.'
    assert not missing, f"{SOURCE.name} lacks clauses that clauses.md has: {missing}. {how}"
    assert not unknown, (
        f"{SOURCE.name} has clauses that clauses.md lacks: {unknown}. Add a row and a scenario for each."
    )


def test_each_clause_says_what_must_be() -> None:
    assert [id for id, text in requirements().items() if text.find(f".//{KEYWORD}") is None] == []


def test_no_word_in_capitals_is_left_without_its_mark() -> None:
    """In <bcp14>, so that a reader of the page can see what is normative."""
    plain = re.compile(r"\b(MUST|SHALL|SHOULD|RECOMMENDED|REQUIRED|MAY|OPTIONAL)\b")
    found = [
        text
        for element in draft().iter()
        for text in ((element.text if element.tag != KEYWORD else ""), element.tail)
        if text and plain.search(text)
    ]
    assert found == []


def test_the_text_is_current(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("xml2rfc")), "--no-network", "--skip-config-files", "--no-pagination"]
    command += ["--quiet", "--cache", str(tmp_path), "--text", "--path", str(tmp_path), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rendered = (tmp_path / SOURCE.with_suffix(".txt").name).read_text("utf-8")
    assert rendered == SOURCE.with_suffix(".txt").read_text("utf-8"), "run `make spec` and commit the text"


# Examples.


def examples(type: str) -> dict[str, str]:
    """Name to text of every example of this type."""
    blocks = [block for block in draft().iter("sourcecode") if block.get("type") == type]
    return {str(block.get("name")): (block.text or "").removeprefix("\n") for block in blocks}


def messages_of(stream: str) -> list[wakeful.Message]:
    return [
        wakeful.Message(message.type, message.data, message.last_event_id)
        for message in wakeful.parse([stream.encode()])
    ]


def test_the_streams_are_what_a_server_may_send() -> None:
    streams = examples("event-stream")
    assert len(streams) >= 3
    for name, stream in streams.items():
        previous = ""
        messages = messages_of(stream)
        assert messages[0].type == "es.hello", name
        for message in messages:
            own_id = message.last_event_id if message.last_event_id != previous else ""
            previous = message.last_event_id
            document = json.loads(message.data)
            if message.type.startswith("es."):
                assert faults("frame.producer", frame(message.type, document, own_id)) == [], name
            else:
                assert message.type == "message", name
                assert faults("payload.producer", document) == [], name


def test_the_hello_and_the_problem_are_valid() -> None:
    assert faults("frame.producer", frame("es.hello", json.loads(examples("json")["hello"]))) == []
    problem = json.loads(examples("problem+json")["expired"])
    assert faults("problem", problem) == []


def test_every_problem_type_is_in_the_table() -> None:
    table = {code.text for cell in draft().iter("td") for code in cell.findall("tt")}
    used = {json.loads(text)["type"] for text in examples("problem+json").values()}
    assert {type.removeprefix("urn:event-stream-profile:problem:") for type in used} <= table


def test_the_recommended_values_are_our_defaults() -> None:
    [table] = [one for one in draft().iter("table") if one.get("anchor") == "recommended"]
    said = [str(list(row.iter("td"))[2].text) for row in table.iter("tr") if row.find("td") is not None]
    options = wakeful.Options("https://agents.example/")
    names = (
        "connect_ms idle_ms pause_ms rotate_ms base_ms cap_ms attempts budget_ms high_water max_event_bytes"
        " max_header_bytes dedupe_window dedupe_bytes"
    )
    assert [int(value.split(" ")[0]) for value in said] == [getattr(options, name) for name in names.split()]


def applied(name: str, stream: str) -> list[str]:
    """What an application gets of an example: as the draft writes it."""
    options = wakeful.Options("https://agents.example/runs/7/events")
    options.last_event_id = positions().get(name, "")
    client = wakeful.Client(options, lambda n: 0 * n)
    client.start(0)
    client.receive_response(client.attempt, wakeful.Response(200, {"content-type": "text/event-stream"}), 1)
    client.receive_data(client.attempt, stream.encode(), 1)
    lines: list[str] = []
    while (event := client.next_event(1)) is not None:
        if isinstance(event, wakeful.Message):
            lines.append(f"message {event.last_event_id}")
        elif isinstance(event, wakeful.Reset):
            lines.append(f"reset {event.reason} {event.epoch} {event.base}")
        elif isinstance(event, wakeful.ProtocolWarning):
            lines.append(f"warning {event.detail}")
    return lines if client.outcome is None else [*lines, f"{client.state} {client.outcome.status}"]


def positions() -> dict[str, str]:
    """Of the examples that go on from a position: it is in the request that the draft shows for them."""
    _, fields = request_head(examples("http-message")["resume-request"])
    return dict.fromkeys(("resumed", "reset"), fields["last-event-id"])


def test_the_application_gets_what_the_draft_says() -> None:
    written = examples("trace")
    for name, stream in examples("event-stream").items():
        assert applied(name, stream) == written[f"{name}.got"].split("\n")[:-1], name


@pytest.mark.parametrize(("name", "position"), [("first-request", ""), ("resume-request", "k3f9.3")])
def test_the_requests_are_what_the_client_sends(name: str, position: str) -> None:
    options = wakeful.Options("https://agents.example/runs/7/events")
    options.negotiate, options.last_event_id = "header", position
    client = wakeful.Client(options, lambda n: 0 * n)
    client.start(0)
    action = client.next_action()
    assert isinstance(action, wakeful.Connect)
    first, fields = request_head(examples("http-message")[name])
    assert first == f"{action.method} /runs/7/events HTTP/1.1"
    assert fields.pop("host") == "agents.example"
    assert fields == {header.lower(): value.decode() for header, value in action.headers}


def shown(accumulator: Accumulator) -> list[dict[str, Any]]:
    """The messages, less what says nothing."""
    messages = []
    for message in accumulator.messages:
        parts = [
            {name: value for name in PART_MEMBERS if (value := getattr(part, name)) not in ("", None)}
            for part in message.parts
        ]
        messages.append({"mid": message.mid, "role": message.role, "finish": message.finish, "parts": parts})
    return messages


PART_MEMBERS = ("pid", "kind", "call_id", "name", "text", "value", "state")


def test_the_payload_folds_into_what_the_draft_shows() -> None:
    stream, listed = Accumulator(), Accumulator()
    for message in messages_of(examples("event-stream")["whole-run"]):
        if message.type == "message":
            stream.apply(message)
    for event in json.loads(examples("json")["payload-events"]):
        assert faults("payload.producer", event) == []
        listed.apply_text(json.dumps(event))
    for name, accumulator in (("whole-run", stream), ("payload-events", listed)):
        assert accumulator.fault == ""
        assert shown(accumulator) == json.loads(examples("json")[f"{name}.state"])


def test_every_example_is_checked() -> None:
    """A block without a name, or with one that no test knows, would be a claim that nobody holds."""
    checked = {"whole-run", "resumed", "reset", "first-request", "resume-request", "response", "expired", "hello"}
    checked |= {"payload-events"}
    names = {
        str(block.get("name")).split(".")[0] for block in draft().iter("sourcecode") if block.get("type") != "abnf"
    }
    assert names == checked


# The grammar, as regular expressions: ABNF without what the draft does not use.

TOKEN = re.compile(
    r'"(?P<text>[^"]*)"|%x(?P<low>\w+)-(?P<high>\w+)|(?P<count>\d*\*\d*)|(?P<rule>[\w-]+)|(?P<mark>[][()/])'
)
CORE_RULES = {"ALPHA": "[A-Za-z]", "DIGIT": "[0-9]"}


def grammar() -> dict[str, str]:
    blocks = "\n".join(block.text or "" for block in draft().iter("sourcecode") if block.get("type") == "abnf")
    lines = [re.sub(r";.*", "", line) for line in blocks.splitlines()]
    rules = re.findall(r"^([\w-]+) +=(.*(?:\n .*)*)", "\n".join(lines), re.MULTILINE)
    return {name: text for name, text in rules if name != "Event-Stream-Params"}  # of RFC 9651, which has its own


def pattern_of(rule: str) -> str:
    pattern = count = ""
    counts: list[str] = []  # of the groups that are open
    for token in TOKEN.finditer(grammar()[rule]):
        if token["count"]:
            least, most = token["count"].split("*")
            count = f"{{{least or 0},{most}}}"
            continue
        if token["mark"] in ("(", "["):
            counts.append(count if token["mark"] == "(" else "?")
            pattern += "(?:"
        elif token["mark"]:
            pattern += "|" if token["mark"] == "/" else ")" + counts.pop()
        elif token["rule"]:
            pattern += (CORE_RULES.get(token["rule"]) or pattern_of(token["rule"])) + count
        elif token["low"]:
            pattern += f"[\\x{token['low']}-\\x{token['high']}]" + count
        else:
            pattern += f"(?i:{re.escape(token['text'])})" + count
        count = ""
    return f"(?:{pattern})"


BORDERS = [
    f"{'e' * epoch}.{seq}{'~' * (opaque >= 0)}{'o' * opaque}"
    for epoch in (0, 1, 32, 33)
    for seq in ("", "0", "07", "7", "7" * 15, "7" * 16)
    for opaque in (-1, 0, 1, 64, 65)
]


def has_grammars_form(text: str) -> bool:
    return re.fullmatch(pattern_of("position"), text) is not None and len(text) <= 128


def test_the_grammar_of_a_position_is_ours_at_its_borders() -> None:
    assert [text for text in BORDERS if has_grammars_form(text) != (position_of(text) is not None)] == []
    assert sum(position_of(text) is not None for text in BORDERS) == 2 * 3 * 3


@given(st.text("aZ09_-.~é ", max_size=12))
def test_the_grammar_of_a_position_is_ours(text: str) -> None:
    assert has_grammars_form(text) == (position_of(text) is not None)


def test_the_grammar_of_the_query_is_what_the_client_sends() -> None:
    queries = set()
    starts: list[OpenFrom] = ["start", "now", "snapshot"]
    for open_from, heartbeat_ms, position in itertools.product(starts, (0, 5_000), ("", "e.7")):
        options = wakeful.Options("https://agents.example/")
        options.negotiate = "query"
        options.open_from, options.heartbeat_ms, options.last_event_id = open_from, heartbeat_ms, position
        client = wakeful.Client(options, lambda n: 0 * n)
        client.start(0)
        action = client.next_action()
        assert isinstance(action, wakeful.Connect)
        queries.add(action.url.partition("?")[2])
    assert len(queries) == 8  # with a position, it is of no matter where to begin
    assert [query for query in queries if not re.fullmatch(pattern_of("es-query"), query)] == []
    assert not re.fullmatch(pattern_of("es-query"), "es=1&es.from=elsewhere")


def request_head(text: str) -> tuple[str, dict[str, str]]:
    """The first line, and the fields by their small names; repeated ones joined, as RFC 9110 allows."""
    first, *lines = text.strip().split("\n")
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        fields[name.lower()] = f"{fields[name.lower()]}, {value}" if name.lower() in fields else value
    return first, fields


def test_the_response_head_is_what_our_server_sends() -> None:
    first, fields = request_head(examples("http-message")["response"])
    assert first == "HTTP/1.1 200 OK"
    info = StreamInfo("run_7", "k3f9", 1, 12, False)
    sent = stream_headers(info, LogLimits(), 15_000, "/runs/7/events", control=True)
    assert fields == {name.lower(): value for name, value in sent}
