"""What `git log` prints, read as a stream of commits with the lines that each added."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any, BinaryIO

from commonweal.intake.readers._mail import decoded
from commonweal.intake.source.git import git

FIELDS = ("%H", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B")
OPTIONS = (
    "--encoding=UTF-8", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--no-mailmap",
    "--no-show-signature", "--no-notes", "--no-decorate", "--diff-merges=off", "--submodule=short",
    "--ignore-submodules=none", "--no-relative", "--no-indent-heuristic", "--diff-algorithm=myers",
    "--src-prefix=a/", "--dst-prefix=b/", "--unified=1", "--inter-hunk-context=0", "--numstat", "--patch",
)  # fmt: skip
"""Whatever the repository's settings say, the output has one form, and git runs nothing. With a line of
context, for without git compares in another way, and its counts differ."""
HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
COUNTS = re.compile(rb"(\d+|-)\t(\d+|-)\t(.*)")
OCTAL = re.compile(rb'\\([0-7]{3}|[abtnvfr"\\])')
LETTERS = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}
MOST_TEXT = 8 << 20
"""Bytes of added lines of one commit that are kept: beyond are generated and vendored files."""


def commits(local: str) -> Iterator[dict[str, Any]]:
    """Yield the commits of a repository's branches and HEAD, oldest first.

    Each has `hash`, `parents`, `author` and `committer` (name, email, date), `message`, and `files`: path,
    numbers of lines added and removed as git counts them (null for binary files), the added lines as `text`.
    `beyond` counts bytes of added lines that were too many to keep.
    """
    token = secrets.token_hex(16)  # no commit can know it, so none can look like the beginning of another
    form = f"--format={token}%x00" + "%x00".join(FIELDS) + f"%x00{token}"
    with git(local, "log", "--reverse", "--branches", *OPTIONS, form, "HEAD", "--") as stream:
        yield from _Log(stream, token.encode()).commits()


class _Log:
    """The log, line by line."""

    def __init__(self, stream: BinaryIO, token: bytes) -> None:
        self.stream, self.token = stream, token
        self.line = self._next()

    def _next(self) -> bytes:
        """Return the next line; of one longer than all that is kept, the beginning."""
        line = self.stream.readline(MOST_TEXT)
        if line and not line.endswith(b"\n"):
            while (more := self.stream.readline(MOST_TEXT)) and not more.endswith(b"\n"):
                pass
        return line

    def commits(self) -> Iterator[dict[str, Any]]:
        while self.line:
            if self.line.startswith(self.token + b"\0"):
                commit = self._head()
                self._numbers(commit)
                self._patch(commit)
                yield commit
            else:
                self.line = self._next()

    def _head(self) -> dict[str, Any]:
        pieces = [self.line]
        end = b"\0" + self.token + b"\n"
        while not pieces[-1].endswith(end) and (line := self._next()):
            pieces.append(line)
        fields = [decoded(f, None) for f in b"".join(pieces).split(b"\0")[1:-1]]
        fields += [""] * (len(FIELDS) - len(fields))
        self.line = self._next()
        return {
            "hash": fields[0],
            "parents": fields[1].split(),
            "author": {"name": fields[2], "email": fields[3], "date": fields[4]},
            "committer": {"name": fields[5], "email": fields[6], "date": fields[7]},
            "message": fields[8].strip("\n"),
            "files": [],
        }

    def _numbers(self, commit: dict[str, Any]) -> None:
        """Read the list of changed files with their counts."""
        while self.line and not self.line.startswith((b"diff --git ", self.token)):
            if found := COUNTS.match(self.line.rstrip(b"\n")):
                added, removed = (None if n == b"-" else int(n) for n in found.group(1, 2))
                commit["files"].append({"path": _path(found[3]), "added": added, "removed": removed})
            self.line = self._next()

    def _patch(self, commit: dict[str, Any]) -> None:
        """Read the added lines of each file."""
        lines: dict[str, list[bytes]] = {}
        path, size, beyond = "", 0, 0
        while self.line and not self.line.startswith(self.token):
            if self.line.startswith(b"+++ "):
                path = _path(self.line[4:].rstrip(b"\n").removesuffix(b"\t"), strip=2)
            elif hunk := HUNK.match(self.line):
                for line in self._added(hunk):
                    size += len(line)
                    if size <= MOST_TEXT:
                        lines.setdefault(path, []).append(line)
                    else:
                        beyond += len(line)
            self.line = self._next()
        for file in commit["files"]:
            if file["path"] in lines:
                file["text"] = decoded(b"".join(lines[file["path"]]), None)
        if beyond:
            commit["beyond"] = beyond

    def _added(self, hunk: re.Match[bytes]) -> Iterator[bytes]:
        """Yield a hunk's new lines. It says how many lines it has, so none of them is taken for a heading."""
        old, new = (1 if n is None else int(n) for n in hunk.groups())
        while (old > 0 or new > 0) and (line := self._next()):
            sign = line[:1]
            if sign == b"+":
                yield line[1:]
            new -= sign not in (b"-", b"\\")
            old -= sign not in (b"+", b"\\")


def _path(written: bytes, strip: int = 0) -> str:
    """Return a path as it is, of one that git quotes, without the first letters."""
    if written[:1] == b'"' and written[-1:] == b'"':
        written = OCTAL.sub(_letter, written[1:-1])
    return written[strip:].decode("utf-8", errors="replace")


def _letter(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code, 8) & 255]) if len(code) == 3 else LETTERS.get(code, code)
