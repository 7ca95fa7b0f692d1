"""A ChatGPT export of 200 MB to an archive, and words found in it, beside json.load, convoviz and echomine.

Seconds are wall-clock on all cores; memory is the highest sum over all processes of a run, sampled each
50 ms in a run of its own, with shared pages counted once (PSS).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.intake_export import write

SIZE = 200_000_000
QUICK = 20_000_000
REPEATS = 3

IMPORT = """
import sys
from commonweal.intake import import_export
if __name__ == "__main__":
    import_export(sys.argv[1], sys.argv[2], owner="me", jobs=int(sys.argv[3]))
"""
SEARCH = """
import sys, time
from commonweal.intake import Archive
from commonweal.intake.search import search
archive = Archive(sys.argv[1])
search(archive, "warm up")
for words in ("kernel density", "KeyError", "no such words as these"):
    start = time.perf_counter()
    search(archive, words)
    print(words, time.perf_counter() - start, sep="\\t")
"""
IJSON = "import ijson, sys; n = sum(1 for _ in ijson.items(open(sys.argv[1], 'rb'), 'item', use_float=True))"
SPLIT = """
import sys
from commonweal.intake.source.split import elements
n = sum(1 for _ in elements(open(sys.argv[1], "rb"), where="", longest=1 << 28))
"""


def run(quick: bool = False) -> dict[str, Any]:
    """Measure; return rows of task, seconds and MB."""
    with tempfile.TemporaryDirectory(prefix="intake-") as folder:
        export = Path(folder) / "conversations.json"
        conversations = write(export, QUICK if quick else SIZE)
        rows = [*_ours(export, Path(folder)), *_peers(export, Path(folder), quick)]
        searched = _searched(Path(folder) / "archive-2")
        disk = sum(p.stat().st_size for p in (Path(folder) / "archive-2").rglob("*") if p.is_file())
        size = export.stat().st_size
    return {
        "bytes": size,
        "conversations": conversations,
        "rows": rows,
        "search": searched,
        "archive_bytes": disk,
    }


def _ours(export: Path, folder: Path) -> list[dict[str, Any]]:
    python = sys.executable
    rows = [
        _row("json.load", [python, "-c", "import json, sys; json.load(open(sys.argv[1]))", export]),
        _row("ijson.items, yajl2_c", [python, "-c", IJSON, export]),
        _row("cut into conversations alone", [python, "-c", SPLIT, export]),
    ]
    script = folder / "bring.py"
    script.write_text(IMPORT)
    for jobs in (2, 1):
        place = folder / f"archive-{jobs}"
        name = f"to a finished archive, {jobs} process{'es' if jobs > 1 else ''}"
        rows.append(_row(name, [python, script, export, place, jobs], clear=place))
    return rows


def _peers(export: Path, folder: Path, quick: bool) -> list[dict[str, Any]]:
    python = peers.python("exports")
    bin_ = python.parent
    out = folder / "convoviz"
    return [
        _row("convoviz 0.7.6, to Markdown",
             [bin_ / "convoviz", "-z", export, "-o", out, "--outputs", "markdown", "-I"],
             repeats=1, clear=out),
        _row("echomine 1.5.0, list", [bin_ / "echomine", "list", export, "--format", "json"], repeats=1),
        _row("echomine 1.5.0, search",
             [bin_ / "echomine", "search", export, "--keywords", "kernel"], repeats=1),
    ]  # fmt: skip


def _row(
    task: str, command: list[Any], repeats: int = REPEATS, clear: Path | None = None, limit: float = 45
) -> dict[str, Any]:
    best, peak = float("inf"), 0.0
    for number in range(repeats + 1):  # the last is watched, which slows it down: for memory alone
        if clear is not None:
            shutil.rmtree(clear, ignore_errors=True)
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(c) for c in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        while number == repeats and process.poll() is None and time.perf_counter() - start < limit:
            peak = max(peak, memory(process.pid))
            time.sleep(0.05)
        try:
            _, errors = process.communicate(timeout=max(limit - (time.perf_counter() - start), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            print(f"{task}: stopped after {limit:.0f} s", file=sys.stderr)
            return {"task": f"{task}: stopped", "seconds": limit, "mb": peak}
        if process.returncode:
            raise RuntimeError(f"{task}: {errors.decode()[-800:]}")
        if number < repeats:
            best = min(best, time.perf_counter() - start)
    print(f"{task}: {best:.2f} s, {peak:.0f} MB", file=sys.stderr)
    return {"task": task, "seconds": best, "mb": peak}


def memory(pid: int) -> float:
    """Return the memory of a process and all below it, in MB: PSS, which counts shared pages once."""
    total = 0
    for one in [pid, *_below(pid)]:
        try:
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            continue
    return total / 1_000


def _below(pid: int) -> list[int]:
    found = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_below(int(child))]
    except OSError:
        pass
    return found


def _searched(archive: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", SEARCH, str(archive)], capture_output=True, text=True, check=True
    )
    lines = [line.split("\t") for line in done.stdout.strip().splitlines()]
    return [{"words": words, "seconds": float(seconds)} for words, seconds in lines]


def table(result: dict[str, Any]) -> str:
    """Return the rows as Markdown."""
    base = result["rows"][0]["seconds"]
    lines = [
        f"{result['bytes'] / 1e6:.0f} MB, {result['conversations']:,} conversations; the archive takes "
        f"{result['archive_bytes'] / 1e6:.0f} MB.\n",
        "| task | seconds | × json.load | MB |",
        "|---|---:|---:|---:|",
    ]
    lines += [
        f"| {r['task']} | {r['seconds']:.2f} | {r['seconds'] / base:.2f} | {r['mb']:.0f} |"
        for r in result["rows"]
    ]
    lines += [f"| search “{s['words']}” | {s['seconds']:.3f} | | |" for s in result["search"]]
    return "\n".join(lines)
