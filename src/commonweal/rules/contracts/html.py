"""A contract as a page: one HTML file that opens offline, runs nothing, and prints."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import metadata, resources
from typing import Any

from commonweal.errors import MissingExtraError
from commonweal.rules.contracts.contract import Contract
from commonweal.rules.contracts.verification import Verification
from commonweal.rules.contracts.view import view
from commonweal.rules.contracts.wording import listed


def to_html(contract: Contract, verification: Verification | None = None) -> str:
    """Return a contract as a page, with what verification found.

    Parameters
    ----------
    contract : Contract
    verification : Verification, optional
        Of this contract, as for a time or with the others of its chain; without it the contract is verified
        now and by itself.

    Raises
    ------
    MissingExtraError
        If Jinja2 is absent (extra `rules`).
    """
    style = _read("page.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # Nothing runs and nothing is fetched; the page's own style is allowed by its hash.
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    page: str = _template().render(
        view=view(contract, verification),
        names=listed([p.name for p in contract.parties]),
        policy=policy,
        style=style,
        version=metadata.version("commonweal"),
    )
    return page


@cache
def _template() -> Any:
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtraError("Jinja2", "rules", "contract pages") from error
    made = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return made.from_string(_read("page.html"))


def _read(name: str) -> str:
    return (resources.files("commonweal.rules.contracts") / name).read_text("utf-8")
