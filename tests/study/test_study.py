"""A plan asked whole, its receipt, and the one-line entry."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import commonweal as cw
from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.results import jsonable
from commonweal.study import Plan, case_of, load_receipt, read, receipt, recompute, run
from commonweal.study.inputs import utility_of

WORDS = [
    "the",
    "a",
    "of",
    "and",
    "work",
    "pool",
    "owner",
    "union",
    "page",
    "vote",
    "share",
    "model",
    "law",
    "bread",
]


def text_table(owners=6, works=5, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for o in range(owners):
        taste = rng.dirichlet(np.full(len(WORDS), 0.4))
        for k in range(works):
            words = rng.choice(WORDS, size=60, p=taste)
            rows.append({"who": f"owner {o}", "body": " ".join(words), "side": "ab"[o % 2], "year": 1990 + k})
    return pa.Table.from_pylist(rows)


@pytest.fixture
def plan(tmp_path):
    pq.write_table(text_table(), tmp_path / "works.parquet")
    pq.write_table(text_table(owners=3, seed=9).select(["body"]), tmp_path / "base.parquet")
    return Plan(
        works=str(tmp_path / "works.parquet"),
        roles={"owner": "who", "text": "body", "date": "year"},
        base=str(tmp_path / "base.parquet"),
        by=("side",),
        splits=3,
        draws=12,
        worst=20,
        participation=(0.2, 0.5),
    )


def test_every_question_of_a_plan_is_answered_on_one_utility(plan):
    study = run(plan)
    assert list(study.results) == list(plan.questions)
    assert {r["by"] for r in study.results["strike"].table.to_pylist()} == {"random", "worst found", "side"}
    settings = study.results["choices"].table["setting"].to_pylist()
    assert settings[0] == "as reported"
    assert {"no base", "base at full weight", "tested on the latest works"} <= set(settings)
    appraisal = study.results["appraisal"]
    assert appraisal.table["works"].to_pylist() == [5] * 6
    assert sum(appraisal.table["value"].to_pylist()) == pytest.approx(appraisal.total["value"], abs=1e-9)


def test_a_plan_survives_json(plan):
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_a_receipt_recomputes_to_the_same_figures_whatever_the_number_of_jobs(plan, tmp_path):
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(jsonable(receipt(run(plan)))))
    for jobs in (1, 2):
        _, differences = recompute(load_receipt(path), workers=Workers(jobs))
        assert differences == []


def test_a_changed_input_is_told_and_a_moved_one_is_found(plan, tmp_path):
    recorded = jsonable(receipt(run(plan)))
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for name in ("works.parquet", "base.parquet"):
        (tmp_path / name).rename(moved / name)
    with pytest.raises(InputError, match="no such file"):
        recompute(recorded)
    assert recompute(recorded, inputs=moved)[1] == []
    pq.write_table(text_table(seed=1), moved / "works.parquet")
    where = [d.where for d in recompute(recorded, inputs=moved)[1]]
    assert "input works.parquet (pool): SHA-256" in where
    assert any(w.startswith("appraisal") for w in where)


def test_moved_inputs_are_found_by_content_first_and_two_of_one_name_are_told_apart(plan, tmp_path):
    """Renamed files are found; one name for two inputs is no matter while both contents are there."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "works.parquet").rename(tmp_path / "a" / "text.parquet")
    (tmp_path / "base.parquet").rename(tmp_path / "b" / "text.parquet")
    works, base = tmp_path / "a" / "text.parquet", tmp_path / "b" / "text.parquet"
    asked = replace(plan, works=str(works), base=str(base), questions=("appraisal",))
    recorded = jsonable(receipt(run(asked)))
    there = tmp_path / "there"
    there.mkdir()
    works.rename(there / "renamed.parquet")
    (there / "deep").mkdir()
    base.rename(there / "deep" / "text.parquet")
    study, differences = recompute(recorded, inputs=there)
    assert differences == []
    assert [s.path for _, s in study.inputs.sources()] == [
        str(there / "renamed.parquet"),
        str(there / "deep" / "text.parquet"),
    ]
    (there / "renamed.parquet").unlink()
    with pytest.raises(InputError, match="stands for both the pool and the base"):
        recompute(recorded, inputs=there)
    (there / "deep" / "text.parquet").unlink()
    with pytest.raises(
        InputError, match=r"content of the pool \(text.parquet, SHA-256 .*none is called text"
    ):
        recompute(recorded, inputs=there)
    for where in ("x", "y"):
        (there / where).mkdir()
        pq.write_table(text_table(seed=3), there / where / "text.parquet")
    with pytest.raises(InputError, match=r"2 files in it are called text\.parquet, and none has"):
        recompute(recorded, inputs=there)


def test_a_moved_folder_of_shards_is_found_by_its_files(plan, tmp_path):
    shards = tmp_path / "shards"
    shards.mkdir()
    for k in range(2):
        pq.write_table(text_table().slice(15 * k, 15), shards / f"{k}.parquet")
    asked = replace(plan, works=str(shards), questions=("appraisal",))
    recorded = jsonable(receipt(run(asked)))
    (tmp_path / "there").mkdir()
    shards.rename(tmp_path / "there" / "renamed")
    (tmp_path / "base.parquet").rename(tmp_path / "there" / "base.parquet")
    assert recompute(recorded, inputs=tmp_path / "there")[1] == []


