"""What `make test` runs its parts with: side by side, with what failed at the end, and nothing left behind."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "side_by_side.py"
PATIENCE_S = 120


def python(code: str) -> str:
    """A part's command."""
    return shlex.join([sys.executable, "-c", code])


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), "--logs", str(folder / "logs"), *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def result(folder: Path, *arguments: str) -> tuple[int, str]:
    with start(folder, *arguments) as process:
        said, _ = process.communicate(timeout=PATIENCE_S)
        return process.returncode, said


def test_two_that_wait_for_each_other_both_pass(tmp_path: Path) -> None:
    """The two ends of a pipe open together or not at all."""
    os.mkfifo(tmp_path / "pipe")
    status, said = result(
        tmp_path, "--at-once", "2", "a", python("open('pipe').read()"), "b", python("open('pipe', 'w').close()")
    )
    assert status == 0
    assert "== a passed" in said
    assert said.endswith("== all passed\n")


def test_what_a_failed_part_said_is_at_the_end_and_the_others_finish(tmp_path: Path) -> None:
    bad = python("print('tests/a.py ...  [ 50%]'); print('the reason'); raise SystemExit(3)")
    lane = "print('lane compiled: 593 scenarios')"
    good = python(f"print('tests/b.py ...  [100%]'); {lane}; print('a', 'secret'); print('=== 3 passed in 1s ===')")
    status, said = result(tmp_path, "--at-once", "1", "bad", bad, "good", good)
    assert status == 1
    assert "bad: tests/a.py ...  [ 50%]\n" in said
    assert "good: tests/b.py ...  [100%]\n" in said
    assert "good: lane compiled: 593 scenarios\n" in said
    assert "== bad FAILED (exit status 3)" in said
    assert ": 3 passed in 1s\n" in said
    told = said[said.index("== bad failed; this is ") :]
    assert told.splitlines()[1:] == ["tests/a.py ...  [ 50%]", "the reason", "", "== failed: bad"]
    assert "a secret" not in said
    assert "a secret" in (tmp_path / "logs" / "good.log").read_text()


STAYS = """
import subprocess, sys
print("as far as it came", flush=True)
try:
    subprocess.run([sys.executable, "-c", "open('pipe', 'w').write('up'); import signal; signal.pause()"])
finally:
    open("tidied", "w").close()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_all_of_it(tmp_path: Path, number: signal.Signals) -> None:
    os.mkfifo(tmp_path / "pipe")
    with start(tmp_path, "stays", python(STAYS)) as process:
        assert (tmp_path / "pipe").read_text() == "up"
        process.send_signal(number)
        said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "== stays still runs and is ended; this is the end of " in said
    assert "as far as it came\n" in said
    assert "interrupted" in said
    assert (tmp_path / "tidied").exists()


def test_one_that_hangs_is_told_of_while_it_does(tmp_path: Path) -> None:
    """It goes on once that was told, so it hangs as long as it is needed to."""
    os.mkfifo(tmp_path / "pipe")
    with start(
        tmp_path, "--silence", "0.1", "hangs", python("print('test_a ', flush=True); open('pipe').read()")
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        while said[-1] != "test_a\n":
            said.append(process.stdout.readline())
        assert re.fullmatch(
            r"== hangs still runs, and has said nothing for \d+ s; this is the end of .*hangs.log:\n", said[-2]
        )
        (tmp_path / "pipe").write_text("")
        rest, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert rest.endswith("== all passed\n")


def test_one_that_crashes_names_the_signal(tmp_path: Path) -> None:
    status, said = result(tmp_path, "a", python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"))
    assert status == 1
    assert "== a FAILED (ended by SIGSEGV) in 0:" in said


def test_a_command_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    status, said = result(tmp_path, "a", "no-such-program")
    assert status == 1
    assert "no-such-program" in said
