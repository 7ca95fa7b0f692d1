"""The index on disk: nothing committed is lost, nothing else is found, whatever happens to who writes it."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.registry import Index, Key, SQLiteCatalog, Work, find
from commonweal.registry.join import join
from commonweal.registry.segment import TYPES, Draft, Segment, arrays, write
from commonweal.registry.texts import digest

KEY = Key(bytes(range(32)))


def text_of(name: str, words: int = 40) -> str:
    return " ".join(f"{name}{i}" for i in range(words))


def works(*names: str) -> list[Work]:
    return [Work(text_of(name), f"owner of {name}", name) for name in names]


def keys(index: Index, name: str) -> list[tuple[str | None, str]]:
    return sorted((hit.key, hit.kind) for hit in find(index, [text_of(name)]))


def test_a_writer_killed_at_random_points_loses_nothing_it_committed(tmp_path: Path) -> None:
    """Forty writers on one index: what one had acknowledged is there, what it hadn't is whole or absent."""
    rounds = 40
    script = Path(__file__).parent / "killing.py"
    out = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "index"), str(rounds)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [json.loads(line) for line in out.stdout.splitlines()]
    assert len(lines) == rounds
    kept: set[str] = set()
    interrupted = set()
    for line in lines:
        under_way: dict[str, Any] | None = None
        for act in line["said"]:
            if "begin" in act:
                under_way = act
                continue
            kept = kept | set(act["keys"]) if act["done"] == "add" else kept
            kept = kept - set(act["keys"]) if act["done"] == "withdraw" else kept
            under_way = None
        states = [kept]
        if under_way is not None:
            interrupted.add(under_way["begin"])
            changed = set(under_way["keys"])
            states.append(kept | changed if under_way["begin"] == "add" else kept - changed)
        assert set(line["kept"]) in states
        kept = set(line["kept"])
        assert set(line["found"]) == kept
        assert line["only itself"]
        assert line["both ways"]
        assert line["damaged"] == []
    assert {"add", "compact"} <= interrupted, "kills hit what they are meant to hit"
    assert len(kept) > 20


def test_what_a_crash_left_is_cleared_by_the_next_writer(tmp_path: Path) -> None:
    with Index.create(tmp_path / "index") as index:
        index.add(works("a"))
        segments = tmp_path / "index" / "segments"
        write(segments, "orphan", arrays(digest([text_of("z")], index.key), [bytes(16)]))
        with Draft(segments, "half") as draft:
            draft.append("ids", np.zeros(1, dtype="V16"))
        assert keys(index, "z") == []
        index.add(works("b"))
        assert len(list(segments.iterdir())) == 2
        assert keys(index, "z") == []


def test_a_second_writer_is_refused_and_a_reader_is_not(tmp_path: Path) -> None:
    with Index.create(tmp_path / "index") as one, Index(tmp_path / "index") as other:
        with one.writing():
            for act in (lambda: other.add(works("a")), other.compact):
                with pytest.raises(InputError, match="another process is writing"):
                    act()
            assert keys(other, "a") == []
        assert other.add(works("a")) == 1
        assert keys(one, "a") == [("a", "near"), ("a", "passage")]


def test_an_add_that_fails_midway_keeps_the_batches_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["commonweal.registry.index"], "BATCH_WORKS", 2)

    def failing() -> Any:
        yield from works("a", "b", "c")
        raise OSError("the source broke")

    with Index.create(tmp_path / "index") as index:
        with pytest.raises(OSError, match="the source broke"):
            index.add(failing())
        assert len(index) == 2
        assert [bool(keys(index, name)) for name in "abc"] == [True, True, False]


def test_an_owner_that_is_no_text_is_refused_and_the_batch_with_it(tmp_path: Path) -> None:
    with Index.create(tmp_path / "index") as index:
        with pytest.raises(InputError, match="surrogate"):
            index.add([*works("a"), Work(text_of("b"), "\ud800")])
        assert len(index) == 0
        assert list((tmp_path / "index" / "segments").iterdir()) == []


