"""A log on disk: what was appended stays, whatever happens to the writer; every change to it is found."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.log import files, merkle
from commonweal.log.checkpoint import Checkpoint
from commonweal.log.note import ED25519, Note, Verifier, cosign, sign
from commonweal.log.proof import Consistency, Inclusion
from commonweal.log.store import Log
from commonweal.log.tiles import Edge, Tiles, name, pack, unpack
from commonweal.sealed import PrivateKey


def numbered(first: int, end: int) -> list[bytes]:
    return [b"entry %d" % i for i in range(first, end)]


def root_of(entries: list[bytes]) -> bytes:
    return merkle.root(len(entries), merkle.nodes([merkle.leaf_hash(entry) for entry in entries]))


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (2, 1234067, 256, "tile/2/x001/x234/067"),  # the specification's own example
        ("entries", 999, 256, "tile/entries/999"),
        (0, 1000, 7, "tile/0/x001/000.p/7"),
    ],
)
def test_tiles_are_named_as_the_specification_names_them(
    level: int | str, index: int, width: int, path: str
) -> None:
    assert name(level, index, width) == path


def test_a_log_of_70000_entries_has_the_tiles_that_the_specification_lists(log: Log) -> None:
    log.append(numbered(0, 70_000))
    tile = log.folder / "tile"
    found = sorted(str(p.relative_to(tile)) for p in tile.rglob("*") if p.is_file())
    hashes = [p for p in found if p[0].isdigit()]
    assert [p for p in hashes if ".p/" in p] == ["0/273.p/112", "1/001.p/17", "2/000.p/1"]
    assert [p for p in hashes if p.startswith("0/") and ".p/" not in p] == [f"0/{i:03d}" for i in range(273)]
    assert [p for p in hashes if p.startswith("1/") and ".p/" not in p] == ["1/000"]
    assert all((tile / p).stat().st_size == 8192 for p in hashes if ".p/" not in p)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=5), st.integers(0, 2**32))
def test_batches_of_any_size_make_the_tree_of_all_entries(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], seed: int
) -> None:
    chance = random.Random(seed)
    log = Log.create(tmp_path_factory.mktemp("log") / "log", "guild.example/log")
    held: list[bytes] = []
    notes = [log.note()]
    for size in sizes:
        batch = [chance.randbytes(chance.randrange(60)) for _ in range(size)]
        receipt = log.append(iter(batch))
        assert (receipt.first, receipt.count) == (len(held), size)
        held += batch
        notes.append(receipt.note)
        assert receipt.checkpoint.root == root_of(held)
    assert list(log.entries()) == held
    assert log.check() == []
    keys = [log.verifier]
    for note in notes:
        proof = log.consistency(Checkpoint.of(note).size)
        assert Consistency.parse(bytes(proof)).problems(note, keys) == []
    for index in sorted(chance.sample(range(len(held)), min(len(held), 20))):
        proof_in = Inclusion.parse(bytes(log.inclusion(index)))
        assert proof_in.extra == held[index]
        assert proof_in.problems(held[index], keys) == []
        assert proof_in.problems(held[index] + b"!", keys) != []


def test_a_proof_reads_a_few_files_of_a_large_log(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(numbered(0, 150_000))
    reads = []
    real = Tiles._read
    monkeypatch.setattr(Tiles, "_read", lambda self, *a: reads.append(a) or real(self, *a))
    for index in (0, 77_777, 149_999):
        reads.clear()
        log.inclusion(index)
        assert (
            len(reads) <= 6
        )  # for each of three levels two tiles at most, and one bundle, less the tile they share
        reads.clear()
        log.consistency(index + 1)
        assert len(reads) <= 6


def test_reading_holds_a_bundle_at_a_time_and_any_part_can_be_asked_for(log: Log) -> None:
    log.append(numbered(0, 1000))
    assert list(log.entries(250, 520)) == numbered(250, 520)
    assert list(log.entries(999)) == numbered(999, 1000)
    assert list(log.entries(1000)) == []
    tiles = log.tiles()
    assert next(tiles.entries(300)) == b"entry 300"


@given(st.lists(st.binary(max_size=300), max_size=300))
def test_a_bundle_is_read_back(entries: list[bytes]) -> None:
    assert unpack(pack(entries)) == entries


def test_an_entry_that_is_too_long_leaves_the_log_as_it_was(log: Log) -> None:
    log.append([b"x" * 65_535, b""])
    with pytest.raises(InputError, match="entry 3 has 65,536 bytes"):
        log.append([b"fine", b"y" * 65_536])
    assert list(log.entries()) == [b"x" * 65_535, b""]
    assert log.check() == []


def test_entries_that_can_not_all_be_had_are_not_appended(log: Log) -> None:
    def broken() -> object:
        yield from numbered(0, 600)
        raise RuntimeError("the source is gone")

    log.append([b"first"])
    with pytest.raises(RuntimeError):
        log.append(broken())
    assert list(log.entries()) == [b"first"]
    log.append([b"second"])
    assert list(log.entries()) == [b"first", b"second"]
    assert log.check() == []


class Stopped(BaseException):
    """Stands for the end of the process: nothing may tidy up after it."""


@pytest.mark.parametrize("held", [0, 100, 255, 256, 65_530])
def test_an_append_broken_off_at_any_write_leaves_the_log_as_it_was(
    log: Log, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(numbered(0, held))
    before = log.note()
    real, writes = files.write, []

    def count(path: Path, content: bytes) -> None:
        writes.append(path)
        if len(writes) > stop:
            path.with_name(f".{path.name}.tmp").write_bytes(content[: len(content) // 2])
            raise Stopped
        real(path, content)

    monkeypatch.setattr(files, "write", count)
    stop = 0
    while True:
        writes.clear()
        try:
            log.append(numbered(10_000_000, 10_000_600 + stop))
        except Stopped:
            assert log.note() == before
            assert list(log.entries()) == numbered(0, held)
            assert log.tiles().root() == Checkpoint.of(before).root
            stop += 1
            continue
        break
    assert stop >= 6
    assert log.check() == []
    assert list(log.entries(held)) == numbered(10_000_000, 10_000_600 + stop)
    assert log.consistency(held).problems(before, [log.verifier]) == []


def test_a_crash_between_the_tiles_and_the_checkpoint_leaves_the_log_as_it_was(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(numbered(0, 300))
    before = log.note()

    def stop(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(files, "replace", stop)
        with pytest.raises(Stopped):
            log.append(numbered(1000, 2000))
    assert log.note() == before
    assert log.check() == []
    log.append(numbered(300, 310))  # fewer than what was lost: its tiles lie beyond, and are not read
    assert list(log.entries()) == numbered(0, 310)
    assert log.check() == []


def test_everything_is_on_disk_before_the_checkpoint_says_so(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, set[Path]]] = []
    settle, replace = files.settle, files.replace
    monkeypatch.setattr(files, "settle", lambda p, root: done.append(("settled", set(p))) or settle(p, root))
    monkeypatch.setattr(files, "replace", lambda p, c: done.append(("said", {p})) or replace(p, c))
    log.append(numbered(0, 300))
    (first, settled), (second, said) = done[:2]
    assert (first, second) == ("settled", "said")
    assert said == {log.folder / "checkpoint"}
    tiles = {p for p in (log.folder / "tile").rglob("*") if p.is_file()}
    assert settled == tiles


WRITER = """
import sys
from commonweal.log.store import Log
log, batch = Log(sys.argv[1]), int(sys.argv[2])
while True:
    first = len(log)
    receipt = log.append(b"entry %d" % i for i in range(first, first + batch))
    print(receipt.first + receipt.count, flush=True)
