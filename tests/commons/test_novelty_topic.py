"""A plan is asked of the commons: the nearest works are named, and what nobody wrote of."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.commons.novelty_topic import STRETCH, points_of, topic, words_of
from commonweal.errors import InputError
from commonweal.registry.reading import Row

PLAIN = ["the", "of", "and", "to", "in", "is", "it", "that", "for", "with"]


def row(number: int, text: str) -> Row:
    return Row(number, text, ("somebody",), f"w{number}")


def chatter(rng: random.Random, words: int) -> list[str]:
    return [rng.choice(PLAIN) if rng.random() < 0.5 else f"word{rng.randrange(400)}" for _ in range(words)]


@pytest.fixture(scope="module")
def commons() -> list[Row]:
    """Two hundred works of chatter; one of them is about grafting apple trees, one about tax."""
    rng = random.Random(1)
    works = [chatter(rng, 400) for _ in range(200)]
    works[17][100:107] = ["the", "grafting", "of", "apple", "trees", "in", "spring"]
    works[42][50:53] = ["income", "tax", "return"]
    return [row(i, " ".join(words)) for i, words in enumerate(works)]


def first(found: Any) -> dict[str, dict[str, Any]]:
    return {r["point"]: r for r in found.table.to_pylist() if r["rank"] in (1, None)}


def test_the_work_that_treats_a_point_is_the_nearest_and_what_nobody_wrote_of_is_said(
    commons: list[Row],
) -> None:
    found = topic(["Grafting apple trees", "Income tax for the clergy", "Heliostats"], commons)
    near = first(found)
    assert near["Grafting apple trees"]["work"] == "w17"
    assert near["Grafting apple trees"]["covered"] > 0.6
    assert near["Grafting apple trees"]["missing"] == []
    assert near["Income tax for the clergy"]["work"] == "w42"
    assert near["Income tax for the clergy"]["missing"][0] == "clergy"
    assert near["Heliostats"]["covered"] == 0
    assert near["Heliostats"]["work"] is None
    assert found.facts["nowhere"] == ["clergy", "heliostats"]
    assert "not ideas" in found.facts["cannot_know"]
    assert [dot["point"] for dot in found.plot()["layer"][0]["data"]["values"]] == list(near)


def test_words_that_every_work_uses_cover_nothing(commons: list[Row]) -> None:
    near = first(topic(["the heliostats of the clergy and it is in the with"], commons))
    (point,) = near.values()
    assert point["covered"] < 0.1
    assert point["works"] == 0


def test_a_long_work_does_not_cover_a_point_by_holding_its_words_far_apart(commons: list[Row]) -> None:
    rng = random.Random(2)
    long = chatter(rng, 40 * STRETCH)
    for place, word in zip((1_000, 4_000, 8_000), ("grafting", "apple", "trees"), strict=True):
        long[place] = word
    near = first(topic(["grafting apple trees"], [*commons, row(200, " ".join(long))]))
    assert near["grafting apple trees"]["work"] == "w17"
    assert near["grafting apple trees"]["works"] == 1


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from("abcde"), min_size=1, max_size=30).map(" ".join), min_size=1, max_size=6
    ),
    st.lists(st.sampled_from("abcdex"), min_size=1, max_size=5).map(" ".join),
)
def test_counts_are_those_of_a_search_through_the_texts(works: list[str], point: str) -> None:
    found = topic([point], [row(i, text) for i, text in enumerate(works)]).table.to_pylist()[0]
    words = point.split()
    phrases = {tuple(words[i : i + n]) for n in (2, 3) for i in range(len(words) - n + 1)}
    used = {p for p in phrases if any(f" {' '.join(p)} " in f" {text} " for text in works)}
    assert found["words"] == len(set(words))
    assert found["nowhere"] == sum(not any(w in text.split() for text in works) for w in set(words))
    assert (found["phrases"], found["phrases_used"]) == (len(phrases), len(used))
    if found["rank"] is not None:
        text = works[int(found["work"][1:])].split()
        assert set(found["missing"]) == set(words) - set(text)
        assert 0 < found["covered"] <= 1 + 1e-9


def test_lines_of_an_outline_are_points_without_their_marks() -> None:
    plan = "# Trees\n\n- grafting\n  * in spring\n3. pruning: why 7 cuts\n---\n"
    assert points_of(plan) == ["Trees", "grafting", "in spring", "pruning: why 7 cuts"]


def test_words_are_folded_and_scripts_without_spaces_go_letter_by_letter() -> None:
    assert words_of("ﬁne STRASSE, straße") == ["fine", "strasse", "strasse"]
    assert words_of("量子計算 for 2") == ["量", "子", "計", "算", "for", "2"]
    found = topic(["量子計算"], [row(0, "我們學習量子計算的方法"), row(1, "今天天氣很好")]).table.to_pylist()
    assert (found[0]["work"], found[0]["covered"]) == ("w0", pytest.approx(1))


def test_a_plan_or_a_commons_without_words_is_refused(commons: list[Row]) -> None:
    for points in ([], ["—"], ["fine", ""]):
        with pytest.raises(InputError, match="without words"):
            topic(points, commons)
    with pytest.raises(InputError, match="no works"):
        topic(["trees"], [])
