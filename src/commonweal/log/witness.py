"""A witness: it signs a log's checkpoint if that continues the last one it signed, and never otherwise.

Whoever trusts some witnesses knows that a log has shown them and everybody one history. The rules are those
of c2sp.org/tlog-witness; what is asked and answered there over HTTP is here a call and a file.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commonweal.errors import CommonwealError, InputError
from commonweal.log import merkle
from commonweal.log.checkpoint import Checkpoint
from commonweal.log.files import replace
from commonweal.log.note import COSIGNATURE, Signature, Verifier, check_name, cosign, decode, encode
from commonweal.log.proof import Consistency
from commonweal.sealed import PrivateKey

FORMAT = {"format": "commonweal-witness", "version": 1}


class RefusedError(CommonwealError):
    """A witness refuses to sign; `size` is that of the checkpoint it signed last."""

    def __init__(self, reason: str, size: int) -> None:
        self.reason, self.size = reason, size
        super().__init__(reason)


class Witness:
    """A witness with its memory.

    Parameters
    ----------
    path : path
        JSON file with the last checkpoint that was signed for each log; made where there is none.
    name : str
        An address without scheme, such as `witness.example.org/w1`.
    key : PrivateKey
        A key of its own: a cosignature does not say the witness's name.
    known : iterable of Verifier
        Keys of the logs that it signs for; a log's name is its origin.
    """

    def __init__(self, path: str | Path, name: str, key: PrivateKey, known: Iterable[Verifier]) -> None:
        self.path, self.name, self._key, self.known = Path(path), check_name(name), key, list(known)

    @property
    def verifier(self) -> Verifier:
        """The key with which its cosignatures are checked."""
        return Verifier(self.name, COSIGNATURE, self._key.public)

    def size(self, origin: str) -> int:
        """Return the size of the checkpoint that was signed last for a log; 0 for none."""
        return self._last(origin).size

    def sign(self, asked: Consistency, time: int) -> Signature:
        """Return the cosignature of a checkpoint, after it was remembered.

        Parameters
        ----------
        asked : Consistency
            The checkpoint, with the proof that it continues the last one signed.
        time : int
            Now, in POSIX seconds.

        Raises
        ------
        RefusedError
            If the log is unknown, its signature is missing or false, the proof is not from the last
            checkpoint that was signed, or does not hold.
        """
        new = Checkpoint.of(asked.note)
        keys = [verifier for verifier in self.known if verifier.name == new.origin]
        with self._alone():
            last = self._last(new.origin)
            problem = self._problem(asked, new, last, keys)
            if problem:
                raise RefusedError(problem, last.size)
            # Remembered before it is signed: a crash between the two costs a signature, not the history.
            self._remember(new)
            return cosign(asked.note.text, self.name, self._key, time)

    @staticmethod
    def _problem(asked: Consistency, new: Checkpoint, last: Checkpoint, keys: list[Verifier]) -> str | None:
        if not keys:
            return "a log that this witness does not know"
        _, wrong = asked.note.verify(keys)
        if wrong:
            return wrong[0]
        if asked.old != last.size:
            return f"the proof is from {asked.old} entries on; this witness signed {last.size} last"
        if new.size < last.size:
            return f"the log has shrunk from {last.size} entries to {new.size}"
        if not merkle.verify_consistency(last.size, new.size, last.root, new.root, asked.path):
            return f"the log of {new.size} entries does not continue that of {last.size}"
        return None

    def _state(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {**FORMAT, "logs": {}}
        except (OSError, ValueError):
            raise InputError(
                "not a witness's memory", mend="restore it from a copy", where=str(self.path)
            ) from None
        if not isinstance(state, dict) or {k: state.get(k) for k in FORMAT} != FORMAT:
            raise InputError("of another format or version", mend="use the release that wrote it",
                             where=str(self.path))  # fmt: skip
        return state

    def _last(self, origin: str) -> Checkpoint:
        held = self._state()["logs"].get(origin)
        if held is None:
            return Checkpoint(origin, 0, merkle.EMPTY)
        return Checkpoint(origin, int(held["size"]), decode(held["root"], "a root hash"))

    def _remember(self, new: Checkpoint) -> None:
        state = self._state()
        state["logs"][new.origin] = {"root": encode(new.root), "size": new.size}
        replace(self.path, json.dumps(state, indent=2, sort_keys=True).encode() + b"\n")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes out from the check to the memory: none signs for an older state in between."""
        handle = os.open(self.path.with_name(self.path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
