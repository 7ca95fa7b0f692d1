"""Reading RSL 1.0: what is malformed may refuse and never grants.

A licence grants what its `permits` lists, to the users and places it names, for its payment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import msgspec

from commonweal.rules.dialects._rsl_rules import Licence, rules_of
from commonweal.rules.dialects._rsl_words import (
    ALL,
    ATTRIBUTES,
    CHILDREN,
    FOREIGN,
    LEGAL,
    NAMESPACE,
    NO_PAYMENT,
    PAYMENTS,
    PAYMENTS_ELSEWHERE,
    REPORTS,
    USAGE,
    USERS,
    unhashed,
)
from commonweal.rules.dialects.base import Artefact, Problem, Reading, located
from commonweal.rules.patterns import split
from commonweal.rules.terms import Declarer, Terms
from commonweal.rules.vocabulary import Act, Attribute, Consent, Pay, Report
from commonweal.rules.xml import XmlError, local_name, namespace, parse_xml

MOST_PLACES = 500
MOST_ELEMENTS = 50_000
_NAME = re.compile(r"[A-Za-z_][\w.-]*:[\w.-]+")  # a word of an extension
_DIGITS = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?")

Teller = Callable[..., None]


def read_document(
    text: str, artefact: Artefact, channel: str, *, line: int = 1, page: str = "", sure: bool = True
) -> Reading:
    """Return what an RSL document says, or a feed with RSL in it.

    Parameters
    ----------
    text : str
    artefact : Artefact
        Where it was found.
    channel : str
    line : int
        Line of the artefact's source on which the text starts.
    page : str
        Pattern of the page that it stands in, for `url=""`.
    sure : bool
        Is it said to be RSL? If not, other XML is no problem.
    """
    problems: list[Problem] = []

    def report(code: str, message: str, mend: str, at: int | None, severity: str = "error") -> None:
        problem = Problem(f"rsl-{code}", message, mend, artefact.where, at, severity)
        if problem not in problems[-20:]:
            problems.append(problem)

    try:
        root = parse_xml(text)
    except XmlError as error:
        if sure or NAMESPACE in text[:100_000]:
            report("xml", f"{error.problem}; nothing of it is read", error.mend, line - 1 + (error.line or 1))
        return Reading((), tuple(problems))
    reader = _Reader(report, line - 1, page, artefact.where)
    return reader.read(root, artefact, channel, sure, problems)


@dataclass
class _Reader:
    report: Teller
    before: int  # lines before the text
    page: str
    where: str
    sound: bool = True
    declarer: Declarer = field(default_factory=Declarer)
    url: str = ""

    def read(
        self, root: Any, artefact: Artefact, channel: str, sure: bool, problems: list[Problem]
    ) -> Reading:
        contents = list(self._contents(root, sure))
        if len(contents) > MOST_PLACES or self._large(contents):
            self.report(
                "too-large", f"more than {MOST_PLACES} places or {MOST_ELEMENTS:,} elements: nothing is read",
                "use patterns with *", self.line(root),
            )  # fmt: skip
            return Reading((), tuple(problems))
        places: dict[str | None, list[Licence]] = {}
        for content in contents:
            pattern, licences = self._content(content)
            places.setdefault(pattern, []).extend(licences)
        signals = located(list(rules_of(places)), "rsl", artefact, channel, verified=artefact.verified)
        signals = tuple(replace(s, terms=self._declared(s.terms)) for s in signals)
        return Reading(signals, tuple(problems))

    def _declared(self, terms: Terms) -> Terms:
        return msgspec.structs.replace(terms, declarer=self.declarer, url=self.url)

    def line(self, element: Any) -> int:
        return self.before + int(element.sourceline or 1)

    def _large(self, contents: Sequence[Any]) -> bool:
        count = 0
        for content in contents:
            for _ in content.iter():
                count += 1
                if count > MOST_ELEMENTS:
                    return True
        return False

    def _contents(self, root: Any, sure: bool) -> Iterator[Any]:
        """Yield the `<content>` elements; of a document without RSL's namespace only what refuses is read."""
        if local_name(root) != "rsl":
            found = list(root.iterfind(f".//{{{NAMESPACE}}}content"))
            if sure and not found:
                self.report("root", "it holds no <rsl>", "see https://rslstandard.org/rsl", self.line(root))
            yield from found
            return
        if namespace(root) != NAMESPACE:
            self.sound = False
            self.report(
                "namespace", "<rsl> is not in RSL's namespace: no reader takes it for RSL",
                f'write <rsl xmlns="{NAMESPACE}">', self.line(root),
            )  # fmt: skip
        self._check(root, "rsl")
        age = root.get("max-age")
        if age is not None and not re.fullmatch(r"0*[1-9][0-9]{0,8}", age.strip()):
            self.report(
                "max-age", "max-age is no number of days", 'write max-age="7"', self.line(root), "warning"
            )
        children = [c for c in root if local_name(c) == "content"]
        if not children:
            self.report("no-content", "<rsl> holds no <content>", 'add <content url="/">', self.line(root))
        yield from children

    def _check(self, element: Any, name: str) -> None:
        """Report elements and attributes that RSL doesn't have; those of other namespaces are extensions."""
        if name in CHILDREN:
            for child in element:
                known = local_name(child) in CHILDREN[name]
                if not known and namespace(child) == namespace(element):
                    self.report(
                        "unknown-element", f"<{local_name(child)[:40]}> is no element of <{name}>",
                        f"use {', '.join(sorted(CHILDREN[name]))}, or a namespace of your own",
                        self.line(child),
                    )  # fmt: skip
        strange = sorted(a[:40] for a in element.attrib if a[:1] != "{" and a not in ATTRIBUTES.get(name, ()))
        if strange:
            self.report(
                "unknown-attribute", f"<{name}> has no attribute {', '.join(strange[:3])}", "leave it out",
                self.line(element), "warning",
            )  # fmt: skip

    # Places and licences ----------------------------------------------------------------------------------

    def _content(self, element: Any) -> tuple[str | None, list[Licence]]:
        self._check(element, "content")
        pattern, sound = self._pattern(element)
        found = [c for c in element if local_name(c) == "license"]
        if not found:
            self.report(
                "no-license",
                "<content> without <license> says nothing",
                "add a <license>",
                self.line(element),
            )
        licences = [self._licence(c) for c in found]
        server = (element.get("server") or "").strip()
        for licence in licences:
            licence.sound = licence.sound and sound and self.sound
            if server:  # a token has to be had from it first, even for what is free
                licence.duties.add(Consent(server[:2000]))
        if element.get("encrypted") == "true" and not server:
            self.report("server", 'encrypted="true" without a server', "name the server", self.line(element))
        self._about(element)
        return pattern, licences

    def _pattern(self, element: Any) -> tuple[str | None, bool]:
        """Return the pattern of a place (None: not known), and whether it may grant."""
        url = (element.get("url") or "").strip()
        if element.get("url") is not None and not url and self.page:
            return self.page, True
        if url.startswith("/") and not url.startswith("//"):
            return url[:2000], len(url) <= 2000
        if url.startswith(("http://", "https://")) and len(url) <= 2000:
            origin, here = split(url)[0], split(self.where)[0]
            if here and origin != here:
                message = f"{origin[:100]} is another origin: it is not for this one to grant"
                self.report("other-origin", message, "publish there", self.line(element))
                return url, False
            return url, origin != "invalid:"
        wrong = "names no place" if not url else f"{url[:60]!r} is neither a path nor a URL"
        self.report("content-url", f"<content>: url {wrong}", 'write url="/" for all', self.line(element))
        return None, False

    def _licence(self, element: Any) -> Licence:
        self._check(element, "license")
        licence = Licence(self.line(element))
        seen = set()
        for child in element:
            name, kind = local_name(child), (child.get("type") or "").strip()
            if name in CHILDREN["license"] and not (name == "payment" and "payment" in seen):
                self._check(child, name)
            if name in ("permits", "prohibits"):
                if (name, kind) in seen:
                    self.report(
                        "repeated", f"<{name} type={kind[:20]!r}> stands twice: one of each type is read",
                        "put all words into one, with blanks between", self.line(child),
                    )  # fmt: skip
                self._words(licence, child, name, kind)
            elif name == "payment":
                if "payment" in seen:
                    self.report(
                        "repeated-payment", "a second <payment>: both are read as owed",
                        "write a <license> for each", self.line(child),
                    )  # fmt: skip
                self._payment(licence, child, kind)
            elif name == "reporting":
                self._reporting(licence, child, kind)
            elif name == "legal" and kind not in LEGAL:
                self.report(
                    "legal",
                    f"<legal type={kind[:20]!r}>",
                    f"use {', '.join(LEGAL)}",
                    self.line(child),
                    "warning",
                )
            seen |= {name, (name, kind)}
        if licence.prohibits >= ALL.acts and licence.lists_usage:
            self.report(
                "permits-beside-prohibits-all", "<permits> beside `prohibits all`: nothing is granted",
                "prohibit what is not permitted by name", licence.line,
            )  # fmt: skip
        return licence

    def _words(self, licence: Licence, element: Any, name: str, kind: str) -> None:
        text = " ".join(element.itertext())
        if kind == "usage" or (kind not in ("user", "geo") and name == "prohibits"):
            acts, refused = self._usage(element, name, text)
            if name == "permits":
                licence.permits |= acts
                licence.lists_usage = True
            else:
                licence.prohibits |= acts | refused
        elif kind in ("user", "geo"):
            values = self._who(element, kind, text)
            licence.sound = licence.sound and values is not None
            sort = ("users" if kind == "user" else "geo") if name == "permits" else f"not_{kind}"
            sort = {"not_user": "not_users"}.get(sort, sort)
            setattr(licence, sort, getattr(licence, sort) | (values or frozenset()))
        else:
            licence.sound = False
        if kind not in ("usage", "user", "geo"):
            self.report(
                "type",
                f"<{name}> has the type {kind[:20]!r}",
                "write type usage, user or geo",
                self.line(element),
            )

    def _usage(self, element: Any, name: str, text: str) -> tuple[frozenset[Act], frozenset[Act]]:
        """Return the acts of sound words, and those that malformed ones are meant to say."""
        good: frozenset[Act] = frozenset()
        meant: frozenset[Act] = frozenset()
        if "," in text or ";" in text:
            self.report(
                "comma-list", f"a comma in <{name}>: readers take the words around it for one",
                "put blanks between the words", self.line(element),
            )  # fmt: skip
        unknown = []
        for word in text.split():
            parts = [p for p in re.split("[,;]", word) if p]
            if len(parts) == 1 and word in USAGE:
                good |= USAGE[word].acts
            for part in parts if [word] != parts or word not in USAGE else ():
                low = part.lower()
                token = USAGE.get(low) or FOREIGN.get(low)
                meant |= token.acts if token else frozenset()
                if low in FOREIGN:
                    self.report(
                        "foreign-token", f"`{part}` is no word of RSL 1.0", f"write `{FOREIGN[low].name}`",
                        self.line(element),
                    )  # fmt: skip
                elif token and part != low:
                    self.report("case", f"`{part}`: case counts", f"write `{low}`", self.line(element))
                elif not token and not _NAME.fullmatch(part):
                    unknown.append(part[:30])
        if unknown:
            self.report(
                "unknown-token", f"`{'`, `'.join(unknown[:3])}` in <{name}>: no usage that RSL knows",
                f"use {', '.join(USAGE)}", self.line(element),
            )  # fmt: skip
        return good, meant

    def _who(self, element: Any, kind: str, text: str) -> frozenset[str] | None:
        """Return users or places; None if one is not understood, for then the licence may be for fewer."""
        words = text.split()
        good = [w for w in words if (w in USERS if kind == "user" else re.fullmatch("[A-Z]{2}", w))]
        if words and len(good) == len(words):
            return frozenset(good)
        strange = ", ".join(w[:20] for w in words if w not in good) or "nothing"
        mend = f"use {', '.join(USERS)}" if kind == "user" else "use two capital letters, or EU"
        self.report(
            kind, f"{strange!r} is no {kind} that RSL knows: nothing is granted", mend, self.line(element)
        )
        return None

    # Payment and duties -----------------------------------------------------------------------------------

    def _payment(self, licence: Licence, element: Any, kind: str) -> None:
        if kind not in PAYMENTS and kind not in NO_PAYMENT:
            mend = f"use {PAYMENTS_ELSEWHERE.get(kind.lower()) or ', '.join([*PAYMENTS, *NO_PAYMENT])}"
            self.report(
                "payment-type", f"the payment type {kind[:30]!r} is not known", mend, self.line(element)
            )
            licence.duties.add(Consent())
        if kind == "attribution":
            licence.duties.add(Attribute())
        amount, currency = self._amount(element)
        links = [self._link(c) for c in element if local_name(c) in ("standard", "custom")]
        licence.duties.update(links)
        # Terms with their hash say themselves what is to be paid.
        told = kind == "purchase" and amount is None and any(link.sha256 for link in links)
        if (kind in PAYMENTS and not told) or amount is not None:
            model = PAYMENTS.get(kind, "fixed")
            licence.duties.add(Pay(model, amount, currency))  # type: ignore[arg-type]  # all are models

    def _link(self, element: Any) -> Consent:
        url, sha256 = unhashed(" ".join(element.itertext()).strip()[:2000])
        if not url.startswith(("https://", "http://")):
            wrong = f"<{local_name(element)}> holds no absolute URL"
            self.report("link", wrong, "write https://…", self.line(element))
        return Consent(url, sha256)

    def _amount(self, element: Any) -> tuple[Decimal | None, str]:
        found = [c for c in element if local_name(c) == "amount"]
        if not found:
            return None, ""
        text, currency = " ".join(found[0].itertext()).strip(), (found[0].get("currency") or "").strip()
        mend = 'write <amount currency="EUR">0.01</amount>'
        if not re.fullmatch("[A-Z]{3}", currency):
            wrong = f"the currency {currency[:20]!r}" if currency else "no currency"
            self.report("currency", f"an amount with {wrong}: it is to be agreed", mend, self.line(found[0]))
            return None, ""
        if _DIGITS.fullmatch(text):
            return Decimal(text), currency
        self.report("amount", f"the amount {text[:20]!r} is no number", mend, self.line(found[0]))
        return None, ""

    def _reporting(self, licence: Licence, element: Any, kind: str) -> None:
        profile = (element.get("profile") or "").strip()[:2000]
        if kind not in REPORTS:
            self.report(
                "reporting",
                f"<reporting type={kind[:20]!r}>",
                f"use {', '.join(REPORTS)}",
                self.line(element),
            )
            licence.duties.add(Consent())
            return
        if not profile:
            self.report(
                "reporting-profile", "<reporting> without a profile", "name its URI", self.line(element)
            )
        licence.duties.add(Report(kind, profile=profile))  # type: ignore[arg-type]  # all are reports

    def _about(self, element: Any) -> None:
        """Take who declares, from the first place that says so."""
        for child in element:
            name, text = local_name(child), " ".join(" ".join(child.itertext()).split())[:2000]
            if name == "copyright" and not self.declarer.name:
                url, contact = child.get("contactUrl") or "", child.get("contactEmail") or ""
                self.declarer = msgspec.structs.replace(
                    self.declarer, name=text, url=url[:2000], contact=contact[:2000]
                )
            elif name == "terms" and not self.url:
                self.url = unhashed(text)[0]
        proofs = [
            e for licence in element for e in licence if local_name(e) == "legal" and e.get("type") == "proof"
        ]
        if proofs and not self.declarer.authority:
            authority = " ".join(" ".join(proofs[0].itertext()).split())[:2000]
            self.declarer = msgspec.structs.replace(self.declarer, authority=authority)
