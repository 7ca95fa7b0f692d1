"""What a reader of a format is: one file in `readers/`, found by being there.

A module with a `READER` is a reader. It claims files by their structure, hands out items (a conversation, a
post, a row) one at a time, and maps each to records. Items are mapped in other processes, so a fault stays in
its item, and `convert` must depend on the item and the context alone.
"""

from __future__ import annotations

import importlib
import pkgutil
import posixpath
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import msgspec

from commonweal.errors import InputError
from commonweal.intake.records import Lost, Record
from commonweal.intake.source.member import Member
from commonweal.intake.source.split import CutOffError, elements
from commonweal.intake.source.tree import Tree

SENSITIVE = ("logins", "messages", "payments")


@dataclass
class Claim:
    """Which files of an export a reader takes.

    Attributes
    ----------
    read : list of str
        Paths of the files whose items it reads.
    assets : list of str
        Paths of files to keep as they are: pictures, attachments.
    side : list of str
        Paths of files read by `prepare` alone: lists of names, manifests.
    refused : dict of str to (str, str)
        Path to (which of `SENSITIVE`, what it is): log-ins, messages of third parties, payment data. A
        reader puts a file here unless the person asked for that kind, and then under `read` or `assets`.
    aliases : dict of str to str
        What messages call a file, to its path among the assets.
    left : dict of str to str
        Path to why a file that is known is left out: a rendering of what is read elsewhere, say.
    context : object
        What `convert` needs to know from other files; small, and picklable.
    """

    read: list[str] = field(default_factory=list)
    assets: list[str] = field(default_factory=list)
    side: list[str] = field(default_factory=list)
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    context: Any = None

    def __bool__(self) -> bool:
        return bool(self.read)

    @property
    def all(self) -> set[str]:
        """Every path that is claimed."""
        return {*self.read, *self.assets, *self.side, *self.refused, *self.left}


@dataclass(frozen=True)
class Context:
    """What is known beside the item that is being mapped.

    Attributes
    ----------
    owner : str
        Name of the person whose export it is, as given by `--as`.
    claimed : object
        `Claim.context`.
    path : str
        Of the file that the item is from.
    files : mapping of str to str
        Path, name without folders, and alias, to id, of the assets that were kept.
    """

    owner: str
    claimed: Any
    path: str
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """A piece of a file that is mapped by itself.

    Attributes
    ----------
    where : str
        Path in the export, with the place in the file.
    data : bytes or object
        JSON that `decode` reads, or a value already read.
    """

    where: str
    data: Any


class Reader(ABC):
    """One format.

    Attributes
    ----------
    NAME : str
        Of the format, as commands print it: "chatgpt".
    TITLE : str
        For people: "ChatGPT (OpenAI), the export from Settings".
    TRIED : str
        On which real exports it was tried; "" says: untested on real exports.
    NOTES : str
        What a person should know: what the export doesn't hold, what is refused.
    GIVES_WAY : bool
        Whether it takes only files that no other format's export surrounds: what lies in the folder of what
        another reader reads, or below it, is left to that one. For formats as common as a README.
    """

    NAME: str
    TITLE: str
    TRIED: str = ""
    NOTES: str = ""
    GIVES_WAY: bool = False

    @abstractmethod
    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Return the files that are this format's, told by structure; an empty claim if there are none.

        `include` holds those of `SENSITIVE` that the person asked for.
        """

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield a file's items: an array's elements, a file's lines, or the whole document.

        What can't be cut into items is yielded as a loss.
        """
        if member.kind == "jsonl":
            yield from lines(member)
        elif member.kind == "json" and member.head.lstrip()[:1] == b"[":
            yield from array(member)
        else:
            yield Item(member.path, member.read())

    def decode(self, data: Any) -> Any:
        """Return an item's value: JSON read, other values as they are."""
        return decode_json(data) if isinstance(data, bytes) else data

    @abstractmethod
    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield the records of one item. An exception makes the whole item a loss, kept as JSON."""


def array(member: Member) -> Iterator[Item | Lost]:
    """Yield the elements of a file that holds a JSON array."""
    limit = member.limits.item_bytes
    with member.open() as stream:
        try:
            for ix, data in enumerate(elements(stream, where=member.path, longest=limit)):
                where = f"{member.path}[{ix}]"
                yield Item(where, data) if data is not None else Lost(where, f"longer than {limit:,} bytes")
        except CutOffError as error:
            yield Lost(member.path, error.problem)


def lines(member: Member) -> Iterator[Item | Lost]:
    """Yield the lines of a file, empty ones left out."""
    limit = member.limits.item_bytes
    with member.open() as stream:
        number = 0
        while line := stream.readline(limit + 1):
            number += 1
            where = f"{member.path}:{number}"
            if len(line) > limit:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(limit)
                yield Lost(where, f"longer than {limit:,} bytes")
            elif line.strip():
                yield Item(where, line)


def decode_json(data: bytes) -> Any:
    """Return the value of JSON text; letters that are not UTF-8, and halves of letters, become U+FFFD.

    Raises
    ------
    msgspec.DecodeError, RecursionError
        If it is not JSON, or nested too deep.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(data)
    except (UnicodeDecodeError, msgspec.DecodeError):
        mended = ESCAPE.sub(_whole, data.decode("utf-8", errors="replace").encode())
        if mended == data:
            raise
        return msgspec.json.decode(mended)


ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.S
)
"""An escape of JSON; the group: half of a letter, as services leave it where they cut a text in an emoji."""


