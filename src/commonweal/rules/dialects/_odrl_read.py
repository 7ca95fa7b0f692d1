"""Reading ODRL policies of any profile: exactly for our own, and never granting too much for others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from commonweal.rules.dialects._json import Node
from commonweal.rules.dialects._jsonld import DCT, ODRL, RDF, TDM, VCARD, Graph, name_of
from commonweal.rules.dialects._odrl_words import (
    AXES,
    COMMERCIAL,
    CW,
    DUTY_KEYS,
    KINDS,
    LEAVES,
    OWED,
    POLICY_KEYS,
    PROFILE,
    PROFILES,
    PURPOSES,
    REFUSABLE,
    REFUSES,
    RULE_KEYS,
    RULES,
    SHARE_ALIKE,
    TDM_PROFILES,
    WORKS,
)
from commonweal.rules.dialects.base import Problem
from commonweal.rules.terms import Declarer, Rule, Terms
from commonweal.rules.vocabulary import USES, Duty, Effect, Flow, Life, Party, Scope, Who

MOST_RULES = 10_000
MEND = "say it in words of ODRL or of a known profile"


def policies_in(graph: Graph) -> list[Node]:
    """Return the nodes of a document that are policies, and are not part of another."""
    found, waiting = [], list(graph.roots)
    while waiting:
        node = waiting.pop(0)
        if KINDS & set(node.get("@type", ())) or RULES & node.keys():
            found.append(node)
        else:
            waiting += [
                v for key, values in node.items() if key[0] != "@" for v in values if isinstance(v, Node)
            ]
    return found


class _UnclearError(Exception):
    """A part is not understood: a permission falls, a prohibition goes without it."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message


