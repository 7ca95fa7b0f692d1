"""An export becomes an archive: detected, cut into items, mapped in workers, merged, every sum checked."""

from __future__ import annotations

import hashlib
import mimetypes
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from commonweal.errors import InputError
from commonweal.intake.archive import Archive
from commonweal.intake.changes import alone, lean, write
from commonweal.intake.convert import Batch, Done, convert
from commonweal.intake.ledger import Ledger
from commonweal.intake.merge import merge
from commonweal.intake.reader import SENSITIVE, Claim, Context, Item, Reader, detect, readers
from commonweal.intake.records import Lost
from commonweal.intake.relations import SCHEMAS
from commonweal.intake.source import Limits, Member, Tree
from commonweal.intake.source.git import git
from commonweal.parallel import Workers, let_go
from commonweal.progress import Progress, silent

BATCH_BYTES = 2 << 20
BATCH_ITEMS = 20_000
PARALLEL_FROM = 24 << 20
COPY = 1 << 20


def import_export(
    source: str | Path,
    archive: str | Path,
    *,
    owner: str,
    form: str | None = None,
    include: Iterable[str] = (),
    jobs: int | None = None,
    limits: Limits | None = None,
    progress: Progress = silent,
) -> Ledger:
    """Read an export into an archive, new or grown from earlier imports.

    Parameters
    ----------
    source : path
        File, folder, ZIP or tarball, as the service gave it.
    archive : path
        Folder of the archive; made if it is not there.
    owner : str
        Whose export it is: the name under which their works go to a pool.
    form : str, optional
        Name of the format, where two readers claim one file.
    include : iterable of {"logins", "messages", "payments"}
        Sensitive files to read all the same.
    jobs : int, optional
        Processes; by default two for large exports and one for small. One reads as a stream, in the least
        memory.
    limits : Limits, optional
    progress : callable

    Returns
    -------
    Ledger
        What was found, kept and lost; also in the archive.

    Raises
    ------
    InputError
        If the source can't be read, no reader knows it, or two do; if the archive is none.
    UnaccountedError
        If the sums don't come out; nothing is written then.
    """
    if not owner.strip():
        raise InputError("no owner", mend="say whose export it is: --as NAME")
    wanted = frozenset(include)
    if wanted - set(SENSITIVE):
        raise InputError(f"nothing called {', '.join(sorted(wanted - set(SENSITIVE)))} to include",
                         mend=f"of {', '.join(SENSITIVE)}")  # fmt: skip
    if Path(archive).resolve().is_relative_to(Path(source).resolve()):
        raise InputError(
            "the archive would lie in the export", where=str(archive), mend="name another folder"
        )
    with Tree(source, limits or Limits()) as tree:
        claims = detect(tree, wanted, form)
        target = Archive.create(archive)
        with alone(target.path) as staging, lean():
            run = _Import(tree, owner, staging, target, progress, jobs)
            return run.run(claims)


