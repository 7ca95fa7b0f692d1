"""Terms: rules that compose. TOML for people, canonical JSON for machines, one hash for the same content.

The order of rules never matters, and saying a rule twice says it once. Rules that meet on one request combine
to the strictest: any `deny` refuses, else duties unite, else `allow`; where no rule speaks the answer is
unknown. An exception is therefore written into the rule it is excepted from (`unless`, `scope.but`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from commonweal.errors import InputError
from commonweal.rules.vocabulary import Act, Duty, Effect, Flow, Life, Scope, Who, _Value
from commonweal.sealed import canonical_json, content_hash

FORMAT: Literal["commonweal-terms/1"] = "commonweal-terms/1"
MOST_BYTES = 4_000_000
"""Largest file of terms that is read."""


class Declarer(_Value, frozen=True):
    """Who declares the terms.

    Parameters
    ----------
    name, url, contact : str
        Who, and where to reach them.
    authority : str
        On what the right to declare rests, in words or as a URL: authorship, mandate of members, assignment.
    """

    name: str = ""
    url: str = ""
    contact: str = ""
    authority: str = ""


class Rule(_Value, frozen=True):
    """One statement: these acts, by these actors, on these works, have this effect.

    Parameters
    ----------
    acts : set of Act
        At least one.
    effect : Effect
        deny, conditional or allow.
    who, unless : Who
        Whom it speaks of, and who of these is excepted (absent: nobody).
    scope : Scope
        Which works.
    duties : set of Duty
        What a conditional use owes.
    flow : Flow
        What may become of what is made.
    life : Life
        When it is in force.
    note : str
        For people; machines ignore it.

    Raises
    ------
    ValueError
        If no act is named, the effect is unknown, or duties or limits of flow stand beside `allow` or `deny`:
        a use that owes something is conditional, and one that owes nothing is not.
    """

    acts: frozenset[Act]
    effect: Effect
    who: Who = Who()
    unless: Who | None = None
    scope: Scope = Scope()
    duties: frozenset[Duty] = frozenset()
    flow: Flow = Flow()
    life: Life = Life()
    note: str = ""

    def __post_init__(self) -> None:
        if not self.acts:
            raise ValueError("a rule names at least one act")
        if self.effect is Effect.UNKNOWN:
            raise ValueError("a rule can't say 'unknown': leave it out")
        owes = bool(self.duties) or not self.flow.free
        if owes and self.effect is not Effect.CONDITIONAL:
            raise ValueError(f"duties or limits of flow beside '{self.effect}': write effect = 'conditional'")
        if not owes and self.effect is Effect.CONDITIONAL:
            raise ValueError("a conditional rule names a duty or a limit of flow")
        if self.unless is not None and self.unless.anyone:
            raise ValueError("'unless' without a class, place, purpose or name excepts everybody")

    @property
    def key(self) -> bytes:
        """Canonical JSON: equal for equal rules."""
        return canonical_json(to_json(self))


class Terms(_Value, frozen=True):
    """Rules with who declares them.

    Parameters
    ----------
    rules : tuple of Rule
        In any order; kept sorted and without repeats.
    title : str
    declarer : Declarer
    url : str
        Where the full terms are published; other dialects link there for what they can't say.
    contract : str
        Name or URL of the contract text that a licence is signed on.
    """

    rules: tuple[Rule, ...] = ()
    title: str = ""
    declarer: Declarer = Declarer()
    url: str = ""
    contract: str = ""
    format: Literal["commonweal-terms/1"] = FORMAT

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "rules", tuple(sorted(set(self.rules), key=lambda r: r.key)))

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON, 64 hex digits: the same for the same content."""
        return content_hash(to_json(self))

    def canonical(self) -> bytes:
        """Return the canonical JSON (RFC 8785), UTF-8."""
        return canonical_json(to_json(self))

    def meet(self, other: Terms) -> Terms:
        """Return what both say together: every rule of either, under this one's title and declarer."""
        return msgspec.structs.replace(self, rules=self.rules + other.rules)

    def toml(self) -> str:
        """Return the terms as TOML, for people."""
        import tomli_w

        value = to_json(self)
        value["rule"] = value.pop("rules", [])
        return str(tomli_w.dumps(value))


def to_json(value: Any) -> Any:
    """Return plain JSON values of terms or of a part of them: sets sorted, defaults left out."""
    plain = msgspec.to_builtins(value, str_keys=True)
    return _sorted(plain)


def from_json(text: bytes | str, where: str | None = None) -> Terms:
    """Return the terms in a JSON text.

    Raises
    ------
    InputError
        If it is no JSON, has a repeated key, or does not hold terms; says at which key.
    """
    raw = text.encode() if isinstance(text, str) else text
    check_size(raw, where)
    return _convert(load_json(raw, where), where)


