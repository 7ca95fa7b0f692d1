"""Commitments open with their salt and content alone; a salt that was erased is nowhere left."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.log.commitment import Salts, commit, opens

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=8,
)


def rows(count: int) -> list[tuple[bytes, dict[str, int]]]:
    return [(i.to_bytes(16, "big"), {"n": i}) for i in range(count)]


@given(values, st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_commitment_opens_with_its_salt_and_value_alone(value: object, salt: bytes, other: bytes) -> None:
    made = commit(value, salt)
    assert opens(made, value, salt)
    assert not opens(made, [value], salt)
    assert opens(made, value, other) == (other == salt)
    assert not opens(made, value, salt[:-1])


def test_a_commitment_is_the_hmac_of_canonical_json() -> None:
    salt = bytes(range(32))
    value = {"b": "é", "a": [1, 2.0, True]}
    text = '{"a":[1,2,true],"b":"é"}'.encode()  # RFC 8785: keys in order, numbers shortest, no spaces
    assert commit(value, salt) == hmac.new(salt, text, hashlib.sha256).digest()
    assert commit(json.loads(text), salt) == commit(value, salt)


def test_the_same_content_has_another_commitment_each_time(tmp_path: Path) -> None:
    with Salts(tmp_path / "salts") as salts:
        made = salts.commit((i.to_bytes(16, "big"), {"same": "content"}) for i in range(200))
        kept = salts.get([i.to_bytes(16, "big") for i in range(200)])
    assert len(set(made)) == len({k.salt for k in kept.values()}) == 200


def test_what_is_kept_opens_the_commitments_after_the_file_was_closed(tmp_path: Path) -> None:
    with Salts(tmp_path / "salts") as salts:
        made = salts.commit(rows(1200))
        salts.place((commitment, 7 + i) for i, commitment in enumerate(made))
    with Salts(tmp_path / "salts") as salts:
        kept = salts.get([subject for subject, _ in rows(1200)])
        assert len(salts) == len(kept) == 1200
        assert salts.after() == 1207
    for i, (subject, value) in enumerate(rows(1200)):
        assert kept[subject].commitment == made[i]
        assert kept[subject].place == 7 + i
        assert opens(made[i], value, kept[subject].salt)


def test_an_erased_salt_its_commitment_and_its_subject_are_in_no_byte_of_the_folder(tmp_path: Path) -> None:
    with Salts(tmp_path / "salts") as salts:
        subjects = [hashlib.sha256(b"%d" % i).digest()[:16] for i in range(1000)]
        salts.commit((subject, {"n": 1}) for subject in subjects)
        kept = salts.get(subjects)
        gone, stays = subjects[::3], subjects[1::3]
        assert salts.erase([*gone, b"unknown"]) == len(gone)
        assert salts.get(gone) == {}
        files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        for subject in gone:
            for secret in (kept[subject].salt, kept[subject].commitment, subject):
                assert secret not in files
        assert all(kept[subject].salt in files for subject in stays)  # the search does find what is there


def test_a_subject_is_committed_to_once_and_else_nothing_is_kept(tmp_path: Path) -> None:
    with Salts(tmp_path / "salts") as salts:
        salts.commit(rows(1))
        with pytest.raises(InputError, match="already"):
            salts.commit(reversed(rows(3)))
        assert len(salts) == 1


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    with Salts(tmp_path / "salts"):
        assert (tmp_path / "salts").stat().st_mode & 0o77 == 0


def test_a_file_of_another_kind_or_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no salts in here, but enough text to tell that it is no database\n" * 20)
    with pytest.raises(InputError, match="not a file of salts"):
        Salts(tmp_path / "text")
    with sqlite3.connect(tmp_path / "later") as later:
        later.execute("PRAGMA user_version=2")
    later.close()
    with pytest.raises(InputError, match="version 2"):
        Salts(tmp_path / "later")
