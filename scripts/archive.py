"""Writes docs/reference/archive.md from the relations of an archive: `python scripts/archive.py`."""

from __future__ import annotations

from pathlib import Path

from commonweal.intake.archive import FORMAT
from commonweal.intake.changes import MARK
from commonweal.intake.relations import KEYED, RELATIONS

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "archive.md"

HEAD = f"""# Archives

Made by `python scripts/archive.py` from the relations themselves; a test holds it to them.

An archive is a folder: `{MARK}` with format and version (now {FORMAT["version"]}); for each relation
below that has rows, a folder of Parquet files with the columns named here; and `assets/`, files as the export
held them, named by the hash of their content. A relation without rows has no folder. Ids are hashes, so the
same message imported twice is one row; times are microseconds since 1970 in UTC.

Rows of {", ".join(f"`{name}`" for name in KEYED)} are kept when a newer export lacks them, and listed in
`vanished`. An import comes whole or not at all: files that are not in place yet lie in folders whose names
begin with a dot.

No part of Commonweal is needed to read one. In DuckDB, the messages shown of each conversation:

```sql
select thread.title, node.seq, node.role, part.text
from 'archive/part/*.parquet' part
join 'archive/node/*.parquet' node on node.id = part.node_id
join 'archive/thread/*.parquet' thread on thread.id = node.thread_id
where node.on_active_path and part.kind = 'text'
order by thread.seq, node.seq, part.ix;
```

In pandas: `pandas.read_parquet("archive/node")`.
"""


def page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *(_section(name) for name in RELATIONS)])


def _section(relation: str) -> str:
    rows = [f"| `{name}` | {column.type} | {column.means} |" for name, column in RELATIONS[relation].items()]
    return "\n".join([f"## {relation}\n", "| column | type | meaning |", "|---|---|---|", *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
