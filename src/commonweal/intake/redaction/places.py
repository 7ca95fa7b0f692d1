"""Postal addresses, dates of birth, numbers of documents: what words say, for no check digit tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from commonweal.intake.redaction.detector import Candidate, Detector
from commonweal.intake.redaction.kinds import Find, Kind

UPPER = r"[\p{Lu}\p{Lt}]"
WORD = rf"{UPPER}[\pL.'’\-]*"
NUMBER = r"[0-9]{1,5}(?:[ /\-]?[A-Za-z]\b|/[0-9]{1,4}|-[0-9]{1,4}\b)?"
ENGLISH = (
    "street|st|road|rd|avenue|ave|av|lane|ln|drive|dr|way|court|ct|boulevard|blvd|place|pl|square|sq|terrace|crescent"
    "|close|gardens|grove|hill|highway|hwy|parkway|pkwy|circle|cir|trail|row|walk|mews|quay|alley|esplanade|parade"
    "|loop|plaza|ridge|path|green|heights|manor|bend|branch|creek|crossing|dale|forge|forges|fort|island|islands"
    "|junction|key|knoll|lodge|meadow|meadows|mill|mills|orchard|park|pine|pines|point|port|ranch|rest|run|shore"
    "|shores|spring|springs|spur|station|summit|track|turnpike|union|valley|view|views|village|vista|wells|cove|glen"
)
SUFFIX = (
    "stra(?:ß|ss)e|str\\.|gasse|gässli|weg|platz|allee|ufer|damm|ring|hof|markt|laan|straat|plein|kade|gracht|dijk|wei"
    "|gatan|gata|gränd|vägen|backen|vej|vænget|gade|allé|stræde|krogen|veien|vegen|gaten|stien|katu|tie|kuja|polku|raitti"
    "|utca|útja|tänav|maantee|braut|vegur|gerði|tun|holt|hlíð|torg|iela|gatvė"
)
PREFIX = (
    "rue|avenue|av\\.|boulevard|bd|chemin|allée|place|impasse|quai|route|cours|via|viale|piazza|corso|vicolo|largo|strada"
    "|contrada|calle|c/|avenida|avda\\.?|paseo|plaza|camino|carrer|passeig|rua|travessa|praça|estrada|alameda|ul\\.|ulica"
    "|ulice|al\\.|aleja|os\\.|plac|strada|bulevardul|улица|ул\\.|проспект|am|an der|auf der|im|zur|zum|hoge|lange|nám\\."
)
UNIT = r"(?:(?i:apt|apartment|suite|ste|unit|flat|floor|room|door|app|appt|wohnung|whg|lgh|lok|m\.)\.? ?#?[0-9]{1,5}[A-Za-z]?\b)"
PLACE = rf"(?:{WORD}(?:[ \-](?:{WORD}|de|del|la|le|di|da|do|dos|sur|am|an|der|upon|on)){{0,4}})"
POSTCODE = (
    r"(?:\b[A-Z]{1,2}-)?\b(?:[0-9]{5}(?:-[0-9]{3,4})?|[0-9]{4}-[0-9]{3}|[0-9]{3} [0-9]{2}|[0-9]{4} ?[A-Z]{2}|[0-9]{4}"
    r"|[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}|[A-Z][0-9][A-Z] [0-9][A-Z][0-9])\b"
)
BETWEEN = r"[ \t]*[,\n][ \t]*(?:, ?)?|[ \t]+"
# What may follow a street: a unit, a district in capitals, a postcode, a town, a country.
TAIL = (
    rf"(?:(?:{BETWEEN})(?:{UNIT})){{0,2}}"
    rf"(?:[ \t]*[,\n]\s*(?:, ?)?(?:{POSTCODE}[ \t]+{PLACE}|{PLACE}(?:,?[ \t\n]+(?:,[ ])?[A-Z]{{2,3}}\b)?,?\s+{POSTCODE})"
    rf"(?:[ \t]*[,\n]\s*{PLACE}(?: {POSTCODE})?)?)?"
)
STREETS = (
    # 12 High Street; 12 West Hill Road
    rf"\b{NUMBER},? (?:{WORD} ){{1,4}}(?i:{ENGLISH})\b\.?",
    # Lange Straße 12; Hauptstr. 12a; Nieuwe Prinsengracht 12
    rf"\b(?:{UPPER}[\pL.\-]*[ \-]){{0,3}}(?:{UPPER}[\pL\-]+(?i:{SUFFIX})|(?i:{SUFFIX})) {NUMBER}",
    # rue de la Paix 12; Via Roma, 12; ul. Długa 3
    rf"\b(?i:{PREFIX}) (?:(?:de|du|des|de la|del|della|dei|delle|di|da|do|dos|das|l'|d'|las|los|el|la) ?)?"
    rf"(?:{WORD}[ \-]?(?:(?:e|y|i|de|di|da|do|du) )?){{1,4}},? (?:(?:nº|n°|no\.?|núm\.?) ?)?{NUMBER}",
    # 12 rue de la Paix; 12, avenue Foch
    rf"\b{NUMBER},? (?i:rue|avenue|boulevard|bd|chemin|allée|place|impasse|quai|route|cours|via|calle|rua)"
    rf"(?: (?:[\pL'’.\-]+)){{1,5}}",
    # PO Box 12; Postfach 12
    r"\b(?i:p\.? ?o\.? ?box|post office box|postfach|postbus|boîte postale|apartado(?: de correos)?|casella postale) [0-9]{1,6}",
    # military post: PSC 12, Box 34 / APO AP 12345
    r"\b(?i:(?:psc|unit|cmr) [0-9]{1,5},? box [0-9]{1,5}\s+(?:apo|fpo|dpo) (?:aa|ae|ap) [0-9]{5})",
    r"\b(?:(?:USS|USNS|USCGC) [\pL'\- ]{2,40}\s+)?(?i:\b(?:apo|fpo|dpo) (?:aa|ae|ap) [0-9]{5})",
    rf"\b{UNIT}",
)
ZIP = r"(?i)\b(?:zip(?: ?code)?|post ?code|postal code|postleitzahl|plz|code postal|c[óo]digo postal|cap)\b[ :]{1,3}(?:is |ist |est )?"


def _street(seen: Candidate) -> Iterator[Find]:
    value = seen.value.rstrip(" \t\n,")
    if re.search(r"\d", value) and seen.before(1) not in {"$", "€", "£"}:
        end = seen.start + len(value)
        yield Find(seen.start, end, Kind.ADDRESS, "shape of a postal address", " ".join(value.casefold().split()))


def _postcode(seen: Candidate) -> Iterator[Find]:
    match = re.search(r"[\w-]*\d[\w-]*(?: (?:\d{2,3}|\d?[A-Z]{2}))?\Z", seen.value)
    if match:
        start = seen.start + match.start()
        yield Find(start, seen.end, Kind.ADDRESS, "postcode after a word for one", match[0].casefold())


MONTH = r"(?:\pL{3,10}\.?)"
DAY = rf"(?:[0-9]{{1,2}}[./\-] ?[0-9]{{1,2}}[./\-] ?[0-9]{{2,4}}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{1,2}}(?:st|nd|rd|th|\.)? (?:of )?{MONTH},? [0-9]{{4}}|{MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}})"
BORN = (
    r"(?i)\b(?:born(?: on)?|date of birth|d\.?o\.?b\.?|birth ?da(?:te|y)(?: is)?|geboren(?: am)?|geb\.|geburtsdatum|"
    r"née?(?: le)?|date de naissance|fecha de nacimiento|nacid[oa] el|nat[oa] il|data di nascita|nascid[oa] em)[: ]{1,3}"
)


def _last_date(seen: Candidate) -> Iterator[Find]:
    match = re.search(r"(?:\d{1,4}|[^\W\d_]{3,10}\.?)(?:[^\W\d_]{2})?[./\- ,]{1,2}(?:of )?[\w.]+[./\- ,]{1,2}\d{2,4}\Z", seen.value)
    if match:
        start = seen.start + match.start()
        yield Find(start, seen.end, Kind.BIRTHDATE, "date after a word for birth", match[0].casefold())


DOCUMENT = (
    r"(?i)\b(?:driv(?:er|ing)['’]?s?['’]? ?(?:licen[cs]e|permit)|licen[cs]e plate|führerschein\w*|permis de conduire|"
    r"carn[ée]t? de conducir|patente di guida|rijbewijs|passports?|reisepass\w*|passeport|pasaporte|passaporto|paspoort|"
    r"personalausweis\w*|ausweis\w*|identity card|id card|carte d'identité|kennzeichen|number plate)"
    r"(?:[ ,:#\-]{1,3}(?:no\.?|nr\.?|number|num|nummer|numéro|número|numero|is|ist|est|es|was|#|my|are))*[ ,:#]{1,3}"
)
NUMBERED = r"[A-Za-z0-9](?:[A-Za-z0-9]|[\- ][0-9A-Z]){4,17}\b"


def _document(seen: Candidate) -> Iterator[Find]:
    match = re.search(r"(?<!\w)[A-Za-z0-9](?:[A-Za-z0-9]|[- ][0-9A-Z])*\Z", seen.value)
    if match and sum(c.isdigit() for c in match[0]) >= 4:
        value = re.sub(r"\W", "", match[0]).upper()
        yield Find(seen.start + match.start(), seen.end, Kind.DOCUMENT, "number after a word for a document", value)


DETECTORS = (
    *(Detector(street + TAIL, _street) for street in STREETS),
    Detector(ZIP + POSTCODE.replace("[0-9]{4} ?[A-Z]{2}|[0-9]{4}", "[0-9]{4}(?: [A-Z]{2})?|[0-9]{3}"), _postcode),
    Detector(BORN + DAY, _last_date),
    Detector(DOCUMENT + NUMBERED, _document),
)
