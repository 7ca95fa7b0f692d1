"""The tree of RFC 6962: published vectors, and a second implementation, the text of the RFC by recursion."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.log import merkle

# The reference data of Certificate Transparency's implementations (transparency-dev/merkle,
# proof/verify_test.go).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {  # (index, size)
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {  # (old, size)
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 7): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


def split(n: int) -> int:
    """The RFC's k: the largest power of two smaller than n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def mth(entries: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not entries:
        return sha256().digest()
    if len(entries) == 1:
        return sha256(b"\0" + entries[0]).digest()
    k = split(len(entries))
    return sha256(b"\1" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.1."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def subproof(m: int, entries: list[bytes], whole: bool) -> list[bytes]:
    """RFC 6962, 2.1.2."""
    if m == len(entries):
        return [] if whole else [mth(entries)]
    k = split(len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], False), mth(entries[:k])]


def tree(entries: list[bytes]) -> merkle.Node:
    return merkle.nodes([merkle.leaf_hash(entry) for entry in entries])


@pytest.mark.parametrize("size", range(9))
def test_the_reference_roots_come_out(size: int) -> None:
    assert merkle.root(size, tree(LEAVES)).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), sorted(INCLUSION))
def test_the_reference_proofs_of_inclusion_come_out_and_hold(index: int, size: int) -> None:
    proof = merkle.inclusion(index, size, tree(LEAVES))
    assert [step.hex() for step in proof] == INCLUSION[index, size]
    leaf, top = merkle.leaf_hash(LEAVES[index]), bytes.fromhex(ROOTS[size])
    assert merkle.verify_inclusion(leaf, index, size, proof, top)


@pytest.mark.parametrize(("old", "size"), sorted(CONSISTENCY))
def test_the_reference_proofs_of_consistency_come_out_and_hold(old: int, size: int) -> None:
    proof = merkle.consistency(old, size, tree(LEAVES))
    assert [step.hex() for step in proof] == CONSISTENCY[old, size]
    assert merkle.verify_consistency(old, size, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[size]), proof)


entries = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


@given(entries, st.data())
def test_proofs_of_inclusion_are_those_of_the_rfc_and_hold(found: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(found) - 1))
    proof = merkle.inclusion(index, len(found), tree(found))
    assert proof == path(index, found)
    leaf = merkle.leaf_hash(found[index])
    assert merkle.verify_inclusion(leaf, index, len(found), proof, mth(found))
    # For a fixed proof and root, one place alone is right, unless the same entry stands in both.
    for other in range(len(found)):
        if other != index:
            fits = merkle.verify_inclusion(leaf, other, len(found), proof, mth(found))
            assert not fits or path(other, found) == proof


@given(entries, st.data())
def test_proofs_of_consistency_are_those_of_the_rfc_and_hold(found: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(found)))
    proof = merkle.consistency(old, len(found), tree(found))
    assert proof == subproof(old, found, True)
    assert merkle.verify_consistency(old, len(found), mth(found[:old]), mth(found), proof)


@given(entries, st.data())
def test_a_history_that_was_changed_has_no_proof_of_consistency(
    found: list[bytes], data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, len(found)))
    place = data.draw(st.integers(0, old - 1))
    changed = [*found[:place], found[place] + b"!", *found[place + 1 :]]
    proof = merkle.consistency(old, len(changed), tree(changed))
    assert not merkle.verify_consistency(old, len(found), mth(found[:old]), mth(changed), proof)
    assert not merkle.verify_consistency(
        old, len(found), mth(found[:old]), mth(changed), subproof(old, found, True)
    )


def mangled(proof: list[bytes]) -> list[list[bytes]]:
    """Proofs with one thing wrong each: a bit, a step lost, added or swapped, a step that is no hash."""
    wrong = [[*proof[:i], bytes([step[0] ^ 8]) + step[1:], *proof[i + 1 :]] for i, step in enumerate(proof)]
    wrong += [[*proof[:i], *proof[i + 1 :]] for i in range(len(proof))]
    wrong += [[*proof, bytes(32)], [bytes(32), *proof], [*proof, b""], [b"", *proof]]
    return [w for w in [*wrong, proof[::-1]] if w != proof]


@pytest.mark.parametrize("size", range(1, 18))
def test_a_proof_of_inclusion_with_anything_wrong_in_it_is_refused(size: int) -> None:
    found = [bytes([i]) for i in range(size)]
    top = mth(found)
    for index in range(size):
        leaf, proof = merkle.leaf_hash(found[index]), path(index, found)
        for wrong in mangled(proof):
            assert not merkle.verify_inclusion(leaf, index, size, wrong, top)
        for place, leaves in ((index - 1, size), (index + 1, size), (index, 2 * size), (index, size // 2)):
            assert not merkle.verify_inclusion(leaf, place, leaves, proof, top)
        assert not merkle.verify_inclusion(merkle.leaf_hash(b"another"), index, size, proof, top)
        assert not merkle.verify_inclusion(leaf, index, size, proof, merkle.EMPTY)
        assert not merkle.verify_inclusion(b"", index, size, proof, top)


@pytest.mark.parametrize("size", range(1, 18))
def test_a_proof_of_consistency_with_anything_wrong_in_it_is_refused(size: int) -> None:
    found = [bytes([i]) for i in range(size)]
    top = mth(found)
    for old in range(1, size):
        before, proof = mth(found[:old]), subproof(old, found, True)
        for wrong in mangled(proof):
            assert not merkle.verify_consistency(old, size, before, top, wrong)
        for a, b in ((old - 1, size), (old + 1, size), (old, 2 * size), (size, old)):
            assert not merkle.verify_consistency(a, b, before, top, proof)
        assert not merkle.verify_consistency(old, size, top, before, proof)
        assert not merkle.verify_consistency(old, size, merkle.EMPTY, top, proof)


def test_a_tree_without_leaves_is_continued_by_every_other_and_by_no_proof() -> None:
    top = mth(LEAVES)
    assert merkle.verify_consistency(0, 8, merkle.EMPTY, top, [])
    assert merkle.verify_consistency(0, 0, merkle.EMPTY, merkle.EMPTY, [])
    assert not merkle.verify_consistency(0, 0, merkle.EMPTY, top, [])
    assert not merkle.verify_consistency(0, 8, top, top, [])
    assert not merkle.verify_consistency(0, 8, merkle.EMPTY, top, [bytes(32)])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3)])
def test_there_is_no_proof_for_an_entry_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(InputError, match="no entry"):
        merkle.inclusion(index, size, tree(LEAVES))


def test_there_is_no_proof_that_a_tree_continues_a_larger_one() -> None:
    with pytest.raises(InputError, match="does not continue"):
        merkle.consistency(4, 3, tree(LEAVES))
