"""From an archive to works that a collective may pool: chosen, the person's own, with owner, terms, source.

By default only what the person wrote: messages of role "user", and works that are theirs. What a model wrote
is left out unless it is asked for, and then marked, since whose it is is an open question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonweal.errors import InputError
from commonweal.intake.archive import Archive
from commonweal.intake.redaction.archive import CLEAN, REPORT

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("owner", pa.string()),
        ("text", pa.string()),
        ("title", pa.string()),
        ("kind", pa.string()),
        ("made_by", pa.string()),
        ("date", pa.timestamp("us", tz="UTC")),
        ("language", pa.string()),
        ("license", pa.string()),
        ("terms", pa.string()),
        ("visibility", pa.string()),
        ("source", pa.string()),
        ("url", pa.string()),
    ]
)
"""Columns of the works: `id` that of the thread, message or work in the archive; `made_by` "person" or
"model"; `terms` the hash of the terms they are offered under; `source` the format they came from."""

MODELS = ("assistant", "tool")
ROLES = ("user", "assistant", "tool", "system", "other")


@dataclass
class Pooled:
    """What was written.

    Attributes
    ----------
    works : int
    by_kind, by_maker : Counter
    left_out : Counter
        Reason to number of messages or works.
    path : Path
    """

    path: Path
    works: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    by_maker: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "path": str(self.path),
            "works": self.works,
            "by_kind": dict(self.by_kind),
            "by_maker": dict(self.by_maker),
            "left_out": dict(self.left_out),
        }


def pool(
    archive: Archive,
    out: str | Path,
    *,
    roles: Iterable[str] = ("user",),
    kinds: Iterable[str] = ("text",),
    per: str = "thread",
    shortest: int = 1,
    others: bool = False,
    language: str | None = None,
    license: str | None = None,
    terms: str | None = None,
    owners: Mapping[str, str] | None = None,
) -> Pooled:
    """Write an archive's works as a Parquet file that `Pool.read` and `commonweal appraise` take.

    Parameters
    ----------
    archive : Archive
    out : path
        Of the Parquet file.
    roles : iterable of str
        Whose messages: "user" is the person; "assistant" and "tool" are models', marked in `made_by`.
    kinds : iterable of str
        Kinds of parts whose text counts: "text", "code", "artifact", …
    per : {"thread", "message"}
        Whether a work is all that a role said in a conversation, or each message. Messages of one
        conversation speak of one thing: as works they would stand on both sides of a split.
    shortest : int
        Characters below which a work is left out.
    others : bool
        Whether works that are not the person's own come too. Their owner is their author.
    language : str, optional
        BCP 47, for works whose export does not tell; none is guessed.
    license, terms : str, optional
        Licence for works without one; hash of the terms under which they are offered.
    owners : mapping of str to str, optional
        Owner by the id of an import, in place of the archive's; `owners_of` gives those of a redacted copy.

    Returns
    -------
    Pooled

    Raises
    ------
    InputError
        If nothing is left, or a role or kind is unknown.
    """
    if unknown := set(roles) - set(ROLES):
        raise InputError(f"no role {', '.join(sorted(unknown))}", mend=f"of {', '.join(ROLES)}")
    path = Path(out)
    done = Pooled(path)
    offer = {"language": language, "license": license, "terms": terms}
    sources = {row["id"]: row for row in archive.table("source", ["id", "reader", "owner"]).to_pylist()}
    for source_id, name in (owners or {}).items():
        sources[source_id]["owner"] = name
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    with pq.ParquetWriter(draft, SCHEMA, compression="zstd") as writer:
        rows: list[dict[str, Any]] = []
        for row in _all(archive, sources, set(roles), set(kinds), per, others, done):
            text = row["text"].strip()
            if len(text) < shortest:
                done.left_out[f"shorter than {shortest:,} characters" if text else "without text"] += 1
                continue
            rows.append(row | {k: row.get(k) or v for k, v in offer.items()})
            done.works += 1
            done.by_kind[row["kind"]] += 1
            done.by_maker[row["made_by"]] += 1
            if len(rows) >= 4_096:
                writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
                rows = []
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
    if not done.works:
        draft.unlink()
        raise InputError(
            "no work is left to pool" + "".join(f"; {n:,} {reason}" for reason, n in done.left_out.items()),
            where=str(archive.path),
            mend="choose other roles or kinds",
        )
    draft.replace(path)
    return done


def clean(archive: Archive) -> Archive:
    """Return the redacted copy of an archive: itself, if it is one.

    Raises
    ------
    InputError
        If there is none.
    """
    if (archive.path / REPORT).exists():
        return archive
    if (archive.path / CLEAN / REPORT).exists():
        return Archive(archive.path / CLEAN)
    raise InputError(
        "there is no redacted copy of it",
        where=str(archive.path),
        mend="first `commonweal archive redact ARCHIVE --review review.html`, then `--apply review.json`",
    )


def owners_of(archive: Archive, copy: Archive) -> dict[str, str]:
    """Return the owners, by the ids in a redacted copy, that the copy itself does not name.

    The copy's imports stand in the order of the archive's.
    """
    named, hidden = archive.table("source", ["owner"]), copy.table("source", ["id"])
    if archive.path == copy.path or len(named) != len(hidden):
        return {}
    return dict(zip(hidden["id"].to_pylist(), named["owner"].to_pylist(), strict=True))


def _all(
    archive: Archive,
    sources: dict[str, dict[str, Any]],
    roles: set[str],
    kinds: set[str],
    per: str,
    others: bool,
    done: Pooled,
) -> Iterator[dict[str, Any]]:
    yield from _spoken(archive, sources, roles, kinds, per, done)
    for batch in archive.batches("work"):
        for row in batch.to_pylist():
            if not row["mine"] and not others:
                done.left_out["not the person's own"] += 1
                continue
            source = sources[row["source_id"]]
            yield {
                "id": row["id"],
                "owner": source["owner"] if row["mine"] else row["author"] or "unknown",
                "text": row["text"] or "",
                "title": row["title"],
                "kind": row["kind"],
                "made_by": "person",
                "date": row["created_us"],
                "language": row["language"],
                "license": row["license"],
                "visibility": row["visibility"],
                "source": source["reader"],
                "url": row["url"],
            }


def _spoken(
    archive: Archive,
    sources: dict[str, dict[str, Any]],
    roles: set[str],
    kinds: set[str],
    per: str,
    done: Pooled,
) -> Iterator[dict[str, Any]]:
    """Yield what the chosen roles said, a row for each thread or message and maker."""
    columns = ["id", "source_id", "thread_id", "seq", "role", "author", "created_us", "hidden"]
    nodes: dict[str, dict[str, Any]] = {}
    for batch in archive.batches("node", columns):
        for row in batch.to_pylist():
            if row["role"] in roles and not row["hidden"]:
                nodes[row["id"]] = row
            else:
                done.left_out[
                    f"messages of role {row['role']}" if row["role"] not in roles else "hidden messages"
                ] += 1
    said: dict[tuple[str, str, str], list[tuple[int, int, str]]] = {}
    wanted = pa.array(sorted(kinds))
    for batch in archive.batches("part", ["node_id", "ix", "kind", "text"]):
        batch = batch.filter(pc.and_(pc.is_in(batch["kind"], value_set=wanted), pc.is_valid(batch["text"])))
        for part in batch.to_pylist():
            node = nodes.get(part["node_id"])
            if node is None:
                continue
            maker = "model" if node["role"] in MODELS else "person"
            owner = (
                node["author"] or "unknown"
                if node["role"] == "other"
                else sources[node["source_id"]]["owner"]
            )
            work = node["thread_id"] if per == "thread" else node["id"]
            said.setdefault((work, maker, owner), []).append((node["seq"], part["ix"], part["text"]))
            node["spoke"] = True
    titles = {
        r["id"]: r for r in archive.table("thread", ["id", "source_id", "title", "created_us"]).to_pylist()
    }
    for (work, maker, owner), pieces in said.items():
        thread = titles[work] if per == "thread" else titles[nodes[work]["thread_id"]]
        texts = [text for _, _, text in sorted(pieces)]
        date = thread["created_us"] if per == "thread" else nodes[work]["created_us"]
        yield {
            "id": work,
            "owner": owner,
            "text": "\n\n".join(texts),
            "title": thread["title"],
            "kind": "conversation" if per == "thread" else "message",
            "made_by": maker,
            "date": date,
            "visibility": "private",
            "source": sources[thread["source_id"]]["reader"],
        }
