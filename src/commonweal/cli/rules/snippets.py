"""`commonweal rules snippets`: the lines with which a web server serves what was exported."""

from __future__ import annotations

import json
from pathlib import Path

import click

SERVERS = ("nginx", "caddy", "apache")


@click.command(name="snippets")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--server", type=click.Choice(SERVERS), required=True)
@click.option("--site", default="", help="Address of the site (https://example.org).")
@click.option("--at", "served_from", help="The folder on the server; FOLDER itself where absent.")
@click.option("--out", "target", type=click.Path(path_type=Path), required=True, help="Folder for the lines.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    folder: Path, server: str, site: str, served_from: str | None, target: Path, as_json: bool
) -> None:
    """Write the configuration for nginx, Caddy or Apache: headers by path, and the files to serve."""
    from commonweal.rules.site import Published
    from commonweal.rules.site.snippets import SERVERS as WRITERS

    published = Published.load(folder)
    if site:
        published = published.at(site)
    files = WRITERS[server](published, served_from or str(folder.resolve()))
    target.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (target / name).write_text(text, encoding="utf-8")
    if as_json:
        click.echo(json.dumps({"files": sorted(files)}))
        return
    for name in sorted(files):
        click.echo(target / name)
    click.echo("Where each is included: docs/how-it-works/serving-rules.md")
