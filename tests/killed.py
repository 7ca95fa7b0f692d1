"""Imports killed at each step they take on the disk, in processes of their own: `python killed.py FOLDER`.

FOLDER holds `old.zip` (perhaps), `new.zip`. For each step of importing the new one: an archive with the old
one in it, the import killed there, then imported again. Prints what came of each as a line of JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from commonweal.intake import Archive, import_export
from commonweal.intake.relations import RELATIONS

STEPS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree")


def rows(place: Path) -> str:
    """Return all rows of an archive; the moment of import aside."""
    archive = Archive(place)
    found = {
        name: sorted(json.dumps(row, sort_keys=True) for row in archive.table(name).to_pylist())
        for name in RELATIONS
    }
    found["source"] = [
        json.dumps({k: v for k, v in row.items() if k != "imported_us"}, sort_keys=True)
        for row in archive.sources()
    ]
    return json.dumps(found)


def apart(work: Callable[[], str]) -> tuple[int, str]:
    """Run work in a process of its own; return the signal that ended it, and what it returned."""
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(out)
        with os.fdopen(into, "w") as stream:
            stream.write(work())
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as stream:
        said = stream.read()
    status = os.waitpid(pid, 0)[1]
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), said


def kill_at(step: int, place: Path) -> None:
    """Let this process be killed as it takes its n-th step on the disk below a folder."""
    left = step

    def hook(event: str, details: tuple[object, ...]) -> None:
        nonlocal left
        if event in STEPS and details and str(place) in str(details[0]):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def main(folder: Path) -> None:
    old, new, place = folder / "old.zip", folder / "new.zip", folder / "archive"

    def fresh() -> None:
        shutil.rmtree(place, ignore_errors=True)
        if (folder / "base").exists():
            shutil.copytree(folder / "base", place)

    def bring() -> str:
        import_export(new, place, owner="me", jobs=1)
        return rows(place)

    def killed(step: int) -> str:
        kill_at(step, place)
        import_export(new, place, owner="me", jobs=1)
        return "done"

    if old.exists():
        apart(lambda: str(import_export(old, folder / "base", owner="me", jobs=1).source_id))
    fresh()
    _, undisturbed = apart(bring)
    for step in range(1_000):
        fresh()
        ended, said = apart(lambda step=step: killed(step))  # type: ignore[misc]
        opens = ""
        if (place / "archive.json").exists():
            _, opens = apart(lambda: rows(place))
        _, again = apart(bring)
        left = sorted(p.name for p in place.iterdir() if p.name.startswith("."))
        print(json.dumps([ended, bool(opens), again == undisturbed, left]), flush=True)
        if said == "done":
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
