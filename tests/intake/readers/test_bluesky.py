"""Bluesky: the posts that a repository's latest commit leads to, out of a CAR file made here."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest

from commonweal.errors import InputError
from commonweal.intake import import_export
from exports import bring, brought, same_from_folder

libipld = pytest.importorskip("libipld")
FIXTURES = Path(__file__).parents[4] / "shared" / "fixtures" / "bluesky"
DID = "did:plc:aaaabbbbccccddddeeeeffff"
POST, LIKE = "app.bsky.feed.post", "app.bsky.feed.like"


class Link(bytes):
    """A content id, written as CBOR's tag 42."""


def cbor(value: Any) -> bytes:
    """Write DAG-CBOR: keys by length, then by letters; links tagged, as the specification says."""

    def head(major: int, n: int) -> bytes:
        if n < 24:
            return bytes([major << 5 | n])
        size = 1 if n < 256 else 2 if n < 65536 else 4
        return bytes([major << 5 | (23 + size.bit_length())]) + n.to_bytes(size, "big")

    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, Link):
        return b"\xd8\x2a" + head(2, len(value) + 1) + b"\0" + bytes(value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    keys = sorted(value, key=lambda k: (len(k), k))
    return head(5, len(value)) + b"".join(cbor(k) + cbor(value[k]) for k in keys)


def varint(n: int) -> bytes:
    return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)


class Car:
    """A CAR file under construction."""

    def __init__(self) -> None:
        self.blocks: list[tuple[Link, bytes]] = []

    def put(self, value: Any) -> Link:
        data = cbor(value)
        cid = Link(b"\x01\x71\x12\x20" + hashlib.sha256(data).digest())
        self.blocks.append((cid, data))
        return cid

    def file(self, root: Link) -> bytes:
        header = cbor({"roots": [root], "version": 1})
        body = [varint(len(c) + len(d)) + c + d for c, d in self.blocks]
        return varint(len(header)) + header + b"".join(body)


def post(text: str, **more: Any) -> dict[str, Any]:
    return {"$type": POST, "text": text, "createdAt": "2024-05-01T10:00:00.000Z", **more}


def like(uri: str) -> dict[str, Any]:
    return {"$type": LIKE, "subject": {"uri": uri, "cid": "bafy"}, "createdAt": "2024-05-01T10:00:00Z"}


BLOB = Link(b"\x01\x55\x12\x20" + hashlib.sha256(b"picture").digest())
PICTURE = {"$type": "blob", "ref": BLOB, "mimeType": "image/jpeg", "size": 7}
PARENT = {"cid": "bafy", "uri": f"at://{DID}/{POST}/3aaa"}


def repository(car: Car) -> bytes:
    """Write a tree of three nodes over four records, beside a post that was deleted."""
    first, second = car.put(post("First", langs=["de"])), car.put(post("An answer", reply={"parent": PARENT}))
    liked = car.put(like("at://x"))
    embed = {"$type": "app.bsky.embed.images", "images": [{"alt": "an anvil", "image": PICTURE}]}
    shown = car.put(post("With a picture", langs=["en", "fr"], embed=embed))
    car.put(post("Deleted long ago"))
    left = car.put({"l": None, "e": [{"p": 0, "k": f"{LIKE}/3zzz".encode(), "v": liked, "t": None}]})
    right = car.put({"l": None, "e": [{"p": 0, "k": f"{POST}/3ccc".encode(), "v": shown, "t": None}]})
    entries = [
        {"p": 0, "k": f"{POST}/3aaa".encode(), "v": first, "t": None},
        {"p": len(POST) + 2, "k": b"bbb", "v": second, "t": right},
    ]
    top = car.put({"l": left, "e": entries})
    commit = {"did": DID, "version": 3, "data": top, "rev": "3ccc", "prev": None, "sig": bytes(64)}
    return car.file(car.put(commit))


def test_the_writer_of_these_tests_writes_what_libipld_reads() -> None:
    car = Car()
    header, blocks = libipld.decode_car(repository(car))
    assert header["roots"] == [car.blocks[-1][0]]
    assert len(blocks) == 9


def test_posts_are_works_with_language_and_what_they_answer(tmp_path: Path) -> None:
    works = bring(tmp_path, {"repo.car": repository(Car())}).rows("work")
    assert [(w["text"], w["language"], w["in_reply_to"]) for w in works] == [
        ("First", "de", None),
        ("An answer", None, f"at://{DID}/{POST}/3aaa"),
        ("With a picture", None, None),
    ]
    assert works[1]["native_id"] == f"at://{DID}/{POST}/3bbb"
    assert works[1]["url"] == f"https://bsky.app/profile/{DID}/post/3bbb"
    assert {(w["created_us"], w["time_quality"]) for w in works} == {(1714557600_000_000, "exact")}
    kept = json.loads(works[2]["json"])
    assert kept["embed"]["images"][0]["image"]["ref"] == {"$link": libipld.encode_cid(bytes(BLOB))}
    assert kept["langs"] == ["en", "fr"]


