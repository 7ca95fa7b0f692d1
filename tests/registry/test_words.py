"""Words and where they lie: in every script, however the text is encoded."""

from __future__ import annotations

import sys
import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.registry.slowly import words

from commonweal.registry.letters import _moving, codes, tables
from commonweal.registry.texts import Key, digest

KEY = Key(bytes(range(32)))
NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "aàáäbcßẞſIİıiﬁŉǰΐᾳΣσςͅ ̈́가각각ｶﾞﾟかがৌোéｅ́½㎏㍿ﷺ①．，、。\u00ad\u200b\u200d\u200f\ufe0f"
        ),
        st.sampled_from(
            "汉字かなไทยລາວខ្មែរမြန်မာབོད한국어हिन्दीעִבְרִיתالعَرَبِيَّة😀👩‍💻🇩🇪𠀀\U00030000\U000e0100\ud800"
        ),
    ),
    max_size=40,
)


def spans(text: str) -> list[tuple[int, int]]:
    digested = digest([text], KEY)
    return [
        (int(start), int(start) + int(length))
        for start, length in zip(digested.starts, digested.lengths, strict=True)
    ]


@given(NASTY)
def test_a_text_has_the_words_that_python_finds_in_it(text: str) -> None:
    assert len(spans(text)) == len(words(text))


@given(NASTY)
def test_spans_hold_their_words_and_follow_one_another(text: str) -> None:
    found = spans(text)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert found == sorted(found)
    for (start, end), word in zip(found, words(text), strict=True):
        assert word in "".join(words(text[start:end])), "the span lost letters of its word"


@given(NASTY)
def test_a_text_and_its_normal_forms_have_the_same_shingles(text: str) -> None:
    wanted = digest([text], KEY).marks.tolist()
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert digest([unicodedata.normalize(form, text)], KEY).marks.tolist() == wanted


@given(NASTY)
def test_normalising_piece_by_piece_gives_what_normalising_the_whole_gives(text: str) -> None:
    points, origin = codes(text)
    whole = "".join(c.casefold() if len(c.casefold()) > 1 else c for c in unicodedata.normalize("NFKC", text))
    assert "".join(map(chr, points.tolist())) == whole
    if origin is not None:
        assert len(origin) == len(points)
        assert (origin[:, 0] < origin[:, 1]).all()


def test_every_letter_after_every_kind_of_letter_is_normalised_as_in_the_whole() -> None:
    before = ["a", "ᄀ", "가", "か", "ক", "ে", "ெ", "\u1025", "가\u0301"]
    for code in range(0x30000):
        if 0xD800 <= code < 0xE000:
            continue
        for first in before if _moving()[1][code] else before[:1]:
            text = first + chr(code)
            if not unicodedata.is_normalized("NFKC", text):
                points, _ = codes(text)
                assert "".join(map(chr, points.tolist())) == "".join(
                    c.casefold() if len(c.casefold()) > 1 else c for c in unicodedata.normalize("NFKC", text)
                ), hex(code)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("STRAẞE", "strasse"),
        ("ﬁnden", "finden"),
        ("Ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("co\u00adoper\u200bate", "cooperate"),
        ("2½", "21⁄2"),
        ("résumé", "re\u0301sume\u0301"),
        ("한국", unicodedata.normalize("NFD", "한국")),
        ("İstanbul", "i̇stanbul"),
    ],
)
def test_the_same_words_in_other_letters_are_the_same(one: str, other: str) -> None:
    assert digest([one], KEY).marks.tolist() == digest([other], KEY).marks.tolist()


def test_a_turkish_dotless_i_is_another_letter() -> None:
    assert digest(["ısı"], KEY).marks.tolist() != digest(["isi"], KEY).marks.tolist()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hello, world!", ["Hello", "world"]),
        ("  ﬁne  ", ["ﬁne"]),
        ("das ist Straße.", ["das", "ist", "Straße"]),
        ("e\u0301t\u0308e", ["e\u0301t\u0308e"]),
        ("汉字 and かな", ["汉", "字", "and", "か", "な"]),
        ("👩‍💻 codes", ["codes"]),
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("soft\u00adhyphen\u200b.", ["soft\u00adhyphen"]),
        ("½ cup", ["½", "½", "cup"]),
        ("\ud800lone\udfff", ["lone"]),
    ],
)
def test_spans_are_places_in_the_text_as_given(text: str, wanted: list[str]) -> None:
    assert [text[start:end] for start, end in spans(text)] == wanted


