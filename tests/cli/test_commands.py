"""The commands as a person runs them: a real process, real files, exit codes."""

import json
import re
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from commonweal.cli.main import COMMANDS


def commonweal(*arguments, cwd):
    command = [sys.executable, "-c", "from commonweal.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("inputs")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(160, 2))
    table = pa.table(
        {
            "a": x[:, 0],
            "b": x[:, 1],
            "y": x @ [1.0, -1.0] + 0.3 * rng.normal(size=160),
            "clinic": [f"clinic {i % 5}" for i in range(160)],
        }
    )
    pc.write_csv(table, where / "table.csv")
    user, film = rng.integers(0, 12, 300), rng.integers(0, 25, 300)
    pairs = np.unique(np.stack([user, film]), axis=1)
    ratings = {"u": [f"u{i}" for i in pairs[0]], "i": [f"film {i}" for i in pairs[1]]}
    ratings["r"] = rng.integers(1, 6, pairs.shape[1]).astype(float)
    pc.write_csv(pa.table(ratings), where / "ratings.csv")
    texts = [" ".join(rng.choice(list("abcdefgh"), 40)) for _ in range(30)]
    owners = [["ann", "bob"] if i % 10 == 0 else [["ann", "bob", "cyd"][i % 3]] for i in range(30)]
    pq.write_table(pa.table({"text": texts, "by": owners}), where / "works.parquet")
    return where


TABLE = ("table.csv", "--owner", "clinic", "--features", "a,b", "--target", "y", "--splits", 2, "--draws", 10)


def test_appraise_writes_the_brief_and_its_receipt_recomputes_to_the_same(folder, tmp_path):
    done = commonweal("appraise", *TABLE, "--out", tmp_path / "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "5 owners of 160 works" in done.stderr  # before anything is computed
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert {"brief.html", "brief.json", "receipt.json", "tables"} <= names
    again = commonweal("appraise", "--receipt", tmp_path / "out" / "receipt.json", cwd=folder)
    assert again.returncode == 0, again.stdout
    assert "the same" in again.stdout


def test_a_receipt_recomputes_bit_for_bit_at_the_same_number_of_jobs(folder, tmp_path):
    """Texts and ratings, whose models are the ones that work in threads."""
    small = ("--quick", "--splits", 2, "--draws", 8, "--worst", 10, "--jobs", 2)
    for pool in (
        ("works.parquet", "--owner", "by", "--text", "text"),
        ("ratings.csv", "--user", "u", "--item", "i", "--rating", "r"),
    ):
        first = commonweal("appraise", *pool, *small, "--out", tmp_path / "out", cwd=folder)
        assert first.returncode == 0, first.stderr
        receipt = tmp_path / "out" / "receipt.json"
        again = commonweal("appraise", "--receipt", receipt, "--jobs", 2, "--json", cwd=folder)
        assert again.returncode == 0, again.stdout
        assert json.loads(again.stdout)["bit_for_bit"] is True


def test_a_receipt_finds_moved_inputs_and_names_the_one_that_is_another(folder, tmp_path):
    """A file under another name is found by content; one of that name with other content is named."""
    (tmp_path / "t.csv").write_bytes((folder / "table.csv").read_bytes())
    commonweal("appraise", "t.csv", *TABLE[1:], "--quick", "--out", "out", cwd=tmp_path)
    (tmp_path / "moved").mkdir()
    (tmp_path / "t.csv").rename(tmp_path / "moved" / "renamed.csv")
    asked = ("appraise", "--receipt", "out/receipt.json", "--inputs", "moved")
    found = commonweal(*asked, cwd=tmp_path)
    assert found.returncode == 0, found.stdout + found.stderr
    rows = (tmp_path / "moved" / "renamed.csv").read_text().splitlines()
    (tmp_path / "moved" / "renamed.csv").unlink()
    gone = commonweal(*asked, cwd=tmp_path)
    assert gone.returncode == 2
    assert "has the content of the pool (t.csv, SHA-256" in gone.stderr
    (tmp_path / "moved" / "t.csv").write_text("\n".join(rows[:-1]) + "\n")
    other = commonweal(*asked, cwd=tmp_path)
    assert other.returncode == 1
    assert "an input is not the file that the receipt names" in other.stdout
    assert "input t.csv (pool): SHA-256" in other.stdout


def test_slices_are_shown_for_naive_bayes_and_nearest_neighbours(folder, tmp_path):
    """Worth by a column of the test, from words with labels and from numbers."""
    table = pc.read_csv(folder / "table.csv")
    side = pa.array(["xy"[i % 2] for i in range(table.num_rows)])
    label = pa.array([f"label {int(v > 0)}" for v in table.column("y").to_pylist()])
    table = table.append_column("side", side).append_column("label", label)
    words = pa.array(
        [
            f"word{int(a > 0)} word{int(b > 0)}x and"
            for a, b in zip(*(table.column(c).to_pylist() for c in "ab"), strict=True)
        ]
    )
    pc.write_csv(table.append_column("text", words), tmp_path / "table.csv")
    small = (
        "--owner",
        "clinic",
        "--quick",
        "--splits",
        2,
        "--draws",
        5,
        "--worst",
        0,
        "--slice",
        "side",
        "--json",
    )
    for model, roles in (
        ("naive-bayes", ("--text", "text", "--target", "label")),
        ("naive-bayes", ("--features", "a,b", "--target", "label")),
        ("knn", ("--features", "a,b", "--target", "label")),
        ("knn", ("--features", "a,b", "--target", "y")),
    ):
        done = commonweal("appraise", "table.csv", "--model", model, *roles, *small, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        slices = json.loads(done.stdout)["appraisal"]["facts"]["slices"]
        assert [s["slice"] for s in slices] == ["x", "y"]
        assert all(s["low"] <= s["value"] <= s["high"] for s in slices)


def test_the_cluster_ray_is_accepted_and_gives_the_same_figures(folder):
    """One machine of Ray stands for a cluster; without the extra the test is left out."""
    pytest.importorskip("ray")
    asked = ("strike", *TABLE, "--worst", 0, "--jobs", 1, "--json")
    near, far = (commonweal(*asked, "--cluster", name, cwd=folder) for name in ("loky", "ray"))
    assert far.returncode == 0, far.stderr
    assert json.loads(far.stdout) == json.loads(near.stdout)


def test_a_receipt_whose_figures_differ_exits_1(folder, tmp_path):
    commonweal("appraise", *TABLE, "--quick", "--out", tmp_path / "out", cwd=folder)
    path = tmp_path / "out" / "receipt.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 7', 1))
    again = commonweal("appraise", "--receipt", path, "--json", cwd=folder)
    assert again.returncode == 1
    assert json.loads(again.stdout)["same"] is False


MANY = r"owners|people|works|rows|ratings|draws|splits|settings|coalitions|times|values|evaluations|blocks"


def test_a_pool_of_one_owner_is_told_in_the_singular_and_warned_of_once(folder, tmp_path):
    """A number one stands before no plural, in the terminal or on the page; like warnings are one."""
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice(list("abcdefgh"), 60)) for _ in range(3)]
    pc.write_csv(pa.table({"text": texts[:1], "by": ["ann"]}), tmp_path / "one.csv")
    pc.write_csv(pa.table({"text": texts[1:], "by": ["bob"] * 2}), tmp_path / "test.csv")
    pc.write_csv(pc.read_csv(folder / "table.csv").slice(0, 40), tmp_path / "table.csv")
    (tmp_path / "table.csv").write_text(
        re.sub(r"clinic \d", "clinic", (tmp_path / "table.csv").read_text()), encoding="utf-8"
    )
    few = ("--draws", 1, "--jobs", 1, "--out", "out")
    for works, said in (
        (("one.csv", "--owner", "by", "--text", "text", "--test", "test.csv"), "1 work of 1 owner"),
        (("table.csv", *TABLE[1:], "--splits", 1), "1 owner of 40 works"),
    ):
        done = commonweal("appraise", *works, *few, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        shown = " ".join(f"{done.stderr} {done.stdout}".split())
        page = re.sub("<[^>]*>", "", (tmp_path / "out" / "brief.html").read_text(encoding="utf-8"))
        assert said in shown
        assert not re.findall(rf"(?<![\d.,])1 (?:\w+ )?(?:{MANY})\b", shown + page)
        assert shown.count("less than half an owner") == 1
        assert shown.count("No number of owners") <= 1


@pytest.mark.parametrize("command", ["strike", "contribute", "critical-mass", "scaling"])
def test_each_question_has_a_command_that_prints_a_table_or_json(command, folder):
    shown = commonweal(command, *TABLE, cwd=folder)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.strip()
    told = commonweal(command, *TABLE, "--json", cwd=folder)
    assert json.loads(told.stdout)["rows"]


def test_ratings_and_co_owned_texts_are_appraised_too(folder):
    small = ("--quick", "--splits", 1, "--draws", 8, "--worst", 0, "--json")
    ratings = commonweal(
        "appraise", "ratings.csv", "--user", "u", "--item", "i", "--rating", "r", *small, cwd=folder
    )
    assert ratings.returncode == 0, ratings.stderr
    assert len(json.loads(ratings.stdout)["appraisal"]["rows"]) == 12
    texts = commonweal("appraise", "works.parquet", "--owner", "by", "--text", "text", *small, cwd=folder)
    assert texts.returncode == 0, texts.stderr
    assert {r["owner"] for r in json.loads(texts.stdout)["appraisal"]["rows"]} == {"ann", "bob", "cyd"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("table.csv", "--owner", "clinik", "--features", "a", "--target", "y"), "clinic"),
        (("absent.csv", "--owner", "x", "--text", "t"), "no such file"),
        (("table.csv", "--features", "a", "--target", "y"), "--owner"),
        ((*TABLE, "--option", "alfa=1"), "alfa"),
        ((*TABLE, "--option", "alpha"), "name=value"),
        ((*TABLE, "--option", "alpha=x"), "is a number"),
        ((*TABLE, "--option", "workers=2"), "no option 'workers'"),
        ((*TABLE, "--participation", "150%"), "participation"),
        ((*TABLE, "--test-size", "2"), "--test-size"),
        ((*TABLE, "--jobs", "0"), "every core"),
        ((*TABLE, "--seed", "-1"), "--seed"),
        (("table.csv", "--owner", "clinic", "--features", "a", "--target", "y", "--model", "gpt"), "gpt"),
        ((), "give the path"),
        ((*TABLE, "--receipt", "receipt.json"), "leave out WORKS"),
        ((*TABLE, "--split-by", "date"), "leave out --splits"),
        ((*TABLE, "--test", "table.csv"), "leave out --splits, or leave out --test"),
        ((*TABLE[:-4], "--test", "table.csv", "--split-by", "random"), "leave out --split-by"),
    ],
)
def test_bad_input_exits_2_with_one_message_that_names_the_mend(arguments, said, folder):
    done = commonweal("appraise", *arguments, cwd=folder)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_works_split_by_date_or_a_test_of_its_own_need_no_number_of_splits(folder, tmp_path):
    """The default number of splits is no contradiction, nor is one split by date."""
    dated = pc.read_csv(folder / "table.csv")
    dated = dated.append_column("year", pa.array([2000 + i % 9 for i in range(dated.num_rows)]))
    pc.write_csv(dated, tmp_path / "table.csv")
    asked = ("strike", "table.csv", *TABLE[1:-4], "--draws", 5, "--worst", 0, "--json")
    for held_out in (
        ("--test", "table.csv"),
        ("--date", "year", "--split-by", "date"),
        ("--date", "year", "--split-by", "date", "--splits", 1),
    ):
        done = commonweal(*asked, *held_out, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "splits" not in json.loads(done.stdout)["facts"]["utility"]


def test_every_command_on_works_asks_for_them(folder):
    for name in ("owners", "strike"):
        done = commonweal(name, "--owner", "by", "--text", "text", cwd=folder)
        assert done.returncode == 2
        assert "give the path" in done.stderr


def test_owners_prints_who_owns_what(folder):
    done = commonweal("owners", "works.parquet", "--owner", "by", "--text", "text", "--json", cwd=folder)
    told = json.loads(done.stdout)
    assert {row["owner"]: row["works"] for row in told["owners"]}.keys() == {"ann", "bob", "cyd"}


def test_every_command_has_help_and_stands_in_the_reference():
    from pathlib import Path

    reference = Path(__file__).parents[2].joinpath("docs/reference/commands.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        shown = commonweal(name, "--help", cwd=".")
        assert shown.returncode == 0, shown.stderr
        assert f"## commonweal {name}" in reference


def test_the_reference_of_commands_is_up_to_date():
    from pathlib import Path

    from scripts.commands import page  # the page is made by this script

    assert Path(__file__).parents[2].joinpath("docs/reference/commands.md").read_text("utf-8") == page()


def test_the_reference_of_models_is_up_to_date_and_leaves_no_option_without_a_meaning():
    from pathlib import Path

    from scripts.models import page

    from commonweal import utility
    from commonweal.study.models import MODELS, options_of

    written = Path(__file__).parents[2].joinpath("docs/reference/models.md").read_text("utf-8")
    assert written == page()
    for name, model in MODELS.items():
        section = written.split(f"## {name}\n")[1].split("\n## ")[0]
        for option in options_of(getattr(utility, model)):
            assert re.search(rf"^\| `{option}` \| `.+` \| .+: .+ \|$", section, re.MULTILINE)
