"""Several indexes: asked together they answer as one; made one only under a key agreed on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commonweal.errors import InputError
from commonweal.registry import Index, Key, Work, find, find_all
from commonweal.registry.federation import merge

KEY = Key(bytes(range(32)))


def text_of(name: str, words: int = 60) -> str:
    return " ".join(f"{name}{i}" for i in range(words))


LICENCE = text_of("licence")
WORKS = [Work(f"{text_of(name)} {LICENCE}", f"owner {name}", name) for name in "abcdefghij"]
ASKED = [text_of("a"), WORKS[3].text, LICENCE, f"{text_of('g')} {text_of('b')}", "nothing at all"]


def said(hits: Any) -> list[tuple[Any, ...]]:
    """Return hits but for the random ids of works, and for their index."""
    return sorted(
        (h.query, h.kind, h.owner or "", h.key or "", h.common, h.frequency or 0, h.jaccard or 0, h.spans)
        for h in hits
    )


def split(folder: Path, keys: list[Key | None]) -> list[Index]:
    indexes = [Index.create(folder / f"part{i}", key=key) for i, key in enumerate(keys)]
    for i, index in enumerate(indexes):
        index.add(WORKS[i :: len(keys)][:2])
        index.add(WORKS[i :: len(keys)][2:])
    return indexes


def test_several_indexes_answer_as_one_would_and_frequencies_add_up(tmp_path: Path) -> None:
    with Index.create(tmp_path / "one") as one:
        one.add(WORKS)
        parts = split(tmp_path, [None, None, KEY])
        for common_from in (2, 8, 10, 11):
            wanted = said(find(one, ASKED, common_from=common_from))
            assert said(find_all(parts, ASKED, common_from=common_from)) == wanted
        assert [h.frequency for h in find_all(parts, [LICENCE]) if h.common] == [10]
        (near,) = find_all(parts, [WORKS[4].text], passages=False)
        assert parts[near.index].catalog.get([bytes.fromhex(near.work or "")])
    for part in parts:
        part.close()


def test_no_index_and_an_empty_one_find_nothing(tmp_path: Path) -> None:
    assert list(find_all([], ASKED)) == []
    with Index.create(tmp_path / "empty") as index:
        assert list(find_all([index, index], ASKED)) == []


def test_indexes_under_an_agreed_key_are_merged_and_answer_the_same(tmp_path: Path) -> None:
    parts = split(tmp_path, [KEY, KEY, KEY])
    with Index.create(tmp_path / "one", key=KEY) as one, Index.create(tmp_path / "merged", key=KEY) as merged:
        parts[0].withdraw(owner="owner d")
        one.add(work for work in WORKS if work.owner != "owner d")
        assert merge(merged, parts) == 9
        assert said(find(merged, ASKED)) == said(find(one, ASKED))
        with pytest.raises(InputError, match="there already"):
            merge(merged, parts[:1])
        assert len(merged) == 9
        assert said(find(merged, ASKED)) == said(find(one, ASKED))
    for part in parts:
        part.close()


def test_indexes_under_other_keys_are_not_merged(tmp_path: Path) -> None:
    parts = split(tmp_path, [KEY, None])
    with Index.create(tmp_path / "merged", key=KEY) as merged:
        with pytest.raises(InputError, match="another key"):
            merge(merged, parts)
        assert len(merged) == 0
    for part in parts:
        part.close()


@pytest.mark.parametrize("compacted", [False, True])
def test_works_withdrawn_while_they_are_merged_do_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compacted: bool
) -> None:
    (part,) = split(tmp_path, [KEY])
    plain = Index._join

    def slowly(self: Index, *details: Any) -> Any:
        found = plain(self, *details)
        with monkeypatch.context() as patch:
            patch.setattr(Index, "_join", plain)
            part.withdraw(owner="owner a")
            if compacted:
                part.compact()
        return found

    with Index.create(tmp_path / "merged", key=KEY) as merged:
        with monkeypatch.context() as patch:
            patch.setattr(Index, "_join", slowly)
            with pytest.raises(InputError, match="merge it again"):
                merge(merged, [part])
        assert len(merged) == 0
        assert merge(merged, [part]) == 9
        assert "owner a" not in {h.owner for h in find(merged, [WORKS[0].text])}
    part.close()
