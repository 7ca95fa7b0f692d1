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
import re
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
from commonweal.intake.source.member import Heads, Member, too_long

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
        self._heads = Heads()
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
        def unread(error: OSError) -> None:
            self._refuse(Path(error.filename or root).relative_to(root).as_posix(), UNREADABLE)

        for folder, folders, files in os.walk(root, onerror=unread):
            here = Path(folder)
            folders.sort()
            if ".git" in folders or ".git" in files:
                self._repository(here, root)
                folders.clear()
                continue
            for name in sorted([*(f for f in folders if (here / f).is_symlink()), *files]):
                path = here / name
                inside = path.relative_to(root).as_posix()
                if path.is_symlink():
                    self._refuse(inside, LINK)
                elif not stat.S_ISREG(path.stat().st_mode):
                    self._refuse(inside, DEVICE)
                elif not _readable(path):
                    self._refuse(inside, UNREADABLE)
                else:
                    self._file(path, _inside(inside), 0)

    def _refuse(self, path: str, reason: str) -> None:
        self.refused.append((_inside(path), reason))

    def _repository(self, here: Path, root: Path) -> None:
        path = here.relative_to(root).as_posix()
        self._add(Member("" if path == "." else path, 0, io.BytesIO, self.limits, local=str(here)))

    def _file(self, path: Path, inside: str, nesting: int) -> None:
        member = Member(inside, path.stat().st_size, lambda: path.open("rb"), self.limits)
        self._member(member, nesting)

    def _member(self, member: Member, nesting: int) -> None:
        """Add a file, or what it packs."""
        member.heads = self._heads
        if member.size > self.limits.member_bytes:
            raise too_long(member)
        self._count(member.size, member)
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

    def _count(self, size: int, member: Member) -> None:
        self._total += size
        if self._total > self.limits.total_bytes:
            raise InputError(
                f"over {self.limits.total_bytes:,} bytes in all",
                where=member.path,
                mend="import the export in pieces",
            )

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
        """Return a member as a file that can be read from any place, a temporary one if it is packed."""
        stream = member.opener()
        if _regular(stream):
            return self._close.enter_context(stream)
        stream.close()
        spool = self._close.enter_context(tempfile.SpooledTemporaryFile(max_size=SPOOL))  # noqa: SIM115
        with member.open() as stream:
            while data := stream.read(1 << 20):
                spool.write(data)
                if member.size == 0:  # what no container tells the size of is counted as it comes
                    self._count(len(data), member)
        spool.seek(0)
        return cast(BinaryIO, spool)

    def _zip(self, member: Member, nesting: int) -> None:
        stream = self._seekable(member)
        try:
            archive = self._close.enter_context(zipfile.ZipFile(stream))
            infos = [info for info in archive.infolist() if not info.is_dir()]
        except Exception as error:  # damage of any kind
            raise _damaged("ZIP", member, error) from None
        locked = [info for info in infos if info.flag_bits & 1]
        if nesting and (locked or any(info.filename in DOCUMENT for info in infos)):
            member.kind = "binary"  # a person's document or locked file, kept as it is
            self._add(member)
            return
        prefix = self._prefix(member, nesting)
        if locked:
            raise InputError(
                "encrypted",
                where=prefix + _inside(locked[0].filename),
                mend="unpack it with its password first",
            )
        _no_overlap(infos, prefix)
        for info in infos:
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise InputError(  # Python unpacks others in one go, whatever comes out
                    f"packed by method {info.compress_type}, which no service uses",
                    where=prefix + _inside(info.filename),
                    mend="unpack it by hand",
                )
            path, mode = prefix + _inside(info.filename), info.external_attr >> 16
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                self._refuse(path, LINK if stat.S_ISLNK(mode) else DEVICE)
                continue
            opener = _zip_opener(archive, info)
            packed = max(info.compress_size, 1)
            self._member(Member(path, info.file_size, opener, self.limits, packed=packed), nesting + 1)

    def _tar(self, member: Member, nesting: int) -> None:
        """List a tarball, which has no table of contents: its members are read from a seekable file."""
        prefix = self._prefix(member, nesting)
        stream = self._seekable(member)
        for archive, info in self._headers(member, cast(BinaryIO, Frugal(stream))):
            path = prefix + _inside(info.name)
            if info.isdir():
                continue
            if not info.isreg() or info.issparse():
                self._refuse(path, LINK if info.issym() or info.islnk() else DEVICE)
                continue
            self._member(Member(path, info.size, _tar_opener(archive, info), self.limits), nesting + 1)

    def _headers(self, member: Member, stream: BinaryIO) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
        try:
            archive: Any = self._close.enter_context(tarfile.TarFile(fileobj=stream))
            while (info := archive.next()) is not None:
                archive.members.clear()  # it would hold them all
                yield archive, info
            whole = _ended(archive, stream)
        except InputError:
            raise
        except Exception as error:
            raise _damaged("tarball", member, error) from None
        if not whole:
            raise _damaged("tarball", member, EOFError())

    def _wrapped(self, member: Member, kind: str, nesting: int) -> None:
        """Add what a .gz, .bz2 or .xz packs: one file, perhaps a tarball."""
        unpack = WRAPPED[kind]
        path = member.path
        for suffix in (".gz", ".tgz", ".bz2", ".xz"):
            if path.endswith(suffix):
                path = path.removesuffix(suffix) + (".tar" if suffix == ".tgz" else "")
        opener = lambda: cast(BinaryIO, Unpacked(unpack, member.opener()))  # noqa: E731
        inner = Member(path, 0, opener, self.limits, packed=max(member.size, 1))
        self._member(inner, nesting + 1)

    def _prefix(self, member: Member, nesting: int) -> str:
        """Return the folder that an archive's files are listed under; none for the export itself."""
        return "" if nesting == 0 and self.source.is_file() else member.path + "/"