def test_withdrawn_works_are_gone_at_the_next_query_even_of_a_reader_that_was_open(tmp_path: Path) -> None:
    with Index.create(tmp_path / "index") as index, Index(tmp_path / "index") as reader:
        index.add(works("a", "b"))
        index.add(works("c"))
        assert keys(reader, "a") != []
        assert index.withdraw(owner="owner of a") == 1
        assert index.withdraw(owner="owner of a") == 0
        assert keys(reader, "a") == []
        (entry,) = index.catalog.works("owner of c")
        assert index.withdraw(works=[entry.work, bytes(16)]) == 1
        assert keys(reader, "c") == []
        assert keys(reader, "b") != []
        assert len(reader) == 1


def test_a_search_under_way_while_works_are_withdrawn_and_compacted_names_none_of_them_after(
    tmp_path: Path,
) -> None:
    with Index.create(tmp_path / "index") as index, Index(tmp_path / "index") as reader:
        index.add(works("a", "b"))
        index.add(works("c"))

        def texts() -> Any:
            for _ in range(2_048):
                yield text_of("a")
            index.withdraw(owner="owner of a")
            index.compact()
            yield text_of("a")
            yield text_of("c")

        hits = list(find(reader, texts()))
    assert {h.key for h in hits if h.query < 2_048} == {"a"}
    assert {h.key for h in hits if h.query >= 2_048} == {"c"}


def test_segments_that_were_open_stay_readable_after_they_were_taken_away(tmp_path: Path) -> None:
    with Index.create(tmp_path / "index") as index:
        index.add(works("a"))
        (segment,) = index.segments()
        ids = segment.ids.copy()
        shutil.rmtree(segment.path)
        assert (segment.ids == ids).all()
        with Index(tmp_path / "index") as other, pytest.raises(InputError, match="restore the index"):
            other.segments()


names = st.lists(st.text("abcdefg", min_size=1, max_size=2), min_size=1, max_size=8)


@settings(max_examples=60)
@given(st.lists(names, min_size=1, max_size=4), st.data(), st.integers(1, 40))
def test_a_join_is_byte_for_byte_the_segment_made_of_what_stays(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]], data: st.DataObject, at_once: int
) -> None:
    """In pieces of any size; against one segment digested at once from the texts that stay."""
    folder = tmp_path_factory.mktemp("join")
    segments, kept, texts, ids = [], [], [], []
    for number, batch in enumerate(batches):
        mine = [bytes([number, i]) * 8 for i in range(len(batch))]
        bodies = [text_of(name, 3 + 7 * i) for i, name in enumerate(batch)]
        write(folder, f"s{number}", arrays(digest(bodies, KEY), mine))
        segments.append(Segment(folder / f"s{number}", KEY))
        stays = np.array(
            data.draw(st.lists(st.booleans(), min_size=len(batch), max_size=len(batch))), dtype=bool
        )
        kept.append(stays)
        texts += [body for body, stay in zip(bodies, stays, strict=True) if stay]
        ids += [name for name, stay in zip(mine, stays, strict=True) if stay]
    with Draft(folder, "joined") as draft:
        join(draft, segments, kept, at_once)
        draft.finish()
    write(folder, "plain", arrays(digest(texts, KEY), ids))
    for file in TYPES:
        assert (folder / "joined" / file).read_bytes() == (folder / "plain" / file).read_bytes(), file


def test_compacting_changes_no_answer_and_leaves_one_segment(tmp_path: Path) -> None:
    with Index.create(tmp_path / "index") as index:
        for name in "abcdef":
            index.add(works(name, name + "2"))
        index.withdraw(owner="owner of c")
        before = list(find(index, [text_of(name) for name in "abcdef"]))
        assert index.compact() == 1
        assert list(find(index, [text_of(name) for name in "abcdef"])) == before
        assert len(index.segments()) == 1
        assert index.compact() == 0
        for name in "abdef":
            index.withdraw(owner=f"owner of {name}")
            index.withdraw(owner=f"owner of {name}2")
        index.withdraw(owner="owner of c2")
        assert index.compact() == 11
        assert index.segments() == []
        assert list(find(index, [text_of("a")])) == []
        index.add(works("a"))
        assert keys(index, "a") != []


