"""A transparency log: what was registered when, for anybody to check, without saying what or whose."""

from commonweal.log.checkpoint import Checkpoint
from commonweal.log.commitment import Salts
from commonweal.log.note import Note, Verifier
from commonweal.log.public import Public
from commonweal.log.store import Log, Receipt
from commonweal.log.witness import RefusedError, Witness

__all__ = [
    "Checkpoint",
    "Log",
    "Note",
    "Public",
    "Receipt",
    "RefusedError",
    "Salts",
    "Verifier",
    "Witness",
]
