"""An archive: a folder of Parquet relations and of files, readable without this project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.errors import InputError
from commonweal.intake.changes import MARK, read, recover, rows
from commonweal.intake.relations import SCHEMAS

FORMAT = {"format": "commonweal-archive", "version": 1}


class Archive:
    """An archive on disk.

    Parameters
    ----------
    path : path
        Its folder, with `archive.json` and a folder of Parquet files for each relation that has rows.

    Raises
    ------
    InputError
        If the folder is no archive, or one of a version that this release does not know.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            mark = json.loads((self.path / MARK).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InputError(
                f"no archive: it has no {MARK}",
                where=str(path),
                mend="make one with `commonweal archive import EXPORT --as NAME --out FOLDER`",
            ) from None
        except (ValueError, OSError):
            raise InputError(f"{MARK} can't be read", where=str(path), mend="restore the folder") from None
        if mark != FORMAT:
            raise InputError(
                f"an archive of another version; this release reads version {FORMAT['version']}",
                where=str(path),
                mend="use the release that wrote it, or import the exports again",
            )
        recover(self.path)

    @classmethod
    def create(cls, path: str | Path) -> Archive:
        """Return the archive in a folder, made if the folder is absent or empty.

        Raises
        ------
        InputError
            If the folder holds something else.
        """
        folder = Path(path)
        if not (folder / MARK).exists():
            draft = folder / f".{MARK}"
            if folder.exists() and (not folder.is_dir() or set(folder.iterdir()) - {draft}):
                raise InputError("neither empty nor an archive", where=str(path), mend="name a new folder")
            folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(FORMAT) + "\n", encoding="utf-8")
            draft.replace(folder / MARK)
        return cls(folder)

    def files(self, relation: str) -> list[Path]:
        """Return a relation's Parquet files in their order; none if it has no rows."""
        return sorted((self.path / relation).glob("*.parquet"))

    def dataset(self, relation: str) -> Any:
        """Return a relation as an Arrow dataset, which is read piece by piece."""
        import pyarrow.dataset as ds

        schema = SCHEMAS[relation]
        files = self.files(relation)
        return (
            ds.dataset([str(f) for f in files], schema=schema) if files else ds.dataset(schema.empty_table())
        )

    def table(self, relation: str, columns: list[str] | None = None, filter: Any = None) -> Any:
        """Return a relation as an Arrow table, of these columns and the rows that an expression keeps."""
        if filter is not None:
            return self.dataset(relation).to_table(columns=columns, filter=filter)
        tables = [read(path, columns) for path in self.files(relation)]
        none = SCHEMAS[relation].empty_table()
        return pa.concat_tables(tables) if tables else none.select(columns) if columns is not None else none

    def count(self, relation: str) -> int:
        """Return the number of rows of a relation."""
        return sum(rows(path) for path in self.files(relation))

    def holds(self, source_id: str) -> bool:
        """Whether an export was imported before."""
        return bool(pc.any(pc.equal(self.table("source", ["id"])["id"], source_id)).as_py())

    def asset(self, asset_id: str) -> Path:
        """Return the path of a file that the archive holds."""
        return self.path / "assets" / asset_id[:2] / asset_id

    def batches(self, relation: str, columns: list[str] | None = None) -> Iterator[Any]:
        """Yield a relation's rows as Arrow record batches, in the order of the files."""
        for path in self.files(relation):
            yield from read(path, columns).to_batches()

    def sources(self) -> list[dict[str, Any]]:
        """Return the imports, the ledger of each read."""
        told: list[dict[str, Any]] = self.table("source").to_pylist()
        for row in told:
            row["ledger"] = json.loads(row["ledger"])
        return sorted(told, key=lambda r: (r["imported_us"], r["id"]))


def empty(relation: str) -> Any:
    """Return a relation without rows."""
    return pa.table({name: [] for name in SCHEMAS[relation].names}, schema=SCHEMAS[relation])