def test_a_receipt_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"schema": "other/1"}')
    with pytest.raises(InputError, match="no receipt"):
        load_receipt(path)
    with pytest.raises(InputError, match="can't be read"):
        load_receipt(tmp_path / "absent.json")
    with pytest.raises(InputError, match="unknown field"):
        Plan.from_dict({"works": "x", "roles": {}, "later": 1})


def test_a_test_read_by_itself_is_not_split(plan, tmp_path):
    pq.write_table(text_table(seed=4), tmp_path / "test.parquet")
    both = read(Plan.from_dict({**plan.to_dict(), "test": str(tmp_path / "test.parquet"), "questions": []}))
    assert both.test.n_works == 30
    assert both.base.owners != both.pool.owners


def test_worth_by_slice_adds_up_to_the_worth(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(240, 3))
    columns = {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": x @ [1.0, 2.0, 0.5] + rng.normal(size=240)}
    columns |= {"who": [f"o{i % 4}" for i in range(240)], "topic": ["xy"[i % 2] for i in range(240)]}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    plan = Plan(
        works=str(tmp_path / "t.parquet"),
        roles={"owner": "who", "features": ["a", "b", "c"], "target": "y"},
        slices="topic",
        splits=2,
        questions=("appraisal",),
    )
    study = run(plan)
    slices = study.results["appraisal"].facts["slices"]
    assert [s["slice"] for s in slices] == ["x", "y"]
    assert all(s["low"] < s["value"] < s["high"] for s in slices)
    inside = sorted(s["value"] for s in slices)
    assert inside[0] <= study.results["appraisal"].total["value"] <= inside[1]
    assert any(table.id == "slices" for table in _tables(study))


def _tables(study):
    from commonweal.briefing.sections import sections

    return [table for section in sections(case_of(study)) for table in section.tables]


def test_one_line_values_a_pool_and_any_object_of_the_protocol():
    pool = cw.Pool.from_frame(text_table(), owner="who", text="body")
    result = cw.appraise(pool, splits=2)
    assert result.method == "enumeration"
    assert result.table["works"].to_pylist() == [5] * 6
    assert result.receipt()["figures_sha256"] == cw.appraise(pool, splits=2).receipt()["figures_sha256"]

    class Additive:
        owners = ("x", "y", "z")
        metric = cw.utility.Metric("points")

        def evaluate(self, coalitions):
            return coalitions @ np.array([1.0, 2.0, 3.0])

    values = cw.appraise(Additive()).table
    assert dict(zip(values["owner"].to_pylist(), values["value"].to_pylist(), strict=True)) == pytest.approx(
        {"x": 1.0, "y": 2.0, "z": 3.0}
    )


def test_one_line_sends_each_splits_passes_to_the_cluster(monkeypatch):
    """On Ray (stood in for by a plain map) the figures are those of this process."""
    sent = []

    def there(function, tasks, n_jobs):
        tasks = list(tasks)
        sent.extend(tasks)
        return map(function, tasks)

    monkeypatch.setattr("commonweal.parallel._ray_map", there)
    pool = cw.Pool.from_frame(text_table(), owner="who", text="body")
    far, near = cw.appraise(pool, splits=2, cluster="ray"), cw.appraise(pool, splits=2)
    assert sent
    assert far.table.equals(near.table)


def test_what_is_no_pool_is_answered_with_how_to_make_one():
    pool = cw.Pool.from_frame(text_table(), owner="who", text="body")
    for call in (
        lambda: cw.appraise(text_table()),
        lambda: cw.appraise("works.parquet"),
        lambda: cw.appraise(pool, base=text_table()),
        lambda: cw.appraise(pool, test="test.parquet"),
    ):
        with pytest.raises(InputError, match="from_frame"):
            call()


def test_an_unknown_option_is_answered_with_those_there():
    pool = cw.Pool.from_frame(text_table(), owner="who", text="body")
    with pytest.raises(InputError, match="options there: order, vocabulary"):
        cw.appraise(pool, alpha=1.0)


def test_works_left_out_of_the_base_are_counted_too(plan):
    rows = [*text_table(owners=3, seed=9).select(["body"]).to_pylist(), {"body": " "}]
    pq.write_table(pa.Table.from_pylist(rows), plan.base)
    study = run(replace(plan, roles={**plan.roles, "on_bad": "leave_out"}, questions=("appraisal",)))
    assert study.results["appraisal"].facts["left_out"] == {"base: an empty text": 1}
    assert receipt(study)["left_out"] == {"base: an empty text": 1}


def test_texts_of_a_pool_that_is_not_held_in_memory_are_not_remembered(plan):
    inputs = read(plan)
    utility_of(plan, replace(inputs, pool=cw.Pool.read(plan.works, **plan.roles, hold=False)))
    assert inputs.memo.held == 0
    utility_of(plan, inputs)
    assert inputs.memo.held > 0


@pytest.mark.parametrize(
    "wrong", [{"draws": 0}, {"worst": -1}, {"budget": 0}, {"seed": -1}, {"rtol": 0.0}, {"rtol": float("nan")}]
)
def test_numbers_that_cannot_be_are_refused_before_anything_is_read(wrong):
    with pytest.raises(InputError, match=f"--{next(iter(wrong))}"):
        Plan(works="absent.csv", roles={}, **wrong)


@pytest.mark.parametrize("name", cw.__all__)
def test_every_public_name_is_there_and_documented(name):
    found = getattr(cw, name)
    assert name == "__version__" or found.__doc__


def test_the_brief_stays_a_function_after_its_room_is_imported():
    import commonweal.briefing

    assert callable(cw.brief)
    assert cw.brief is commonweal.briefing.brief
