"""`commonweal archive pool`: chosen works of an archive, ready to appraise."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.markup import escape

from commonweal.cli.terminal import out
from commonweal.counts import counted


@click.command(name="pool")
@click.argument("archive", metavar="ARCHIVE")
@click.option("--out", "path", type=click.Path(path_type=Path), required=True, help="Parquet file to write.")
@click.option(
    "--role",
    "roles",
    default="user",
    show_default=True,
    help="Whose messages, by comma: user, assistant, tool, other. A model's are marked as such.",
)
@click.option(
    "--kind", "kinds", default="text", show_default=True, help="Kinds of parts, by comma: text, code, …"
)
@click.option(
    "--per",
    type=click.Choice(["thread", "message"]),
    default="thread",
    show_default=True,
    help="Whether a work is all that was said in a conversation, or each message.",
)
@click.option("--redacted", is_flag=True, help="From the redacted copy; refused if there is none.")
@click.option("--others", is_flag=True, help="Works that are not the person's own as well.")
@click.option(
    "--shortest",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Letters below which a work stays out.",
)
@click.option("--language", help="Language of works whose export tells none: en, pt-BR.")
@click.option("--license", "license_", help="Licence of works whose export tells none: an SPDX id.")
@click.option("--terms", help="Terms they are offered under, as written by `commonweal rules new`.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    archive: str,
    path: Path,
    roles: str,
    kinds: str,
    per: str,
    redacted: bool,
    others: bool,
    shortest: int,
    language: str | None,
    license_: str | None,
    terms: str | None,
    as_json: bool,
) -> None:
    """Write the person's own works as a table: owner, text, date, language, kind, source, licence, terms.

    What a model wrote is left out unless asked for with --role assistant: whose it is, is an open question.
    """
    from commonweal.intake import Archive
    from commonweal.intake.pooling import clean, owners_of, pool

    held = Archive(archive)
    chosen = clean(held) if redacted else held
    done = pool(
        chosen,
        path,
        roles=_names(roles),
        kinds=_names(kinds),
        per=per,
        shortest=shortest,
        others=others,
        language=language,
        license=license_,
        terms=_terms(terms),
        owners=owners_of(held, chosen),
    )
    if as_json:
        click.echo(json.dumps(done.to_json(), indent=2, ensure_ascii=False))
        return
    out.print(
        f"{counted(done.works, 'work')}: " + ", ".join(f"{n:,} {kind}" for kind, n in done.by_kind.items())
    )
    if done.by_maker["model"]:
        out.print(f"[yellow]{done.by_maker['model']:,} of them made by a model: whose they are is open.[/]")
    for reason, n in done.left_out.most_common():
        out.print(f"left out: {n:,} ({escape(reason)})")
    if not redacted:
        out.print(
            "[yellow]Not redacted: names, addresses and keys in them go along. See `archive redact`.[/]"
        )
    out.print(
        f"Next: commonweal appraise {escape(str(path))} --owner owner --text text --out brief/",
        soft_wrap=True,
    )


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


def _terms(path: str | None) -> str | None:
    """Return the hash of terms."""
    if path is None:
        return None
    from commonweal.rules import read

    return read(path).sha256
