"""Bluesky's repository: a CAR file, in which a tree of names leads to the records that are there now.

Source: atproto.com/specs/repository (the commit, the tree's nodes).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from commonweal.errors import InputError
from commonweal.intake.reader import Claim, Context, Item, Reader
from commonweal.intake.readers._car import blocks, plain
from commonweal.intake.records import Lost, Record, Work, WorkKind, as_text, rest
from commonweal.intake.source import Member, Tree
from commonweal.intake.times import time

POST = "app.bsky.feed.post"
NODE = b"\xa2\x61e"  # a map of two, whose first key is "e": a node of the tree
RECORD = re.compile(rb"e\$type(?:[\x60-\x77]|\x78.)[a-z][a-z0-9-]*\.[a-z0-9-]+\.[A-Za-z0-9.-]+", re.DOTALL)
"""A record says its type, by a domain's name backwards."""
BLOB_NAME = re.compile(r"baf[a-z2-7]{50,}(\.\w+)?")


class Bluesky(Reader):
    """Posts of a Bluesky account."""

    NAME = "bluesky"
    TITLE = "Bluesky (repository, CAR file)"
    TRIED = "a repository of 2022 and 2023 from the staging network (452 blocks, 101 posts)"
    NOTES = (
        "Posts are works, each with its language and what it answers. Likes, follows, reposts, lists and "
        "the profile are counted and not kept. A repository also holds what was deleted or changed "
        "before, if it was exported with its history: that is listed and not read. Pictures and videos "
        "are not in it; those that lie beside it under their content ids are kept. Direct messages and "
        "settings are in none."
    )

    def claims(self, tree: Tree, include: frozenset[str]) -> Claim:
        """Claim CAR files with a signed commit of a repository, and the blobs beside them."""
        claim = Claim(read=[m.path for m in tree if m.kind == "car" and _repository(m.head)])
        if claim:
            for member in tree:
                if BLOB_NAME.fullmatch(member.name) and member.path not in claim.read:
                    claim.assets.append(member.path)
                    claim.aliases[member.name.partition(".")[0]] = member.path
        return claim

    def items(self, member: Member) -> Iterator[Item | Lost]:
        """Yield the posts that the repository's latest commit leads to, in the order of the file."""
        from libipld import encode_cid

        try:
            with member.open() as stream:
                index = _Index(stream, member.path)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise InputError(
                "its tree of records can't be read: damaged", where=member.path, mend="export it again"
            ) from None
        for collection, n in index.counts.items():
            if collection != POST:
                yield Lost(f"{member.path}: {collection}", "records of this type are no works", n)
        if index.missing:
            yield Lost(member.path, "parts of the repository's tree are not in the file", index.missing)
        older = 0
        with member.open() as stream:
            for cid, data in blocks(stream, member.path):
                if keys := index.posts.pop(cid, ""):
                    index.others.add(cid)
                    for key in keys.split():
                        uri = f"at://{index.did}/{POST}/{key}"
                        yield Item(member.path, {"uri": uri, "cid": encode_cid(cid), "block": data})
                else:
                    older += index.older(cid, data)
        if older:
            yield Lost(member.path, "records that were deleted or changed later", older)
        if index.posts:
            yield Lost(member.path, "posts that the tree names and the file does not hold", len(index.posts))

    def decode(self, data: Any) -> Any:
        """Return a record as the AT Protocol writes it in JSON."""
        from libipld import decode_dag_cbor

        return {"uri": data["uri"], "cid": data["cid"], "value": plain(decode_dag_cbor(data["block"]))}

    def convert(self, raw: Any, context: Context) -> Iterator[Record]:
        """Yield a post."""
        value = raw["value"]
        did, _, key = raw["uri"].removeprefix("at://").partition("/")
        parent = _at(value, "reply", "parent", "uri")
        langs = value.get("langs")
        language = langs[0] if isinstance(langs, list) and len(langs) == 1 else None
        created = time(value.get("createdAt"))
        taken = ["text"] if isinstance(value.get("text"), str) else []
        taken += ["createdAt"] if created is not None else []
        taken += ["langs"] if isinstance(language, str) else []
        yield Work(
            key=raw["uri"],
            kind=WorkKind.POST,
            text=as_text(value.get("text")) or "",
            url=f"https://bsky.app/profile/{did}/post/{key.rpartition('/')[2]}",
            author=did,
            visibility="public",
            in_reply_to=as_text(parent),
            language=as_text(language),
            created=created,
            json={"cid": raw["cid"], **(rest(value, *taken) or {})},
        )
        if away := [blob for blob in _blobs(value) if blob not in context.files]:
            yield Lost("blobs", "a picture or video: the repository names it and does not hold it", len(away))