def from_toml(text: str, where: str | None = None) -> Terms:
    """Return the terms in a TOML text.

    Raises
    ------
    InputError
        If it is no TOML, or does not hold terms; says at which line or key.
    """
    check_size(text.encode(), where)
    try:
        value = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"no TOML: {error}", mend="mend the line that is named", where=where) from None
    if "rule" in value:
        value["rules"] = value.pop("rule")
    return _convert(value, where, rule_lines(text))


def read(path: str | Path) -> Terms:
    """Return the terms in a file, TOML or JSON.

    Raises
    ------
    InputError
        If the file can't be read or does not hold terms.
    """
    text = read_text(Path(path))
    return from_json(text, str(path)) if Path(path).suffix == ".json" else from_toml(text, str(path))


def read_lines(path: str | Path) -> tuple[Terms, tuple[int | None, ...]]:
    """Return the terms in a TOML file, and for each of their rules the line it starts on; see `read`."""
    text = read_text(Path(path))
    terms = from_toml(text, str(path))
    lines, found = rule_lines(text), tomllib.loads(text).get("rule", [])
    if len(lines) != len(found):  # rules written as an inline list have no lines of their own
        return terms, (None,) * len(terms.rules)
    at = {msgspec.convert(rule, Rule): line for rule, line in zip(found[::-1], lines[::-1], strict=True)}
    return terms, tuple(at[rule] for rule in terms.rules)


def read_text(path: Path) -> str:
    """Return a file's text, UTF-8 and of bounded size; InputError else."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", mend="check the path", where=str(path)) from None
    check_size(raw, str(path))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {error.start} is not UTF-8", mend="save the file as UTF-8", where=str(path)
        ) from None


def rule_lines(text: str) -> list[int]:
    """Return the line (from 1) on which each `[[rule]]` of a TOML text starts, in the order of the text."""
    bare = re.sub(r'"""(?s:.*?)"""' + r"|'''(?s:.*?)'''", lambda m: "\n" * m.group().count("\n"), text)
    return [i for i, line in enumerate(bare.splitlines(), 1) if re.match(r"\s*\[\[\s*rule\s*\]\]", line)]


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of terms, made from the types."""
    made: dict[str, Any] = msgspec.json.schema(Terms)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def check_size(raw: bytes, where: str | None) -> None:
    """Raise InputError for more than terms ever take."""
    if len(raw) > MOST_BYTES:
        raise InputError(
            f"{len(raw):,} bytes are more than the {MOST_BYTES:,} that terms may take",
            mend="split them by site or dataset",
            where=where,
        )


def load_json(raw: bytes, where: str | None) -> Any:
    """Return a JSON value; keys that are said twice are refused, for readers differ in which one counts.

    Raises
    ------
    InputError
        If it is no JSON, is nested without end, or repeats a key.
    """
    import json

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise InputError(f"the key {key[:80]!r} is said twice", mend="keep one of them", where=where)
            found[key] = value
        return found

    try:
        return json.loads(raw, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}: {error.msg}"
    except RecursionError:
        raise InputError("nested too deeply", mend="write it flat", where=where) from None
    except UnicodeDecodeError as error:
        line = str(error)
    except ValueError:  # Python reads no number of thousands of digits
        line = "a number is beyond the whole numbers that readers agree on"
    raise InputError(f"no JSON, {line}", mend="mend what is named", where=where)


def _convert(value: Any, where: str | None, lines: Sequence[int] = ()) -> Terms:
    try:
        return msgspec.convert(value, Terms)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at ")
        number = re.match(r"`\$\.rules\[(\d+)\]", path)
        rule = int(number[1]) if number else None
        key = path.strip("`").removeprefix("$").removeprefix(f".rules[{rule}]").removeprefix(".")
        place = [where] if where else []
        place += [f"rule {rule + 1}"] if rule is not None else []
        place += [f"line {lines[rule]}"] if rule is not None and rule < len(lines) else []
        place += [key] if key else []
        mend = "see docs/reference/terms.md"
        raise InputError(problem, mend=mend, where=", ".join(place) or None) from None


def _sorted(value: Any) -> Any:
    """Sort lists of scalars: sets have no order, and canonical JSON must not depend on how one was built."""
    if isinstance(value, dict):
        parts = {k: _sorted(v) for k, v in value.items()}
        # What is given and says nothing, such as Who(), is the same content as nothing.
        return {k: v for k, v in parts.items() if v not in ({}, [])}
    if isinstance(value, list | tuple):
        inner = [_sorted(v) for v in value]
        return sorted(inner, key=canonical_json)
    return value