def test_only_its_owner_can_read_the_key(tmp_path: Path) -> None:
    Index.create(tmp_path / "index").close()
    path = tmp_path / "index" / "key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    with pytest.raises(InputError, match="chmod 600"):
        Index(tmp_path / "index")


def test_a_key_kept_elsewhere_is_asked_for_and_another_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "index"
    Index.create(place, key=KEY).close()
    assert not (place / "key").exists()
    with pytest.raises(InputError, match="kept elsewhere"):
        Index(place)
    with pytest.raises(InputError, match="not the key"):
        Index(place, key=Key.new())
    KEY.write(tmp_path / "kept")
    with Index(place, key=Key.read(tmp_path / "kept")) as index:
        assert index.add(works("a")) == 1
    with pytest.raises(InputError, match="File exists"):
        KEY.write(tmp_path / "kept")
    with pytest.raises(InputError, match="No such file"):
        Key.read(tmp_path / "none")
    (tmp_path / "kept").write_bytes(b"short")
    with pytest.raises(InputError, match="5 bytes"):
        Key.read(tmp_path / "kept")


def test_a_key_is_not_printed() -> None:
    assert KEY.data.hex() not in repr(KEY)
    assert repr(KEY.data) not in repr(KEY)


def test_what_is_no_index_or_of_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no index"):
        Index(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="neither new nor empty"):
        Index.create(tmp_path)
    place = tmp_path / "index"
    with Index.create(place) as index:
        index.add(works("a"))
        (segment,) = index.segments()
    about = json.loads((segment.path / "segment.json").read_text())
    for version in (0, 2, "1", None):
        (segment.path / "segment.json").write_text(json.dumps(about | {"version": version}))
        with Index(place) as index, pytest.raises(InputError, match="reads version 1"):
            index.segments()
    named = json.loads((place / "index.json").read_text())
    (place / "index.json").write_text(json.dumps(named | {"version": 2}))
    with pytest.raises(InputError, match="reads version 1"):
        Index(place)


