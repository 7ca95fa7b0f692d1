"""The files of an export as a flat list, through folders, ZIPs, tarballs and what is packed in them.

Nothing is unpacked to a path that an export names: members are read as streams, and an archive in an archive
goes to an unnamed temporary file. So there is no path to traverse; links are refused, not followed.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, cast

from commonweal.errors import InputError
from commonweal.intake.source.limits import USUAL, Limits
from commonweal.intake.source.member import Member

SPOOL = 16 << 20
WRAPPED: dict[str, Callable[[Any], Any]] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}


class Tree:
    """All files of an export.

    Parameters
    ----------
    source : path
        A file, a folder, an archive.
    limits : Limits

    Attributes
    ----------
    members : dict of str to Member
        In the order of the container; a folder's by name.
    refused : list of (path, reason)
        Links and devices, which are not followed.

    Raises
    ------
    InputError
        If there is no such file; if an archive is cut off, encrypted, a bomb, nested too deep, or too long.
    """

    def __init__(self, source: str | Path, limits: Limits = USUAL) -> None:
        self.source, self.limits = Path(source), limits
        self.members: dict[str, Member] = {}
        self.refused: list[tuple[str, str]] = []
        self._total = 0
        self._close = ExitStack()
        if not self.source.exists():
            raise InputError("no such file or folder", where=str(source), mend="check the path")
        try:
            if self.source.is_dir():
                self._folder(self.source)
            else:
                self._file(self.source, self.source.name, 0)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Tree:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Member]:
        return iter(self.members.values())

    def __len__(self) -> int:
        return len(self.members)

    def close(self) -> None:
        """Let go of open archives and temporary files."""
        self._close.close()

    def _folder(self, root: Path) -> None:
        for folder, folders, files in os.walk(root):
            here = Path(folder)
            folders.sort()
            if ".git" in folders or ".git" in files:
                self._repository(here, root)
                folders.clear()
                continue
            for name in sorted(folders):
                if (here / name).is_symlink():
                    self.refused.append(((here / name).relative_to(root).as_posix(), LINK))
            for name in sorted(files):
                path = here / name
                inside = path.relative_to(root).as_posix()
                if path.is_symlink():
                    self.refused.append((inside, LINK))
                elif not stat.S_ISREG(path.stat().st_mode):
                    self.refused.append((inside, "not a file: a device, a pipe or a socket"))
                else:
                    self._file(path, inside, 0)

    def _repository(self, here: Path, root: Path) -> None:
        path = here.relative_to(root).as_posix()
        self._add(Member("" if path == "." else path, 0, io.BytesIO, self.limits, local=str(here)))

    def _file(self, path: Path, inside: str, nesting: int) -> None:
        member = Member(inside, path.stat().st_size, lambda: path.open("rb"), self.limits)
        self._member(member, nesting)

    def _member(self, member: Member, nesting: int) -> None:
        """Add a file, or what it packs."""
        self._total += member.size
        if self._total > self.limits.total_bytes:
            raise InputError(
                f"over {self.limits.total_bytes:,} bytes in all",
                where=member.path,
                mend="import the export in pieces",
            )
        kind = member.kind
        if kind in ("zip", "tar", *WRAPPED) and nesting >= self.limits.nesting:
            raise InputError(
                f"archives in archives, over {self.limits.nesting} deep",
                where=member.path,
                mend="unpack it by hand",
            )
        if kind == "zip":
            self._zip(member, nesting)
        elif kind == "tar":
            self._tar(member, nesting)
        elif kind in WRAPPED:
            self._wrapped(member, kind, nesting)
        else:
            self._add(member)

    def _add(self, member: Member) -> None:
        if len(self.members) >= self.limits.members:
            raise InputError(
                f"over {self.limits.members:,} files", where=member.path, mend="import it in pieces"
            )
        path, n = member.path, 1
        while member.path in self.members:  # archives may hold two files of one name
            n += 1
            member.path = f"{path} ({n})"
        self.members[member.path] = member
        member.beside = self.members

    def _seekable(self, member: Member) -> BinaryIO:
        """Return a member as a file that can be read from any place; a temporary one if it is packed."""
        stream = member.opener()
        if _regular(stream):
            return self._close.enter_context(stream)
        stream.close()
        spool = self._close.enter_context(tempfile.SpooledTemporaryFile(max_size=SPOOL))  # noqa: SIM115
        with member.open() as stream:
            while data := stream.read(1 << 20):
                spool.write(data)
        spool.seek(0)
        return cast(BinaryIO, spool)

    def _zip(self, member: Member, nesting: int) -> None:
        try:
            archive = self._close.enter_context(zipfile.ZipFile(self._seekable(member)))
            infos = archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise InputError(
                f"not a whole ZIP ({error})" if str(error).isascii() else "not a whole ZIP",
                where=member.path,
                mend="it is cut off or damaged: download it again",
            ) from None
        prefix = self._prefix(member, nesting)
        for info in infos:
            path = prefix + _inside(info.filename)
            if info.is_dir():
                continue
            if stat.S_ISLNK(info.external_attr >> 16):
                self.refused.append((path, LINK))
                continue
            if info.flag_bits & 1:
                raise InputError("encrypted", where=path, mend="unpack it with its password first")
            opener = _zip_opener(archive, info)
            self._member(
                Member(path, info.file_size, opener, self.limits, packed=info.compress_size), nesting + 1
            )

    def _tar(self, member: Member, nesting: int) -> None:
        """List a tarball, which has no table of contents: its members are read from a seekable file."""
        prefix = self._prefix(member, nesting)
        try:
            stream = self._seekable(member)
            archive = self._close.enter_context(tarfile.TarFile(fileobj=stream))
            infos = list(archive)
        except (tarfile.TarError, EOFError, ValueError) as error:
            raise InputError(
                f"not a whole tarball ({type(error).__name__})",
                where=member.path,
                mend="it is cut off or damaged: download it again",
            ) from None
        for info in infos:
            path = prefix + _inside(info.name)
            if info.isdir():
                continue
            if not info.isreg():
                self.refused.append((path, LINK if info.issym() or info.islnk() else "not a file"))
                continue
            self._member(Member(path, info.size, _tar_opener(archive, info), self.limits), nesting + 1)

    def _wrapped(self, member: Member, kind: str, nesting: int) -> None:
        """Add what a .gz, .bz2 or .xz packs: one file, perhaps a tarball."""
        unpack = WRAPPED[kind]
        path = member.path
        for suffix in (".gz", ".tgz", ".bz2", ".xz"):
            if path.endswith(suffix):
                path = path.removesuffix(suffix) + (".tar" if suffix == ".tgz" else "")
        inner = Member(path, 0, lambda: unpack(member.opener()), self.limits, packed=max(member.size, 1))
        self._member(inner, nesting + 1)

    def _prefix(self, member: Member, nesting: int) -> str:
        """Return the folder that an archive's files are listed under; none for the export itself."""
        return "" if nesting == 0 and self.source.is_file() else member.path + "/"


LINK = "a link: not followed"


def _inside(name: str) -> str:
    """Return a member's name as a path below the export's root, whatever it claims to be."""
    parts = name.replace("\\", "/").split("/")
    return "/".join(p for p in parts if p not in ("", ".", "..")) or "unnamed"


def _regular(stream: BinaryIO) -> bool:
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode) and type(stream).__module__ == "_io"
    except (OSError, AttributeError):
        return False


def _zip_opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, archive.open(info))


def _tar_opener(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, archive.extractfile(info))
