"""Near duplicates and passages: texts a CPU-second, recall and precision, memory, beside peers.

    python -m benchmarks registry

Texts of 500 words, and questions: half are copies of texts with 0 to 10% of their words changed, half fresh.
A pair is a near duplicate if the Jaccard similarity of its words in fives is .8 or more, computed with sets:
of each copy with its text, of every pair that any tool found, and of some questions with all texts. Passages
are runs of 16 to 64 words set into fresh texts.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks import peers, registry_million, registry_texts
from benchmarks.registry_child import TOOLS, shingles

THRESHOLD = 0.8
RUNS = (16, 24, 32, 64)
Pair = tuple[int, int]


def run(quick: bool = False) -> dict[str, Any]:
    """Return the figures of all tools on the same texts, and of ours on more."""
    few, many = (1_000, 0) if quick else (20_000, 100_000)
    result: dict[str, Any] = {"threshold": THRESHOLD, "sizes": {}}
    result["sizes"][few] = _compared(few, list(TOOLS), sample=5 if quick else 100)
    if many:
        result["sizes"][many] = _compared(many, [], sample=20)
    return result


def _compared(count: int, tools: list[str], sample: int) -> dict[str, Any]:
    base = registry_texts.walks(count, 1)
    half = count // 10
    asked = registry_texts.copies(base[:half], 2) + list(registry_texts.walks(half, 3))
    docs, queries = registry_texts.spelt(base), registry_texts.spelt(asked)
    quoting = _quoting(base, half)
    found = {"commonweal": _ours(docs, queries, registry_texts.spelt(quoting), half)}
    for tool in tools:
        found[tool] = _peer(tool, docs, queries)
    pairs = {(q, q) for q in range(half)} | _alike(
        docs, queries, range(0, len(queries), len(queries) // sample)
    )
    pairs |= {pair for tool in found.values() for pair in tool["hits"]}
    true = {pair for pair in pairs if _jaccard(queries[pair[0]], docs[pair[1]]) >= THRESHOLD}
    return {
        "docs": count, "queries": len(queries), "truth": len(true), "sampled": sample,
        "characters": sum(map(len, docs)) / count, "floor": _floor(docs),
        "tools": {name: _row(tool, count, len(queries), true) for name, tool in found.items()},
    }  # fmt: skip


def _quoting(base: Any, count: int) -> list[Any]:
    """Return texts of which number q quotes text q, and no other by design."""
    fresh = registry_texts.walks(count, 4)
    edges = [count * i // len(RUNS) for i in range(len(RUNS) + 1)]
    return [
        text
        for words, first, end in zip(RUNS, edges, edges[1:], strict=False)
        for text in registry_texts.quotations(base[first:end], fresh[first:end], words, 5)
    ]


def _ours(docs: list[str], queries: list[str], quoting: list[str], quoted: int) -> dict[str, Any]:
    from commonweal.registry import Index, Work, find

    with tempfile.TemporaryDirectory() as folder:
        _warm(Path(folder) / "warm", docs[:50])
        index = Index.create(Path(folder) / "index")
        built, _ = _cpu(lambda: index.add(Work(t, f"member {i % 100}", str(i)) for i, t in enumerate(docs)))
        index.compact()
        near, hits = _cpu(lambda: list(find(index, queries, threshold=THRESHOLD, passages=False)))
        questions = Path(folder) / "questions.json"
        questions.write_text(json.dumps(queries))
        memory = registry_million.in_a_process(index.path, questions)["memory"]
        passages, runs = _cpu(lambda: list(find(index, quoting, near=False)))
        both, _ = _cpu(lambda: list(find(index, queries, threshold=THRESHOLD)))
        size = sum(f.stat().st_size for f in (Path(folder) / "index").rglob("*") if f.is_file())
    named = {(h.query, int(h.key or -1)) for h in runs if not h.common}
    return {
        "build": built, "query": near, "memory": memory, "hits": {(h.query, int(h.key or -1)) for h in hits},
        "passages": quoted / passages, "both": len(queries) / both, "disk": size / len(docs),
        "quotations": quoted, "quotations named": sum((q, q) in named for q in range(quoted)),
        "runs": len(runs) / quoted,
    }  # fmt: skip


def _warm(folder: Path, texts: list[str]) -> None:
    """Let what is compiled be compiled."""
    from commonweal.registry import Index, Work, find

    with Index.create(folder) as index:
        index.add([Work(text, str(i)) for i, text in enumerate(texts)])
        index.add([Work(text, str(i)) for i, text in enumerate(texts)])
        index.compact()
        list(find(index, texts))


def _peer(tool: str, docs: list[str], queries: list[str]) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"docs": docs, "queries": queries, "threshold": THRESHOLD}, file)
        file.flush()
        told: dict[str, Any] = peers.call(
            "dedup", Path(__file__).with_name("registry_child.py"), tool, file.name
        )
    return told | {"hits": {(q, d) for q, d in told["hits"]}}


def _jaccard(one: str, other: str) -> float:
    a, b = set(shingles(one)), set(shingles(other))
    return len(a & b) / len(a | b)


def _alike(docs: list[str], queries: list[str], sample: Iterable[int]) -> set[Pair]:
    """Return the pairs of some questions with all texts that share half of the question's words in fives."""
    asked = {q: set(shingles(queries[q])) for q in sample}
    holding: dict[str, list[int]] = {}
    for q, said in asked.items():
        for shingle in said:
            holding.setdefault(shingle, []).append(q)
    found = set()
    for d, text in enumerate(docs):
        met: dict[int, int] = {}
        for shingle in set(shingles(text)) & holding.keys():
            for q in holding[shingle]:
                met[q] = met.get(q, 0) + 1
        found |= {(q, d) for q, both in met.items() if both >= len(asked[q]) / 2}
    return found


