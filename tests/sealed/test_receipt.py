"""Comparing recomputed figures with recorded ones."""

from commonweal.sealed import compare, versions


def test_equal_values_have_no_differences():
    value = {"rows": [{"a": 1.0, "b": "x"}, {"a": None, "b": "y"}], "n": 3}
    assert compare(value, value) == []


def test_numbers_within_a_billionth_are_the_same_and_beyond_are_not():
    assert compare({"a": 1.0}, {"a": 1.0 + 5e-10}) == []
    (difference,) = compare({"a": 1.0}, {"a": 1.0 + 5e-9})
    assert difference.where == "a"
    assert difference.recorded == 1.0


def test_a_zero_but_for_rounding_is_judged_by_the_scale_of_its_column():
    rows = [{"value": 1.0}, {"value": 1e-17}]
    assert compare(rows, [{"value": 1.0}, {"value": -1e-17}]) == []
    assert len(compare(rows, [{"value": 1.0}, {"value": 1e-6}])) == 1


def test_missing_keys_lengths_and_texts_are_told():
    assert [d.where for d in compare({"a": 1}, {"b": 1})] == ["a", "b"]
    assert compare([1, 2], [1])[0].where.endswith("(length)")
    assert compare("x", "y")[0].recomputed == "y"
    assert compare(True, 1.0) != []


def test_versions_name_python_and_numpy():
    assert {"python", "numpy", "commonweal"} <= versions().keys()
