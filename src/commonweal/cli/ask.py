"""The command for a single question: read, show the owners, ask, print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from commonweal.cli.options import plan_of, pool_options
from commonweal.cli.terminal import err, out, progress_bar, show_owners
from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.study import read, run


def single_question(name: str, question: str, help_text: str) -> click.Command:
    """Return a command that answers one question of `commonweal.study.plan.QUESTIONS`."""

    def answer(**given: Any) -> None:
        if not given["works"]:
            raise InputError(f"no works for {name}", mend="give the path of a table of works")
        plan = plan_of(given, (question,))
        inputs = read(plan)
        show_owners(err, inputs.pool, left_out=inputs.left_out)
        with progress_bar() as progress:
            workers = Workers(given["jobs"], given["cluster"])
            study = run(plan, inputs=inputs, workers=workers, progress=progress)
        result = study.results[question]
        if given["as_json"]:
            click.echo(result.to_json(indent=2))
            return
        from commonweal.briefing.terminal import print_result

        print_result(out, result)

    answer.__doc__ = help_text
    decorated: Callable[..., Any] = pool_options(answer)
    return click.command(name=name, help=help_text)(decorated)