def _repository(head: bytes) -> bool:
    """Whether a CAR holds a repository, by keys in DAG-CBOR: IPFS uses CARs for all else.

    The signed commit mostly comes first, but may come last: then records tell.
    """
    commit = all(key in head for key in (b"\x63did", b"\x64data", b"\x63sig", b"\x67version"))
    return commit or RECORD.search(head) is not None


@dataclass
class _Index:
    """What a repository's latest commit leads to.

    Attributes
    ----------
    did : str
        Whose repository it is.
    posts : dict of bytes to str
        Content id to the name of the post in its collection; several with blanks between.
    others : set of bytes
        Content ids of other records.
    counts : Counter of str
        Records by collection.
    missing : int
        Nodes that the tree names and the file does not hold.
    """

    stream: BinaryIO
    path: str
    did: str = ""
    posts: dict[bytes, str] = field(default_factory=dict)
    others: set[bytes] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    missing: int = 0

    def __post_init__(self) -> None:
        from libipld import decode_dag_cbor

        nodes: dict[bytes, bytes] = {}
        roots: list[bytes] = []
        commit = None
        for cid, data in blocks(self.stream, self.path, roots):
            if data.startswith(NODE):
                nodes[cid] = data
            elif roots and cid == roots[0]:
                commit = decode_dag_cbor(data)
        if not isinstance(commit, dict) or not isinstance(commit.get("data"), bytes):
            raise InputError("no commit of a repository at its root", where=self.path, mend="export it again")
        self.did = str(commit.get("did"))
        self._walk(commit["data"], nodes)

    def _walk(self, top: bytes, nodes: dict[bytes, bytes]) -> None:
        """Note every record below a node. A key leaves out what it shares with the one before it."""
        from libipld import decode_dag_cbor

        waiting = [top]
        while waiting:
            cid = waiting.pop()
            if cid not in nodes:
                self.missing += 1
                continue
            node = decode_dag_cbor(nodes.pop(cid))
            below = [node.get("l")]
            key = b""
            for entry in node["e"]:
                key = key[: entry["p"]] + entry["k"]
                self._note(key.decode("utf-8", errors="replace"), entry["v"])
                below.append(entry.get("t"))
            waiting += [child for child in reversed(below) if child]

    def _note(self, key: str, cid: bytes) -> None:
        collection, _, name = key.partition("/")
        self.counts[collection] += 1
        if collection == POST:
            self.posts[cid] = f"{self.posts[cid]} {name}" if cid in self.posts else name
        else:
            self.others.add(cid)

    def older(self, cid: bytes, data: bytes) -> bool:
        """Whether a block is a record that nothing leads to any more."""
        if cid in self.others or data.startswith(NODE) or b"\x63sig" in data:
            return False
        return b"\x65$type" in data


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _blobs(value: Any) -> Iterator[str]:
    """Yield the content ids of a post's files, by the present form and that of before 2023."""
    stack = [value]
    while stack:
        here = stack.pop()
        if isinstance(here, list):
            stack += here
        elif isinstance(here, dict):
            link = _at(here, "ref", "$link") if here.get("$type") == "blob" else here.get("cid")
            if isinstance(link, str) and ("mimeType" in here):
                yield link
            else:
                stack += here.values()


READER = Bluesky()
