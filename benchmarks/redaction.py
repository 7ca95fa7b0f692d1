"""Redaction: megabytes a second, and recall and precision on labelled texts, beside peers' patterns.

    python -m benchmarks redaction

The text for speed is what a chat holds, made of docstrings and modules of the standard library, cut into
messages;
one in twenty has something private. The labelled texts are half of presidio-research's synthetic set, where
it lies beside this project; without it only speed is measured. Peers run without models, as ours does.
"""

from __future__ import annotations

import inspect
import json
import random
import tempfile
import time
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.intake_export import MODULES, sentences
from commonweal.intake.redaction import Find, Finder, Kind, Surrogates, measure, redact

LABELLED = Path(__file__).parents[2] / "shared/data/pii/presidio_research_synth_half.json"
PEERS = ("presidio", "scrubadub", "datafog")
CLASSES = (
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "CREDIT_CARD",
    "IBAN_CODE",
    "US_SSN",
    "IP_ADDRESS",
    "STREET_ADDRESS",
)


def messages(size: int, seed: int = 0) -> list[str]:
    """Return messages of some 100 to 4,000 characters, prose and code, something private in one of twenty."""
    rng, texts = random.Random(seed), sentences()
    code = [
        inspect.getsource(import_module(n)) for n in MODULES if "." not in n and n not in ("numpy", "scipy")
    ]
    found, total = [], 0
    while total < size:
        if rng.random() < 0.3:
            source = rng.choice(code)
            at = rng.randrange(max(1, len(source) - 3_000))
            text = source[at : at + rng.randint(300, 3_000)]
        else:
            text = "\n\n".join(rng.choices(texts, k=rng.randint(1, 6)))
        if rng.random() < 0.05:
            text += "\n" + _private(rng)
        found.append(text)
        total += len(text)
    return found


def _private(rng: random.Random) -> str:
    digits = "".join(rng.choices("0123456789", k=8))
    return rng.choice([
        f"Write to u{digits}@example.org.", f"Call me on +49 30 {digits}.",
        f"It came from 86.121.{rng.randrange(256)}.9.", f"My card is 4111 1111 1111 1111, zip {digits[:5]}.",
        f"Send it to {int(digits[:2]) + 1} High Street, London.",
    ])  # fmt: skip


def run(quick: bool = False) -> dict[str, Any]:
    """Return speeds, and scores on the labelled texts."""
    texts = messages(1_000_000 if quick else 20_000_000)
    size = sum(len(t.encode()) for t in texts) / 1e6
    finder, surrogates = Finder(), Surrogates(bytes(32))
    finder.find("Call +49 30 1234567.")
    seconds, n = _timed(lambda: sum(map(len, finder.find_many(texts))), 1 if quick else 5)
    finds = list(finder.find_many(texts))
    replaced, _ = _timed(lambda: [redact(t, f, surrogates) for t, f in zip(texts, finds, strict=True)], 1)
    named = Finder(names=[f"Given{chr(97 + i % 26)}{i} Family{i}" for i in range(100)])
    with_names, _ = _timed(lambda: sum(map(len, named.find_many(texts))), 1)
    result: dict[str, Any] = {
        "messages": len(texts), "megabytes": size, "finds": n, "MB/s": size / seconds,
        "replacing, MB/s": size / replaced, "MB/s with 100 names": size / with_names,
    }  # fmt: skip
    if not LABELLED.exists():
        return result
    labelled = measure.load(LABELLED)
    dense = [t.text for t in labelled]
    dense_seconds, _ = _timed(lambda: list(finder.find_many(dense)), 3)
    result["MB/s on the labelled texts"] = sum(len(t.encode()) for t in dense) / 1e6 / dense_seconds
    scored = measure.score(labelled, finder.find_many)
    result["table"] = measure.table(scored)
    result["scores"] = {"ours": _row(scored)}
    for peer in () if quick else PEERS:
        some = texts[:1000]
        found, slow = _peer(peer, dense), _peer(peer, some)
        score = measure.score(labelled, lambda _, found=found: _finds(found["finds"]))
        result["scores"][peer] = _row(score) | {
            "MB/s": sum(len(t.encode()) for t in some) / 1e6 / slow["seconds"]
        }
    return result


def _timed(work: Any, rounds: int) -> tuple[float, Any]:
    best, answer = float("inf"), None
    for _ in range(rounds):
        start = time.perf_counter()
        answer = work()
        best = min(best, time.perf_counter() - start)
    return best, answer


def _peer(peer: str, texts: list[str]) -> Any:
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(texts, file)
        file.flush()
        return peers.call("redaction", Path(__file__).with_name("redaction_child.py"), peer, file.name)


def _finds(found: Iterable[list[list[Any]]]) -> Iterable[list[Find]]:
    for finds in found:
        yield [Find(a, b, Kind(kind), "", "") for a, b, kind in finds]


def _row(scored: measure.Score) -> dict[str, Any]:
    kinds = [
        k
        for k in (Kind.EMAIL, Kind.PHONE, Kind.CARD, Kind.IBAN, Kind.NATIONAL_ID, Kind.IP)
        if k in scored.precision
    ]
    right, of = (sum(getattr(scored.precision[k], what) for k in kinds) for what in ("hits", "of"))
    return {name: scored.recall[name].value for name in CLASSES} | {"precision": right / of if of else None}


def table(result: dict[str, Any]) -> str:
    """Return the figures as Markdown tables."""
    rows = [
        f"{result['megabytes']:.1f} MB in {result['messages']:,} messages, {result['finds']:,} finds.",
        "",
    ]
    rows += ["| what | MB/s |", "|---|--:|"]
    rows += [f"| {what} | {result[key]:.1f} |" for what, key in (
        ("finding", "MB/s"), ("finding, with a list of 100 names", "MB/s with 100 names"),
        ("replacing what was found", "replacing, MB/s"),
        ("finding in the labelled texts, a find in every 170 bytes", "MB/s on the labelled texts"),
    ) if key in result]  # fmt: skip
    if "table" in result:
        rows += ["", result["table"], "", "| | MB/s | precision | " + " | ".join(CLASSES) + " |"]
        rows += ["|---|" + "--:|" * (len(CLASSES) + 2)]
        for name, score in result["scores"].items():
            speed = score.get("MB/s", result["MB/s"])
            cells = [f"{speed:.3g}", f"{score['precision']:.2f}", *(f"{score[c]:.2f}" for c in CLASSES)]
            rows += [f"| {name} | " + " | ".join(cells) + " |"]
    return "\n".join(rows)