class PolicyReader:
    """Reads one policy.

    Parameters
    ----------
    graph : Graph
    node : Node
        The policy.
    where : str
    scope : Scope or None
        What it is about where it names no target.
    """

    def __init__(self, graph: Graph, node: Node, where: str, scope: Scope | None) -> None:
        self.graph, self.node, self.where, self.scope = graph, node, where, scope
        self.problems: list[Problem] = []
        self.profiles = {name_of(p) for p in node.get(ODRL + "profile", ())}
        self.own = self.profiles == {PROFILE}

    def terms(self) -> tuple[Terms, tuple[int | None, ...]]:
        """Return the terms that the policy states, with the line of each rule."""
        found = self._rules()
        title, url, contract = (
            self._text(self.node, key) for key in (DCT + "title", CW + "url", CW + "contract")
        )
        terms = Terms(tuple(rule for rule, _ in found), title, self._declarer(), url, contract)
        lines = {rule.key: line for rule, line in reversed(found)}
        uid = self.node.get("@id", "")
        if self.own and uid.startswith(f"{CW}terms:") and uid != f"{CW}terms:{terms.sha256}":
            self._problem("changed", "the content does not have the hash in its identifier", self.node.line,
                          "publish it as it was written", "warning")  # fmt: skip
        return terms, tuple(lines[rule.key] for rule in terms.rules)

    # Policies ---------------------------------------------------------------------------------------------

    def _rules(self) -> list[tuple[Rule, int]]:
        permissions, prohibitions, obligations = (
            self.graph.all(self.node, ODRL + name) for name in ("permission", "prohibition", "obligation")
        )
        if len(permissions) + len(prohibitions) + len(obligations) > MOST_RULES:
            self._problem(
                "too-many", f"more than {MOST_RULES:,} rules: none is read", self.node.line, "split it"
            )
            return []
        refused = [pair for node in prohibitions for pair in self._prohibition(node)]
        granted = [pair for node in permissions for pair in self._permission(node, obligations)]
        if granted and (why := self._void(refused, prohibitions, granted)):
            granted = []
            self._problem("not-granted", f"{why}: no permission is read", self.node.line,
                          "write what machines that fetch nothing understand", "warning")  # fmt: skip
        return granted + refused

    def _void(
        self, refused: list[tuple[Rule, int]], prohibitions: list[Any], granted: list[tuple[Rule, int]]
    ) -> str:
        """Return why nothing in the policy is granted, "" where nothing speaks against it."""
        node, types = self.node, {t.removeprefix(ODRL) for t in self.node.get("@type", ())}
        if self.graph.unsure:
            return self.graph.unsure[0]
        if unknown := sorted(self.profiles - PROFILES):
            return f"the profile {unknown[0][:120]!r} is not known"
        if ODRL + "inheritFrom" in node:
            return "it inherits from a policy that is not at hand"
        if types & {"Request", "Assertion", "Ticket", "Privacy"}:
            return f"{'a Request' if 'Request' in types else 'its kind of policy'} grants nothing to everyone"
        if odd := sorted(k for k in node if k.startswith((ODRL, CW)) and k not in POLICY_KEYS):
            return f"{odd[0]} is not understood"
        if unknown := [a for n in prohibitions for a in self._refused(n) if a not in REFUSABLE]:
            return f"it refuses {unknown[0][:120]!r}, which is not understood"
        conflict = {name_of(c) for c in node.get(ODRL + "conflict", ())} or {ODRL + "invalid"}
        if not conflict <= {ODRL + "prohibit", ODRL + "perm"}:
            both = {a for r, _ in refused for a in r.acts} & {a for r, _ in granted for a in r.acts}
            if both:
                return f"it permits and prohibits {sorted(both)[0]}, which makes it void"
        return ""

    def _declarer(self) -> Declarer:
        party = self.graph.one(self.node, ODRL + "assigner")
        if not isinstance(party, Node):
            return Declarer()
        name, contact = self._text(party, VCARD + "fn"), self._text(party, CW + "contact")
        url = self._text(party, CW + "url") or ("" if self.own else name_of(party))
        return Declarer(name, url, contact, self._text(party, CW + "authority"))

    # Rules ------------------------------------------------------------------------------------------------

    def _permission(self, node: Any, obligations: list[Any]) -> Iterable[tuple[Rule, int]]:
        if not isinstance(node, Node):
            return
        try:
            actions, refined = self._actions(node)
            if odd := sorted(k for k in node if k.startswith((ODRL, CW)) and k not in RULE_KEYS):
                raise _UnclearError("unknown-property", f"{odd[0]} is not understood")
            if refined:
                raise _UnclearError("unknown-constraint", "a refinement of the action is not understood")
            acts = frozenset(a for action in actions for a in LEAVES.get(action, ()))
            if not acts:
                return
            who, unless, life = self._constraints(node, strict=True)
            duties, flow = self._duties([*self.graph.all(node, ODRL + "duty"), *obligations])
            effect = Effect.CONDITIONAL if duties or not flow.free else Effect.ALLOW
            scope, life, note = (
                self._scope(node, strict=True),
                self._end(node, life),
                self._text(node, CW + "note"),
            )
            yield Rule(acts, effect, who, unless, scope, duties, flow, life, note), node.line
        except _UnclearError as error:
            if error.code != "elsewhere":
                self._problem(error.code, f"{error.message}: the permission is not read", node.line,
                              MEND, "warning")  # fmt: skip
        except (ValueError, msgspec.MsgspecError) as error:  # a value that terms refuse
            self._problem("value", f"{error}: the permission is not read", node.line, "mend the value")

    def _prohibition(self, node: Any) -> Iterable[tuple[Rule, int]]:
        if not isinstance(node, Node):
            return
        actions, _ = self._actions(node)
        for action in sorted(set(actions)):
            if action not in REFUSABLE:
                self._problem("unknown-action", f"{action[:120]!r} is not understood", node.line,
                              MEND, "warning")  # fmt: skip
        acts = frozenset(a for action in actions for a in REFUSES.get(action, ()))
        try:
            who, unless, life = self._constraints(node, strict=False)
            scope, life, note = (
                self._scope(node, strict=False),
                self._end(node, life),
                self._text(node, CW + "note"),
            )
        except (_UnclearError, ValueError, msgspec.MsgspecError):  # it refuses more widely, not less
            who, unless, life, scope, note = Who(), None, Life(), Scope(), ""
        if acts:
            yield Rule(acts, Effect.DENY, who, unless, scope, life=life, note=note), node.line
        if COMMERCIAL & set(actions):
            commercial = Who(parties=frozenset({Party.COMMERCIAL}))
            yield Rule(USES, Effect.DENY, commercial, scope=scope, life=life), node.line

    def _refused(self, node: Any) -> list[str]:
        return self._actions(node)[0] if isinstance(node, Node) else ["a prohibition that is no object"]

    def _actions(self, node: Mapping[str, Any]) -> tuple[list[str], bool]:
        """Return the names of a rule's actions, and whether any is refined."""
        names, refined = [], False
        for action in self._shared(node, "action"):
            if isinstance(action, Node):
                values = [name_of(v) for v in action.get(RDF + "value", ())]
                names += values or [name_of(action)]
                refined = refined or ODRL + "refinement" in action
            else:
                names.append(name_of(action))
        return names, refined

    def _shared(self, node: Mapping[str, Any], name: str) -> list[Any]:
        """Return a rule's values; where it has none, those that the policy gives for all its rules."""
        return self.graph.all(node, ODRL + name) or self.graph.all(self.node, ODRL + name)

    # Who and when -----------------------------------------------------------------------------------------

    def _constraints(self, node: Node, strict: bool) -> tuple[Who, Who | None, Life]:
        """Return whom and when a rule speaks of; of what is not understood, raise or widen."""
        who: dict[str, Any] = {}
        unless: Who | None = None
        life: dict[str, Any] = {}
        found = self.graph.all(node, ODRL + "constraint") + self.graph.all(self.node, ODRL + "constraint")
        for constraint in found:
            try:
                kind, values = self._constraint(constraint, strict)
                if kind == "unless":
                    if unless is not None:
                        raise _UnclearError(
                            "unknown-constraint", "several exceptions are not understood together"
                        )
                    unless = Who(**values)
                elif kind == "who":
                    if values.keys() & who.keys():
                        raise _UnclearError(
                            "unknown-constraint", "two constraints on one axis are not understood"
                        )
                    who.update(values)
                elif values.keys() & life.keys():
                    raise _UnclearError(
                        "unknown-constraint", "two constraints on the time are not understood"
                    )
                else:
                    life.update(values)
            except (_UnclearError, ValueError) as error:
                if strict:
                    raise
                message = error.message if isinstance(error, _UnclearError) else str(error)
                self._problem("unknown-constraint", f"{message}: the prohibition is read without it",
                              node.line, MEND, "warning")  # fmt: skip
        if names := self._assignees(node):
            if "names" in who:
                raise _UnclearError(
                    "unknown-constraint", "an assignee beside named parties is not understood"
                )
            who["names"] = names
        try:
            return Who(**who), unless, Life(**life)
        except ValueError:
            if strict:
                raise
            return Who(), None, Life()

    def _assignees(self, node: Node) -> frozenset[str]:
        """Return the parties a rule is addressed to, by domain where they are URLs."""
        found = [name_of(p) for p in self._shared(node, "assignee")]
        agreement = ODRL + "Agreement" in self.node.get("@type", ())
        hosts = {_host(name) for name in found}
        return frozenset(hosts) if found or not agreement else frozenset({"nobody is named"})

    def _constraint(self, node: Any, strict: bool) -> tuple[Literal["who", "unless", "life"], dict[str, Any]]:
        if not isinstance(node, Node):
            raise _UnclearError("unknown-constraint", "a constraint is no object")
        parts = self.graph.all(node, ODRL + "or")
        if parts and ODRL + "leftOperand" not in node:
            said = [
                self._constraint(p, strict) if ODRL + "or" not in _keys(p) else ("who", {}) for p in parts
            ]
            axes = [axis for _, values in said for axis in values]
            if all(kind == "unless" for kind, _ in said) and len(set(axes)) == len(axes):
                return "unless", {axis: value for _, values in said for axis, value in values.items()}
            raise _UnclearError("unknown-constraint", "a choice between constraints is not understood")
        left, operator = (name_of(self.graph.one(node, ODRL + n)) for n in ("leftOperand", "operator"))
        right = self.graph.all(node, ODRL + "rightOperand")
        operator = operator.removeprefix(ODRL)
        if left == ODRL + "dateTime":
            return "life", _moment(operator, right, strict)
        axis = AXES.get(left)
        one = len(right) == 1
        fits = operator == "isAnyOf" or (one and operator in ("eq", "isA", "isPartOf"))
        excepts = operator == "isNoneOf" or (one and operator == "neq")
        if axis is None or not right or not (fits or excepts):
            raise _UnclearError(
                "unknown-constraint", f"the constraint on {left[:120] or 'nothing'!r} is not understood"
            )
        values = self._axis(axis, right)
        if TDM + "non-research" in values:
            if len(values) > 1 or not fits:
                raise _UnclearError(
                    "unknown-constraint", "purposes beside tdm:non-research are not understood"
                )
            return "unless", {"purposes": frozenset({"research"})}
        return ("who" if fits else "unless"), {axis: values}

    def _axis(self, axis: str, right: list[Any]) -> frozenset[Any]:
        texts = [name_of(value) for value in right]
        if "" in texts and not (self.own and all(isinstance(v, str) for v in right)):
            raise _UnclearError("unknown-constraint", "a value of a constraint is no text")
        if axis == "parties":
            return frozenset(Party(text) for text in texts)
        if self.own:
            return frozenset(texts)
        if axis == "geo":
            return frozenset(_country(text) for text in texts)
        if axis == "purposes":
            return frozenset(PURPOSES.get(text, text) for text in texts)
        return frozenset(texts)

    def _end(self, node: Node, life: Life) -> Life:
        said = {name: self.graph.one(node, CW + key) for name, key in
                (("notice_days", "notice"), ("cure_days", "cure"), ("after", "after"))}  # fmt: skip
        said = {name: value for name, value in said.items() if value is not None}
        return msgspec.convert(msgspec.to_builtins(life) | said, Life) if said else life

    # What -------------------------------------------------------------------------------------------------

    def _scope(self, node: Node, strict: bool) -> Scope:
        targets = self._shared(node, "target")
        if not targets or (self.profiles & TDM_PROFILES and self.scope is not None):
            if strict and self.scope is None:
                # A policy of TDMRep is pointed to by a reservation, which says what it is about.
                code = "elsewhere" if self.profiles & TDM_PROFILES else "no-target"
                raise _UnclearError(code, "what it is about is not said")
            return self.scope or Scope()
        scopes = [self._asset(target, strict) for target in targets]
        if len(scopes) == 1:
            return scopes[0]
        if any(scope.but or scope.everything for scope in scopes):
            if strict:
                raise _UnclearError("unknown-target", "several refined targets are not understood together")
            return Scope()
        return Scope(*(frozenset[str]().union(*(getattr(s, n) for s in scopes))
                       for n in ("urls", "but", "ids", "datasets")))  # fmt: skip

    def _asset(self, target: Any, strict: bool) -> Scope:
        node = target if isinstance(target, Node) else Node()
        name = name_of(self.graph.one(node, ODRL + "source")) or name_of(target)
        refinements = self.graph.all(node, ODRL + "refinement")
        if name == CW + "works":
            return self._works(refinements, strict)
        if strict and (refinements or not name):
            raise _UnclearError("unknown-target", "a refinement of the target is not understood")
        if not name:
            return Scope()
        if not name.startswith(("http://", "https://")):
            return Scope(ids=frozenset({name}))
        # One address: a prefix would permit what lies below it. A refusal may well mean all of it.
        exact = name.replace("*", "%2A").replace("$", "%24") + "$"
        return Scope(urls=frozenset({exact if strict else name}))

    def _works(self, refinements: list[Any], strict: bool) -> Scope:
        said: dict[str, frozenset[str]] = {}
        try:
            for refinement in refinements:
                choices = self.graph.all(refinement, ODRL + "or") if isinstance(refinement, Node) else []
                for node in choices or [refinement]:
                    left, operator = (
                        name_of(self.graph.one(node, ODRL + n)) for n in ("leftOperand", "operator")
                    )
                    key = WORKS.get((left, operator))
                    values = self.graph.all(node, ODRL + "rightOperand")
                    if (
                        key is None
                        or key in said
                        or not values
                        or not all(isinstance(v, str) for v in values)
                    ):
                        raise _UnclearError("unknown-target", "a refinement of the target is not understood")
                    said[key] = frozenset(values)
                if choices and "but" in said:
                    raise _UnclearError("unknown-target", "a choice with an exception is not understood")
            return Scope(**said)
        except (_UnclearError, ValueError, AttributeError):
            if strict:
                raise _UnclearError(
                    "unknown-target", "a refinement of the target is not understood"
                ) from None
            return Scope()

    # Duties -----------------------------------------------------------------------------------------------

    def _duties(self, nodes: list[Any]) -> tuple[frozenset[Duty], Flow]:
        duties: set[Duty] = set()
        flow = Flow()
        for node in nodes:
            if not isinstance(node, Node):
                raise _UnclearError("unknown-duty", "a duty is no object")
            odd = [k for k in node if k.startswith((ODRL, CW)) and k not in DUTY_KEYS]
            for action in self.graph.all(node, ODRL + "action") or [None]:
                name, said = self._owed(action)
                if name == CW + "limit-flow":
                    flow = flow.meet(msgspec.convert(said, Flow))
                elif name in SHARE_ALIKE and not said:
                    flow = flow.meet(Flow(share_alike=True))
                elif name in OWED and (not odd or OWED[name] == "pay"):
                    duties.add(self._named_duty(OWED[name], said))
                else:
                    raise _UnclearError("unknown-duty", f"the duty {name[:120]!r} is not understood")
        return frozenset(duties), flow

    def _owed(self, action: Any) -> tuple[str, dict[str, Any]]:
        """Return the name of a duty's action, and what its refinements say."""
        if not isinstance(action, Node):
            return name_of(action), {}
        names = [name_of(v) for v in action.get(RDF + "value", ())] or [name_of(action)]
        name = names[0] if len(names) == 1 else ""
        said: dict[str, Any] = {}
        for node in self.graph.all(action, ODRL + "refinement"):
            left = name_of(self.graph.one(node, ODRL + "leftOperand")) if isinstance(node, Node) else ""
            value = self.graph.one(node, ODRL + "rightOperand") if left else None
            if left == ODRL + "payAmount":
                said |= {"amount": str(value), "currency": name_of(self.graph.one(node, ODRL + "unit"))[-3:]}
            elif left.startswith(CW) and value is not None and left.removeprefix(CW) not in said:
                said[left.removeprefix(CW)] = value
            else:
                said["?"] = left
        return name, said

    def _named_duty(self, tag: str, said: dict[str, Any]) -> Duty:
        if not self.own:
            if tag == "report":
                said = {"what": "telemetry"} | said
            if tag == "consent" and not said:
                said = {"url": name_of(self.node)}
            if tag == "pay" and "model" not in said:
                # What is paid, and how often, stands in the policy: it is to be agreed.
                said = {"model": "fixed", "note": "as the policy says", "url": name_of(self.node)}
        try:
            duty: Duty = msgspec.convert({"duty": tag} | said, Duty)
            return duty
        except msgspec.ValidationError as error:
            raise _UnclearError("unknown-duty", f"the duty to {tag} is not understood ({error})") from None

    # Small things -----------------------------------------------------------------------------------------

    def _text(self, node: Mapping[str, Any], key: str) -> str:
        found = self.graph.one(node, key)
        return found if isinstance(found, str) else ""

    def _problem(self, code: str, message: str, line: int, mend: str, severity: str = "error") -> None:
        problem = Problem(f"odrl-{code}", message, mend, self.where, line, severity)
        if problem not in self.problems[-50:] and len(self.problems) < 1000:
            self.problems.append(problem)


