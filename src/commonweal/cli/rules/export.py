"""`commonweal rules export`: everything that machines read, in one folder."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.table import Table

from commonweal.cli.rules.ask import moment
from commonweal.cli.terminal import out
from commonweal.counts import counted
from commonweal.errors import InputError


def _list(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    from commonweal.rules.dialects import every

    for name, dialect in every().items():
        click.echo(f"{name:18} {dialect.about.title} {dialect.about.version} ({dialect.about.status})")
    context.exit()


@click.command(name="export")
@click.argument("terms", metavar="TERMS")
@click.option("--to", default="all", show_default=True, help="Dialects, by comma; --list shows them.")
@click.option("--out", "folder", type=click.Path(path_type=Path), help="Folder to write, such as site/.")
@click.option("--site", help="Address of the site (https://example.org), for dialects that need whole links.")
@click.option("--terms-url", help="Where terms.json will stand; SITE/terms.json where absent.")
@click.option("--robots", type=click.Path(path_type=Path), help="The present robots.txt, kept and added to.")
@click.option("--at", help="For which time it is written: 2027-01-01. Now, where absent.")
@click.option(
    "--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List the dialects."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    terms: str,
    to: str,
    folder: Path | None,
    site: str | None,
    terms_url: str | None,
    robots: Path | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Write terms as files for a site, headers, robots.txt and parts of dataset cards; list what is lost."""
    from commonweal.rules import read
    from commonweal.rules.dialects import named
    from commonweal.rules.dialects.base import Site
    from commonweal.rules.publish import losses_json, publish, save

    if folder is None:
        raise InputError("nowhere to write", mend="give --out FOLDER")
    said = read(terms)
    origin = _origin(site or said.declarer.url)
    where = Site(origin, terms_url or said.url or (f"{origin}/terms.json" if origin else ""), moment(at))
    chosen = None if to == "all" else [named(name.strip()) for name in to.split(",")]
    bundle = publish(said, where, chosen, robots.read_bytes() if robots else b"")
    written = save(bundle, folder)
    if as_json:
        files = [str(path.relative_to(folder)) for path in written]
        value = {"files": files, "losses": losses_json(bundle), "sha256": said.sha256}
        click.echo(json.dumps(value, indent=2, ensure_ascii=False))
        return
    table = Table(title=f"{counted(len(written), 'file')} in {folder}", title_justify="left")
    table.add_column("dialect")
    table.add_column("can't say", justify="right")
    table.add_column("for example")
    for name, losses in bundle.losses.items():
        first = f"{losses[0].what}: {losses[0].why}" if losses else ""
        table.add_row(name, str(len(losses)) if losses else "–", first)
    out.print(table)
    for path in written:
        out.print(f"  {path}", markup=False)
    if not origin:
        out.print("Give --site https://… to have RSL and other links announced in robots.txt.")
    out.print("Everything a dialect can't say is in losses.json; headers to send are in headers.json.")


def _origin(site: str) -> str:
    from commonweal.rules.patterns import split

    if not site:
        return ""
    if not site.startswith(("http://", "https://")):
        raise InputError(f"{site!r} is no address", mend="write https://example.org", where="--site")
    return split(site)[0]