@dataclass
class _Import:
    """One import under way."""

    tree: Tree
    owner: str
    staging: Path
    target: Archive
    progress: Progress
    jobs: int | None
    ledger: Ledger = field(init=False)
    batches: int = 0

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.tree.source.name)

    def run(self, claims: dict[str, Claim]) -> Ledger:
        ledger = self.ledger
        ledger.reader = "+".join(claims)
        ledger.tried = all(readers()[name].TRIED for name in claims)
        ledger.source_id, size = self._fingerprint()
        self._files(claims)
        for name, claim in claims.items():
            self._reader(readers()[name], claim)
        ledger.check()
        merge(self.target, self.staging, ledger, self.owner, size)
        return ledger

    def _fingerprint(self) -> tuple[str, int]:
        """Return the hash of all files' paths and contents, and their bytes."""
        total, size = hashlib.sha256(), 0
        for member in sorted(self.tree, key=lambda m: m.path):
            inner = hashlib.sha256()
            with member.open() as stream:
                while data := stream.read(COPY):
                    inner.update(data)
                    size += len(data)
            total.update(f"{member.path}\0{inner.hexdigest()}\0{_head_of(member)}\n".encode())
        total.update(f"{self.ledger.reader}\0{self.owner}".encode(errors="surrogatepass"))
        return total.hexdigest()[:32], size

    def _files(self, claims: dict[str, Claim]) -> None:
        """Count files: read, kept as assets, refused, unknown."""
        ledger, counts = self.ledger, self.ledger.counts
        claimed: set[str] = set()
        for claim in claims.values():
            claimed |= claim.all
            counts["files_read"] += len(claim.read) + len(claim.side)
            for path, (kind, what) in sorted(claim.refused.items()):
                ledger.lose(Lost(path, f"{what}: not read unless asked for with --include {kind}"))
                counts["files_lost"] += 1
            for path, reason in sorted(claim.left.items()):
                ledger.lose(Lost(path, reason))
                counts["files_lost"] += 1
        for path, reason in self.tree.refused:
            ledger.lose(Lost(path, reason))
        counts["files"] = len(self.tree) + len(self.tree.refused)
        counts["files_lost"] += len(self.tree.refused)
        for member in self.tree:
            if member.path not in claimed:
                counts["files_lost"] += 1
                ledger.lose(Lost(_folder(member.path), f"a file that no reader knows ({member.kind})"))

    def _reader(self, reader: Reader, claim: Claim) -> None:
        """Read everything that one reader claims."""
        files = self._assets(claim)
        tasks = self._tasks(reader, claim, files)
        size = sum(self.tree.members[path].size for path in claim.read)
        jobs = self.jobs or (2 if size >= PARALLEL_FROM else 1)
        each = map(convert, tasks) if jobs == 1 else Workers(n_jobs=jobs).map(convert, tasks)
        for done in each:
            assert isinstance(done, Done)
            self.ledger.merge(done.counts, done.losses)
        if jobs > 1:
            let_go()  # before the merge, which needs memory of its own

    def _assets(self, claim: Claim) -> dict[str, str]:
        """Keep a reader's assets by content; return ids by path and by name."""
        rows: dict[str, list[Any]] = {"id": [], "source_id": [], "path": [], "mime": [], "bytes": []}
        files: dict[str, str] = {}
        kept: set[str] = set()
        for path in claim.assets:
            member = self.tree.members[path]
            asset_id, size = self._keep(member)
            files[path] = asset_id
            files.setdefault(member.name, asset_id)
            if asset_id not in kept:
                kept.add(asset_id)
                values = (asset_id, self.ledger.source_id, path, mimetypes.guess_type(path)[0], size)
                for column, value in zip(rows.values(), values, strict=True):
                    column.append(value)
            self.ledger.counts["assets"] += 1
        if rows["id"]:
            write(
                pa.table(rows, schema=SCHEMAS["asset"]),
                self.staging / "asset" / f"{self._number():06d}.parquet",
            )
        files.update({alias: files[path] for alias, path in claim.aliases.items() if path in files})
        return files

    def _keep(self, member: Member) -> tuple[str, int]:
        """Copy a file to the staged assets, under the hash of its content."""
        folder = self.staging / "assets"
        folder.mkdir(exist_ok=True)
        content, size = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as copy, member.open() as stream:
            while data := stream.read(COPY):
                content.update(data)
                copy.write(data)
                size += len(data)
        name = content.hexdigest()
        place = folder / name[:2] / name
        place.parent.mkdir(exist_ok=True)
        Path(copy.name).replace(place)
        return name, size

    def _number(self) -> int:
        self.batches += 1
        return self.batches

    def _tasks(self, reader: Reader, claim: Claim, files: dict[str, str]) -> Iterator[Batch]:
        """Yield batches of items, of one file or of many small ones, none much over `BATCH_BYTES`."""
        context = Context(self.owner, claim.context, "", files)
        held: list[tuple[str, Item]] = []
        first = size = 0
        for number, path in enumerate(claim.read):
            self.progress(number, len(claim.read), f"reading {reader.TITLE}")
            for item in self._items(reader, self.tree.members[path]):
                held.append((path, item))
                size += _weight(item.data)
                if size >= BATCH_BYTES or len(held) >= BATCH_ITEMS:
                    yield self._batch(reader, context, first, held)
                    first, held, size = first + len(held), [], 0
        if held:
            yield self._batch(reader, context, first, held)
        self.progress(len(claim.read), len(claim.read), f"reading {reader.TITLE}")

    def _items(self, reader: Reader, member: Member) -> Iterator[Item]:
        """Yield a file's items; what can't be cut out is listed, with what is left of the file."""
        try:
            for item in reader.items(member):
                if isinstance(item, Item):
                    yield item
                else:
                    self.ledger.lose(item)
                    self.ledger.counts["items"] += 1
                    self.ledger.counts["items_lost"] += 1
        except MemoryError:
            raise
        except Exception as error:  # what came before is read, and so are the other files
            why = f"can't be read on ({type(error).__name__})"
            self.ledger.lose(Lost(member.path, error.problem if isinstance(error, InputError) else why))
            self.ledger.counts["items"] += 1
            self.ledger.counts["items_lost"] += 1

    def _batch(self, reader: Reader, context: Context, first: int, items: list[tuple[str, Item]]) -> Batch:
        return Batch(self._number(), reader.NAME, self.ledger.source_id, context, first, items, self.staging)


def _head_of(member: Member) -> str:
    """Return the commit at which a repository stands; "" for files, whose content is hashed."""
    if not member.local:
        return ""
    with suppress(InputError), git(member.local, "rev-parse", "--all", "HEAD") as stream:
        return hashlib.sha256(stream.read()).hexdigest()
    return ""


def _weight(data: Any) -> int:
    """Return about how many bytes an item takes."""
    if isinstance(data, bytes | str):
        return len(data)
    values = data.values() if isinstance(data, dict) else data if isinstance(data, list | tuple) else ()
    return 1_000 + sum(len(v) for v in values if isinstance(v, bytes | str))


def _folder(path: str) -> str:
    """Return a file's folder and ending: what a person needs to know of a hundred unknown files."""
    folder, _, name = path.rpartition("/")
    ending = name.rpartition(".")[2] if "." in name else ""
    return f"{folder}/*.{ending}" if folder and ending else path
