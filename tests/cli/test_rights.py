"""`commonweal rights` as people and programs call it: what it prints, writes, and exits with."""

from __future__ import annotations

import json
import sys
from datetime import date

import click
import icalendar
import pytest
from click.testing import CliRunner

from commonweal.cli import main as entry
from commonweal.cli.rights.letter import KINDS
from commonweal.cli.rights.log import DEFAULT
from commonweal.cli.terminal import out
from commonweal.intake.rights import Kind, services
from commonweal.intake.rights.log import NAME

WRITER = ("--name", "Ada Example", "--id", "e-mail: ada@example.org")
ACCESS = ("letter", "openai", "--kind", "access", *WRITER, "--date", "2026-11-21", "--out", "letter.md")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def commonweal(arguments: tuple[str, ...]) -> None:
    sys.argv = ["commonweal", *arguments]
    entry()


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command through the entry point in an empty folder; returns (exit status, output, errors)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setattr(out, "width", 200)  # the console may have been made by an earlier test

    def call(*arguments: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(commonweal, ["rights", *arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    return call


def test_all_services_are_listed_and_one_is_shown_with_its_sources(run):
    status, output, _ = run("settings")
    assert status == 0
    assert all(s.slug in output for s in services())
    assert "not verified" in output
    status, output, _ = run("settings", "chatgpt")
    assert status == 0
    for needed in (
        "Improve the model for everyone",
        "not stopped:",
        "https://help.openai.com/",
        "checked 2026",
    ):
        assert needed in output


def test_settings_for_programs_hold_every_fact_with_its_source(run):
    one = json.loads(run("settings", "openai", "--json")[1])
    assert one["slug"] == "openai"
    assert one["settings"][0]["checked_on"]
    every = json.loads(run("settings", "--json")[1])
    assert [s["slug"] for s in every] == [s.slug for s in services()]
    assert one in every


def test_an_unknown_service_is_bad_input_with_names_that_come_near(run):
    for arguments in (("settings", "opanai"), ("letter", "opanai", *ACCESS[2:])):
        status, output, errors = run(*arguments)
        assert (status, output) == (2, "")
        assert "did you mean openai" in errors


def test_a_letter_its_calendar_and_its_log_line_are_written_together(run, tmp_path):
    status, output, _ = run(*ACCESS)
    assert status == 0
    assert "Answer due 2026-12-21" in output
    assert "dsar@openai.com" in output
    assert "No lawyer" in output
    assert "Article 15" in (tmp_path / "letter.md").read_text()
    calendar = icalendar.Calendar.from_ical((tmp_path / "letter.ics").read_bytes())
    assert calendar.walk("VTODO")[0].decoded("due") == date(2026, 12, 21)
    [line] = (tmp_path / NAME).read_text().splitlines()
    assert json.loads(line)["letter"] == "letter.md"


def test_a_letter_for_programs_says_what_was_written_and_nothing_of_the_writer(run):
    status, output, _ = run(*ACCESS, "--address", "2 Side Street", "--json")
    found = json.loads(output)
    assert status == 0
    assert (found["due"], found["n"], found["letter"]) == ("2026-12-21", 1, "letter.md")
    assert found["to"]["company"] == "OpenAI Ireland Limited"
    assert "Art. 15 GDPR" in found["references"]
    assert not any(personal in output for personal in ("Ada", "ada@", "Side Street"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_written_and_is_logged(run, tmp_path, kind):
    grounds = ("--grounds", "I publish under my own name.") if kind == "objection" else ()
    status, _, errors = run("letter", "anthropic", "--kind", kind, *WRITER, *grounds, "--out", "l.md")
    assert (status, errors) == (0, "")
    assert json.loads((tmp_path / NAME).read_text())["kind"] == kind


def test_the_kinds_and_the_name_of_the_log_are_those_of_the_library():
    assert tuple(Kind) == KINDS
    assert DEFAULT == NAME


def test_a_letter_in_another_language(run, tmp_path):
    assert run(*ACCESS, "--language", "es")[0] == 0
    assert "artículo 15 del RGPD" in (tmp_path / "letter.md").read_text(encoding="utf-8")


def test_an_objection_without_grounds_writes_nothing(run, tmp_path):
    status, _, errors = run("letter", "openai", "--kind", "objection", *WRITER, "--out", "l.md")
    assert status == 2
    assert "--grounds" in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("letter", "openai", "--kind", "access", "--name", "Ada", "--out", "l.md"), "--id"),
        (("letter", "openai", "--kind", "divination", *WRITER, "--out", "l.md"), "divination"),
        (("letter", "openai", "--kind", "access", *WRITER, "--language", "la", "--out", "l.md"), "la"),
        (("letter", "openai", "--kind", "access", *WRITER, "--date", "soon", "--out", "l.md"), "soon"),
        (("letter", "openai", "--kind", "access", *WRITER), "--out"),
        (("letter", "openai", "--kind", "access", *WRITER, "--out", "l.ics"), "calendar file"),
        (("letter", "openai", "--kind", "access", *WRITER, "--out", "no/where/l.md"), "can't be written"),
        (("letter", "mastodon", "--kind", "access", *WRITER, "--out", "l.md"), "each instance"),
        (
            ("letter", "openai", "--kind", "access", *WRITER, "--company-address", "A", "--out", "l.md"),
            "--company",
        ),
        (("log",), "can't be read"),
        (("companies", "."), "holds no companies"),
    ],
    ids=[
        "no id",
        "kind",
        "language",
        "date",
        "no out",
        "ics",
        "folder",
        "instance",
        "address",
        "log",
        "companies",
    ],
)
def test_bad_input_exits_2_and_says_what_to_do(run, tmp_path, arguments, said):
    status, output, errors = run(*arguments)
    assert (status, output) == (2, "")
    assert said in errors
    assert "ada@example.org" not in errors
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_written_over(run, tmp_path):
    assert run(*ACCESS)[0] == 0
    before = {f.name: f.read_bytes() for f in tmp_path.iterdir()}
    status, _, errors = run(*ACCESS)
    assert status == 2
    assert "is there already" in errors
    assert {f.name: f.read_bytes() for f in tmp_path.iterdir()} == before


def test_a_log_that_cannot_be_read_keeps_a_letter_from_being_written(run, tmp_path):
    (tmp_path / NAME).write_text("not a log\n")
    status, _, errors = run(*ACCESS)
    assert status == 2
    assert "line 1" in errors
    assert [f.name for f in tmp_path.iterdir()] == [NAME]


def test_an_instance_is_written_to_under_the_name_that_is_given(run, tmp_path):
    arguments = ("--company", "Social Example e.V.", "--company-address", "3 Harbour\nTown", "--out", "l.md")
    status, _, _ = run("letter", "mastodon", "--kind", "erasure", *WRITER, *arguments)
    assert status == 0
    assert "Social Example e.V.  \n3 Harbour  \nTown\n" in (tmp_path / "l.md").read_text()


def test_a_contact_that_is_not_verified_is_said_to_be(run):
    status, output, _ = run("letter", "slack", "--kind", "access", *WRITER, "--out", "l.md")
    assert status == 0
    assert "not verified" in output


def test_the_log_exits_1_when_something_is_overdue_and_0_once_it_was_answered(run):
    run(*ACCESS)
    status, output, _ = run("log", "--today", "2026-12-21")
    assert (status, "open" in output) == (0, True)
    status, output, _ = run("log", "--today", "2026-12-23")
    assert status == 1
    assert "overdue by 2 days" in output
    status, output, _ = run("log", "--today", "2026-12-23", "--json")
    found = json.loads(output)
    assert (status, found["overdue"], found["requests"][0]["overdue"]) == (1, 1, True)
    status, output, _ = run("log", "--answered", "1", "--today", "2026-12-23")
    assert (status, "answered 2026-12-23" in output) == (0, True)
    assert run("log", "--reopen", "1", "--today", "2026-12-24")[0] == 1
    assert run("log", "--refused", "1", "--today", "2026-12-24")[0] == 0
    status, _, errors = run("log", "--answered", "2")
    assert (status, "no request 2" in errors) == (2, True)
    assert run("log", "--answered", "1", "--refused", "1")[0] == 2


def test_a_log_can_be_kept_elsewhere(run, tmp_path):
    assert run(*ACCESS, "--log", "mine.jsonl")[0] == 0
    assert not (tmp_path / NAME).exists()
    assert json.loads(run("log", "--log", "mine.jsonl", "--json", "--today", "2026-12-01")[1])["overdue"] == 0


@pytest.fixture
def checkout(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / "companies").mkdir()
    acme = {
        "slug": "acme",
        "name": "Acme Limited",
        "email": "p@acme.example",
        "address": "1 Main Street\nTown",
    }
    (folder / "companies" / "acme.json").write_text(json.dumps(acme))
    return folder


def test_companies_of_a_checkout_are_listed_and_written_to(run, tmp_path, checkout):
    status, output, _ = run("companies", str(checkout))
    assert (status, "acme  Acme Limited: p@acme.example" in output) == (0, True)
    assert json.loads(run("companies", str(checkout), "--json")[1])["companies"][0]["slug"] == "acme"
    assert "None." in run("companies", str(checkout), "--find", "zebra")[1]
    letter = ("letter", "acme", "--kind", "erasure", *WRITER, "--companies", str(checkout), "--out", "l.md")
    status, output, _ = run(*letter)
    assert status == 0
    assert "not verified" in output
    assert "Acme Limited" in (tmp_path / "l.md").read_text()
    assert json.loads((tmp_path / NAME).read_text())["service"] == "acme"


def test_a_checkout_with_a_broken_record_exits_1_and_names_it(run, checkout):
    (checkout / "companies" / "beta.json").write_text("{")
    status, output, _ = run("companies", str(checkout))
    assert status == 1
    assert "companies/beta.json" in output
    status, output, _ = run("companies", str(checkout), "--json")
    assert (status, len(json.loads(output)["problems"])) == (1, 1)