"""


@pytest.mark.parametrize("batch", [3, 700])
def test_a_writer_that_is_killed_loses_nothing_it_has_reported(log: Log, batch: int) -> None:
    chance = random.Random(batch)
    for _ in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(log.path), str(batch)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        reported = int(writer.stdout.readline())
        time.sleep(chance.random() / 5)
        writer.send_signal(signal.SIGKILL)
        reported = max([reported, *(int(line) for line in writer.stdout.read().split())])
        writer.wait()
        writer.stdout.close()
        assert len(log) >= reported
        assert len(log) % batch == 0
        assert log.check() == []
        assert list(log.entries()) == numbered(0, len(log))


HOLDER = """
import sys
from commonweal.log.store import Log
with Log(sys.argv[1]).writing():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_process_writes_and_others_read(log: Log) -> None:
    log.append([b"first"])
    command = [sys.executable, "-c", HOLDER, str(log.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="another process is writing"):
            log.append([b"second"])
        assert list(log.entries()) == [b"first"]
    log.append([b"second"])


def test_a_reader_sees_a_whole_log_while_tiles_become_full(log: Log) -> None:
    log.append(numbered(0, 300))
    tiles, note = log.tiles(), log.note()
    log.append(numbered(300, 70_000))  # takes the partial tiles of 300 away
    assert not (log.folder / "tile/0/001.p").exists()
    assert list(tiles.entries()) == numbered(0, 300)
    assert tiles.root() == Checkpoint.of(note).root


def test_every_byte_of_a_log_is_covered(log: Log) -> None:
    log.append(numbered(0, 600))
    chance = random.Random(1)
    public = [p for p in sorted(log.folder.rglob("*")) if p.is_file()]
    assert len(public) == 1 + 3 + 3 + 1  # checkpoint, three bundles, three tiles, and one tile above them
    for path in public:
        whole = path.read_bytes()
        for place in {0, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(12))}:
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
            try:
                assert log.check() != [], (path.name, place)
            except InputError:
                assert path.name == "checkpoint"  # no longer one that can be read
        path.write_bytes(whole[:-1])
        try:
            assert log.check() != []
        except InputError:
            assert path.name == "checkpoint"
        path.unlink()
        try:
            assert log.check() != []
        except InputError:
            assert path.name == "checkpoint"
        path.write_bytes(whole)
    assert log.check() == []