@pytest.mark.parametrize("file", [*TYPES, "segment.json"])
def test_a_file_missing_cut_off_or_too_long_is_an_error_and_never_an_answer(
    tmp_path: Path, file: str
) -> None:
    place = tmp_path / "index"
    with Index.create(place) as index:
        index.add(works("a", "b"))
        (segment,) = index.segments()
    path = segment.path / file
    whole = path.read_bytes()
    for damaged in (None, b"", whole[:-1], whole[: len(whole) // 2], whole + b"x"):
        if damaged is None:
            path.unlink()
        else:
            path.write_bytes(damaged)
        if file == "segment.json" and damaged in (whole[:-1],):
            continue  # the line's end
        with Index(place) as index, pytest.raises(InputError, match="restore the index"):
            list(find(index, [text_of("a")]))


@pytest.mark.parametrize("file", list(TYPES))
def test_a_changed_byte_is_told_by_the_sums(tmp_path: Path, file: str) -> None:
    with Index.create(tmp_path / "index") as index:
        index.add(works("a"))
        (segment,) = index.segments()
        assert segment.check() == []
        data = bytearray((segment.path / file).read_bytes())
        data[len(data) // 2] ^= 1
        (segment.path / file).write_bytes(bytes(data))
        assert segment.check() == [file]


def test_a_catalog_that_is_gone_or_damaged_is_an_error_and_deletes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "index"
    with Index.create(place) as index:
        index.add(works("a"))
    catalog = place / "catalog.sqlite"
    whole = catalog.read_bytes()
    catalog.unlink()
    with pytest.raises(InputError, match="catalog is gone"):
        Index(place)
    catalog.write_bytes(b"no database at all, but long enough to be read as one" * 100)
    with pytest.raises(InputError, match="no catalog can be read"):
        Index(place)
    catalog.write_bytes(whole)
    with Index(place) as index:
        assert keys(index, "a") != []


def test_a_platform_may_bring_its_own_catalog(tmp_path: Path) -> None:
    place = tmp_path / "index"
    with Index.create(place, catalog=SQLiteCatalog(tmp_path / "elsewhere")) as index:
        index.add(works("a"))
    assert not (place / "catalog.sqlite").exists()
    with Index(place, catalog=SQLiteCatalog(tmp_path / "elsewhere")) as index:
        assert keys(index, "a") != []


def test_segments_hold_neither_words_nor_owners_nor_lengths_of_words(tmp_path: Path) -> None:
    """Places of words are masked: two works with the same text share neither places nor lengths."""
    text = text_of("distinctive", 200)
    with Index.create(tmp_path / "index") as index:
        index.add([Work(text, "ann of the owners", "key"), Work(text, "bob", "key")])
        (segment,) = index.segments()
        for path in segment.path.iterdir():
            data = path.read_bytes()
            assert b"distinctive" not in data
            assert b"ann of the owners" not in data
        starts, lengths = segment.array("starts"), segment.array("lengths")
        assert (starts[:200] == starts[200:]).sum() < 3
        assert (lengths[:200] == lengths[200:]).sum() < 5
        assert len(set(lengths[:200].tolist())) > 150
        assert segment.span(0, 0, 199) == segment.span(1, 0, 199) == (0, len(text))
        bare = Segment(segment.path)
        with pytest.raises(InputError, match="masked"):
            bare.span(0, 0, 0)


def test_other_keys_share_nothing_that_can_be_compared(tmp_path: Path) -> None:
    digests = [digest([text_of("a", 500)], Key.new()) for _ in range(2)]
    assert not set(digests[0].prints.tolist()) & set(digests[1].prints.tolist())
    assert not set(digests[0].band.ravel().tolist()) & set(digests[1].band.ravel().tolist())
    assert len(set(digests[0].marks.tolist()) & set(digests[1].marks.tolist())) < 3


def test_readers_answer_rightly_while_one_writes_withdraws_and_compacts(tmp_path: Path) -> None:
    """Readers with connections of their own, over and over, until the writer is done."""
    place, over = tmp_path / "index", threading.Event()
    with Index.create(place) as index:
        index.add(works("stable", "fleeting"))
        index.withdraw(owner="owner of fleeting")
        wrong: list[Any] = []
        rounds = [0, 0]

        def ask(reader: int) -> None:
            with Index(place) as mine:
                while not over.is_set() or not rounds[reader]:
                    try:
                        answer = keys(mine, "stable"), keys(mine, "fleeting")
                    except Exception as error:
                        wrong.append(error)
                        return
                    if answer != ([("stable", "near"), ("stable", "passage")], []):
                        wrong.append(answer)
                    rounds[reader] += 1

        readers = [threading.Thread(target=ask, args=(reader,)) for reader in range(2)]
        for thread in readers:
            thread.start()
        for number in range(30):
            index.add(works(f"n{number}a", f"n{number}b"))
            index.withdraw(owner=f"owner of n{number}a")
            if number % 3 == 2:
                index.compact()
        over.set()
        for thread in readers:
            thread.join()
    assert wrong == []
    assert min(rounds) > 5


def test_compacting_leaves_withdrawn_ids_and_owners_in_no_file_not_even_the_journal(tmp_path: Path) -> None:
    with Index.create(tmp_path / "index") as index:
        index.add([*works("a"), Work(text_of("b"), "a very particular owner")])
        (entry,) = index.catalog.works("a very particular owner")
        index.withdraw(works=[entry.work])
        index.compact()
        for path in (tmp_path / "index").rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert entry.work not in data, path.name
                assert b"very particular" not in data, path.name