def _whole(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if escape[1] else escape[0]


@cache
def readers() -> dict[str, Reader]:
    """Return every reader by name, in the order of names."""
    from commonweal.intake import readers as package

    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    found = [module.READER for module in modules if hasattr(module, "READER")]
    return {reader.NAME: reader for reader in sorted(found, key=lambda r: r.NAME)}


def detect(tree: Tree, include: frozenset[str] = frozenset(), only: str | None = None) -> dict[str, Claim]:
    """Return what each reader claims of an export.

    Raises
    ------
    InputError
        If two readers claim one file, with both names; if no reader claims any, with a fingerprint of the
        structure that holds nothing personal and can be sent to the maintainers.
    """
    known = readers()
    if only is not None and only not in known:
        raise InputError(f"no reader called {only!r}", mend=f"one of {', '.join(known)}")
    chosen = known if only is None else {only: known[only]}
    claims: dict[str, Claim] = {}
    for name, reader in sorted(chosen.items(), key=lambda pair: pair[1].GIVES_WAY):
        try:
            claim = reader.claims(tree, include)
        except (InputError, MemoryError):
            raise
        except Exception as error:
            raise InputError(
                f"the reader {name!r} stumbles over it ({type(error).__name__}), a defect of that reader",
                where=tree.source.name,
                mend="name the format with --format, and report this",
            ) from error
        if reader.GIVES_WAY:
            claim = _outside(claim, list(claims.values()))
        if claim:
            claims[name] = claim
    claims = {name: claim for name, claim in claims.items() if not _attached(claim, list(claims.values()))}
    owner: dict[str, str] = {}
    for name, claim in claims.items():
        for path in claim.all:
            if path in owner:
                raise InputError(
                    f"both the reader {owner[path]!r} and the reader {name!r} take it for theirs",
                    where=path,
                    mend=f"say which it is: --format {owner[path]} or --format {name}",
                )
            owner[path] = name
    if not claims:
        from commonweal.intake.fingerprint import fingerprint

        raise InputError(
            "no reader knows this" + (f" as {only}" if only else ""),
            where=tree.source.name,
            mend="`--list-formats` lists what is read; to ask for this one, send its structure, which holds "
            f"nothing personal:\n{fingerprint(tree)}",
        )
    return claims


def _attached(claim: Claim, others: list[Claim]) -> bool:
    """Whether all that a claim would read are files that another keeps: an upload is no export of its own."""
    kept = {path for other in others if other is not claim for path in other.assets}
    return set(claim.read) <= kept


def _outside(claim: Claim, others: list[Claim]) -> Claim:
    """Return what a claim holds outside of the folders that other claims are for."""
    taken = {path for other in others for path in other.all}
    folders = [folder for other in others if (folder := _folder(other.read)) is not None]

    def free(path: str) -> bool:
        return path not in taken and not any(path.startswith(folder) for folder in folders)

    return replace(
        claim,
        read=[p for p in claim.read if free(p)],
        assets=[p for p in claim.assets if free(p)],
        side=[p for p in claim.side if free(p)],
        refused={p: why for p, why in claim.refused.items() if free(p)},
        left={p: why for p, why in claim.left.items() if free(p)},
    )


def _folder(paths: list[str]) -> str | None:
    """Return the innermost folder that holds all of the paths, with "/" at its end; "" for the root."""
    if not paths:
        return None
    common = posixpath.commonpath([posixpath.dirname(path) for path in paths])
    return f"{common}/" if common else ""
