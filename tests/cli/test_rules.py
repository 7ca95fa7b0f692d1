"""`commonweal rules` as people and programs call it: what it prints, writes, and exits with."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from commonweal.rules import Terms, from_toml, templates
from commonweal.rules.dialects import every

TERMS = """title = "House terms"
[declarer]
name = "Guild"

[[rule]]
acts = ["search", "crawl"]
effect = "allow"

[[rule]]
acts = ["train-gen", "train-disc"]
effect = "conditional"
unless = {parties = ["research"]}
duties = [{duty = "attribute"}]
"""


@pytest.fixture
def run(tmp_path):
    """Run a command in an empty folder with `terms.toml`; returns (exit status, output, errors)."""
    (tmp_path / "terms.toml").write_text(TERMS)

    def call(*arguments: str, answers: str = "") -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "commonweal", "rules", *arguments], cwd=tmp_path, input=answers,
            capture_output=True, text=True, env={**os.environ, "COLUMNS": "200"},
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    call.folder = tmp_path
    return call


@pytest.mark.parametrize("name", templates.names())
def test_every_template_becomes_terms_that_can_be_read(run, name):
    status, output, _ = run("new", "--template", name)
    assert status == 0
    assert from_toml(output) == templates.load(name).terms


def test_the_interview_asks_on_the_error_stream_and_leaves_terms_on_the_output(run):
    status, output, errors = run("new", "--ask", answers="Guild\nhttps://guild.example\n\n\n" + "\n" * 30)
    assert status == 0
    assert from_toml(output).declarer.name == "Guild"
    assert "May models be trained" in errors


def test_a_question_is_answered_with_the_rule_and_its_line(run):
    status, output, _ = run("ask", "terms.toml", "--act", "train-gen", "--who", "commercial", "--json")
    answer = json.loads(output)
    assert status == 0
    assert (answer["effect"], answer["duties"]) == ("conditional", [{"duty": "attribute"}])
    [reason] = answer["reasons"]
    assert (reason["line"], reason["source"]) == (9, "terms.toml (commonweal)")
    assert "conditional" in run("ask", "terms.toml", "--act", "train-gen", "--who", "commercial")[1]
    assert json.loads(run("ask", "terms.toml", "--act", "mine", "--json")[1])["effect"] == "unknown"


def test_what_is_exported_to_a_folder_can_be_asked_and_checked(run):
    status, output, _ = run(
        "export", "terms.toml", "--out", "site", "--site", "https://guild.example", "--json"
    )
    told = json.loads(output)
    assert status == 0
    assert set(told["losses"]) == set(every())
    assert all((run.folder / "site" / name).is_file() for name in told["files"])
    asked = json.loads(
        run("ask", "site", "--act", "train-gen", "--who", "commercial", "--url", "/", "--json")[1]
    )
    assert asked["effect"] in ("deny", "conditional")
    status, output, _ = run(
        "check", "site", "--site", "https://guild.example", "--json", "--html", "report.html"
    )
    checked = json.loads(output)
    assert {"findings", "effective"} <= set(checked)
    assert [f for f in checked["findings"] if f["severity"] == "error"] == []
    assert status == 0
    assert checked["effective"]["/"]["train-gen"] in ("deny", "conditional")
    assert "<html" in (run.folder / "report.html").read_text()


@pytest.mark.parametrize("server", ["nginx", "caddy", "apache"])
def test_what_was_exported_becomes_lines_for_a_server(run, server):
    run("export", "terms.toml", "--out", "site", "--site", "https://guild.example")
    status, output, _ = run("snippets", "site", "--server", server, "--out", "conf", "--json")
    assert status == 0
    written = "".join((run.folder / "conf" / name).read_text() for name in json.loads(output)["files"])
    assert "Content-Usage" in written


def test_a_check_that_finds_an_error_exits_1(run):
    (run.folder / "site").mkdir()
    (run.folder / "site" / "robots.txt").write_text(
        "User-agent: *\nContent-Usage: train-ai=maybe, , x\nAllow: /\n"
    )
    status, output, _ = run("check", "site", "--json")
    assert status == 1
    assert any(f["severity"] == "error" and f["line"] == 2 for f in json.loads(output)["findings"])


def test_a_diff_tells_programs_the_direction(run):
    (run.folder / "new.toml").write_text(TERMS.replace('"search", "crawl"', '"search"'))
    status, output, _ = run("diff", "terms.toml", "new.toml", "--json")
    [change] = json.loads(output)["changes"]
    assert status == 0
    assert (change["what"], change["before"], change["after"], change["direction"]) == (
        "crawl", "allow", "unknown", "less permissive",
    )  # fmt: skip
    assert "less permissive" in run("diff", "terms.toml", "new.toml")[1]


def test_a_contract_is_drafted_signed_by_both_verified_and_asked(run):
    keys = {
        name: json.loads(run("key", "--out", f"{name}.key", "--json")[1])["public_key"] for name in ("a", "b")
    }
    form = run("draft", "--template", "training-commercial-standard", "--form")[1]
    lines = form.splitlines()
    places = [i for i, line in enumerate(lines) if line.startswith("public_key")]
    for place, key in zip(places, keys.values(), strict=True):
        lines[place] = f'public_key = "{key}"'
    (run.folder / "blanks.toml").write_text("\n".join(lines))
    given = "--template", "training-commercial-standard", "--blanks", "blanks.toml", "--out", "contract.json"
    assert run("draft", *given)[0] == 0
    assert run("verify", "contract.json")[0] == 1
    assert json.loads(run("sign", "contract.json", "--key", "a.key", "--json")[1])["waiting"]
    assert json.loads(run("sign", "contract.json", "--key", "b.key", "--json")[1])["waiting"] == []
    pages = "--html", "page.html", "--pdf", "page.pdf"
    status, output, _ = run("verify", "contract.json", "--at", "2027-06-01", "--json", *pages)
    assert (status, json.loads(output)["ok"]) == (0, True)
    assert (run.folder / "page.pdf").read_bytes().startswith(b"%PDF")
    (run.folder / "no.toml").write_text('[[rule]]\nacts = ["train-gen"]\neffect = "deny"\n')
    ask = (
        "ask",
        "no.toml",
        "--act",
        "train-gen",
        "--at",
        "2027-06-01",
        "--url",
        "https://writers.example/texts/1",
        "--json",
    )
    assert json.loads(run(*ask)[1])["effect"] == "deny"
    signed = json.loads(run(*ask, "--name", "models.example", "--agreement", "contract.json")[1])
    assert signed["effect"] == "conditional"
    altered = (run.folder / "contract.json").read_text().replace("120000", "12")
    (run.folder / "contract.json").write_text(altered)
    status, output, errors = run("verify", "contract.json", "--at", "2027-06-01", "--json")
    assert status == 1
    assert json.loads(output)["problems"]
    private = (run.folder / "a.key").read_text().splitlines()[1]
    assert private not in output + errors


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("new",), "give --template NAME, or --ask"),
        (("new", "--template", "none"), "no template 'none'"),
        (("export", "terms.toml"), "give --out FOLDER"),
        (("export", "terms.toml", "--out", "x", "--to", "klingon"), "no dialect is called 'klingon'"),
        (("export", "terms.toml", "--out", "x", "--site", "example.org"), "write https://example.org"),
        (("ask", "terms.toml", "--act", "eat"), "Invalid enum value 'eat'"),
        (("ask", "none.toml", "--act", "mine"), "none.toml: can't be read"),
        (("ask", "terms.toml", "--act", "mine", "--at", "tomorrow"), "'tomorrow' is no time"),
        (("ask", "terms.toml", "--act", "mine", "--default", "EU=allow"), "default of 'allow'"),
        (("diff", "terms.toml", "none.toml"), "can't be read"),
        (("check", "nowhere"), "neither a file nor a folder"),
        (("verify", "none.json"), "can't be read"),
        (("sign", "none.json", "--key", "none.key"), "can't be read"),
    ],
)
def test_bad_input_exits_2_and_says_how_to_mend_it(run, arguments, said):
    status, output, errors = run(*arguments)
    assert (status, output) == (2, "")
    assert said in errors
    assert "Traceback" not in errors


def test_terms_without_rules_export_to_a_site_that_grants_nothing(run):
    (run.folder / "empty.toml").write_text('title = "Nothing yet"\n')
    assert run("export", "empty.toml", "--out", "site", "--json")[0] == 0
    found = json.loads(run("check", "site", "--json")[1])
    assert set(found["effective"]["/"].values()) <= {"unknown", "deny"}
    assert Terms(title="Nothing yet").rules == ()
