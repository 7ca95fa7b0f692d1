"""Works registered in a log: provable by whoever holds the salt, and by nobody once it is erased."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest

from commonweal.errors import InputError
from commonweal.log import events, files, registering
from commonweal.log.commitment import Salts, opens
from commonweal.log.proof import Inclusion
from commonweal.log.registering import commit_works, committed_to, opening, settle, withdraw_works
from commonweal.log.store import Log

TIME = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Work:
    text: str
    owner: str
    key: str = ""
    consent: str = ""


def works(count: int, first: int = 0) -> list[tuple[bytes, Work]]:
    return [
        (
            sha256(b"%d" % i).digest()[:16],
            Work(f"A poem of {i} lines, by heart", f"Ada {i}", f"poem-{i}", "v1"),
        )
        for i in range(first, first + count)
    ]


@pytest.fixture
def salts(log: Log) -> Salts:
    with Salts(log.path / "salts.sqlite") as opened:
        yield opened


def test_a_member_shows_what_was_registered_when_and_anybody_checks_it(log: Log, salts: Salts) -> None:
    receipt = commit_works(log, salts, works(300), time=TIME)
    assert (receipt.first, receipt.count, len(log)) == (0, 300, 300)
    for work_id, work in works(300)[::37]:
        proof, salt = opening(log, salts, work_id)
        handed_on = Inclusion.parse(bytes(proof))
        assert handed_on.problems(handed_on.extra, [log.verifier]) == []
        event = events.read(handed_on.extra)
        assert isinstance(event, events.Registered)
        assert (event.time, event.actor) == (TIME, log.actor)
        (commitment,) = event.works
        assert opens(bytes.fromhex(commitment), committed_to(work), salt)
        for field in ("text", "owner", "key", "consent"):
            other = Work(**{**work.__dict__, field: "another"})
            assert not opens(bytes.fromhex(commitment), committed_to(other), salt)


def test_the_object_committed_to_is_the_documented_one() -> None:
    (_, work), = works(1)  # fmt: skip
    told = registering.__doc__ or ""
    fields = set(re.findall(r'"(\w+)":', told))
    assert committed_to(work).keys() == fields
    assert committed_to(work) == {
        "consent": "v1", "key": "poem-0", "owner": "Ada 0", "what": "commonweal/work/1",
        "text_sha256": sha256(b"A poem of 0 lines, by heart").hexdigest(),
    }  # fmt: skip


def test_a_log_holds_nothing_of_works_but_random_bytes_a_time_and_an_opaque_id(
    log: Log, salts: Salts
) -> None:
    commit_works(log, salts, works(20), time=TIME)
    for entry in log.entries():
        said = json.loads(entry)
        assert said.keys() == {"event", "time", "actor", "works"}
        assert re.fullmatch(r"[0-9a-f]{32}", said["actor"])
        assert re.fullmatch(r"[0-9a-f]{64}", said["works"][0])
    public = b"".join(path.read_bytes() for path in log.folder.rglob("*") if path.is_file())
    for work_id, work in works(20):
        digest = sha256(work.text.encode()).hexdigest()
        for secret in (
            work.owner,
            work.key,
            work.text[:9],
            digest,
            work_id.hex(),
            salts.get([work_id])[work_id].salt.hex(),
        ):
            assert secret.encode() not in public


def test_after_a_withdrawal_with_erasure_no_entry_can_be_tied_to_the_work(log: Log, salts: Salts) -> None:
    commit_works(log, salts, works(5))
    gone = [work_id for work_id, _ in works(5)[:2]]
    commitments = [salts.get(gone)[work_id].commitment.hex() for work_id in gone]
    withdraw_works(log, salts, gone, erase=True)
    event = events.read(list(log.entries())[-1])
    assert isinstance(event, events.Withdrawn)
    assert sorted(event.works) == sorted(commitments)
    with pytest.raises(InputError, match="no salt"):
        opening(log, salts, gone[0])
    kept = salts.path.read_bytes()
    assert not any(
        bytes.fromhex(c) in kept or work_id in kept for c, work_id in zip(commitments, gone, strict=True)
    )
    proof, salt = opening(log, salts, works(5)[2][0])
    assert opens(bytes.fromhex(events.read(proof.extra).works[0]), committed_to(works(5)[2][1]), salt)
    assert log.check() == []


def test_a_withdrawal_of_many_works_takes_several_entries(log: Log, salts: Salts) -> None:
    commit_works(log, salts, works(1100))
    receipt = withdraw_works(log, salts, [work_id for work_id, _ in works(1100)])
    assert receipt.count == 3
    told = [events.read(entry).works for entry in log.entries(receipt.first)]
    assert [len(w) for w in told] == [500, 500, 100]
    assert {w for part in told for w in part} == {events.read(e).works[0] for e in log.entries(0, 1100)}


def test_a_work_is_registered_once(log: Log, salts: Salts) -> None:
    commit_works(log, salts, works(3))
    with pytest.raises(InputError, match="already"):
        commit_works(log, salts, works(3, first=2))
    assert len(log) == len(salts) == 3


def test_entries_stand_in_another_order_than_the_works(log: Log, salts: Salts) -> None:
    commit_works(log, salts, works(60))
    order = [opening(log, salts, work_id)[0].index for work_id, _ in works(60)]
    assert sorted(order) == list(range(60))
    assert order != list(range(60))  # they agree by chance once in 60 factorial


def assert_all_open(log: Log, salts: Salts, registered: list[tuple[bytes, Work]]) -> None:
    places = set()
    for work_id, work in registered:
        proof, salt = opening(log, salts, work_id)
        assert opens(bytes.fromhex(events.read(proof.extra).works[0]), committed_to(work), salt)
        places.add(proof.index)
    assert places == set(range(len(registered)))


class Stopped(BaseException):
    """Stands for the end of the process."""


def test_a_writer_stopped_before_the_log_had_its_entries_leaves_no_salt(
    log: Log, salts: Salts, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_works(log, salts, works(2))
    with monkeypatch.context() as patch:
        patch.setattr(files, "replace", _stop)
        with pytest.raises(Stopped):
            commit_works(log, salts, works(5, first=2))
    assert (len(log), len(salts)) == (2, 7)
    commit_works(log, salts, works(5, first=2))
    assert (len(log), len(salts), salts.waiting()) == (7, 7, set())
    assert_all_open(log, salts, works(7))


def test_a_writer_stopped_after_the_log_had_its_entries_finds_their_places_again(
    log: Log, salts: Salts, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_works(log, salts, works(2))
    with monkeypatch.context() as patch:
        patch.setattr(Salts, "place", _stop)
        with pytest.raises(Stopped):
            commit_works(log, salts, works(5, first=2))
    assert (len(log), len(salts.waiting())) == (7, 5)
    with log.writing():
        settle(log, salts)
    assert_all_open(log, salts, works(7))
    with pytest.raises(InputError, match="already"):
        commit_works(log, salts, works(1, first=6))


def _stop(*_: object) -> None:
    raise Stopped


def test_the_registrys_works_are_what_is_asked_for(log: Log, salts: Salts) -> None:
    from commonweal.registry import Work as Registered

    commit_works(log, salts, [(bytes(16), Registered("text", "owner", "key", "v2"))])
    assert len(log) == 1


NAMED = [
    {"event": "registered", "time": "2027-01-02T03:04:05Z", "actor": "Ada Lovelace", "works": []},
    {"event": "registered", "time": "2027-01-02T03:04:05Z", "actor": "0" * 32, "works": ["A poem"]},
    {"event": "registered", "time": "2027-01-02T03:04:05Z", "actor": "0" * 32, "title": "A poem"},
    {"event": "registered", "time": "2027-01-02T03:04:05Z", "actor": "0" * 32 + "\n"},
    {"event": "registered", "time": "2027-01-02T03:04:05", "actor": "0" * 32},
    {"event": "Ada", "time": "2027-01-02T03:04:05Z", "actor": "0" * 32},
    {
        "event": "classified",
        "time": "2027-01-02T03:04:05Z",
        "actor": "0" * 32,
        "rules": "0" * 64,
        "outcome": "Ada",
    },
    {"event": "consented", "time": "2027-01-02T03:04:05Z", "actor": "0" * 32, "terms": "Ada"},
    ["Ada"],
    "Ada",
]


@pytest.mark.parametrize("said", NAMED, ids=range(len(NAMED)))
def test_an_event_with_anything_but_hashes_ids_and_times_is_refused_without_repeating_it(
    said: object,
) -> None:
    with pytest.raises(InputError) as refused:
        events.read(json.dumps(said).encode())
    assert "Ada" not in str(refused.value)
    assert "poem" not in str(refused.value)


def test_an_event_is_read_back_and_its_time_is_that_of_utc() -> None:
    at = datetime(2027, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    entry = events.write(events.Delivered(at, "a" * 32, dataset="b" * 64, to="c" * 32))
    assert json.loads(entry) == {
        "actor": "a" * 32, "dataset": "b" * 64, "event": "delivered", "time": "2027-01-02T03:04:05Z",
        "to": "c" * 32,
    }  # fmt: skip
    assert events.write(events.read(entry)) == entry
    with pytest.raises(InputError, match="without zone"):
        events.write(events.Registered(datetime(2027, 1, 1), "a" * 32))


@pytest.mark.parametrize(
    "event",
    [
        events.Registered(TIME, "Ada Lovelace"),
        events.Registered(TIME, "a" * 32, ("A poem",)),
        events.Registered(TIME, "a" * 32, ("b" * 64,) * 501),
        events.Classified(TIME, "a" * 32, rules="b" * 64, outcome="Ada"),  # type: ignore[arg-type]
    ],
    ids=range(4),
)
def test_an_event_made_in_python_is_held_to_the_same(event: events.Said) -> None:
    with pytest.raises(InputError) as refused:
        events.write(event)
    assert "Ada" not in str(refused.value)


def test_a_set_stands_for_many_works_and_a_member_can_be_shown_in_it() -> None:
    from commonweal.log import merkle

    many = [sha256(b"%d" % i).hexdigest() for i in range(1000)]
    made = events.Set.of(many)
    leaves = [merkle.leaf_hash(bytes.fromhex(work)) for work in many]
    proof = merkle.inclusion(77, 1000, merkle.nodes(leaves))
    assert merkle.verify_inclusion(leaves[77], 77, made.size, proof, bytes.fromhex(made.root))
    assert events.Set.of(many[::-1]) != made
