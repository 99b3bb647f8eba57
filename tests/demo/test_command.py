"""The command: starting, ending, starting again, and what it says when it can't."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from demo.demo_process import ENVIRONMENT, ROOT, DemoProcess, Viewer
from demo.raw import PATIENCE_S
from server.redis_process import free_port

COMMAND = [sys.executable, "-m", "wakeful_demo"]


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], env=ENVIRONMENT, capture_output=True, text=True, timeout=300)


def test_an_unfinished_answer_goes_on_when_the_demo_is_started_again(tmp_path: Path) -> None:
    with DemoProcess(tmp_path) as demo:
        run = demo.ask("short", speed=2)
        with Viewer(run).until_messages(8) as viewer:
            before = viewer.ids()
            assert demo.stop(signal.SIGINT) == 0
    with DemoProcess(tmp_path, "--speed", "10") as demo:
        run.demo = demo
        with Viewer(run, cursor=before[-1]) as viewer:
            viewer.until_closed()
            assert before + viewer.ids() == run.ids()
        assert run.logged()["messages"][-1]["data"] == "[DONE]"
        assert demo.stop(signal.SIGTERM) == 0


def test_a_recordings_folder_is_played_in_place_of_the_scripts(tmp_path: Path) -> None:
    (tmp_path / "one.sse").write_bytes(b"id: 9\r\ndata: recorded\r\n\r\n")
    with DemoProcess(tmp_path / "data", "--recordings", str(tmp_path)) as demo:
        answer = demo.post("/runs", {"prompt": "anything"}).json()
        assert answer["script"] == "one"
        assert (answer["types"], answer["dialect"], answer["marked"]) == (["message"], "", False)
        stream = demo.get(answer["events"])
        assert "data: recorded\n\n" in stream.text
        assert "id: 9\n" not in stream.text


def test_make_demo_serves_a_page_that_has_all_it_asks_for(tmp_path: Path) -> None:
    """As the README has it. What it sets up and builds first is there already, or this test would not run."""
    arguments = f"ARGS=--port {free_port()} --data {tmp_path}"  # one that nobody takes when the demo has ended
    made = [f"--old-file={target}" for target in ("setup-build", "build", "web/build/python/.stamp")]
    command = ["make", "--silent", *made, "demo", arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as demo:
        try:
            assert demo.stdout is not None
            [address] = re.findall(r"http://localhost:\d+", demo.stdout.readline())
            with httpx.Client(base_url=address, timeout=PATIENCE_S) as http:
                page = http.get("/").raise_for_status().text
                assert "<title>Wakeful demo</title>" in page
                needed = re.findall(r'(?:src|href)="(/[^"]*)"', page)
                assert {"/dist/wakeful.mjs", "/static/demo.js", "/static/style.css"} <= set(needed)
                for path in needed:
                    assert http.get(path).status_code == 200, path
                run = http.post("/runs", json={"prompt": "hello", "speed": 1000}).raise_for_status().json()
                assert "data: [DONE]" in http.get(run["events"]).text
        finally:
            os.killpg(demo.pid, signal.SIGINT)  # what Ctrl-C does: to make and to what it runs
        demo.wait(PATIENCE_S)
    with pytest.raises(httpx.ConnectError):
        httpx.get(address, timeout=PATIENCE_S)


def test_a_port_in_use_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run_command("--port", str(port), "--data", str(tmp_path))
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: " in ended.stderr
    assert "Try another --port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_one_data_folder_serves_one_demo(tmp_path: Path) -> None:
    with DemoProcess(tmp_path):
        ended = run_command("--port", "0", "--data", str(tmp_path))
    assert ended.returncode == 1
    assert "another demo is using" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--recordings", "no/such/folder"], "no/such/folder is not a folder"),
        (["--recordings", "EMPTY"], "there is no .sse file in"),
        (["--speed", "0"], "a number from 0.001 to 1000 is wanted, not 0"),
        (["--speed", "nan"], "not nan"),
        (["--heartbeat", "-1"], "a number from 0.05 to 600 is wanted, not -1"),
        (["--heartbeat", "soon"], "not soon"),
        (["--port", "70000"], "a port is a whole number from 0 to 65535, not 70000"),
        (["--flood"], "unrecognized arguments: --flood"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(tmp_path: Path, arguments: list[str], words: str) -> None:
    ended = run_command(*(str(tmp_path) if one == "EMPTY" else one for one in arguments))
    assert ended.returncode == 2
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WAKEFUL_DEMO_BASE_URL", "localhost:8080/v1", "begins with http:// or https://"),
        ("WAKEFUL_DEMO_API_KEY", "k\u00e9y", "holds a character that no key has"),
    ],
)
def test_a_model_that_cannot_be_asked_is_named_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setitem(ENVIRONMENT, "WAKEFUL_DEMO_BASE_URL", "http://localhost:1/v1")
    monkeypatch.setitem(ENVIRONMENT, name, value)
    ended = run_command("--port", "0", "--data", str(tmp_path))
    assert ended.returncode == 2
    assert words in ended.stderr
    assert name == "WAKEFUL_DEMO_BASE_URL" or value not in ended.stderr


def test_a_folder_that_cannot_be_written_is_said_plainly() -> None:
    ended = run_command("--port", "0", "--data", "/proc/wakeful")
    assert ended.returncode == 1
    assert "cannot write to /proc/wakeful: " in ended.stderr
    assert "Choose another folder with --data" in ended.stderr


def test_it_says_where_it_is_what_it_lacks_and_that_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENVIRONMENT, "PATH", str(tmp_path))
    monkeypatch.setitem(ENVIRONMENT, "WAKEFUL_DEMO_BASE_URL", "http://localhost:1/v1")
    monkeypatch.setitem(ENVIRONMENT, "WAKEFUL_DEMO_MODEL", "small")
    data, dist = tmp_path / "data", tmp_path / "dist"
    command = [*COMMAND, "--port", "0", "--data", str(data), "--dist", str(dist)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as demo:
        assert demo.stdout is not None
        said = [demo.stdout.readline()]
        while "Ctrl-C" not in said[-1]:
            said.append(demo.stdout.readline())
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()
    assert demo.returncode == 0
    assert re.fullmatch(r"Wakeful demo: http://localhost:\d+\n", said[0])
    assert said[1] == "  Answers are those of the model small at http://localhost:1/v1.\n"
    assert f"  The page's client is not built ({dist} has no wakeful.mjs): run “make build”.\n" in said
    assert said[-2:] == [
        f"  The replay log is in {data}; unfinished answers go on when you start again.\n",
        "  Ctrl-C ends it.\n",
    ]
    assert rest == "\nEnded. Answers that were not finished go on at the next start.\n"


def test_the_server_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    arguments = ["--socket", str(tmp_path / "s"), "--data", str(tmp_path)]
    command = [sys.executable, "-m", "wakeful_demo.serve", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        server.stdin.close()
        assert server.wait(PATIENCE_S) == 0
