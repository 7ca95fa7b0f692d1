"""Templates: nine sets of terms with a contract text each, and how their blanks are filled."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from commonweal.errors import InputError, MissingExtraError
from commonweal.rules.contracts import wording
from commonweal.rules.contracts.contract import Contract, draft
from commonweal.rules.templates.blanks import Blanks
from commonweal.rules.templates.writing import write
from commonweal.rules.terms import Rule, Terms, from_toml
from commonweal.rules.vocabulary import Flow, Scope

_DATA = resources.files("commonweal.rules.templates") / "data"


@dataclass(frozen=True)
class Template:
    """Terms and a text with blanks.

    Attributes
    ----------
    name, title : str
    summary : str
        What it is for, in a sentence.
    terms : Terms
        As they stand before a blank is filled: an offer whose sums are to be agreed.
    text : str
        The contract text: Markdown with the blanks in Jinja's braces.
    needs, may : frozenset of str
        Blanks that must be filled, and those that may be.
    """

    name: str
    title: str
    summary: str
    terms: Terms
    text: str
    needs: frozenset[str]
    may: frozenset[str]

    def form(self) -> str:
        """Return a TOML form with an example in every blank, to be changed and given to `fill`."""
        pieces = _form()
        wanted = [name for name in pieces if name in self.needs | self.may]
        return "\n\n".join(pieces.get(f"{name}.{self.name}", pieces[name]) for name in wanted) + "\n"

    def fill(self, blanks: Blanks | Mapping[str, Any], *, amends: str = "") -> Contract:
        """Return a contract, not yet signed: text and terms from the same blanks.

        Parameters
        ----------
        blanks : Blanks or mapping
            As `Blanks` has them; a mapping as read from the TOML of `form` or from JSON.
        amends : str
            SHA-256 of the contract that it replaces.

        Raises
        ------
        InputError
            If a blank that the text needs is not filled, one is given that the text has no place for, or one
            does not hold what its type asks for; names the blank.
        MissingExtraError
            If Jinja2 is absent (extra `rules`).
        """
        given = blanks if isinstance(blanks, Blanks) else _convert(blanks, self.name)
        filled, where = given.filled(), f"template {self.name}"
        if missing := sorted(self.needs - filled):
            raise InputError(
                f"not filled: {wording.listed(missing)}", mend="fill every blank that is named", where=where
            )
        if extra := sorted(filled - self.needs - self.may):
            raise InputError(
                f"the text has no place for {wording.listed(extra)}", mend="leave it out", where=where
            )
        try:
            terms = write(self.terms, given)
        except ValueError as error:
            raise InputError(str(error), mend="change the blank", where=where) from None
        licensor, licensee = given.licensor, given.licensee
        assert licensor is not None  # every template needs both
        assert given.effective is not None
        return draft(
            [licensor] if licensee is None else [licensor, licensee],
            terms, self._render(given, terms, amends), given.effective,
            ends=given.ends, title=self.title, template=self.name, blanks=given.to_json(), amends=amends,
        )  # fmt: skip

    def _render(self, blanks: Blanks, terms: Terms, amends: str) -> str:
        anyone = "" if blanks.licensee is None else "The licensee"
        excluded = [] if blanks.excluded is None else [wording.people(w) for w in blanks.excluded.who()]
        text = _environment().from_string(self.text).render(
            {name: getattr(blanks, name) for name in blanks.__struct_fields__}
            | {"flow": next((r.flow for r in terms.rules if not r.flow.free), Flow())},
            title=self.title,
            amends=amends,
            rules=[_line(rule, anyone) for rule in wording.in_order(terms.rules)],
            excluded_people=excluded,
        )  # fmt: skip
        return _numbered(re.sub(r"\n{3,}", "\n\n", text))


def names() -> list[str]:
    """Return the names of all templates, sorted."""
    return sorted(_catalogue())


def source(name: str) -> str:
    """Return a template's terms as TOML with its comments, to be edited; InputError for an unknown name."""
    load(name)
    return _read(f"{name}.toml")


@cache
def load(name: str) -> Template:
    """Return a template.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    entry = _catalogue().get(name)
    if entry is None:
        raise InputError(f"no template {name!r}", mend=f"choose from {', '.join(names())}")
    terms = from_toml(_read(f"{name}.toml"), f"{name}.toml")
    # The pieces that templates share are put in here, so that the text reads as one.
    text = re.sub(
        r'\{% include "([a-z]+\.md)" %\}\n',
        lambda m: _read(f"clauses/{m[1]}").rstrip() + "\n\n",
        _read(f"{name}.md"),
    )
    return Template(
        name,
        entry["title"],
        entry["summary"],
        terms,
        text,
        frozenset(entry["needs"]),
        frozenset(entry["may"]),
    )


def _convert(given: Mapping[str, Any], name: str) -> Blanks:
    try:
        return msgspec.convert(dict(given), Blanks)
    except msgspec.ValidationError as error:
        problem, _, at = str(error).partition(" - at ")
        blank = at.strip("`").removeprefix("$").removeprefix(".")
        where = f"template {name}" + (f", blank {blank}" if blank else "")
        raise InputError(problem, mend="see the form of the template", where=where) from None


def _line(rule: Rule, anyone: str) -> str:
    """Return a rule for the text; works, conditions and times have sections of their own there."""
    return wording.rule(msgspec.structs.replace(rule, scope=Scope()), anyone, owed=False)


def _numbered(text: str) -> str:
    """Number the sections, so that people can cite them."""
    count = iter(range(1, 1000))
    return re.sub(r"^## ", lambda _: f"## {next(count)}. ", text, flags=re.MULTILINE)


def _sentence(text: str) -> str:
    """Start with a capital and end with a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


@cache
def _environment() -> Any:
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtraError("Jinja2", "rules", "contract texts") from error
    # The result is Markdown, not HTML: what is filled in is one line of plain text, and pages escape it.
    made = jinja2.Environment(
        autoescape=False, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(
        payment=wording.payment,
        money=wording.money,
        days=wording.days,
        each=wording.each,
        day=wording.day,
        flow=wording.flow,
        ends=wording.ENDS.__getitem__,
        scope=wording.works,
        sentence=_sentence,
    )
    return made


@cache
def _catalogue() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_read("catalogue.toml"))


@cache
def _form() -> dict[str, str]:
    """Return the form's pieces by blank: keys of the whole first, tables after them, as TOML has it."""
    pieces = re.split(r"^#: ([\w.-]+)\n", _read("form.toml"), flags=re.MULTILINE)[1:]
    return {name: said.strip() for name, said in zip(pieces[::2], pieces[1::2], strict=True)}


def _read(name: str) -> str:
    return (_DATA / name).read_text("utf-8")
