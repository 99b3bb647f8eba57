"""The strength of the lanes: one wrong line in the core, and they notice.

Each mutation is applied to a scratch copy, which is compiled and run in all lanes that need no browser.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cases import cases
from flatten import document

ROOT = Path(__file__).parent.parent
LANES = ("cpython", "compiled", "micropython", "pyodide")
SEEDS = 20
FEW_LOGS = [["1", "12", "16"]]
# What the Makefile compiles.
CORE = ["client_core/wakeful", *(f"client_core/wakeful/{folder}" for folder in ("payload", "adapters", "server"))]

# name: file, the line's part that is there once, and what it becomes
MUTATIONS = {
    "jitter-hides-under-the-floor": (
        "backoff.py",
        "return floor_ms + rng(min(ceiling, cap_ms) + 1)",
        "return max(floor_ms, rng(min(ceiling, cap_ms) + 1))",
    ),
    "backoff-does-not-grow": ("backoff.py", "ceiling *= 2", "ceiling *= 1"),
    "lf-after-a-split-cr-is-a-line": ("parser.py", 'self._skip_lf = data.endswith(b"\\r")', "self._skip_lf = False"),
    "bom-takes-a-byte-too-many": ("parser.py", "return head[3:] if", "return head[4:] if"),
    "id-with-nul-is-taken": ("parser.py", 'if "\\0" not in id:', 'if "\\1" not in id:'),
    "repeat-over-one-connection-is-dropped": ("dedupe.py", "seen_over == attempt", "seen_over == -attempt"),
    "late-timer-gets-no-grace": ("machine.py", "not self._liveness.in_grace:", "self._liveness.in_grace:"),
    "stale-input-is-taken": ("machine.py", "if attempt == self._attempt and", "if attempt <= self._attempt and"),
    "high-water-is-one-off": ("machine.py", "self._parser.buffered < self", "self._parser.buffered <= self"),
    "failures-count-twice": ("outage.py", "self.failures += 1", "self.failures += 2"),
    "budget-counts-time-asleep": ("outage.py", "self._since += ms", "self._since += 0 * ms"),
    "last-event-id-follows-a-redirect": ("request.py", 'if at_home and last != b"" and', 'if last != b"" and'),
    "gap-of-one-is-passed-over": ("cursor.py", "position.seq > self.next:", "position.seq > self.next + 1:"),
    "snapshot-cut-short-is-whole": ("profile.py", "if self._sequence.in_snapshot:", "if self.mode == 'plain':"),
    "every-drain-is-free": ("outage.py", "self._free = False", "self._free = True  # always"),
    "gap-is-asked-for-once-more": ("profile.py", "GAP_RETRIES = 2", "GAP_RETRIES = 3"),
    "payload-length-is-in-deltas": ("payload/model.py", "self.bytes += len(encode(text))", "self.bytes += 1"),
    "payload-interrupted-looks-complete": (
        "payload/accumulator.py",
        'part.state = "interrupted"',
        'part.state = "complete"',
    ),
    "payload-patch-of-an-older-revision": (
        "payload/events.py",
        "if base != contents.rev:",
        "if base > contents.rev:",
    ),
    "payload-pointers-unescape-twice": (
        "payload/patch.py",
        'part.replace("~1", "/").replace("~0", "~")',
        'part.replace("~0", "~").replace("~1", "/")',
    ),
    "payload-compaction-joins-over-values": ("payload/compact.py", "self._open[pid] = run", 'self._open["p1"] = run'),
    "payload-unfinished-item-is-there-twice": ("json_reader.py", "self._shown = True", "self._shown = False"),
}  # fmt: skip
# What must be noticed in every lane. The others run on CPython and compiled: on MicroPython one takes half a minute.
EVERYWHERE = (
    "jitter-hides-under-the-floor",
    "lf-after-a-split-cr-is-a-line",
    "bom-takes-a-byte-too-many",
    "id-with-nul-is-taken",
    "repeat-over-one-connection-is-dropped",
    "late-timer-gets-no-grace",
    "stale-input-is-taken",
    "high-water-is-one-off",
    "failures-count-twice",
    "last-event-id-follows-a-redirect",
    "gap-of-one-is-passed-over",
    "payload-length-is-in-deltas",
)


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each scenario fed as it stands: other cuts add time here, not strength."""
    path = tmp_path_factory.mktemp("mutations") / "input.json"
    flat = [[[scenario[0][0], "whole"], *scenario[1:]] for scenario in document()]
    # No mutation is of the adapters.
    few = {**{name: rows for name, rows in cases().items() if name != "adapters"}, "payload-logs": FEW_LOGS}
    # The first difference is enough where a lane takes long.
    given = {"scenarios": flat, "cases": few, "until_mismatch": True}
    path.write_text(json.dumps(given, ensure_ascii=False), "utf-8")
    return path


