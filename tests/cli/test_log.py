"""`commonweal log` as people and programs call it: what it prints, writes, and exits with."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from commonweal.cli import main as entry
from commonweal.log.store import Log
from commonweal.sealed import PrivateKey

WORKS = [{"owner": "Ada", "text": "one"}, {"owner": "Ben", "text": "two"}, "three"]
DATASET, RULES = "d" * 64, "2" * 64


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def commonweal(arguments: tuple[str, ...]) -> None:
    sys.argv = ["commonweal", *arguments]
    entry()


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command through the entry point in a folder with a log; returns (exit status, output, errors)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [])

    def call(*arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
        done = CliRunner().invoke(commonweal, ["log", *arguments], input=stdin)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    def told(*arguments: str, stdin: str | None = None, status: int = 0) -> list[dict]:
        code, output, errors = call(*arguments, "--json", stdin=stdin)
        assert code == status, errors
        return [json.loads(line) for line in output.splitlines()]

    call.json = told
    (made,) = told("new", "log", "--origin", "guild.example/log")
    call.key = made["key"]
    Path("works.jsonl").write_text("".join(json.dumps(work) + "\n" for work in WORKS))
    return call


def test_from_new_to_verify_with_an_opened_commitment(run):
    added = run.json("append", "log", "works.jsonl", "--commit")
    assert sorted(row["entry"] for row in added) == [0, 1, 2]
    (proof,) = run.json("prove", "log", "--work", added[1]["id"], "--out", "two.tlog-proof")
    assert (proof["entry"], proof["size"], proof["origin"]) == (added[1]["entry"], 3, "guild.example/log")
    Path("two.json").write_text(json.dumps(WORKS[1]))
    opened = ("--value", "two.json", "--salt", proof["salt"])
    (found,) = run.json("verify", "two.tlog-proof", "--key", run.key, *opened)
    assert found["ok"]
    assert found["says"]["works"] == [added[1]["commitment"]]
    Path("two.json").write_text(json.dumps(WORKS[0]))
    (found,) = run.json("verify", "two.tlog-proof", "--key", run.key, *opened, status=1)
    assert found["problems"] == ["the entry is no commitment to this value under this salt"]
    assert not any(
        b"Ada" in p.read_bytes() or b"two" in p.read_bytes() for p in Path("log").rglob("*") if p.is_file()
    )


def test_a_proof_with_any_byte_changed_is_not_right(run):
    run.json("append", "log", "works.jsonl", "--commit")
    run.json("prove", "log", "--entry", "2", "--out", "proof")
    raw = Path("proof").read_bytes()
    for place in range(0, len(raw), 7):
        Path("proof").write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        status, _, _ = run("verify", "proof", "--key", run.key)
        assert status in (1, 2), place
    Path("proof").write_bytes(raw)
    assert run("verify", "proof", "--key", run.key)[0] == 0
    (other,) = run.json("new", "other", "--origin", "guild.example/log")
    status, output, _ = run("verify", "proof", "--key", other["key"])
    assert status == 1
    assert "no known key has signed it" in output


def test_a_log_that_was_changed_or_rolled_back_exits_1(run):
    run.json("append", "log", "works.jsonl", "--commit")
    shutil.copy("log/public/checkpoint", "earlier")
    shutil.copytree("log", "rolled")
    run.json("append", "log", "works.jsonl", "--commit")
    run.json("append", "rolled", "works.jsonl", "--commit")
    shutil.copy("log/public/checkpoint", "later")
    assert run("verify", "log", "--earlier", "earlier")[0] == 0
    assert run("verify", "log/public", "--key", run.key, "--earlier", "earlier")[0] == 0
    status, output, _ = run("verify", "rolled", "--earlier", "later")
    assert (status, output) == (1, "the log of 6 entries does not continue that of 6\n")
    run.json("prove", "rolled", "--since", "3", "--out", "grown")
    assert run("verify", "grown", "--key", run.key, "--earlier", "earlier")[0] == 0
    assert run("verify", "grown", "--key", run.key, "--earlier", "later")[0] == 1
    bundle = Path("log/public/tile/entries/000.p/6")
    bundle.write_bytes(bundle.read_bytes().replace(b"registered", b"withdrawn_"))
    (found,) = run.json("verify", "log", status=1)
    assert not found["ok"]


def test_a_witness_signs_what_continues_and_exits_1_otherwise(run):
    PrivateKey.generate().save("w.key")
    run.json("append", "log", "works.jsonl", "--commit")
    shutil.copytree("log", "fork")
    ask = ("--name", "w.example/1", "--key", "w.key", "--memory", "memory.json", "--known", run.key)
    (signed,) = run.json("witness", "log", *ask, "--add")
    assert signed["size"] == 3
    assert run("verify", "log", "--key", run.key, "--key", signed["key"])[0] == 0
    status, output, _ = run("verify", "fork", "--key", run.key, "--key", signed["key"])
    assert (status, output) == (1, "w.example/1 has not signed it\n")
    assert "w.example/1" in run("show", "log")[1]
    for folder in ("log", "fork"):
        run.json("append", folder, "works.jsonl", "--commit")
    run.json("prove", "fork", "--since", "3", "--out", "request")
    assert run.json("witness", "request", *ask, "--out", "cosigned")[0]["signed"]
    (refused,) = run.json("witness", "log", *ask, status=1)
    assert refused == {
        "signed": False,
        "reason": "the log of 6 entries does not continue that of 6",
        "last": 6,
    }
    assert Path("cosigned").read_text().count("\u2014 ") == 2


def test_events_are_appended_shown_drawn_and_written_as_prov_and_croissant(run):
    added = run.json("append", "log", "works.jsonl", "--commit")
    works = [row["commitment"] for row in added]
    said = [
        {"event": "classified", "works": works[:1], "rules": RULES, "outcome": "open"},
        {"event": "snapshot", "works": works, "dataset": DATASET},
        {"event": "delivered", "dataset": DATASET, "to": "b" * 32},
    ]
    (receipt,) = run.json("append", "log", "-", stdin="\n".join(map(json.dumps, said)))
    assert (receipt["first"], receipt["count"], receipt["size"]) == (3, 3, 6)
    assert [row["event"] for row in run.json("show", "log", "--entries")] == (
        ["registered"] * 3 + [event["event"] for event in said]
    )
    assert [row["entry"] for row in run.json("show", "log", "--entries", "--from", "4")] == [4, 5]
    status, _, errors = run("show", "log", "--prov", "prov.json", "--draw", DATASET, "--out", "chain.svg")
    assert status == 0
    assert "3 works: snapshot" in errors
    assert "delivered" in Path("chain.svg").read_text()
    assert f"work:{works[0]}" in json.loads(Path("prov.json").read_text())["entity"]
    fields = json.loads(run("show", "log", "--croissant", DATASET)[1])
    assert len(fields["prov:wasDerivedFrom"]) == 3
    (shown,) = run.json("show", "log")
    assert (shown["size"], shown["key"], shown["signed"]) == (6, run.key, True)


def test_names_in_events_are_refused_and_nothing_is_appended(run):
    lines = [{"event": "registered"}, {"event": "registered", "owner": "Ada Lovelace"}]
    status, _, errors = run("append", "log", "-", stdin="\n".join(map(json.dumps, lines)))
    assert status == 2
    assert "standard input, line 2" in errors
    assert "Lovelace" not in errors
    assert len(Log("log")) == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("new", "log", "--origin", "guild.example/log"), "neither new nor empty"),
        (("new", "l2", "--origin", "two words"), "name for a key"),
        (("append", "nothing", "works.jsonl"), "no log"),
        (("append", "log", "missing.jsonl"), "can't be read"),
        (("append", "log", "works.jsonl"), "not an event"),
        (("prove", "log", "--entry", "0", "--out", "p"), "no entry 0"),
        (("prove", "log", "--out", "p"), "nothing, or more than one"),
        (("prove", "log", "--work", "xyz", "--out", "p"), "not a work's id"),
        (("prove", "log", "--work", "00", "--out", "p"), "no salts"),
        (("prove", "log", "--since", "9", "--out", "p"), "does not continue one of 9"),
        (("verify", "works.jsonl"), "nobody's key"),
        (("verify", "log/public"), "nobody's key"),
        (("verify", "works.jsonl", "--key", "nonsense"), "not a verifier key"),
        (("verify", "missing", "--key", "KEY"), "can't be read"),
        (("verify", "works.jsonl", "--key", "KEY"), "not a proof"),
        (("verify", "works.jsonl", "--key", "KEY", "--salt", "00"), "a salt without value"),
        (("show", "log", "--draw", DATASET), "a drawing needs a file"),
        (("show", "log", "--croissant", DATASET), "no event of the log made"),
        (
            ("witness", "log", "--name", "w", "--key", "no.key", "--memory", "m", "--known", "KEY"),
            "can't be read",
        ),
    ],
    ids=range(19),
)
def test_bad_input_exits_2_with_what_is_wrong(run, arguments, problem):
    status, output, errors = run(*(run.key if a == "KEY" else a for a in arguments))
    assert status == 2
    assert output == ""
    assert problem in errors


def test_a_key_kept_elsewhere_is_asked_for_and_its_password_too(run):
    PrivateKey.generate().save("log.key", "secret")
    made = ("new", "apart", "--origin", "guild.example/log", "--key", "log.key", "--password")
    assert run(*made, stdin="secret\n")[0] == 0
    assert not Path("apart/key.pem").exists()
    status, _, errors = run("append", "apart", "works.jsonl", "--commit")
    assert (status, "kept elsewhere" in errors) == (2, True)
    given = ("append", "apart", "works.jsonl", "--commit", "--key", "log.key", "--password")
    assert run(*given, stdin="secret\n")[0] == 0
    assert run(*given, stdin="wrong\n")[0] == 2
