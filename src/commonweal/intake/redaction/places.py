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
    "Street|St|Road|Rd|Avenue|Ave|Av|Lane|Ln|Drive|Dr|Way|Court|Ct|Boulevard|Blvd|Place|Pl|Square|Sq"
    "|Terrace|Crescent"
    "|Close|Gardens|Grove|Hill|Highway|Hwy|Parkway|Pkwy|Circle|Cir|Trail|Row|Walk|Mews|Quay|Alley|Esplanade"
    "|Parade"
    "|Loop|Plaza|Ridge|Heights|STREET|ROAD|AVENUE|LANE|DRIVE|COURT|BOULEVARD"
)
SUFFIX = (
    "stra(?:ß|ss)e|str\\.|gasse|gässli|weg|platz|allee|ufer|damm|laan|straat|plein|kade|gracht|dijk|gatan"
    "|gata|gränd"
    "|vägen|backen|vej|vænget|gade|stræde|krogen|veien|vegen|gaten|stien|katu|ntie|kuja|polku|raitti|tänav"
    "|braut|vegur"
    "|gerði|hlíð|torg|ulice"
)
APART = (
    "stra(?:ß|ss)e|str\\.|weg|allee|allé|gasse|laan|utca|útja|út|tér|u\\.|rkp\\.|tee|maantee|puiestee|tänav"
    "|iela|gatvė"
    "|terrasse|vei|vej|sokak|sok\\.|caddesi|cad\\."
)
PREFIX = (
    "rue|avenue|av\\.|boulevard|bd|chemin|allée|place|impasse|quai|route|cours|via|viale|piazza|corso"
    "|vicolo|largo"
    "|strada|contrada|calle|c/|avenida|avda\\.?|paseo|plaza|camino|carrer|passeig|rua|travessa|praça"
    "|estrada|alameda"
    "|ul\\.|ulica|aleja|os\\.|bulevardul|улица|ул\\.|проспект|λεωφόρος|an der|auf der|nám\\.|náměstí"
)
UNIT = (
    r"(?i:apt|apartment|suite|ste|unit|flat|floor|room|door|app|appt|wohnung|whg|lgh|lok|m)"
    r"(?:\.? ?#|\.? |\.)[0-9]{1,5}[A-Za-z]?\b"
)
TOWN = r"(?:(?![a-zß-öø-ÿα-ωа-я])[^\W\d_][\w.'’-]*)"
PLACE = rf"(?:{TOWN}(?:[ \-](?:{TOWN}|de|del|la|le|di|da|do|dos|sur|am|an|der|upon|on)){{0,4}})"
POSTCODE = (
    r"(?:\b[A-Z]{1,2}-)?\b(?:[0-9]{5}(?:-[0-9]{3,4})?|[0-9]{4}-[0-9]{3}|[0-9]{3} [0-9]{2}"
    r"|[0-9]{4} ?[A-Z]{2}|[0-9]{4}"
    r"|[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}|[A-Z][0-9][A-Z] [0-9][A-Z][0-9])\b"
)
NEXT = r"[ \t]*(?:[,\n][ \t>]*){1,3}"
# What may follow a street: units, places, a postcode; lines below it only where a postcode ends them.
TAIL = re.compile(
    rf"(?:(?:[ ,\t]+|{NEXT}){UNIT}){{0,2}}"
    rf"(?:(?:{NEXT}(?:{PLACE}|[A-Z]{{2,3}}\b)){{0,3}}{NEXT}"
    rf"(?:{POSTCODE}[ \t]+{PLACE}|(?:{PLACE},? )?(?:[A-Z]{{2,3}},? )?{POSTCODE})(?:, {PLACE})?|, {PLACE})?"
)
BEFORE = r"(?:[0-9]{1,6},? )?"
STREETS = (
    # 12 High Street; 12 West Hill Road; then 12 high street
    rf"\b{BEFORE}{NUMBER},? (?:(?:{WORD} ){{1,4}}(?:{ENGLISH})\b\.?|(?:[a-z'’]+ ){{1,2}}(?:street|avenue"
    rf"|road|boulevard|lane|drive)\b)",
    # Hauptstr. 12a; Lange Straße 12; Nieuwe Prinsengracht 12
    rf"\b{BEFORE}(?:(?:{UPPER}[\pL.\-]*[ \-]){{0,3}}{UPPER}[\pL\-]+(?i:{SUFFIX})"
    rf"|(?:{UPPER}[\pL.\-]*[ \-]){{1,3}}(?i:{APART})) {NUMBER}\.?",
    # rue de la Paix 12; Via Roma, 12; ul. Długa 3
    rf"\b{BEFORE}(?i:{PREFIX}) (?:(?:de|du|des|de la|del|della|dei|delle|di|da|do|dos|das|l'|d'|las|los|el"
    rf"|la) ?)?"
    rf"(?:{WORD}[ \-]?(?:(?:e|y|i|de|di|da|do|du) )?){{1,4}},? (?:(?:nº|n°|no\.?|núm\.?) ?)?{NUMBER}",
    # 12 rue de la Paix; 12, avenue Foch
    rf"\b{BEFORE}{NUMBER},? (?i:rue|avenue|boulevard|bd|chemin|allée|impasse"
    rf"|quai)(?: (?:[\pL'’.\-]+)){{1,5}}",
    # PO Box 12; Postfach 12; Apt. 5; of American soldiers and ships, PSC 12, Box 34 / APO AP 12345
    rf"\b{BEFORE}(?i:p\.? ?o\.? ?box|post office box|postfach|postbus|boîte postale"
    rf"|apartado(?: de correos)?|casella postale) [0-9]{{1,6}}"
    r"|\b(?i:apt|apartment|suite|flat|appt|wohnung|whg)(?:\.? ?#|\.? |\.)[0-9]{1,5}[A-Za-z]?\b"
    r"|\b(?:(?i:psc|unit|cmr) [0-9]{1,5},? (?i:box) [0-9]{1,5}\s+"
    r"|(?:USS|USNS|USNV|USCGC) [\pL'\- ]{2,40}\s+)?"
    r"(?i:apo|fpo|dpo) (?i:aa|ae|ap) [0-9]{5}",
)
FURTHER = 240
"""Characters after a street in which the rest of its address is looked for."""
MONEY = {"$", "€", "£"}
NO_STREET = re.compile(
    r"(?i)\d \S* ?(?:the|a|an|of|from|to|in|on|per|by|this|that|my|your|our|and|or|down|up|miles?|km|lanes?"
    r"|way) "
)
ZIP = (
    r"(?i)\b(?:zip(?: ?code)?|post ?code|postal code|postleitzahl|plz"
    r"|code postal|c[óo]digo postal|cap)\b[ :]{1,3}(?:is |ist |est )?"
)


