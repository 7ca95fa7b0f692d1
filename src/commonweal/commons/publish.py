"""Publishing: one folder with the items, the rules, who decided on them, a page, a description and hashes."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from commonweal.commons import croissant, page
from commonweal.commons.classify import Classification
from commonweal.commons.columns import SNAPSHOT
from commonweal.commons.decisions import Decision, adoption
from commonweal.commons.disputes import Dispute
from commonweal.commons.licences import table as licence_table
from commonweal.commons.rules import Rules
from commonweal.commons.snapshot import MANIFEST, SUMS, TABLE, Manifest, ordered, write_sums, write_table
from commonweal.commons.words import conditions
from commonweal.errors import InputError
from commonweal.sealed.canonical import file_hash

FILES = {
    TABLE: "every item with its verdict, the rule and the reason (Parquet, zstd)",
    "commons.toml": "the rules",
    "decisions.jsonl": "who decided on the rules and when, by which vote",
    "disputes.jsonl": "disputes on items and what became of them",
    "croissant.json": "this list described for machines (Croissant 1.1)",
    MANIFEST: "versions and counts",
    SUMS: "SHA-256 of each file",
}


def publish(
    classification: Classification,
    out: str | Path,
    *,
    sources: dict[str, Path],
    decisions: Sequence[Decision] = (),
    disputes: Sequence[Dispute] = (),
    on: date,
    per_page: int = page.PER_PAGE,
) -> Manifest:
    """Write a snapshot into a new folder and return what it says of itself.

    Parameters
    ----------
    classification : Classification
    out : str or Path
        A folder that is not there yet, or empty: an earlier snapshot is kept, to be compared with.
    sources : dict of str to Path
        Files that are laid beside it as they are: "commons.toml", "decisions.jsonl", "disputes.jsonl".
    decisions, disputes : sequence
        What the classification was made with.
    on : date
        Day of publication. The same input on the same day gives the same bytes.
    per_page : int
        Most items on one page.

    Raises
    ------
    InputError
        If the folder holds something, can't be written, or two items have one identifier. Nothing is
        written then.
    """
    folder = Path(out)
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise InputError("something is there", where=str(folder), mend="name a new folder for each snapshot")
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    try:
        partial.mkdir(parents=True)
        manifest = _write(classification, partial, sources, decisions, disputes, on, per_page)
        partial.replace(folder)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InputError(f"can't be written: {why}", mend="check the path", where=str(folder)) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _write(
    classification: Classification,
    folder: Path,
    sources: dict[str, Path],
    decisions: Sequence[Decision],
    disputes: Sequence[Dispute],
    on: date,
    per_page: int,
) -> Manifest:
    rules = classification.rules
    items = ordered(classification.tables(SNAPSHOT))
    write_table(items, folder / TABLE, {"rules": rules.sha256, "published": on.isoformat()})
    for name, source in sources.items():
        shutil.copyfile(source, folder / name)
    standing, decision = adoption(decisions, rules)
    counts = classification.counts
    manifest = Manifest(
        title=rules.title,
        published=on,
        rules=rules.sha256,
        standing=standing,
        decision=decision.sha256 if decision else "",
        licences=licence_table().sha256,
        table=file_hash(folder / TABLE),
        counts=counts.to_json(),
    )
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    (folder / "croissant.json").write_text(_describe(rules, manifest, folder / TABLE), "utf-8")
    about = {
        "title": rules.title,
        "published": on.isoformat(),
        "publisher": rules.publisher,
        "version": rules.sha256,
        "standing": standing,
        "decision": decision,
        "counts": manifest.counts,
        "rules": _rules(rules, counts.rules),
        "decisions": decisions,
        "disputes": disputes,
        "files": [(n, w) for n, w in FILES.items() if n == SUMS or (folder / n).exists()],
    }
    for name, text in page.pages(items, per_page=per_page, **about):
        (folder / name).write_text(text, "utf-8")
    write_sums(folder)
    return manifest


def _describe(rules: Rules, manifest: Manifest, table: Path) -> str:
    counts = manifest.counts["verdicts"]
    description = (
        f"Which of {manifest.counts['items']:,} items are in the commons, by which rule and why: "
        f"{counts['commons']:,} are, {counts['not']:,} are not, {counts['undecided']:,} are undecided. "
        f"Rules: SHA-256 {manifest.rules}."
    )
    return croissant.describe(
        title=rules.title,
        description=description,
        publisher=rules.publisher,
        published=manifest.published,
        file=TABLE,
        sha256=manifest.table,
        size=table.stat().st_size,
        schema=SNAPSHOT,
    )


def _rules(rules: Rules, counts: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the rules for the page, each with the number of items for which it is cited."""
    cited: Counter[str] = Counter()
    for (_, names), n in counts.items():
        cited.update(dict.fromkeys(names.split(";"), n))
    return [
        {
            "id": rule.id,
            "verdict": str(rule.verdict),
            "where": conditions(rule),
            "reason": rule.reason,
            "source": rule.source,
            "items": cited[rule.id],
        }
        for rule in rules.rules
    ]
