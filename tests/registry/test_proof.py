"""After a withdrawal for good nothing of the works is left; a proof that is asked too early says what is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.registry import Index, SQLiteCatalog, Work, find
from commonweal.registry.proof import erase, prove, trace


def text_of(name: str, words: int = 60) -> str:
    return " ".join(f"{name}{i}" for i in range(words))


def full(place: Path) -> Index:
    """Return an index of works of their own and works that share a part, in three segments."""
    index = Index.create(place)
    for name in "abc":
        index.add(
            [
                Work(text_of(name), name, f"{name} alone"),
                Work(f"{text_of('shared')} {text_of(name + 'x')}", name, f"{name} and shared"),
            ]
        )
    return index


def test_erased_works_leave_nothing_but_what_others_hold_too(tmp_path: Path) -> None:
    texts = [text_of("a"), text_of("ax"), f"{text_of('shared')} {text_of('ax')}"]
    with full(tmp_path / "index") as index:
        proof = erase(index, owner="a", texts=texts)
        assert proof.holds
        assert (proof.works, proof.left, proof.files, proof.known, proof.found) == (2, 0, (), 0, 0)
        assert 0 < proof.shared < proof.hashes
        assert {h.owner for h in find(index, texts)} == {"b", "c"}
        assert len(index) == 4


def test_a_proof_before_compaction_says_what_is_left(tmp_path: Path) -> None:
    with full(tmp_path / "index") as index:
        index.withdraw(owner="a")
        gone = trace(index, [e.work for e in index.catalog.works("a")])
        early = prove(index, gone, [text_of("a")])
        assert not early.holds
        assert early.left > 0
        assert early.known == 2
        assert early.found == 0, "withdrawn is not found"
        assert any(name.endswith("/ids") for name in early.files)
        assert "catalog.sqlite" in early.files
        index.compact()
        assert prove(index, gone, [text_of("a")]).holds


def test_a_proof_sees_works_that_are_found_again(tmp_path: Path) -> None:
    with full(tmp_path / "index") as index:
        gone = trace(index, [e.work for e in index.catalog.works("a")])
        proof = prove(index, gone, [text_of("a"), "nothing of theirs"])
        assert (proof.texts, proof.found) == (2, 1)


def test_a_copy_of_an_id_in_any_file_is_seen_at_any_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commonweal.registry.proof.CHUNK", 64)
    with full(tmp_path / "index") as index:
        (work, _) = [e.work for e in index.catalog.works("a")]
        gone = trace(index, [e.work for e in index.catalog.works("a")])
        assert erase(index, owner="a").holds
        for before in range(0, 140):
            (tmp_path / "index" / "left.log").write_bytes(b"." * before + work + b"." * (before % 11))
            assert prove(index, gone).files == ("left.log",)
        (tmp_path / "index" / "left.log").write_bytes(work[:15] + b"." + work[1:])
        assert prove(index, gone).holds


def test_owners_and_what_they_call_their_works_are_gone_from_the_catalog_too(tmp_path: Path) -> None:
    with Index.create(tmp_path / "index") as index:
        index.add(
            [Work(text_of("a"), "a very particular owner", "a very particular key"), Work(text_of("b"), "b")]
        )
        assert erase(index, owner="a very particular owner").holds
        for path in (tmp_path / "index").rglob("*"):
            assert not path.is_file() or b"very particular" not in path.read_bytes(), path


def test_a_reader_that_holds_the_journal_is_told_of_and_the_proof_asked_again_holds(tmp_path: Path) -> None:
    with full(tmp_path / "index") as index:
        index.catalog.connection.execute("PRAGMA busy_timeout=10")  # type: ignore[attr-defined]
        reader = SQLiteCatalog(tmp_path / "index" / "catalog.sqlite")
        gone = trace(index, [e.work for e in index.catalog.works("a")])
        reader.connection.execute("BEGIN")
        reader.segments()
        early = erase(index, owner="a")
        assert not early.holds
        assert early.left == 0
        assert set(early.files) <= {"catalog.sqlite", "catalog.sqlite-wal"}
        reader.connection.execute("COMMIT")
        reader.close()
        assert prove(index, gone).holds


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12)
)
def test_proofs_hold_whatever_works_share(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[str, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("proof")
    texts = [f"{text_of(f'p{one}x', 20)} {text_of(f'p{other}x', 20)}" for _, one, other in made]
    with Index.create(folder / "index") as index:
        for (owner, _, _), text in zip(made, texts, strict=True):
            index.add([Work(text, owner)])
        assert erase(index, owner="a", texts=texts).holds
        mine = [text for (owner, _, _), text in zip(made, texts, strict=True) if owner != "a"]
        assert {h.query for h in find(index, mine)} == set(range(len(mine)))
    shutil.rmtree(folder)
