"""`commonweal rules new`: a first version of terms on standard output."""

from __future__ import annotations

import json

import click

from commonweal.cli.terminal import err
from commonweal.errors import InputError


@click.command(name="new")
@click.option("--template", metavar="NAME", help="Start from a template; --list shows them.")
@click.option("--ask", "interview", is_flag=True, help="Answer a short interview instead.")
@click.option("--list", "listed", is_flag=True, help="List the templates.")
@click.option("--json", "as_json", is_flag=True, help="Print canonical JSON instead of TOML.")
def command(template: str | None, interview: bool, listed: bool, as_json: bool) -> None:
    """Print new terms: `commonweal rules new --template research-open > terms.toml`."""
    from commonweal.rules import from_toml, templates

    if listed:
        found = [templates.load(name) for name in templates.names()]
        if as_json:
            rows = [{"name": t.name, "title": t.title, "summary": t.summary} for t in found]
            click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        else:
            for t in found:
                click.echo(f"{t.name}\n    {t.summary}")
        return
    if bool(template) == interview:
        raise InputError("nothing to start from", mend="give --template NAME, or --ask for an interview")
    text = templates.source(template) if template else _ask()
    terms = from_toml(text)
    click.echo(terms.canonical().decode() if as_json else text)
    if template and not as_json:
        err.print("Put your name under \\[declarer]; then: commonweal rules export FILE --out site/")


def _ask() -> str:
    from commonweal.rules.interview import interview

    def choose(question: str, choices: tuple[str, ...], default: str) -> str:
        if not choices:
            return str(click.prompt(question, default=default, show_default=bool(default), err=True))
        return str(click.prompt(question, type=click.Choice(choices), default=default, err=True))

    return interview(choose).toml()