def _street(seen: Candidate) -> Iterator[Find]:
    if seen.before(1) in MONEY or NO_STREET.match(seen.value):
        return
    rest = seen.after(FURTHER)
    more = TAIL.match(rest)[0]  # type: ignore[index]  # it may be empty, and so always matches
    if re.match(r"[ \t-]?\d", rest[len(more) :]):  # what seemed a postcode is a longer number
        more = more.rpartition("\n")[0]
    end = seen.end + len(more.rstrip(" \t\n."))
    value = " ".join(seen.text[seen.start : end].casefold().split())
    yield Find(seen.start, end, Kind.ADDRESS, "shape of a postal address", value)


def _postcode(seen: Candidate) -> Iterator[Find]:
    match = re.search(r"[\w-]*\d[\w-]*(?: (?:\d{2,3}|\d?[A-Z]{2}))?\Z", seen.value)
    if match:
        start = seen.start + match.start()
        yield Find(start, seen.end, Kind.ADDRESS, "postcode after a word for one", match[0].casefold())


MONTH = r"(?:\pL{3,10}\.?)"
DAY = (
    rf"(?:[0-9]{{1,2}}[./\-] ?[0-9]{{1,2}}[./\-] ?[0-9]{{2,4}}"
    rf"|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{1,2}}(?:st|nd|rd|th|\.)? (?:of )?{MONTH},? [0-9]{{4}}"
    rf"|{MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}})"
)
BORN = (
    r"(?i)\b(?:born(?: on)?|date of birth|d\.?o\.?b\.?|birth ?da(?:te|y)(?: is)?|geboren(?: am)?|geb\."
    r"|geburtsdatum|"
    r"née?(?: le)?|date de naissance|fecha de nacimiento|nacid[oa] el|nat[oa] il|data di nascita"
    r"|nascid[oa] em)[: ]{1,3}"
)


def _last_date(seen: Candidate) -> Iterator[Find]:
    match = re.search(
        r"(?:\d{1,4}|[^\W\d_]{3,10}\.?)(?:[^\W\d_]{2})?[./\- ,]{1,2}(?:of )?[\w.]+[./\- ,]{1,2}\d{2,4}\Z",
        seen.value,
    )
    if match:
        start = seen.start + match.start()
        yield Find(start, seen.end, Kind.BIRTHDATE, "date after a word for birth", match[0].casefold())


DOCUMENT = (
    r"(?i)\b(?:driv(?:er|ing)['’]?s?['’]? ?(?:licen[cs]e|permit)|licen[cs]e plate|führerschein\w*"
    r"|permis de conduire|"
    r"carn[ée]t? de conducir|patente di guida|rijbewijs|passports?|reisepass\w*|passeport|pasaporte"
    r"|passaporto|paspoort|"
    r"personalausweis\w*|ausweis\w*|identity card|id card|carte d'identité|kennzeichen|number plate)"
    r"(?:[ ,:#\-]{1,3}(?:no\.?|nr\.?|number|num|nummer|numéro|número|numero|is|ist|est|es|was|#|my"
    r"|are))*[ ,:#]{1,3}"
)
NUMBERED = r"[A-Za-z0-9](?:[A-Za-z0-9]|[\- ][0-9A-Z]){4,17}\b"


def _document(seen: Candidate) -> Iterator[Find]:
    match = re.search(r"(?<!\w)(?![a-z]+\b)[A-Za-z0-9](?:[A-Za-z0-9]|[- ][0-9A-Z])*\Z", seen.value)
    if match and sum(c.isdigit() for c in match[0]) >= 4:
        value = re.sub(r"\W", "", match[0]).upper()
        yield Find(
            seen.start + match.start(), seen.end, Kind.DOCUMENT, "number after a word for a document", value
        )


DETECTORS = (
    *(Detector(street, _street) for street in STREETS),
    Detector(
        ZIP + POSTCODE.replace("[0-9]{4} ?[A-Z]{2}|[0-9]{4}", "[0-9]{4}(?: [A-Z]{2})?|[0-9]{3}"), _postcode
    ),
    Detector(BORN + DAY, _last_date),
    Detector(DOCUMENT + NUMBERED, _document),
)
