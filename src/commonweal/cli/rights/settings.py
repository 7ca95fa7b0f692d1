"""`commonweal rights settings`: which settings stop training, where, and what goes on nevertheless."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from commonweal.cli.terminal import out

if TYPE_CHECKING:
    from commonweal.intake.rights.services import Service, Sourced


@click.command(name="settings")
@click.argument("service", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(service: str | None, as_json: bool) -> None:
    """Show a service's settings, contacts and way to delete an account, or all services in short."""
    from commonweal.intake.rights.services import find, services

    shown = (find(service),) if service else services()
    if as_json:
        import msgspec

        value: Any = msgspec.to_builtins(shown[0] if service else shown)
        click.echo(json.dumps(value, indent=2, ensure_ascii=False))
        return
    for each in shown:
        _in_full(each) if service else _in_short(each)
    if not service:
        out.print(
            "\n`commonweal rights settings NAME` shows what goes on nevertheless, contacts and sources."
        )


def _in_short(service: Service) -> None:
    out.print(f"\n[bold]{service.slug}[/]  {service.name}")
    for s in service.settings:
        line = f"{s.label}: {s.where}" if s.kind != "none" else f"no setting for {s.product}"
        out.print(f"  {line} ({_state(s)})", markup=False, soft_wrap=True)


def _in_full(service: Service) -> None:
    out.print(f"[bold]{service.name}[/]")
    if service.note:
        out.print(service.note, markup=False, soft_wrap=True)
    for s in service.settings:
        out.print(f"\n[bold]{s.product}[/]")
        if s.kind != "none":
            out.print(
                f"  {s.label} ({s.kind}{f', by default {s.default}' if s.default else ''})", markup=False
            )
            out.print(f"  where: {s.where}", markup=False, soft_wrap=True)
        out.print(f"  {s.does}", markup=False, soft_wrap=True)
        for still in s.not_stopped:
            out.print(f"  not stopped: {still}", markup=False, soft_wrap=True)
        _source(s)
    for c in service.contacts:
        out.print(f"\n[bold]contact[/] ({c.region})")
        for line in (c.company, *c.address.split("\n"), c.email, c.webform):
            if line.strip():
                out.print(f"  {line}", markup=False, soft_wrap=True)
        _source(c)
    if service.deletion:
        out.print("\n[bold]deletion[/]")
        out.print(f"  {service.deletion.url}\n  {service.deletion.how}", markup=False, soft_wrap=True)
        _source(service.deletion)
    if service.see:
        out.print(f"\nsee also: {', '.join(service.see)}")


def _source(fact: Sourced) -> None:
    out.print(f"  source: {fact.source}", markup=False, soft_wrap=True)
    out.print(f"  {_state(fact)}{f': {fact.reason}' if fact.reason else ''}", markup=False, soft_wrap=True)


def _state(fact: Sourced) -> str:
    copy = f", in a copy of {fact.source_seen}" if fact.source_seen else ""
    return (
        f"checked {fact.checked_on}{copy}" if fact.verified else f"not verified, read {fact.checked_on}{copy}"
    )
