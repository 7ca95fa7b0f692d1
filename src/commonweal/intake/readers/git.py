"""Git repositories: a work for each commit, with the lines that it added."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._commits import commits
from commonweal.intake.readers._person import is_person
from commonweal.intake.records import Lost, Record, Work, WorkKind
from commonweal.intake.source import Member, Tree
from commonweal.intake.source.git import GitError, git
from commonweal.intake.times import time

TRAILER = re.compile(r"^co-authored-by:[ \t]*([^<\n]*?)[ \t]*<([^>\n]*)>", re.MULTILINE | re.IGNORECASE)
LICENCE_FILE = re.compile(r"(LICEN[CS]E|COPYING|UNLICENSE)(\.(txt|md|rst))?", re.IGNORECASE)
SPDX = re.compile(r"SPDX-License-Identifier:\s*([\w.+-]+)\s*$", re.MULTILINE)
TEXTS = {
    "Apache-2.0": ("Apache License", "Version 2.0, January 2004"),
    "MIT": ("Permission is hereby granted, free of charge", "sublicense", 'THE SOFTWARE IS PROVIDED "AS IS"'),
    "BSD-3-Clause": ("Redistribution and use in source and binary forms", "Neither the name"),
    "BSD-2-Clause": ("Redistribution and use in source and binary forms",),
    "MPL-2.0": ("Mozilla Public License", "2.0"),
    "ISC": ("Permission to use, copy, modify, and/or distribute this software",),
    "Unlicense": ("This is free and unencumbered software released into the public domain",),
    "CC0-1.0": ("CC0 1.0 Universal",),
    "CC-BY-SA-4.0": ("Attribution-ShareAlike 4.0 International",),
    "CC-BY-4.0": ("Attribution 4.0 International",),
}
"""What a licence's text says, the more telling first. Not the GNU licences: their texts don't tell whether
later versions are meant too."""
MOST = 65_536


class Git(Reader):
    """Commits of a repository's branches."""

    NAME = "git"
    TITLE = "Git repositories"
    TRIED = "this project's repository"
    NOTES = (
        "A folder with `.git` in it. Each commit of HEAD and the local branches is a work: its message and "
        "the lines that it added, by file; merges have none of their own. Commits are yours where the name "
        "or e-mail address of the author or a co-author is what --as gives (several with commas between). A "
        "moved file counts as removed and added. The licence is what the file in HEAD plainly says, for all "
        "commits. Git runs without hooks, filters and network."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim repositories."""
        claim = Claim(read=[m.path for m in tree if m.kind == "git"])
        claim.context = {path: _licence(tree.members[path].local) for path in claim.read}
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield commits, oldest first."""
        try:
            for commit in commits(member.local):
                yield Item(f"{member.path}: commit", msgspec.json.encode(commit))
        except GitError as error:
            yield Lost(member.path or "repository", error.problem)

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a commit."""
        author, message = raw["author"], raw["message"]
        co_authors = [{"name": name, "email": mail} for name, mail in TRAILER.findall(message)]
        people = [name for who in (author, *co_authors) for name in (who["name"], who["email"])]
        if raw.get("beyond"):
            yield Lost("commit.text", "bytes of added lines beyond what one commit may hold", raw["beyond"])
        files = [{k: v for k, v in f.items() if k != "text"} for f in raw["files"]]
        kept = {k: raw[k] for k in ("parents", "author", "committer") if raw[k]}
        yield Work(
            key=raw["hash"],
            kind=WorkKind.COMMIT,
            text="\n\n".join([message, *_added(raw["files"])]),
            mine=is_person(context.owner, *people),
            title=message.partition("\n")[0] or None,
            author=author["name"] or None,
            license=context.claimed.get(context.path),
            created=time(author["date"]),
            json={
                **kept,
                "message": message,
                "files": files,
                **({"co_authors": co_authors} if co_authors else {}),
            },
        )


def _added(files: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what was added to each file, below its path."""
    for file in files:
        if text := file.get("text"):
            yield f"{file['path']}\n{text.removesuffix(chr(10))}"


def _licence(local: str) -> str | None:
    """Return the SPDX id of the licence that lies in HEAD's root, if its text is plain."""
    try:
        with git(local, "ls-tree", "--name-only", "HEAD") as stream:
            names = stream.read(MOST).decode("utf-8", errors="replace").splitlines()
        found = [name for name in names if LICENCE_FILE.fullmatch(name)]
        if len(found) != 1:
            return None
        with git(local, "cat-file", "blob", f"HEAD:{found[0]}") as stream:
            text = stream.read(MOST).decode("utf-8", errors="replace")
    except GitError:
        return None
    return spdx(text)


def spdx(text: str) -> str | None:
    """Return the SPDX id of a licence's text, if one of those that are told apart plainly."""
    if found := SPDX.search(text):
        return found[1]
    plain = " ".join(text.split())
    return next((name for name, says in TEXTS.items() if all(piece in plain for piece in says)), None)


READER = Git()
