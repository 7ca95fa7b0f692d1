"""Options that all commands on pools share, and the Plan they make."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import click
from click.core import ParameterSource

from commonweal.errors import InputError
from commonweal.study.models import MODELS
from commonweal.study.plan import PARTICIPATION, Plan

Command = Callable[..., Any]


def shares(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[float, ...]:
    """Read "1%,5%,.3" as shares between 0 and 1."""
    if value is None:
        return PARTICIPATION
    try:
        return tuple(float(p[:-1]) / 100 if p.endswith("%") else float(p) for p in _names(value))
    except ValueError:
        raise click.BadParameter("give shares like 1%,5%,30%", ctx=ctx, param=param) from None


def _names(value: str | None) -> tuple[str, ...]:
    return tuple(p.strip() for p in value.split(",") if p.strip()) if value else ()


def _options(value: Sequence[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for pair in value:
        name, separator, text = pair.partition("=")
        if not separator:
            raise InputError(
                f"{pair!r} is no option", mend="write name=value, for example alpha=10", where="--option"
            )
        try:
            options[name.replace("-", "_")] = json.loads(text)
        except json.JSONDecodeError:
            options[name.replace("-", "_")] = text
    return options


ROLES = [
    click.argument("works", type=click.Path(), required=False),
    click.option("--owner", metavar="COLUMN", help="Who owns each work: one name or a list."),
    click.option("--text", metavar="COLUMN", help="The text of each work."),
    click.option("--features", metavar="A,B,…", help="Columns of numbers, for a table."),
    click.option("--target", metavar="COLUMN", help="What a model is to predict."),
    click.option("--user", metavar="COLUMN", help="Who rated; the user owns the rating."),
    click.option("--item", metavar="COLUMN", help="What was rated."),
    click.option("--rating", metavar="COLUMN", help="The rating."),
    click.option("--date", metavar="COLUMN", help="When the work was made."),
    click.option("--consent", type=click.Choice(["all", "any"]), default="all", show_default=True,
                 help="Whether a co-owned work needs all its owners, or any."),
    click.option("--owner-sep", metavar="TEXT", help="Separator of several owners in one cell."),
    click.option("--on-bad", type=click.Choice(["raise", "leave_out"]), default="raise", show_default=True,
                 help="Stop at works that can't be used, or leave them out and count them."),
]  # fmt: skip

PROTOCOL = [
    click.option("--base", type=click.Path(), help="What the builder has already."),
    click.option("--rival-base", type=click.Path(), help="What the rival has already."),
    click.option("--test", type=click.Path(), help="What both are tested on; else works are held out."),
    click.option("--model", type=click.Choice(["auto", *MODELS]), default="auto", show_default=True),
    click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="An option of the model."),
    click.option("--splits", default=10, show_default=True,
                 help="How often works are held out; by date, once."),
    click.option("--test-size", default=0.2, show_default=True, help="Share of works held out."),
    click.option("--split-by", type=click.Choice(["within", "random", "date"]), default="within",
                 show_default=True),
    click.option("--slice", "slices", metavar="COLUMN", help="Test slices: worth by this column."),
    click.option("--by", metavar="COLUMN,…", help="Columns whose groups strike."),
    click.option("--participation", callback=shares, metavar="1%,5%,…", help="Shares of owners."),
    click.option("--draws", default=100, show_default=True, help="Draws at each participation."),
    click.option("--worst", default=300, show_default=True, help="Effort to find the worst strike."),
    click.option("--budget", type=int, help="Most coalitions to evaluate for owner values."),
    click.option("--rtol", default=0.05, show_default=True, help="Relative half-width to stop at."),
    click.option("--confidence", default=0.95, show_default=True),
    click.option("--seed", default=0, show_default=True),
    click.option("--jobs", type=int, default=-1, help="Processes; all cores by default."),
    click.option("--cluster", type=click.Choice(["loky", "ray"]), default="loky", show_default=True),
    click.option("--json", "as_json", is_flag=True, help="Print JSON for programs instead of tables."),
]  # fmt: skip


def pool_options(command: Command) -> Command:
    """Give a command the options of a pool, of a builder and of the protocol."""
    for option in reversed(ROLES + PROTOCOL):
        command = option(command)
    return command


def plan_of(given: dict[str, Any], questions: Sequence[str]) -> Plan:
    """Return the plan that the options make.

    Raises
    ------
    InputError
        If no owner (or user) is named, an option can't be read, or would be of no use.
    """
    _check_held_out(given)
    passed = ("base", "rival_base", "test", "model", "splits", "test_size", "split_by", "slices",
              "participation", "draws", "worst", "budget", "rtol", "confidence", "seed")  # fmt: skip
    return Plan(
        works=given["works"],
        roles=roles_of(given),
        options=_options(given["options"]),
        by=_names(given["by"]),
        questions=tuple(questions),
        **{name: given[name] for name in passed},
    )


def _check_held_out(given: dict[str, Any]) -> None:
    """Raise InputError for options on how works are held out where that is settled otherwise."""
    context = click.get_current_context()
    typed = [
        f"--{name.replace('_', '-')}"
        for name in ("splits", "test_size", "split_by")
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]
    if given["test"] and typed:
        raise InputError(
            "has no use beside --test: what is tested is given, and no work is held out",
            mend=f"leave out {' and '.join(typed)}, or leave out --test",
            where=typed[0],
        )
    if given["split_by"] == "date" and "--splits" in typed and given["splits"] > 1:
        raise InputError(
            f"{given['splits']} splits by date would all be the same one: the latest works are the latest "
            "each time",
            mend="leave out --splits, or split within owners or at random",
            where="--splits",
        )


def roles_of(given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of `Pool.read` that the options of a pool make.

    Raises
    ------
    InputError
        If no owner (or user) is named.
    """
    if not given["owner"] and not given["user"]:
        raise InputError(
            "nobody owns the works", mend="name the column of owners with --owner, or of users with --user"
        )
    names = ("owner", "text", "target", "user", "item", "rating", "date", "owner_sep")
    roles: dict[str, Any] = {name: given[name] for name in names if given[name]}
    if given["features"]:
        roles["features"] = list(_names(given["features"]))
    return roles | {"consent": given["consent"], "on_bad": given["on_bad"]}
