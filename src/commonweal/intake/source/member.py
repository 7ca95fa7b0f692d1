"""One file of an export, wherever it lies: in a folder, a ZIP, a tarball, or a ZIP in a ZIP."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO

from commonweal.errors import InputError
from commonweal.intake.source.limits import USUAL, Limits
from commonweal.intake.source.shape import Shape, kind_of, shape_of

HEAD = 1 << 20


@dataclass(eq=False)
class Member:
    """A file that can be read as often as needed.

    Attributes
    ----------
    path : str
        From the export's root, with "/" between; the name of an inner archive is a folder of it.
    size : int
        Bytes, as the container claims.
    opener : callable
        Returns a new binary stream from the file's beginning.
    local : str
        Path on this machine of what can't be read as a stream (a git repository); else empty.
    beside : mapping of str to Member
        The export's files by path, for formats that split a record over several.
    """

    path: str
    size: int
    opener: Callable[[], BinaryIO]
    limits: Limits = USUAL
    local: str = ""
    packed: int | None = None
    beside: Mapping[str, Member] = field(default_factory=dict, repr=False)
    _head: bytes | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Last part of the path."""
        return self.path.rpartition("/")[2]

    def open(self) -> BinaryIO:
        """Return a stream that raises InputError, naming this file, beyond limits and where it is cut off."""
        return io.BufferedReader(Bounded(self), buffer_size=1 << 18)

    def read(self) -> bytes:
        """Return the whole file, if it is no longer than one item may be.

        Raises
        ------
        InputError
            If it is longer, cut off or a bomb.
        """
        with self.open() as stream:
            data = stream.read(self.limits.item_bytes + 1)
        if len(data) > self.limits.item_bytes:
            raise InputError(
                f"longer than {self.limits.item_bytes:,} bytes, the most that is read at once",
                where=self.path,
                mend="split the file, or leave it out",
            )
        return data

    @property
    def head(self) -> bytes:
        """The first MiB, without a byte order mark."""
        if self._head is None:
            with self.open() as stream:
                self._head = stream.read(HEAD).removeprefix(b"\xef\xbb\xbf")
        return self._head

    def forget(self) -> None:
        """Let go of the head; kind and shape are kept."""
        _ = self.kind, self.shape
        self._head = b"" if self._head is None else self._head[:4_096]

    @cached_property
    def kind(self) -> str:
        """What the file is by its first bytes: see `shape.kind_of`."""
        return "git" if self.local else kind_of(self.head)

    @cached_property
    def shape(self) -> Shape:
        """Structure of JSON, JSON Lines and `window.YTD` files, from their head; empty for others."""
        return shape_of(self.head, self.kind)


class Bounded(io.RawIOBase):
    """A member's bytes, counted as they come."""

    def __init__(self, member: Member) -> None:
        self.member, self.stream, self.seen = member, member.opener(), 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read into a buffer; see `Member.open` for errors."""
        member = self.member
        try:
            data = self.stream.read(len(buffer))
        except InputError:
            raise
        except Exception as error:  # zlib, zipfile, tarfile, lzma and OSError each have their own
            raise InputError(
                f"can't be read to its end ({type(error).__name__}): cut off or damaged",
                where=member.path,
                mend="download the export again",
            ) from None
        self.seen += len(data)
        if self.seen > member.limits.member_bytes:
            raise InputError(
                f"longer than {member.limits.member_bytes:,} bytes",
                where=member.path,
                mend="unpack it and leave this file out, or raise the limit",
            )
        packed = member.packed
        if packed is not None and self.seen > max(member.limits.ratio_from, packed * member.limits.ratio):
            raise InputError(
                f"unpacks to over {member.limits.ratio} times its packed size, as archive bombs do",
                where=member.path,
                mend="leave this file out, or unpack it by hand if you know what it is",
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the stream below."""
        if not self.closed:
            self.stream.close()
        super().close()