def _keys(node: Any) -> Iterable[str]:
    return node.keys() if isinstance(node, Node) else ()


def _host(name: str) -> str:
    if name.startswith(("http://", "https://")):
        try:
            return urlsplit(name).hostname or name
        except ValueError:
            return name
    return name


def _country(text: str) -> str:
    """Return ISO 3166-1 alpha-2 from the ways in which it is written."""
    for before in ("", "urn:iso:std:iso:3166:", "urn:iso:std:iso:3166-1:", "urn:iso:3166:", "iso3166:"):
        code = text.removeprefix(before)
        if len(code) == 2 and code.isascii() and code.isupper() and code.isalpha():
            return code
    raise _UnclearError(
        "unknown-constraint", f"the place {text[:80]!r} is no two capital letters (ISO 3166-1)"
    )


def _moment(operator: str, right: list[Any], strict: bool) -> dict[str, datetime]:
    """Return from when or until when a constraint on the time holds, rounded to the careful side."""
    try:
        moment = datetime.fromisoformat(right[0]) if len(right) == 1 else None
    except (ValueError, TypeError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _UnclearError("unknown-constraint", "a time without a time zone, or none, is not understood")
    instant = timedelta(microseconds=1)
    with suppress(OverflowError):  # the last moment that there is has none after it
        if operator in ("gteq", "gt"):
            return {"effective": moment + instant if operator == "gt" and strict else moment}
        if operator in ("lt", "lteq"):
            return {"expiry": moment + instant if operator == "lteq" and not strict else moment}
    raise _UnclearError("unknown-constraint", f"the operator {operator[:40]!r} on a time is not understood")
