"""What every server is to say, in the words that servers share: regular expressions on the request line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, unquote_to_bytes

from commonweal.errors import InputError
from commonweal.rules.patterns import parse
from commonweal.rules.site.published import Published, paths_only

_SPECIAL = frozenset("\\.^$*+?{}[]|()")
_HEX = {**{d: d for d in "0123456789"}, **{d: f"[{d}{d.lower()}]" for d in "ABCDEF"}}


@dataclass(frozen=True)
class Once:
    """A header that is given once: of these, the value of the first whose expression matches."""

    name: str
    choices: tuple[tuple[str, str], ...]  # expression, value


@dataclass(frozen=True)
class Each:
    """A value of a header that may be given several times: given where any expression matches."""

    name: str
    value: str
    expressions: tuple[str, ...]


@dataclass(frozen=True)
class Statements:
    """All headers and files of a site; expressions match path and query as they stand in the request."""

    once: tuple[Once, ...]
    each: tuple[Each, ...]
    files: tuple[tuple[str, str], ...]  # decoded path, media type

    @classmethod
    def of(cls, published: Published, server: str) -> Statements:
        """Return the statements of what one site publishes.

        Raises
        ------
        InputError
            If a pattern names a host.
        """
        paths_only(published, f"a configuration of {server}")
        once: dict[str, list[tuple[str, str]]] = {}
        each: dict[tuple[str, str], list[str]] = {}
        names: dict[str, str] = {}
        for header in published.headers:  # the longest pattern first
            name = header.name.lower()
            names.setdefault(name, header.name)
            if header.several:
                each.setdefault((name, header.value), []).append(expression(header.pattern))
            else:
                once.setdefault(name, []).append((expression(header.pattern), header.value))
        return cls(
            tuple(Once(names[name], tuple(choices)) for name, choices in once.items()),
            tuple(Each(names[name], value, tuple(found)) for (name, value), found in each.items()),
            tuple((unquote(path), file.media_type) for path, file in published.files.items()),
        )


def expression(pattern: str) -> str:
    """Return a regular expression, without `^`, for what a path pattern matches.

    Understood alike by PCRE and RE2. An encoded character matches in both cases of its hexadecimal digits
    and, where it is not ASCII, bare too; a letter that a request encodes without need (`%61`) does not match.
    """
    parsed = parse(pattern)
    return ".*".join(_literal(piece) for piece in parsed.pieces) + ("$" if parsed.ends else "")


def _literal(piece: str) -> str:
    return "".join(
        _encoded(part) if part.startswith("%") else "".join(map(_character, part))
        for part in re.findall(r"(?:%[0-9A-F]{2})+|[^%]+|%", piece)
    )


def _encoded(run: str) -> str:
    if run == "%":
        return "%"
    try:
        characters = [c.encode() for c in unquote_to_bytes(run).decode()]
    except UnicodeDecodeError:
        characters = [bytes([b]) for b in unquote_to_bytes(run)]
    out = ""
    for character in characters:
        digits = "".join("%" + "".join(_HEX[d] for d in f"{b:02X}") for b in character)
        out += digits if len(character) == 1 else f"(?:{digits}|{character.decode()})"
    return out


def _character(character: str) -> str:
    if character == "#":  # ends an expression in Apache
        return r"\x23"
    return f"\\{character}" if character in _SPECIAL else character


def folder_of(folder: str, server: str) -> str:
    """Return the folder, checked.

    Raises
    ------
    InputError
        If it is not absolute, or has characters that no configuration can hold.
    """
    if not folder.startswith("/") or not folder.isprintable() or "`" in folder:
        raise InputError(
            f"a configuration of {server} needs the folder of the files", mend="give its absolute path"
        )
    return folder.rstrip("/") or "/"