LINK, DEVICE = "a link: not followed", "not a file: a device, a pipe, a socket or a sparse file"
UNREADABLE = "can't be read: its permissions forbid it"
DOCUMENT = ("[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF")
"""What ZIPs hold that are documents or programs: Office, OpenDocument, EPUB, Java."""

ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Letters of names that would forge lines of a ledger or turn their order, and bytes that are no letters."""


def _inside(name: str) -> str:
    """Return a member's name as a path below the export's root, whatever it claims to be."""
    parts = ODD.sub("\ufffd", name).replace("\\", "/").split("/")
    return "/".join(p for p in parts if p not in ("", ".", "..")) or "unnamed"


def _damaged(what: str, member: Member, error: Exception) -> InputError:
    return InputError(
        f"not a whole {what} ({type(error).__name__})",
        where=member.path,
        mend="it is cut off or damaged: download it again",
    )


def _no_overlap(infos: list[zipfile.ZipInfo], prefix: str) -> None:
    """Refuse a ZIP whose members share bytes, as bombs do."""
    end = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        if info.header_offset < end:
            raise InputError(
                "shares its bytes with other members, as archive bombs do",
                where=prefix + _inside(info.filename),
                mend="unpack it by hand if you know what it is",
            )
        end = info.header_offset + HEADER + info.compress_size


HEADER = 30
"""Bytes before a ZIP member's name, at least."""


def _ended(archive: tarfile.TarFile, stream: BinaryIO) -> bool:
    """Whether a tarball ends with a block of zeros, as it should: a spoilt header ends the reading too."""
    stream.seek(archive.offset)
    return stream.read(tarfile.BLOCKSIZE) == tarfile.NUL * tarfile.BLOCKSIZE


class Unpacked:
    """What a packed stream holds; closing it closes both."""

    def __init__(self, unpack: Callable[[Any], Any], below: BinaryIO) -> None:
        self.below, self.stream = below, unpack(below)

    def read(self, size: int = -1) -> bytes:
        """Read what is packed."""
        found: bytes = self.stream.read(size)
        return found

    def close(self) -> None:
        """Close the stream and what it is packed in."""
        self.stream.close()
        self.below.close()


class Frugal(io.RawIOBase):
    """A tarball from which headers of any claimed length are read: no more than a few MiB of each."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    def read(self, size: int = -1) -> bytes:
        """Read from the tarball."""
        if not 0 <= size <= HEADERS:
            raise tarfile.HeaderError
        return self.stream.read(size)

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to a place."""
        return self.stream.seek(place, whence)

    def tell(self) -> int:
        """Return the place."""
        return self.stream.tell()


HEADERS = 4 << 20


def _readable(path: Path) -> bool:
    try:
        path.open("rb").close()
    except OSError:
        return False
    return True


def _regular(stream: BinaryIO) -> bool:
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode) and type(stream).__module__ == "_io"
    except (OSError, AttributeError):
        return False


def _zip_opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, archive.open(info))


def _tar_opener(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, archive.extractfile(info))
