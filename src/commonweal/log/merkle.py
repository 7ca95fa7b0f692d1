"""The tree of RFC 6962: its hashes, and proofs that an entry is in it and that it only grew.

A tree is asked for through one function, `node(level, index)`: the hash over the leaves from `index << level`
to `(index + 1) << level`. A proof of n entries asks for about log2(n) of them, so that a tree on disk is read
in few places and never whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from commonweal.errors import InputError

HASH_BYTES = 32
EMPTY = sha256(b"").digest()
"""The root of a tree without leaves."""

Node = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry: SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two others: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def nodes(leaves: Sequence[bytes]) -> Node:
    """Return the nodes of a tree whose leaf hashes are at hand."""

    def node(level: int, index: int) -> bytes:
        return fold(leaves[index << level : (index + 1) << level])

    return node


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over 2^k neighbours."""
    row = list(hashes)
    while len(row) > 1:
        row = [sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row), 2)]
    return row[0]


def root(size: int, node: Node) -> bytes:
    """Return the root over the first `size` leaves (RFC 6962, 2.1)."""
    return _span(0, size, node) if size else EMPTY


def _split(count: int) -> int:
    """Return the largest power of two below a number above 1."""
    return 1 << (count - 1).bit_length() - 1


def _span(first: int, end: int, node: Node) -> bytes:
    """Return the hash over leaves; `first` is a multiple of the first power of two from their number on."""
    count = end - first
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, first >> level)
    middle = first + _split(count)
    return node_hash(_span(first, middle, node), _span(middle, end, node))


def inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """Return the proof that a leaf is in a tree (RFC 6962, 2.1.1), the leaf's neighbour first.

    Parameters
    ----------
    index : int
        Place of the leaf, from 0.
    size : int
        Leaves of the tree.
    node : function
        See the module.

    Raises
    ------
    InputError
        If there is no such leaf.
    """
    if not 0 <= index < size:
        raise InputError(f"no entry {index} among {size}", mend="entries count from 0")
    first, end, proof = 0, size, []
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            proof.append(_span(middle, end, node))
            end = middle
        else:
            proof.append(_span(first, middle, node))
            first = middle
    return proof[::-1]


def consistency(old: int, size: int, node: Node) -> list[bytes]:
    """Return the proof that a tree continues an older one (RFC 6962, 2.1.2); none is needed from 0 leaves.

    Raises
    ------
    InputError
        If the older one is larger.
    """
    if not 0 <= old <= size:
        raise InputError(
            f"a tree of {size} does not continue one of {old}", mend="give the smaller one first"
        )
    if old == 0:
        return []
    first, end, proof = 0, size, []
    while old != end:
        middle = first + _split(end - first)
        if old <= middle:
            proof.append(_span(middle, end, node))
            end = middle
        else:
            proof.append(_span(first, middle, node))
            first = middle
    # The older tree's last whole part is known to whoever knows its root, if that part is all of it.
    if first:
        proof.append(_span(first, end, node))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], top: bytes) -> bool:
    """Return whether a leaf hash has this place in the tree with root `top` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _hashes(leaf, top, *proof):
        return False
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == top


def verify_consistency(old: int, size: int, old_top: bytes, top: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether the tree with root `top` continues that with `old_top` (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= size or not _hashes(old_top, top, *proof):
        return False
    if old == 0:
        return not proof and old_top == EMPTY and (size > 0 or top == EMPTY)
    if old == size:
        return not proof and old_top == top
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_top)  # the older tree is a node of the newer one
    if not steps:
        return False
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, step)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_top and after == top


def _hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
