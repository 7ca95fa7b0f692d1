"""Questions found in training data equal those that a slow comparison of all pairs finds."""

from __future__ import annotations

import random

import pytest
from tests.registry import planted

from commonweal.errors import InputError
from commonweal.registry.contamination import MOST, contamination
from commonweal.registry.reading import Row


def rows(texts):
    return [Row(n, " ".join(text), (), f"r{n}") for n, text in enumerate(texts)]


def slow(questions, training, contained, near):
    """Return {question: {text: (kinds, containment, jaccard)}} by comparing all pairs."""
    found = {}
    for q, question in enumerate(questions):
        own = planted.shingles(question)
        for t, text in enumerate(training):
            theirs = planted.shingles(text)
            both, either = len(own & theirs), len(own | theirs)
            told = {
                "containment": own and both >= contained * len(own),
                "near": either and both >= near * either,
                "passage": planted.shared(question, text),
            }
            kinds = tuple(kind for kind, holds in told.items() if holds)
            if kinds:
                found.setdefault(q, {})[t] = (kinds, both / len(own), both / either)
    return found


@pytest.mark.parametrize("vocabulary", [3, 10_000])
@pytest.mark.parametrize("seed", range(4))
def test_what_is_found_equals_the_comparison_of_all_pairs(seed, vocabulary):
    rng = random.Random(f"{seed} {vocabulary}")
    questions = [planted.words(rng, rng.randrange(5, 60), vocabulary) for _ in range(25)]
    training = [planted.quoting(rng, questions, vocabulary) for _ in range(15)]
    training += [rng.choice(questions)[rng.randrange(3) :] for _ in range(5)]
    assert len(training) <= MOST
    report = contamination(rows(questions), rows(training), contained=0.6, near=0.5, common_from=1000)
    found = {
        q.number: {m.number: (m.kinds, m.containment, m.jaccard) for m in q.matches} for q in report.found
    }
    assert found == slow(questions, training, 0.6, 0.5)
    for q in report.found:
        covered = set().union(*(planted.shared(questions[q.number], text) for text in training))
        assert q.covered == len(covered)
        for match in q.matches:
            for a, b, c, d in match.spans:
                here, there = " ".join(questions[q.number]), " ".join(training[match.number])
                assert here[a:b] == there[c:d]


def test_the_order_of_the_training_data_changes_nothing_but_its_numbers():
    rng = random.Random(3)
    questions = [planted.words(rng, 30) for _ in range(10)]
    training = [planted.quoting(rng, questions) for _ in range(12)]
    one = contamination(rows(questions), rows(training))
    other = contamination(rows(questions), reversed(rows(training)))
    assert [q.to_json() for q in one.found] == [q.to_json() for q in other.found]


def test_of_very_many_matches_the_best_are_kept_and_all_are_counted():
    rng = random.Random(4)
    question = planted.words(rng, 40)
    texts = [[*question[: 33 + n % 8], *planted.words(rng, 10)] for n in range(5 * MOST)]
    (found,) = contamination(rows([question]), rows(texts)).found
    assert found.texts == 5 * MOST
    assert sorted(m.containment for m in found.matches[:10]) == [1.0] * 10


def test_questions_of_fewer_than_five_words_are_told_apart():
    report = contamination(rows([["is", "it", "so"], list("abcdefg")]), rows([["is", "it", "so"]]))
    assert [q.key for q in report.short] == ["r0"]
    assert (report.questions, report.found) == (1, ())
    with pytest.raises(InputError, match="no question of 5 words"):
        contamination(rows([["is", "it", "so"]]), [])


def test_instructions_that_all_questions_share_tell_of_none():
    rng = random.Random(8)
    told = planted.words(rng, 30)
    questions = [[*told, *planted.words(rng, 40)] for _ in range(12)]
    report = contamination(rows(questions), rows([[*told, *planted.words(rng, 10)]]))
    assert report.found == ()
