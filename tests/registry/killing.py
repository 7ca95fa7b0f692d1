"""Writers killed at random points, on one index that lives on: `python killing.py FOLDER ROUNDS`.

A writer is a process of its own that adds batches, withdraws and compacts, and says before and after each
what it does. After each kill the index is opened anew; prints what the writer said, and what was found, as
JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from commonweal.registry import Index, Work, find

BATCH = 4


def text_of(key: str) -> str:
    """Return the text of a work: 40 words of its own."""
    return " ".join(f"word{key}x{i}" for i in range(40))


def write(place: Path, first: int, seed: int, say: int) -> None:
    """Add, withdraw, and compact without end."""
    rng = random.Random(seed)
    number = first
    with Index(place) as index:
        while True:
            act = rng.choice(["add", "add", "add", "withdraw", "compact"])
            here = sorted(e.key for e in index.catalog.works() if not e.withdrawn)
            keys = [f"{number}n{i}" for i in range(BATCH)] if act == "add" else []
            if act == "withdraw":
                keys = rng.sample(here, min(2, len(here)))
            os.write(say, json.dumps({"begin": act, "keys": keys}).encode() + b"\n")
            if act == "add":
                index.add(Work(text_of(key), "owner", key) for key in keys)
                number += 1
            elif act == "withdraw":
                index.withdraw(works=[e.work for e in index.catalog.works() if e.key in keys])
            else:
                index.compact()
            os.write(say, json.dumps({"done": act, "keys": keys}).encode() + b"\n")


def read(place: Path, keys: list[str]) -> dict[str, object]:
    """Return which works the catalog has in force, which are found, and what is wrong with files."""
    with Index(place) as index:
        found = [
            sorted(h.key or "" for h in find(index, [text_of(key)], passages=passages, near=not passages))
            for passages in (False, True)
            for key in keys
        ]
        return {
            "kept": sorted(e.key for e in index.catalog.works() if not e.withdrawn),
            "found": sorted({key for hits in found for key in hits}),
            "only itself": all(hits in ([], [key]) for hits, key in zip(found, keys * 2, strict=True)),
            "both ways": found[: len(keys)] == found[len(keys) :],
            "damaged": [file for segment in index.segments() for file in segment.check()],
        }


def main(place: Path, rounds: int) -> None:
    """Kill writers."""
    Index.create(place).close()
    rng = random.Random(7)
    read(place, ["a"])  # what is compiled is compiled here, once
    number, ever = 0, ["0n0"]
    for seed in range(rounds):
        out, into = os.pipe()
        writer = os.fork()
        if writer == 0:
            os.close(out)
            write(place, number, seed, into)
        os.close(into)
        time.sleep(rng.uniform(0.0, 0.3))
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        with os.fdopen(out) as stream:
            said = [json.loads(line) for line in stream if line.endswith("\n")]
        ever += [key for act in said if act.get("begin") == "add" for key in act["keys"]]
        number += sum(act.get("begin") == "add" for act in said)
        print(json.dumps({"said": said, "ever": ever} | read(place, ever)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
