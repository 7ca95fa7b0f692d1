"""How much of an export is read before it is refused: sizes that containers claim are not trusted."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1 << 20
GB = 1 << 30


@dataclass(frozen=True)
class Limits:
    """Bounds of reading; what goes beyond is refused with its name.

    Parameters
    ----------
    member_bytes : int
        Of one file, unpacked.
    total_bytes : int
        Of all files, unpacked.
    ratio : int
        Unpacked to packed, of a member over `ratio_from` bytes: texts pack 3 to 40 times, bombs a thousand
        times.
    ratio_from : int
        Bytes below which the ratio is not looked at.
    members : int
        Files in all.
    nesting : int
        Archives in archives.
    item_bytes : int
        Of one conversation, post or record.
    """

    member_bytes: int = 8 * GB
    total_bytes: int = 64 * GB
    ratio: int = 200
    ratio_from: int = 16 * MB
    members: int = 1_000_000
    nesting: int = 4
    item_bytes: int = 256 * MB


USUAL = Limits()
