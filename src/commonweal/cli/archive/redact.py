"""`commonweal archive redact`: what looks private, shown in its context, decided on, replaced."""

from __future__ import annotations

import json
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from commonweal.cli.terminal import out
from commonweal.counts import counted
from commonweal.errors import InputError

if TYPE_CHECKING:
    from commonweal.intake.redaction import Finder, Surrogates


@click.command(name="redact")
@click.argument("source", metavar="ARCHIVE|FILE.txt")
@click.option("--review", "page", type=click.Path(path_type=Path), help="Write the page on which to decide.")
@click.option(
    "--apply", "decisions", type=click.Path(path_type=Path), help="The decisions saved on that page."
)
@click.option(
    "--all", "everything", is_flag=True, help="Replace every find of an archive, nobody having looked."
)
@click.option(
    "--out",
    "target",
    type=click.Path(path_type=Path),
    help="Where the clean copy goes: ARCHIVE/redacted by default; of a text file, the file to write.",
)
@click.option(
    "--name", "names", multiple=True, help="A person's name to look for; as often as there are names."
)
@click.option("--names", "list_", type=click.Path(path_type=Path), help="A file of names, one a line.")
@click.option(
    "--shaped", is_flag=True, help="Surrogates in the shape of what they replace, where nobody has such."
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="JSON for programs: finds as JSON Lines, without values; or what was done.",
)
def command(
    source: str,
    page: Path | None,
    decisions: Path | None,
    everything: bool,
    target: Path | None,
    names: tuple[str, ...],
    list_: Path | None,
    shaped: bool,
    as_json: bool,
) -> None:
    """Find what looks private; write the page to decide on; apply the decisions to a clean copy.

    Alone it counts the finds. It misses some: look through what you hand over.
    """
    from commonweal.intake.redaction import Finder

    finder = Finder([*names, *_names(list_)])
    if decisions is not None:
        _apply(source, decisions, target, as_json)
    elif everything:
        _all(source, finder, shaped, target, as_json)
    elif page is not None:
        _review(source, page, finder, shaped, as_json)
    elif target is not None:
        _replace(source, target, finder, shaped, as_json)
    else:
        _list(source, finder, shaped, as_json)


def _names(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        raise InputError("no list of names in UTF-8", where=str(path), mend="a name a line") from None


def _surrogates(source: str, shaped: bool) -> Surrogates:
    """Return surrogates under the archive's key; of a text file, under a key that is forgotten."""
    from commonweal.intake.redaction import Surrogates
    from commonweal.intake.redaction.archive import key_of

    key = key_of(source) if Path(source).is_dir() else secrets.token_bytes(32)
    return Surrogates(key, shaped=shaped)


def _list(source: str, finder: Finder, shaped: bool, as_json: bool) -> None:
    from commonweal.intake.redaction.archive import listed, read

    counts: dict[str, int] = {}
    for find in listed(read(source), finder, _surrogates(source, shaped)):
        if as_json:
            click.echo(json.dumps(find, ensure_ascii=False))
        counts[str(find["kind"])] = counts.get(str(find["kind"]), 0) + 1
    if as_json:
        return
    for kind, n in sorted(counts.items(), key=lambda pair: -pair[1]):
        out.print(f"{n:>9,}  {kind}")
    out.print(
        f"{counted(sum(counts.values()), 'find')}; names are found only if they are given: --names FILE"
    )
    if Path(source).is_dir():
        out.print(f"Next: commonweal archive redact {escape(source)} --review review.html", soft_wrap=True)


def _review(source: str, page: Path, finder: Finder, shaped: bool, as_json: bool) -> None:
    from commonweal.intake.redaction.archive import review

    if not Path(source).is_dir():
        raise InputError("no archive", where=source, mend="a text file is redacted with --out CLEAN.txt")
    made = review(source, finder, shaped=shaped)
    page.write_text(made.page(f"What looks private in {Path(source).name}"), encoding="utf-8")
    page.chmod(0o600)
    if as_json:
        counts = {str(kind): n for kind, n in made.counts().items()}
        click.echo(json.dumps({"page": str(page), "finds": counts}))
        return
    out.print(
        f"{counted(sum(made.counts().values()), 'find')}; open {escape(str(page))}, decide, save review.json"
    )
    out.print("The page holds private text: it is for your eyes only. Delete it afterwards.")
    out.print(f"Next: commonweal archive redact {escape(source)} --apply review.json", soft_wrap=True)


def _all(source: str, finder: Finder, shaped: bool, target: Path | None, as_json: bool) -> None:
    """Decide to replace every find, and apply that."""
    from commonweal.intake.redaction.archive import review
    from commonweal.intake.redaction.review import save

    with tempfile.TemporaryDirectory() as folder:
        decisions = Path(folder) / "review.json"
        save(review(source, finder, shaped=shaped).decisions("accept"), decisions)
        _apply(source, decisions, target, as_json)
    if not as_json:
        out.print("[yellow]Nobody has looked through it: it misses names that were not given, and more.[/]")


def _apply(source: str, decisions: Path, target: Path | None, as_json: bool) -> None:
    from commonweal.intake.redaction.archive import apply

    done = apply(source, decisions, target)
    if as_json:
        told = {"path": str(done.path), "replaced": done.replaced, "left_out": done.left_out}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    out.print(
        f"{counted(done.replaced, 'find')} replaced; the clean copy is {escape(str(done.path))}",
        soft_wrap=True,
    )
    if done.left_out:
        out.print(f"{counted(len(done.left_out), 'file')} left out, for nothing here looks into them:")
        for path in done.left_out[:20]:
            out.print(f"  {escape(path)}", soft_wrap=True)
        if len(done.left_out) > 20:
            out.print(f"  and {len(done.left_out) - 20:,} more")


def _replace(source: str, target: Path, finder: Finder, shaped: bool, as_json: bool) -> None:
    """Write a text file with every find replaced, nobody having looked."""
    from commonweal.intake.redaction import redact
    from commonweal.intake.redaction.archive import read

    if Path(source).is_dir():
        raise InputError("nothing was decided", where=source, mend="--review first, then --apply review.json")
    if target.exists():
        raise InputError("this file exists", where=str(target), mend="name a new one")
    ((_, text),) = read(source)
    finds = finder.find(text)
    target.write_text(redact(text, finds, _surrogates(source, shaped)), encoding="utf-8")
    if as_json:
        click.echo(json.dumps({"path": str(target), "replaced": len(finds)}))
        return
    out.print(
        f"{counted(len(finds), 'find')} replaced in {escape(str(target))}; nobody has looked through it"
    )
