"""One file of an export, wherever it lies: in a folder, a ZIP, a tarball, or a ZIP in a ZIP."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO

from commonweal.errors import InputError
from commonweal.intake.source.limits import USUAL, Limits
from commonweal.intake.source.shape import Shape, kind_of, shape_of

HEAD, CHUNK = 1 << 20, 1 << 20
HEADS = 128 << 20


class Heads:
    """The beginnings of files that were looked at last, no more than `HEADS` bytes of them."""

    def __init__(self) -> None:
        self._held: OrderedDict[Member, bytes] = OrderedDict()
        self._size = 0

    def of(self, member: Member) -> bytes:
        """Return a file's beginning, read again if it is held no more."""
        if member in self._held:
            self._held.move_to_end(member)
            return self._held[member]
        with member.open() as stream:
            head = stream.read(HEAD).removeprefix(b"\xef\xbb\xbf")
        self._held[member] = head
        self._size += len(head)
        while self._size > HEADS:
            self._size -= len(self._held.popitem(last=False)[1])
        return head


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
    packed : int or None
        Bytes in the container, where it packs.
    heads : Heads
        Shared by the files of a tree.
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
    heads: Heads = field(default_factory=Heads, repr=False)

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
        data = bytearray()
        with self.open() as stream:
            while chunk := stream.read(CHUNK):
                data += chunk
                if len(data) > self.limits.item_bytes:
                    raise InputError(
                        f"longer than {self.limits.item_bytes:,} bytes, the most that is read at once",
                        where=self.path,
                        mend="split the file, or leave it out",
                    )
        return bytes(data)

    @property
    def head(self) -> bytes:
        """The first MiB, without a byte order mark."""
        return self.heads.of(self)

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
        self.member, self.seen = member, 0
        try:
            self.stream = member.opener()
        except Exception as error:  # as in `readinto`
            raise _unreadable(member, error) from None

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read into a buffer; see `Member.open` for errors."""
        member = self.member
        try:
            data = self.stream.read(min(len(buffer), CHUNK))
        except Exception as error:  # zlib, zipfile, tarfile, lzma and OSError each have their own
            raise _unreadable(member, error) from None
        self.seen += len(data)
        if self.seen > member.limits.member_bytes:
            raise too_long(member)
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
        if not self.closed and hasattr(self, "stream"):
            self.stream.close()
        super().close()


def too_long(member: Member) -> InputError:
    """Return the error for a file over the limit."""
    return InputError(
        f"longer than {member.limits.member_bytes:,} bytes",
        where=member.path,
        mend="unpack the export and leave this file out",
    )


def _unreadable(member: Member, error: Exception) -> Exception:
    if isinstance(error, InputError | MemoryError):
        return error
    return InputError(
        f"can't be read to its end ({type(error).__name__}): cut off, damaged or locked",
        where=member.path,
        mend="download the export again",
    )