def test_words_longer_than_255_letters_differ_by_each_of_them() -> None:
    base = "x" * 300
    texts = [base, base + "x", base[:-1] + "y", "y" + base[1:], "x" * (300 + 256)]
    assert len({int(mark) for mark in digest(texts, KEY).marks}) == len(texts)


def test_a_word_without_end_is_cut_and_its_pieces_lie_where_they_lie() -> None:
    text = "z" * 1_000_000
    found = spans(text)
    assert found[0][0] == 0
    assert found[-1][1] == len(text)
    assert all(a[1] == b[0] for a, b in pairwise(found))


def test_the_tables_say_of_each_letter_what_unicode_says() -> None:
    kinds, folded = tables()
    assert len(kinds) == len(folded) == sys.maxunicode + 1
    for code in range(0x30000):
        letter = chr(code)
        low = letter.casefold()
        if kinds[code] in (1, 2) and len(low) == 1:
            assert folded[code] == ord(low)
        if unicodedata.is_normalized("NFKC", letter):
            assert (kinds[code] in (1, 2)) == bool(words(letter)), hex(code)


def test_words_are_hashed_by_siphash_1_3() -> None:
    """The round function against a plain one in Python's own integers."""
    from commonweal.registry.kernels import siphash

    mask = (1 << 64) - 1

    def turn(x: int, by: int) -> int:
        return ((x << by) | (x >> (64 - by))) & mask

    def rounds(v: list[int]) -> None:
        v[0] = (v[0] + v[1]) & mask
        v[2] = (v[2] + v[3]) & mask
        v[1], v[3] = turn(v[1], 13) ^ v[0], turn(v[3], 16) ^ v[2]
        v[0] = turn(v[0], 32)
        v[2], v[0] = (v[2] + v[1]) & mask, (v[0] + v[3]) & mask
        v[1], v[3] = turn(v[1], 17) ^ v[2], turn(v[3], 21) ^ v[0]
        v[2] = turn(v[2], 32)

    def slow(data: bytes, key: bytes) -> int:
        k = [int.from_bytes(key[:8], "little"), int.from_bytes(key[8:16], "little")]
        v = [
            k[0] ^ 0x736F6D6570736575,
            k[1] ^ 0x646F72616E646F6D,
            k[0] ^ 0x6C7967656E657261,
            k[1] ^ 0x7465646279746573,
        ]
        whole = len(data) - len(data) % 8
        blocks = [int.from_bytes(data[i : i + 8], "little") for i in range(0, whole, 8)]
        blocks.append(int.from_bytes(data[whole:], "little") | (len(data) & 255) << 56)
        for block in blocks:
            v[3] ^= block
            rounds(v)
            v[0] ^= block
        v[2] ^= 255
        for _ in range(3):
            rounds(v)
        return v[0] ^ v[1] ^ v[2] ^ v[3]

    data = bytes(range(24))
    blocks = np.append(np.frombuffer(data, "<u8"), np.uint64(24 << 56))
    assert int(siphash(blocks, 4, KEY.words[:2])) == slow(data, KEY.data)
    # CPython hashes bytes by SipHash-1-3 too: with PYTHONHASHSEED=0 its key is zero.
    assert sys.hash_info.algorithm != "siphash13" or slow(b"abc", bytes(16)) == _hashed_by_python("abc")


def _hashed_by_python(text: str) -> int:
    import subprocess

    code = f"print(hash({text.encode()!r}) % 2**64)"
    out = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONHASHSEED": "0"}, capture_output=True, check=True
    )
    return int(out.stdout)
