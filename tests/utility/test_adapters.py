"""Adapters: somebody else's utility, asked in batches and once per coalition."""

from __future__ import annotations

import numpy as np
import pytest

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.utility import FromFunction
from commonweal.utility.adapters import from_pydvl

ALL = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], bool)


def test_a_function_of_one_coalition_or_of_many_is_a_utility():
    for utility in (
        FromFunction(["a", "b"], np.count_nonzero),
        FromFunction(["a", "b"], np.count_nonzero, workers=Workers(2)),
        FromFunction(["a", "b"], lambda rows: rows.sum(1), batch=True),
    ):
        np.testing.assert_array_equal(utility.evaluate(ALL), [0, 1, 1, 2])
        assert utility.owners == ("a", "b")


def test_each_coalition_is_asked_for_once():
    asked = []
    utility = FromFunction(["a", "b"], lambda s: asked.append(s) or 1.0)
    utility.evaluate(np.concatenate([ALL, ALL]))
    utility.evaluate(ALL)
    assert len(asked) == 4 == utility.facts["asked"]


def test_scores_that_are_none_are_refused():
    with pytest.raises(InputError, match="not finite"):
        FromFunction(["a"], lambda s: np.nan).evaluate(np.ones((1, 1), bool))
    with pytest.raises(InputError, match="shape"):
        FromFunction(["a"], lambda s: 1.0, batch=True).evaluate(np.ones((1, 1), bool))


class Grouped:
    """The part of a pyDVL dataset that a utility shows."""

    indices, names = np.array([0, 1]), np.array(["a", "b"])


class Theirs:
    """The part of pyDVL's protocol that is used: a dataset, and a call with a sample that has a subset."""

    def __init__(self, data):
        self.training_data = data

    def __call__(self, sample):
        assert sample.idx is None
        assert isinstance(hash(sample), int)
        return float(sum(10.0**i for i in sample.subset))


def test_a_pydvl_utility_is_asked_with_samples():
    """Groups become owners under their names."""
    utility = from_pydvl(Theirs(Grouped()))
    assert utility.owners == ("a", "b")
    np.testing.assert_array_equal(utility.evaluate(ALL), [0, 10, 1, 11])
    assert from_pydvl(Theirs(Grouped()), owners=["x", "y"]).owners == ("x", "y")
    with pytest.raises(InputError, match="with_dataset"):
        from_pydvl(Theirs(None))
    with pytest.raises(InputError, match="one name per index"):
        from_pydvl(Theirs(Grouped()), owners=["x"])
