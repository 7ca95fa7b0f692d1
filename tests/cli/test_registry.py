"""`commonweal registry` as people and programs call it: what it prints, writes, and exits with."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import stat
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from commonweal.cli import main as entry
from commonweal.cli.registry import COMMANDS

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data"
WORD = re.compile(r"[^\W_]+")
HIT = {"query", "work", "owner", "kind", "common", "jaccard", "containment", "spans"}


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def commonweal(arguments: tuple[str, ...]) -> None:
    sys.argv = ["commonweal", *arguments]
    entry()


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command through the entry point in an empty folder; returns (exit status, output, errors)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(commonweal, ["registry", *arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    return call


def written(name: str, rows: list[dict[str, object]]) -> str:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return name


def records(output: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


def sentence(seed: int, n: int = 60) -> str:
    rng = random.Random(seed)
    return " ".join(f"word{rng.randrange(5000)}" for _ in range(n))


WORKS = [
    {"id": "a1", "author": "Ada", "body": sentence(1)},
    {"id": "a2", "author": "Ada", "body": sentence(2)},
    {"id": "b1", "author": "Bo", "body": sentence(3)},
    {"id": "j1", "author": "Ada; Bo", "body": sentence(4)},
    {"id": "x1", "author": "", "body": sentence(5)},
    {"id": "x2", "author": "Bo", "body": " "},
]
ADD = ("--owner", "author", "--text", "body", "--id", "id", "--index", "guild.idx")


@pytest.fixture
def guild(run):
    """Register some works; returns the runner."""
    status, _, _ = run("add", written("works.jsonl", WORKS), *ADD)
    assert status == 0
    return run


def test_every_command_says_what_it_does(run):
    status, output, _ = run("--help")
    assert status == 0
    for name in COMMANDS:
        assert name in output
        status, own, _ = run(name, "--help")
        assert status == 0
        assert "--json" in own


def test_adding_says_how_to_keep_the_key_and_what_was_left_out(run):
    status, output, said = run("add", written("works.jsonl", WORKS), *ADD)
    assert status == 0
    assert "4 works registered. guild.idx holds 4 works of 2 owners." in output
    assert "Keep a copy elsewhere" in output
    assert "guild.idx/key" in output
    assert stat.S_IMODE(Path("guild.idx/key").stat().st_mode) == 0o600
    assert "1 row with no owner: works.jsonl row 5 (line 5)" in said
    assert "1 row with an empty text: works.jsonl row 6 (line 6)" in said


def test_adding_again_registers_nothing_twice(guild):
    _, output, _ = guild("add", "works.jsonl", *ADD, "--json")
    assert records(output) == [{
        "index": "guild.idx", "made": False, "added": 0, "there_already": 4,
        "left_out": {"no owner": 1, "an empty text": 1}, "works": 4, "owners": 2, "key": "guild.idx/key",
        "log": None,
    }]  # fmt: skip
    _, output, _ = guild("add", "works.jsonl", *ADD, "--json", "--again")
    assert records(output)[0]["added"] == 4


def test_find_prints_for_programs_just_what_is_documented(guild):
    quoted = "so they say " + " ".join(WORKS[2]["body"].split()[10:40]) + " and no more"
    asked = written("asked.jsonl", [{"t": ""}, {"t": WORKS[0]["body"]}, {"t": quoted}])
    status, output, _ = guild("find", asked, "--text", "t", "--index", "guild.idx", "--json")
    assert status == 0
    found = records(output)
    assert all(set(hit) == HIT for hit in found)
    assert [(h["query"], h["work"], h["owner"], h["kind"]) for h in found] == [
        (1, "a1", "Ada", "near"), (1, "a1", "Ada", "passage"), (2, "b1", "Bo", "passage"),
    ]  # fmt: skip
    assert found[0]["jaccard"] == found[0]["containment"] == 1
    ((a, b, c, d),) = found[2]["spans"]
    assert quoted[a:b] == WORKS[2]["body"][c:d] == " ".join(WORKS[2]["body"].split()[10:40])


def test_find_tells_people_who_and_where(guild):
    asked = written("asked.jsonl", [{"t": WORKS[3]["body"] + " more"}, {"t": "of nobody here"}])
    status, output, _ = guild("find", asked, "--text", "t", "--index", "guild.idx")
    assert status == 0
    assert "near duplicate of j1 by Ada; Bo" in output
    assert "1 of 2 texts holds something of a member's work." in output
    for owner in ("Ada", "Bo"):
        assert any(line.split()[1:3] == [owner, "│"] for line in output.splitlines())


def test_several_indexes_are_asked_at_once(guild):
    other = written("other.jsonl", [{"id": "c1", "author": "Cy", "body": sentence(9)}])
    guild("add", other, *ADD[:-1], "other.idx", "--key", "other.key")
    asked = written("asked.jsonl", [{"t": WORKS[0]["body"]}, {"t": sentence(9)}])
    both = ("--index", "guild.idx", "--index", "other.idx")
    status, output, _ = guild(
        "find", asked, *both, "--key", "guild.idx/key", "--key", "other.key", "--text", "t", "--json"
    )
    assert status == 0
    assert {(h["query"], h["owner"]) for h in records(output)} == {(0, "Ada"), (1, "Cy")}
    status, _, said = guild("find", asked, *both, "--key", "other.key", "--text", "t")
    assert (status, "1 keys for 2 indexes" in said) == (2, True)


def test_watch_exits_1_when_an_output_repeats_a_work(guild):
    outputs = written("out.jsonl", [{"output": f"well {WORKS[1]['body']}"}, {"output": "my own"}])
    status, output, _ = guild("watch", "guild.idx", outputs)
    assert status == 1
    assert "60 words" in output
    assert "in a2 by Ada" in output
    status, output, _ = guild("watch", "guild.idx", outputs, "--json")
    told = records(output)
    assert status == 1
    assert told[0]["runs"][0]["works"][0]["work"] == "a2"
    assert told[1] == {"member": "Ada", "outputs": 1, "works": 1, "runs": 1, "words": 60, "longest": 60}
    status, output, _ = guild("watch", "guild.idx", written("none.jsonl", [{"output": "my own"}]))
    assert status == 0
    assert "0 of 1 output" in output


def test_contamination_exits_1_when_a_question_stands_in_the_training_data(run):
    bench = written("bench.jsonl", [{"question": sentence(7, 12)}, {"question": sentence(8, 30)}])
    train = written("train.jsonl", [{"text": f"{sentence(11)} {sentence(7, 12)} end", "doc": "d1"}])
    status, output, _ = run("contamination", bench, train, "--train-id", "doc")
    assert status == 1
    assert "100 % of it is in d1" in output
    assert "1 of 2 questions stands in the training data (1 text)." in output
    status, output, _ = run("contamination", bench, train, "--json")
    assert (status, [r["question"] for r in records(output)]) == (1, [0])
    status, output, _ = run("contamination", bench, written("other.jsonl", [{"text": sentence(12)}]))
    assert status == 0


def test_withdrawing_takes_joint_works_too_and_leaves_nothing(guild):
    status, output, _ = guild("withdraw", "--index", "guild.idx", "--owner", "Ada", "--json")
    assert (status, records(output)) == (0, [{"withdrawn": 3, "joint": 1}])
    asked = written("asked.jsonl", [{"t": work["body"]} for work in WORKS[:4]])
    _, output, _ = guild("find", asked, "--text", "t", "--index", "guild.idx", "--json")
    assert {h["owner"] for h in records(output)} == {"Bo"}
    _, output, _ = guild("info", "--index", "guild.idx")
    assert "3 withdrawn works still in the files" in output
    gone = written("gone.jsonl", [work for work in WORKS if "Ada" in work["author"]])
    status, output, _ = guild("prove-gone", gone, "--text", "body", "--index", "guild.idx")
    assert status == 0
    assert "Nothing is left of them" in output
    status, _, said = guild("prove-gone", "--index", "guild.idx")
    assert (status, "nothing is withdrawn" in said) == (2, True)


def test_joint_works_stay_by_choice_and_one_work_can_go(guild):
    _, output, _ = guild("withdraw", "--index", "guild.idx", "--owner", "Ada", "--own-only", "--json")
    assert records(output) == [{"withdrawn": 2, "joint": 0}]
    _, output, _ = guild("withdraw", "--index", "guild.idx", "--work", "b1", "--json")
    assert records(output)[0]["withdrawn"] == 1
    _, output, _ = guild("compact", "--index", "guild.idx", "--json")
    assert records(output) == [{"removed": 3, "works": 1, "segments": 1}]


def test_a_name_that_is_nobodys_is_told_with_its_neighbours(guild):
    status, _, said = guild("withdraw", "--index", "guild.idx", "--owner", "Adda")
    assert status == 2
    assert "did you mean Ada?" in said


def test_info_finds_a_damaged_file(guild):
    assert guild("info", "--index", "guild.idx", "--check")[0] == 0
    path = next(Path("guild.idx/segments").glob("*/marks"))
    data = bytearray(path.read_bytes())
    data[5] ^= 1
    path.write_bytes(data)
    status, output, _ = guild("info", "--index", "guild.idx", "--check", "--json")
    assert status == 1
    assert [name.split("/")[1] for name in records(output)[0]["damaged"]] == ["marks"]


def test_a_log_gets_a_commitment_for_each_work_and_no_name(guild):
    from commonweal.log.commitment import Salts
    from commonweal.log.store import Log

    log = Log.create("log", "example.org/log")
    status, _, _ = guild("add", "works.jsonl", *ADD, "--again", "--log", "log")
    assert status == 0
    assert len(log) == 4
    public = b"".join(p.read_bytes() for p in Path("log/public").rglob("*") if p.is_file())
    body = WORKS[0]["body"].encode()
    for secret in (
        b'"owner"',
        body,
        hashlib.sha256(body).hexdigest().encode(),
        hashlib.sha256(body).digest(),
    ):
        assert secret not in public
    with Salts(log.path / "salts.sqlite") as salts:
        assert len(salts) == 4
    guild("withdraw", "--index", "guild.idx", "--owner", "Bo", "--log", "log", "--erase")
    with Salts(log.path / "salts.sqlite") as salts:
        assert len(salts) == 2
    assert len(log) == 5


def test_quality_reports_and_exits_0(run):
    works = [*WORKS[:3], {"id": "c1", "author": "Cy", "body": WORKS[0]["body"]}]
    arguments = ("quality", written("works.jsonl", works), *ADD[:-2], "--html", "report.html")
    status, output, _ = run(*arguments)
    assert status == 0
    assert "2 works, 2 owners', 100 % alike or more" in output
    assert "none is a verdict" in output
    assert "no estimate without examples" in output
    assert "none is a verdict" in Path("report.html").read_text("utf-8")
    _, output, _ = run(*arguments, "--json")
    told = records(output)
    assert [r["kind"] for r in told] == ["summary", "cluster", "mostly shared", "mostly shared", "accounts"]
    assert told[0]["machine_made"] is None


def test_a_public_sketch_answers_without_the_index(run):
    works = [{"who": f"m{n}", "text": f"{sentence(1)} {sentence(100 + n)}"} for n in range(5)]
    status, output, _ = run(
        "public-sketch", written("works.jsonl", works), "--owner", "who", "--k", "5", "--out", "g.sketch",
        "--json",
    )  # fmt: skip
    assert status == 0
    assert records(output)[0]["shingles"] == 56
    Path("works.jsonl").unlink()
    Path("mine.txt").write_text(sentence(1), encoding="utf-8")
    status, output, _ = run("how-many", "mine.txt", "--sketch", "g.sketch")
    assert status == 0
    assert "100 % of its runs of 5 words (56 of 56) are held by 5 or more" in output
    assert "at most 5 can hold all of it" in output
    Path("other.txt").write_text(sentence(101), encoding="utf-8")
    _, output, _ = run("how-many", "other.txt", "--sketch", "g.sketch", "--json")
    assert records(output)[0]["held"] == 0


def test_iscc_says_that_its_codes_are_open(run):
    pytest.importorskip("iscc_lib")
    status, output, said = run(
        "iscc", written("t.jsonl", [{"text": "Hello World"}]), "--bits", "64", "--json"
    )
    assert status == 0
    assert records(output) == [{"work": "t.jsonl:1", "iscc": "ISCC:EAASKDNZNYGUUF5A"}]
    assert "under no key" in said
    Path("folder").mkdir()
    Path("folder/a.bin").write_bytes(b"abc")
    _, output, _ = run("iscc", "folder", "--files", "--json")
    assert records(output)[0]["content"] is None


def test_an_index_without_its_key_answers_nobody(guild):
    Path("guild.idx/key").rename("elsewhere.key")
    asked = written("asked.jsonl", [{"t": WORKS[0]["body"]}])
    status, _, said = guild("find", asked, "--text", "t", "--index", "guild.idx")
    assert (status, "its key is kept elsewhere" in said) == (2, True)
    status, output, _ = guild(
        "find", asked, "--text", "t", "--index", "guild.idx", "--key", "elsewhere.key", "--json"
    )
    assert (status, len(records(output))) == (0, 2)
    Path("wrong.key").write_bytes(b"short")
    status, _, said = guild("find", asked, "--text", "t", "--index", "guild.idx", "--key", "wrong.key")
    assert (status, "no key of an index" in said) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("find", "nowhere.jsonl", "--index", "guild.idx"), "no such file"),
        (("find", "works.jsonl", "--index", "none.idx"), "no index"),
        (("find", "works.jsonl", "--index", "guild.idx", "--threshold", "2"), "a threshold of 2"),
        (("add", "works.jsonl", "--owner", "writer", "--index", "guild.idx"), "no column 'writer'"),
        (("withdraw", "--index", "guild.idx"), "nothing to withdraw"),
        (("how-many", "works.jsonl", "--sketch", "works.jsonl"), "no public sketch"),
    ],
)
def test_bad_input_exits_2_and_says_how_to_mend_it(guild, arguments, said):
    status, _, errors = guild(*arguments)
    assert status == 2
    assert said in errors
    assert " — " in errors


@pytest.mark.skipif(not SHARED.exists(), reason="the data of the workplace is not there")
def test_changed_copies_of_real_works_name_their_owners_and_quotations_who_holds_them(run):
    rng = random.Random(1)
    for name in ("peps", "eips"):
        run("add", str(SHARED / f"{name}.jsonl.gz"), "--owner", "authors", "--id", "id", "--index", "idx")
    rows = []
    for name in ("peps", "eips"):
        with gzip.open(SHARED / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows += [row for row in map(json.loads, lines) if row["authors"] and len(row["text"]) > 5000]
    asked = []
    for row in rng.sample(rows, 60):
        words = row["text"].split(" ")
        changed = [w if rng.random() > 0.01 else "otherwise" for w in words]
        asked.append({"id": row["id"], "text": " ".join(changed), "whose": row["authors"]})
    _, output, _ = run("find", written("asked.jsonl", asked), "--id", "id", "--index", "idx", "--json")
    near = [h for h in records(output) if h["kind"] == "near"]
    exact = {h["query"]: h["owner"] for h in near if h["work"] == h["query"]}
    whose = {a["id"]: "; ".join(sorted(set(a["whose"]))) for a in asked}
    assert exact == whose
    others = {(h["query"], h["work"]) for h in near if h["work"] != h["query"]}
    superseding = {frozenset({"pep-0333", "pep-3333"}), frozenset({"pep-0344", "pep-3134"})}
    assert {frozenset(pair) for pair in others} <= superseding

    texts = {row["id"]: row["text"] for row in rows}
    quoted = []
    for row in rng.sample(rows, 100):
        words = row["text"].split()
        first = rng.randrange(len(words) - 60)
        quoted.append({"id": row["id"], "text": "As they said: " + " ".join(words[first : first + 40])})
    _, output, _ = run("find", written("quoted.jsonl", quoted), "--id", "id", "--index", "idx", "--json")
    said = {q["id"]: q["text"] for q in quoted}
    told = records(output)
    for hit in (h for h in told if h["kind"] == "passage" and h["work"] in texts):
        for a, b, c, d in hit["spans"]:
            assert WORD.findall(said[hit["query"]][a:b].lower()) == WORD.findall(
                texts[hit["work"]][c:d].lower()
            )
    found = {h["query"] for h in told if h["work"] == h["query"]}
    common = {h["query"] for h in told if h["common"]}
    assert found | common == set(said)
    assert len(found) >= 95


def test_shards_are_digested_side_by_side_into_a_new_index_alone(run):
    Path("shards").mkdir()
    for number, rows in enumerate((WORKS[:2], WORKS[2:])):
        written(f"shards/{number}.jsonl", rows)
    status, output, _ = run("add", "shards", *ADD, "--jobs", "2", "--json")
    (told,) = records(output)
    assert status == 0
    assert (told["added"], sum(told["left_out"].values())) == (4, 2)
    written("asked.jsonl", [{"body": WORKS[2]["body"]}])
    hits = records(run("find", "asked.jsonl", "--text", "body", "--index", "guild.idx", "--json")[1])
    assert {(hit["work"], hit["owner"]) for hit in hits} == {("b1", "Bo")}
    status, _, errors = run("add", "shards", *ADD, "--jobs", "2")
    assert status == 2
    assert "leave --jobs and --cluster out" in errors


def test_without_the_log_that_is_named_nothing_is_made(run):
    written("works.jsonl", WORKS)
    status, _, errors = run("add", "works.jsonl", *ADD, "--log", "absent.log")
    assert status == 2
    assert "commonweal log new" in errors
    assert not Path("guild.idx").exists()