def _row(tool: dict[str, Any], docs: int, queries: int, true: set[Pair]) -> dict[str, Any]:
    hits = tool.pop("hits")
    right = len(hits & true)
    return tool | {
        "build": docs / tool["build"], "query": queries / tool["query"], "recall": right / len(true),
        "precision": right / len(hits) if hits else None,
    }  # fmt: skip


def _floor(docs: list[str]) -> dict[str, float]:
    """Return texts a CPU-second of what can't be left out: reading the bytes; cutting and hashing words."""
    import numpy as np

    from commonweal.registry import kernels
    from commonweal.registry.letters import codes, tables
    from commonweal.registry.texts import Key

    texts = docs[:10_000]
    with tempfile.NamedTemporaryFile() as file:
        file.write("\n".join(texts).encode())
        file.flush()
        read, _ = _cpu(lambda: Path(file.name).read_bytes().decode().split("\n"))
    kinds, folded = tables()
    key, longest = Key(bytes(32)).words, max(map(len, texts))
    hashes, marks = np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    starts, ends = np.empty(longest, np.int32), np.empty(longest, np.int32)

    def hashed() -> None:
        for text in texts:
            n = kernels.words(codes(text)[0], kinds, folded, key, hashes, starts, ends)
            kernels.shingles(hashes, n, key, marks)

    hashed()
    return {"reading": len(texts) / read, "words and their hashes": len(texts) / _cpu(hashed)[0]}


def _cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    answer = work()
    return time.process_time() - start, answer


def table(result: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    lines = []
    for told in result["sizes"].values():
        ours = told["tools"]["commonweal"]
        lines += [
            f"{told['docs']:,} texts of {told['characters']:,.0f} characters, {told['queries']:,} questions, "
            f"{told['truth']:,} near duplicates.",
            "",
            "| tool | build, texts/s | query, texts/s | recall | precision | memory, KB a text |",
            "|---|--:|--:|--:|--:|--:|",
        ]
        for name, row in told["tools"].items():
            lines.append(
                f"| {name} | {row['build']:,.0f} | {row['query']:,.0f} | {row['recall']:.4f} | "
                f"{row['precision']:.4f} | {row['memory'] / told['docs'] / 1000:.2f} |"
            )
        lines += [
            "",
            "| ours besides | |",
            "|---|--:|",
            f"| passages, texts/s | {ours['passages']:,.0f} |",
            f"| near duplicates and passages in one go, texts/s | {ours['both']:,.0f} |",
            f"| quotations of 16 words and more that were named | {ours['quotations named']:,} of "
            f"{ours['quotations']:,} |",
            f"| on disk, KB a text | {ours['disk'] / 1000:.1f} |",
            *(f"| floor: {what}, texts/s | {rate:,.0f} |" for what, rate in told["floor"].items()),
            "",
        ]
    return "\n".join(lines).rstrip()
