"""An index of a million texts of 500 words: its size on disk, opening, memory and speed of asking.

    python -m benchmarks registry_million     # needs 20 GB of scratch space where temporary files lie

The index is asked in a process of its own. Memory is what no file stands for (Anonymous in
/proc/self/smaps_rollup), the most that was seen while asking above what was there before opening.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import peers, registry_texts
from benchmarks.registry_child import anonymous

MEMBERS = 100
SEED = 1_000
COPIES = 2_000
EVERY = 0.02


def run(quick: bool = False) -> dict[str, Any]:
    """Return the figures."""
    count = 20_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        result = {"texts": count, **_built(path, count)}
        questions = Path(folder) / "questions.json"
        questions.write_text(json.dumps(_questions()))
        result["asked"] = in_a_process(path, questions)
        _withdraw(path)
        result["asked, a member gone"] = in_a_process(path, questions)
    return result


def in_a_process(path: Path, questions: Path) -> dict[str, float]:
    """Ask an index in a process of its own: see `asked`."""
    told: dict[str, float] = peers.answer([sys.executable, "-m", __name__, path, questions])
    return told


def _built(path: Path, count: int) -> dict[str, float]:
    from commonweal.registry import Index, Work

    number, adding = 0, 0.0
    with Index.create(path) as index:
        for texts in registry_texts.many(count, SEED):
            works = [
                Work(t, f"member {(number + i) % MEMBERS}", str(number + i)) for i, t in enumerate(texts)
            ]
            adding += _seconds(lambda works=works: index.add(works))  # type: ignore[misc]
            number += len(works)
        joining = _seconds(index.compact)
        files = {f.name: f.stat().st_size for f in path.rglob("*") if f.is_file()}
    return {"building": adding, "joining": joining, "disk": sum(files.values()), "files": files}  # type: ignore[dict-item]


def _withdraw(path: Path) -> None:
    from commonweal.registry import Index

    with Index(path) as index:
        index.withdraw(owner="member 7")


def _seconds(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


class _Memory(threading.Thread):
    """The most anonymous memory while it runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self.over = anonymous(), threading.Event()

    def run(self) -> None:
        while not self.over.wait(EVERY):
            self.most = max(self.most, anonymous())


def _questions() -> list[str]:
    """Return copies of the first works, and as many fresh texts."""
    works = registry_texts.walks(registry_texts.AT_ONCE, SEED)[:COPIES]
    copies = registry_texts.copies(works, 2, most=0.02)
    return registry_texts.spelt([*copies, *registry_texts.walks(COPIES, 3)])


def asked(path: Path, queries: list[str]) -> dict[str, float]:
    """Open an index and ask it."""
    from commonweal.registry import Index, find

    with tempfile.TemporaryDirectory() as folder, Index.create(Path(folder) / "index") as warm:
        from benchmarks.registry import _warm

        _warm(Path(folder) / "warm", queries[:50])
        list(find(warm, queries[:50]))
    before = anonymous()
    memory = _Memory()
    memory.start()
    start = time.perf_counter()
    index = Index(path)
    index.segments()
    opening = time.perf_counter() - start
    hits: list[Any] = []
    first = _seconds(lambda: hits.extend(find(index, queries, passages=False)))
    near = _seconds(lambda: list(find(index, queries, passages=False)))
    passages = _seconds(lambda: list(find(index, queries, near=False)))
    memory.over.set()
    memory.join()
    named = {(hit.query, hit.key) for hit in hits}
    return {
        "opening": opening, "near, files unread": len(queries) / first, "near": len(queries) / near,
        "passages": len(queries) / passages, "memory": memory.most - before,
        "found": sum((q, str(q)) in named for q in range(COPIES)) / COPIES,
    }  # fmt: skip


def table(result: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    n = result["texts"]
    before, after = result["asked"], result["asked, a member gone"]
    lines = [
        "| what | figure | a hundredth withdrawn |",
        "|---|--:|--:|",
        f"| building, texts a CPU-second | {n / result['building']:,.0f} | |",
        f"| joining the segments, CPU-seconds | {result['joining']:,.0f} | |",
        f"| on disk, GB | {result['disk'] / 1e9:.2f} | |",
        f"| opening, seconds | {before['opening']:.4f} | {after['opening']:.4f} |",
        f"| memory while asking, bytes a text | {before['memory'] / n:,.0f} | {after['memory'] / n:,.0f} |",
    ]
    lines += [
        f"| {what}, texts a CPU-second | {before[what]:,.0f} | {after[what]:,.0f} |"
        for what in ("near, files unread", "near", "passages")
    ]
    lines.append(f"| copies with up to 2% changed found | {before['found']:.4f} | {after['found']:.4f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(json.dumps(asked(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))))
