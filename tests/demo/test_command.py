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

COMMAND = [sys.executable, "-m", "wakeful_demo"]


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], env=ENVIRONMENT, capture_output=True, text=True, timeout=60)


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
        assert answer["types"] == ["message"]
        stream = demo.get(answer["events"])
        assert "data: recorded\n\n" in stream.text
        assert "id: 9\n" not in stream.text


def test_make_demo_serves_a_page_that_has_all_it_asks_for(tmp_path: Path) -> None:
    """As the README has it. What it sets up and builds first is there already, or this test would not run."""
    arguments = f"ARGS=--port 0 --data {tmp_path}"
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
        httpx.get(address)


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


def test_arguments_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    assert "is not a folder" in run_command("--recordings", str(tmp_path / "none")).stderr
    assert "greater than 0" in run_command("--speed", "0").stderr


def test_the_server_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    arguments = ["--socket", str(tmp_path / "s"), "--data", str(tmp_path)]
    command = [sys.executable, "-m", "wakeful_demo.serve", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        server.stdin.close()
        assert server.wait(20) == 0
