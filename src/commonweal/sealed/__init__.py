"""Canonical JSON, content hashes, keys and receipts: written once, used by all."""

from commonweal.sealed.canonical import canonical_json, content_hash, file_hash
from commonweal.sealed.keys import PrivateKey, PublicKey
from commonweal.sealed.receipt import Difference, compare, versions

__all__ = [
    "Difference",
    "PrivateKey",
    "PublicKey",
    "canonical_json",
    "compare",
    "content_hash",
    "file_hash",
    "versions",
]