def test_a_checkpoint_that_is_signed_but_not_of_these_entries_is_found(log: Log) -> None:
    log.append(numbered(0, 300))
    text = Checkpoint(log.origin, 300, root_of(numbered(1, 301))).text
    key = PrivateKey.load(log.path / "key.pem")
    files.replace(log.folder / "checkpoint", bytes(Note(text, (sign(text, log.origin, key),))))
    assert log.check() == ["the entries do not make the root that was signed"]
    with pytest.raises(InputError, match="damaged"):
        log.append([b"more"])


def test_a_proof_that_witnesses_alone_have_signed_is_not_enough(log: Log) -> None:
    log.append(numbered(0, 3))
    key = PrivateKey.generate()
    witness = Verifier("w.example", 4, key.public)
    proof = log.inclusion(1)
    note = Note(proof.note.text, (cosign(proof.note.text, "w.example", key, 5),))
    alone = Inclusion(proof.index, proof.path, note, proof.extra)
    both = Inclusion(proof.index, proof.path, proof.note.and_signed(*note.signatures), proof.extra)
    assert alone.problems(b"entry 1", [log.verifier, witness]) == [
        "witnesses have signed it, the log has not"
    ]
    assert both.problems(b"entry 1", [log.verifier, witness]) == []


def test_a_path_longer_than_any_tree_is_refused(log: Log) -> None:
    log.append(numbered(0, 3))
    proof = log.inclusion(1)
    for steps, fine in ((63, True), (64, False)):
        raw = bytes(Inclusion(1, proof.path[:1] * steps, proof.note, b"entry 1"))
        if fine:
            assert Inclusion.parse(raw).problems(b"entry 1", [log.verifier]) != []
        else:
            with pytest.raises(InputError, match="no tree has"):
                Inclusion.parse(raw)


def test_nothing_is_added_to_a_damaged_log(log: Log) -> None:
    log.append(numbered(0, 300))
    tile = log.folder / "tile/0/001.p/44"
    tile.write_bytes(bytes(len(tile.read_bytes())))
    with pytest.raises(InputError, match="damaged"):
        log.append([b"more"])