def test_what_was_deleted_is_not_read_and_other_records_are_counted_by_type(tmp_path: Path) -> None:
    found = bring(tmp_path, {"repo.car": repository(Car())})
    assert found.ledger.losses == {
        (f"repo.car: {LIKE}", "records of this type are no works"): 1,
        ("repo.car", "records that were deleted or changed later"): 1,
        ("repo.car: blobs", "a picture or video: the repository names it and does not hold it"): 1,
    }


def test_blobs_beside_the_repository_are_kept(tmp_path: Path) -> None:
    name = libipld.encode_cid(bytes(BLOB))
    files = {"repo.car": repository(Car()), f"blobs/{name}.jpeg": b"\xff\xd8\xffpicture"}
    found = bring(tmp_path, files)
    assert [a["path"] for a in found.rows("asset")] == [f"blobs/{name}.jpeg"]
    assert not any("blobs" in path for path, _ in found.ledger.losses)
    same_from_folder(tmp_path, files)


def test_a_part_of_the_tree_that_is_missing_is_listed(tmp_path: Path) -> None:
    car = Car()
    repository(car)
    root = car.blocks[-1][0]
    del car.blocks[6]  # the node with the picture's post
    found = bring(tmp_path, {"repo.car": car.file(root)})
    assert [w["text"] for w in found.rows("work")] == ["First", "An answer"]
    assert ("repo.car", "parts of the repository's tree are not in the file") in found.ledger.losses


def test_a_post_that_is_missing_is_listed(tmp_path: Path) -> None:
    car = Car()
    repository(car)
    root = car.blocks[-1][0]
    del car.blocks[0]
    found = bring(tmp_path, {"repo.car": car.file(root)})
    assert ("repo.car", "posts that the tree names and the file does not hold") in found.ledger.losses
    assert len(found.rows("work")) == 2


def test_a_file_that_is_cut_off_is_an_error_in_the_ledger_and_no_crash(tmp_path: Path) -> None:
    found = bring(tmp_path, {"repo.car": repository(Car())[:-10]})
    assert [reason for _, reason in found.ledger.losses] == ["cut off, or no CAR file"]
    assert found.rows("work") == []


def test_a_broken_record_costs_itself(tmp_path: Path) -> None:
    car = Car()
    repository(car)
    cid, data = car.blocks[0]
    car.blocks[0] = (cid, data.replace(b"First", b"F\xff\xffst"))
    found = bring(tmp_path, {"repo.car": car.file(car.blocks[-1][0])})
    assert [w["text"] for w in found.rows("work")] == ["An answer", "With a picture"]
    assert found.ledger.counts["unread"] == 1


def test_a_circle_in_the_tree_ends(tmp_path: Path) -> None:
    car = Car()
    own = Link(b"\x01\x71\x12\x20" + bytes(32))
    first = car.put(post("First"))
    node = {"l": own, "e": [{"p": 0, "k": f"{POST}/3aaa".encode(), "v": first, "t": own}]}
    car.blocks.append((own, cbor(node)))
    commit = {"did": DID, "version": 3, "data": own, "rev": "3ccc", "prev": None, "sig": bytes(64)}
    found = bring(tmp_path, {"repo.car": car.file(car.put(commit))})
    assert [w["text"] for w in found.rows("work")] == ["First"]


def test_a_car_of_another_kind_is_not_taken(tmp_path: Path) -> None:
    car = Car()
    with pytest.raises(InputError, match="no reader knows this"):
        bring(tmp_path, {"files.car": car.file(car.put({"Links": [], "Data": b"x"}))})


def test_a_real_repository_is_read_with_nothing_unaccounted_for(tmp_path: Path) -> None:
    if not FIXTURES.is_dir():
        pytest.skip("no repository here")
    found = brought(FIXTURES, tmp_path / "archive")
    _, blocks = libipld.decode_car((FIXTURES / "paul_staging.repo.car").read_bytes())
    records = [b for b in blocks.values() if "$type" in b]
    assert sorted(w["text"] for w in found.rows("work")) == sorted(b["text"] for b in records if "text" in b)
    listed = sum(n for (path, _), n in found.ledger.losses.items() if "blobs" not in path)
    assert len(records) == len(found.rows("work")) + listed


def test_a_commit_that_stands_behind_the_first_megabyte_is_found(tmp_path: Path) -> None:
    car = Car()
    for number in range(30):
        car.put(post("x" * 40_000 + str(number)))
    found = bring(tmp_path, {"repo.car": repository(car)})
    assert [w["text"] for w in found.rows("work")] == ["First", "An answer", "With a picture"]
    assert ("repo.car", "records that were deleted or changed later") in found.ledger.losses


def test_a_repository_with_any_byte_spoilt_is_read_or_what_is_lost_is_listed(tmp_path: Path) -> None:
    whole, rng = repository(Car()), random.Random(0)
    source = tmp_path / "repo.car"
    source.write_bytes(whole)
    usual = import_export(source, tmp_path / "whole", owner="me").losses
    for number in range(150):
        spoilt = bytearray(whole)
        spoilt[rng.randrange(len(whole))] ^= rng.randrange(1, 256)
        source.write_bytes(spoilt)
        try:
            ledger = import_export(source, tmp_path / str(number), owner="me")
        except InputError as error:
            assert "no reader knows this" in str(error)
        else:
            assert ledger.counts["works"] == 3 or ledger.losses != usual
