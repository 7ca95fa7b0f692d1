"""A witness signs what continues what it signed before, and refuses all else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from commonweal.errors import InputError
from commonweal.log.note import COSIGNATURE, Note, Signed, Verifier
from commonweal.log.proof import Consistency
from commonweal.log.store import Log
from commonweal.log.witness import RefusedError, Witness
from commonweal.sealed import PrivateKey

KEY = PrivateKey.generate()


@pytest.fixture
def witness(tmp_path: Path, log: Log) -> Witness:
    return Witness(tmp_path / "memory.json", "w.example/1", KEY, [log.verifier])


def ask(witness: Witness, log: Log, time: int = 1_700_000_000) -> Note:
    return log.note().and_signed(witness.sign(log.consistency(witness.size(log.origin)), time))


def test_checkpoints_of_a_log_that_only_grows_are_signed_with_the_time(witness: Witness, log: Log) -> None:
    for size in (0, 3, 300, 300, 70_000):
        log.append(b"entry %d" % i for i in range(len(log), size))
        note = ask(witness, log, 1_700_000_000 + size)
        signed, wrong = note.verify([witness.verifier])
        assert (signed, wrong) == ([Signed("w.example/1", COSIGNATURE, 1_700_000_000 + size)], [])
        assert witness.size(log.origin) == size


def test_a_log_that_shows_two_histories_gets_one_signed(witness: Witness, log: Log, tmp_path: Path) -> None:
    log.append([b"1", b"2", b"3"])
    shutil.copytree(log.path, tmp_path / "other")
    other = Log(tmp_path / "other")
    log.append([b"4"])
    other.append([b"another 4"])
    ask(witness, log)
    for history in ([], [b"5", b"6"]):
        other.append(history)
        with pytest.raises(RefusedError, match="does not continue that of 4") as refused:
            ask(witness, other)
        assert refused.value.size == 4
    log.append([b"5"])
    ask(witness, log)  # the refusals have changed nothing


def test_a_log_that_has_shrunk_is_refused(witness: Witness, log: Log, tmp_path: Path) -> None:
    log.append([b"1", b"2", b"3"])
    shutil.copytree(log.path, tmp_path / "before")
    log.append([b"4"])
    ask(witness, log)
    before = Log(tmp_path / "before")
    with pytest.raises(RefusedError, match="shrunk from 4 entries to 3"):
        witness.sign(Consistency(4, (), before.note()), 5)


def test_a_proof_from_another_size_than_the_last_is_refused_with_the_last(witness: Witness, log: Log) -> None:
    log.append([b"1", b"2", b"3"])
    ask(witness, log)
    log.append([b"4"])
    for old in (0, 1, 2, 4):
        with pytest.raises(RefusedError, match="signed 3 last"):
            witness.sign(log.consistency(old), 5)


def test_an_unknown_log_and_a_false_or_missing_signature_are_refused(
    witness: Witness, log: Log, tmp_path: Path
) -> None:
    with pytest.raises(RefusedError, match="does not know"):
        ask(witness, Log.create(tmp_path / "other", "other.example/log"))
    same_name = Log.create(tmp_path / "same", log.origin)
    with pytest.raises(RefusedError, match="no known key"):
        ask(witness, same_name)
    log.append([b"1"])
    asked = log.consistency(0)
    false = Note(asked.note.text.replace("\n1\n", "\n2\n"), asked.note.signatures)
    with pytest.raises(RefusedError, match="is false"):
        witness.sign(Consistency(0, (), false), 5)


def test_what_was_signed_is_remembered_by_the_next_process_and_for_each_log(
    witness: Witness, log: Log, tmp_path: Path
) -> None:
    other = Log.create(tmp_path / "other", "other.example/log")
    keys = [log.verifier, other.verifier]
    for each, entries in ((log, [b"1"]), (other, [b"1", b"2"])):
        each.append(entries)
        ask(Witness(witness.path, "w.example/1", KEY, keys), each)
    later = Witness(witness.path, "w.example/1", KEY, keys)
    assert (later.size(log.origin), later.size(other.origin)) == (1, 2)


def test_a_memory_that_can_not_be_read_stops_the_witness(witness: Witness, log: Log) -> None:
    for content in ("", "{}", '{"format": "commonweal-witness", "version": 2, "logs": {}}', "[1]"):
        witness.path.write_text(content)
        with pytest.raises(InputError):
            ask(witness, log)


def test_a_witnesss_key_does_not_pass_for_a_logs(witness: Witness, log: Log) -> None:
    note = ask(witness, log)
    assert note.verify([Verifier("w.example/1", 1, KEY.public)])[1] == ["no known key has signed it"]
