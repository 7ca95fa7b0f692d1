"""Words nearby that say what a number is."""

from __future__ import annotations

import re

from commonweal.intake.redaction.detector import Candidate

REACH = 48
"""How many characters before a number a word still speaks of it."""

NEAR = 20
"""How many characters after a number a word still speaks of it."""

PHONE = re.compile(
    r"""(?ix)
      (?<!\w)(?:tele?)?(?:phones?|fon|fono|foon|fax)(?!\w) | telefax
    | (?<!\w)tel(?:éfono|efoni?c?o?|efonn?ummer|efoon|[eé]phone|efone|\.|:|\b)
    | (?<!\w)(?:cell|cellular|cellphone|mobile?|mobiles?|móvil|portable|handy|celular|cellulare|puhelin
      |komórka)(?!\w)
    | (?<!\w)(?:call|calls|called|calling|dial|dialled|dialed|ring|rang|text|texted|sms|whatsapp|signal
      |viber)(?!\w)
    | (?<!\w)(?:messag\w+|voicemail|answering|reach(?:ed)?|reachable|contact|hotline|helpline)(?!\w)
    | (?<!\w)(?:ruf|rufen|anrufen|angerufen|rufnummer|erreich\w+|appel\w*|appelle[rz]?|joindre
      |llam\w+|chiam\w+|ligar|liga|bel|bellen|ring|dzwoń|zadzwoń)(?!\w)
    | (?<!\w)(?:desk|office|home|work|direct|main|land\s?line|switchboard)\s?[:.]\s*\Z
    | (?<!\w)[tmfphco]\s?:\s*\Z
    | (?<!\w)(?:my|your|his|her|our|their)\s(?:new\s)?numbers?(?!\w)
    | ☎ | 📞 | 📱
    """
)
PHONE_AFTER = re.compile(
    r"(?i)\A[\s,;:/()\\-]{0,4}(?:is\s(?:my|our|his|her|their|the)\s)?(?:(?:tele?)?(?:phone|fax)|tel\b|mobile|mobil|cell|office|home|work|desk"
    r"|whatsapp)(?!\w)"
)
OTHER = re.compile(
    r"""(?ix)(?<!\w)(?:
      order|invoice|ticket|case|booking|reservation|tracking|parcel|serial|part|item|article|isbn|issn|doi
    | patent|sku|issue|commit|pull\srequest|bug|build|version|id|ids|uuid|guid|account|konto|iban|bic
    |swift|routing|sort\scode
    | zip|zip\scode|postcode|postal\scode|plz|reference|ref|customer|member|policy|contract|vat|tax|steuer\w*
    | rechnung\w*|bestell\w*|kundennummer|rg|population|price|eur|usd|gbp|kb|mb|pages?|lines?|bytes?
    | licen[cs]e|card|cc|ssn|passport|aadhaar|nhs|bsn|pesel|cpf
    )(?!\w)"""
)
CARD = re.compile(
    r"""(?ix)(?<!\w)(?:
      (?:credit|debit|bank|gift|atm|payment|prepaid)?\s?-?cards? | cc | ccn | pan | visa | master\s?card
    | amex | american\sexpress | maestro | discover | diners(?:\sclub)? | jcb
    | (?:kredit|bank|giro|ec-?)karten?(?:nummer)?
    | carte(?:\s(?:bleue|bancaire|de\scr[ée]dit))? | tarjeta | carta\sdi\scredito | cart[ãa]o
    | creditcard\w* | kreditkort | kart[ay]
    )(?!\w)"""
)
IBAN = re.compile(r"(?i)(?<!\w)(?:iban|account|konto\w*|compte|cuenta|conto|rekening\w*|bank|transfer)(?!\w)")


def said(cue: re.Pattern[str], seen: Candidate, reach: int = REACH) -> bool:
    """Whether a word of a kind stands shortly before a candidate."""
    return cue.search(seen.before(reach)) is not None


def phone(seen: Candidate) -> bool:
    """Whether words say that a number is a phone's, and none that is nearer says otherwise."""
    if PHONE_AFTER.match(seen.after(NEAR)):
        return True
    near = seen.before(REACH)
    ours, others = _last(PHONE, near), _last(OTHER, near)
    return ours > others


def _last(cue: re.Pattern[str], text: str) -> int:
    return max((m.end() for m in cue.finditer(text)), default=-1)