def test_a_log_rolled_back_and_grown_otherwise_is_inconsistent_with_what_it_said(
    log: Log, tmp_path: Path
) -> None:
    log.append(numbered(0, 40))
    shutil.copytree(log.path, tmp_path / "copy")
    log.append(numbered(40, 90))
    said = log.note()
    other = Log(tmp_path / "copy")
    other.append([b"history", *numbered(41, 120)])
    assert other.check() == []
    wrong = other.consistency(90).problems(said, [log.verifier])
    assert wrong == ["the log of 120 entries does not continue that of 90"]


def test_a_proof_of_another_log_or_by_another_key_is_refused(log: Log, tmp_path: Path) -> None:
    other = Log.create(tmp_path / "other", "other.example/log")
    for each in (log, other):
        each.append(numbered(0, 5))
    assert log.inclusion(2).problems(b"entry 2", [other.verifier]) == ["no known key has signed it"]
    both = [log.verifier, other.verifier]
    assert "they are of different logs" in other.consistency(5).problems(log.note(), both)


def test_the_key_may_be_kept_elsewhere_and_only_its_own_is_taken(tmp_path: Path) -> None:
    key = PrivateKey.generate()
    Log.create(tmp_path / "log", "guild.example/log", key=key)
    assert not (tmp_path / "log/key.pem").exists()
    with pytest.raises(InputError, match="kept elsewhere"):
        Log(tmp_path / "log").append([b"x"])
    assert Log(tmp_path / "log", key=key).append([b"x"]).count == 1
    with pytest.raises(InputError, match="not the key"):
        Log(tmp_path / "log", key=PrivateKey.generate())


def test_the_private_key_is_for_its_owner_and_outside_of_what_is_served(log: Log) -> None:
    assert (log.path / "key.pem").stat().st_mode & 0o77 == 0
    log.append([b"x"])
    assert not any(b"PRIVATE" in p.read_bytes() for p in log.folder.rglob("*") if p.is_file())


def test_a_witnesss_signature_is_put_under_the_present_checkpoint_alone(log: Log) -> None:
    key = PrivateKey.generate()
    verifier = Verifier("w.example", 4, key.public)
    log.append([b"x"])
    signature = cosign(log.note().text, "w.example", key, 5)
    log.add(signature, verifier)
    log.add(signature, verifier)  # once is enough
    assert len(log.note().signatures) == 2
    assert log.note().verify([log.verifier, verifier])[1] == []
    assert log.check() == []
    log.append([b"y"])
    assert len(log.note().signatures) == 1
    with pytest.raises(InputError, match="not over the present checkpoint"):
        log.add(signature, verifier)


def test_folders_that_are_no_log_are_refused(tmp_path: Path, log: Log) -> None:
    with pytest.raises(InputError, match="no log"):
        Log(tmp_path / "nothing")
    with pytest.raises(InputError, match="neither new nor empty"):
        Log.create(log.path, "guild.example/log")
    with pytest.raises(InputError, match="name for a key"):
        Log.create(tmp_path / "new", "guild example")
    about = log.path / "log.json"
    about.write_text(about.read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(InputError, match="another version"):
        Log(log.path)


def test_appending_nothing_changes_nothing(log: Log) -> None:
    before = log.note()
    receipt = log.append([])
    assert (receipt.first, receipt.count, receipt.note) == (0, 0, before)
    assert log.note() == before
    assert Edge().root() == merkle.EMPTY


@given(st.binary(max_size=120))
def test_bytes_that_are_no_proof_are_refused_and_nothing_else_happens(raw: bytes) -> None:
    note = (
        b"a.example\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        + str(sign("t\n", "a.example", PrivateKey.generate())).encode()
    )
    for some in (raw, raw + b"\n\n" + note, b"c2sp.org/tlog-proof@v1\nindex 0\n" + raw + b"\n\n" + note):
        for kind in (Inclusion, Consistency):
            with suppress(InputError):
                assert bytes(kind.parse(some)) == some


def test_a_verifier_is_of_the_kind_that_logs_use(log: Log) -> None:
    assert log.verifier.kind == ED25519
    assert Note.parse(bytes(log.note())) == log.note()