def mutant(name: str) -> tuple[Path, str]:
    """The file in client_core/ that a mutation changes, and what it becomes."""
    file, old, new = MUTATIONS[name]
    path = Path("client_core/wakeful") / file
    text = (ROOT / path).read_text("utf-8")
    assert text.count(old) == 1, f"{file} has changed: {old!r} is there {text.count(old)} times"
    return path, text.replace(old, new)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The core, with each mutant beside the module that it replaces: together they take mypy as long as one."""
    folder = tmp_path_factory.mktemp("compiled")
    copy_python(folder)
    for name in MUTATIONS:
        path, text = mutant(name)
        (folder / path).with_name(mutant_stem(name) + ".py").write_text(text, "utf-8")
    compile_core(folder)
    return folder / "web" / "build" / "core"


def mutant_stem(name: str) -> str:
    return "mutant_" + name.replace("-", "_")


def copy_python(folder: Path) -> None:
    """What the lanes run."""
    for part in ("client_core", "tests/portable", "tests/lanes"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))


def scratch(folder: Path, name: str, compiled: Path) -> Path:
    """A copy of what the lanes run, with one line changed."""
    copy_python(folder)
    path, text = mutant(name)
    (folder / path).write_text(text, "utf-8")
    (folder / "web").mkdir()
    (folder / "web" / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    core = folder / "web" / "build" / "core"
    shutil.copytree(compiled, core, ignore=shutil.ignore_patterns("mutant_*"))
    module = path.relative_to("client_core").with_suffix(".mjs")
    shutil.copy((compiled / module).with_name(mutant_stem(name) + ".mjs"), core / module)
    return folder


def compile_core(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "compiler", *CORE, "tests/portable", "--out", "web/build/core"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT / "web"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def run_lane(folder: Path, lane: str, scenarios: Path) -> dict[str, Any]:
    if lane == "cpython":
        paths = "client_core:tests:tests/lanes"
        program = (
            f"import host, json; given = json.load(open({str(scenarios)!r}));"
            f"print(json.dumps(host.run('x', given['scenarios'], given['cases'], {SEEDS})))"
        )
        command = ["env", f"PYTHONPATH={paths}", "PYTHONDONTWRITEBYTECODE=1", sys.executable, "-c", program]
    else:
        command = ["node", f"tests/lanes/{lane}.mjs", str(scenarios), str(SEEDS)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=3_600)
    assert done.returncode == 0, done.stderr[-4_000:]
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


@pytest.fixture(scope="module")
def sound(scenarios: Path) -> dict[str, Any]:
    result = run_lane(ROOT, "cpython", scenarios)
    assert result["mismatches"] == []
    return result


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.parametrize("name", MUTATIONS)
def test_every_lane_notices(name: str, tmp_path: Path, compiled: Path, scenarios: Path, sound: dict[str, Any]) -> None:
    folder = scratch(tmp_path, name, compiled)
    lanes = LANES if name in EVERYWHERE else LANES[:2]
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(lambda lane: run_lane(folder, lane, scenarios), lanes))
    unnoticed = []
    for lane, result in zip(lanes, results, strict=True):
        digests = (result["suite"], result["simulation"], result["cases"])
        if result["mismatches"] == [] and digests == (sound["suite"], sound["simulation"], sound["cases"]):
            unnoticed.append(lane)
    assert unnoticed == []
