"""Keys, tokens and passwords: shapes of the common vendors, and what stands after a word for a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from commonweal.intake.redaction.detector import Candidate, Detector
from commonweal.intake.redaction.kinds import Find, Kind
from commonweal.intake.redaction.surrogates import MADE

W = r"[A-Za-z0-9_-]"
A = r"[A-Za-z0-9]"

VENDORS = {
    "Anthropic": rf"sk-ant-{W}{{20,}}",
    "OpenAI": rf"sk-(?:proj|svcacct|admin)-{W}{{20,}}|sk-{A}{{20,}}",
    "OpenRouter": r"sk-or-v1-[0-9a-f]{64}",
    "Google": rf"AIza{W}{{35}}|GOCSPX-{W}{{28}}|ya29\.{W}{{20,}}",
    "AWS": r"(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}",
    "GitHub": rf"gh[pousr]_{A}{{36,}}|github_pat_[A-Za-z0-9_]{{50,}}",
    "GitLab": rf"gl(?:pat|dt|rt|ptt|cbt|oas|soat|ft|agent)-{W}{{20,}}",
    "Slack": r"xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{10,}",
    "Stripe": rf"(?:sk|rk|pk)_(?:live|test)_{A}{{16,}}|whsec_{A}{{24,}}",
    "Hugging Face": rf"hf_{A}{{30,}}|api_org_{A}{{30,}}",
    "npm": rf"npm_{A}{{36}}",
    "PyPI": rf"pypi-AgE{W}{{50,}}",
    "Twilio": r"(?:AC|SK)[0-9a-f]{32}",
    "SendGrid": rf"SG\.{W}{{16,32}}\.{W}{{16,64}}",
    "Mailgun": r"key-[0-9a-f]{32}",
    "Mailchimp": r"[0-9a-f]{32}-us[0-9]{1,2}",
    "Telegram": rf"[0-9]{{8,10}}:AA{W}{{33}}",
    "Discord": rf"[MNO][A-Za-z0-9]{{23,25}}\.{W}{{6}}\.{W}{{27,38}}",
    "Groq": rf"gsk_{A}{{40,}}",
    "xAI": rf"xai-{A}{{60,}}",
    "Perplexity": rf"pplx-{A}{{40,}}",
    "Replicate": rf"r8_{A}{{37}}",
    "DigitalOcean": r"do[opr]_v1_[0-9a-f]{64}",
    "Shopify": r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    "Square": rf"sq0(?:atp|csp)-{W}{{22,43}}|EAAA{W}{{60}}",
    "Notion": rf"(?:secret|ntn)_{A}{{40,}}",
    "Linear": rf"lin_api_{A}{{40}}",
    "Databricks": r"dapi[0-9a-f]{32}",
    "Docker": rf"dckr_pat_{W}{{27}}",
    "Facebook": rf"EAACEdEose0cBA{A}{{20,}}",
    "Azure": r"AccountKey=[A-Za-z0-9+/]{86}==",
    "Slack's webhooks": r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,}",
    "Discord's webhooks": rf"https://(?:[a-z]+\.)?discord(?:app)?\.com/api/webhooks/[0-9]+/{W}+",
    "JWT, a signed token": rf"eyJ{W}{{8,}}\.eyJ{W}{{8,}}\.{W}*",
    "age": r"AGE-SECRET-KEY-1[0-9A-Z]{58}",
}
"""Shapes of keys by vendor, in the syntax that RE2 and Python's `re` share."""

_VENDOR = {name: re.compile(pattern) for name, pattern in VENDORS.items()}


def _vendor(seen: Candidate) -> Iterator[Find]:
    if seen.alone():
        name = next(name for name, shape in _VENDOR.items() if shape.fullmatch(seen.value))
        yield Find(seen.start, seen.end, Kind.KEY, f"shape of a key: {name}", seen.value)


PEM_END = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----")
PEM_LINES = re.compile(r"[A-Za-z0-9+/=\s\\]*")
LONGEST_PEM = 20_000


def _private(seen: Candidate) -> Iterator[Find]:
    rest = seen.after(LONGEST_PEM)
    match = PEM_END.search(rest) or PEM_LINES.match(rest)
    end = seen.end + (match.end() if match else 0)
    yield Find(seen.start, end, Kind.KEY, "private key", seen.text[seen.start : end].strip())


AFTER = re.compile(r"(?i)(?:bearer|basic|token|cookie:)\s+")


def _header(seen: Candidate) -> Iterator[Find]:
    lead = list(AFTER.finditer(seen.value))[-1]
    value = seen.value[lead.end() :]
    if re.search(r"\d|[^\w.-]|[a-z][A-Z]", value):
        yield Find(
            seen.start + lead.end(), seen.end, Kind.KEY, "what logs in, in a header of a request", value
        )


def _login(seen: Candidate) -> Iterator[Find]:
    user = seen.value.partition("://")[2].removesuffix("@")
    if not _stands_for_nothing(user.partition(":")[2]):
        start = seen.end - 1 - len(user)
        yield Find(start, seen.end - 1, Kind.PASSWORD, "log-in in an address", user)


def _query(seen: Candidate) -> Iterator[Find]:
    value = seen.value.partition("=")[2]
    if len(value) >= 8 and re.search(r"\d", value) and not _stands_for_nothing(value):
        yield Find(seen.end - len(value), seen.end, Kind.KEY, "token in an address", value)


PLACEHOLDER = re.compile(
    r"(?i)(?:none|null|true|false|nil|undefined|str|string|bool|int|bytes|optional|required|todo|changeme"
    r"|redacted"
    r"|example|placeholder|[x*•.…_-]{3,}|[$<{%\[(].*|your[ _-].*|my[ _-].*"
    r"|(?:os|process|config|settings|self|env|args|request|req|this)\b.*|.*\(.*)[\s,;.)]*\Z"
)


def _stands_for_nothing(value: str) -> bool:
    return bool(PLACEHOLDER.match(value) or MADE.match(value))


SECRET = re.compile(
    r"(?i)\A(.*?)([\"'“”‘’`]?\s{0,3}(?::=|=>|[:=]|\bis\b|\bist\b|\best\b|\bes\b"
    r"|\bwas\b)\s{0,3})([\"'“”‘’`]?)(.*)\Z",
    re.DOTALL,
)
STRONG = re.compile(
    r"(?i)pass\s?wor[dt]|passwd|pwd|passphrase|kennwort|contraseña|mot de passe|senha|wachtwoord|\bpin\b"
)


def _secret(seen: Candidate) -> Iterator[Find]:
    parts = SECRET.match(seen.value)
    if not parts:
        return
    name, sign, quote, value = parts.groups()
    start = seen.start + parts.start(4)
    value = re.split("[\"'“”‘’`]", value)[0] if quote else value.rstrip(".,;:?)]}>\"'")
    if STRONG.search(name):
        kind, enough = Kind.PASSWORD, len(value) >= 4
    else:
        kind, enough = Kind.KEY, len(value) >= 8 and re.search(r"\d", value) is not None
    # In quotes after a sign any word may be a password; in a sentence only what is no plain word.
    plain = not re.search(r"\d|[^\w.,\-'’]|[a-z][A-Z]", value)
    if enough and not (plain and (sign.strip().isalpha() or not quote)) and not _stands_for_nothing(value):
        yield Find(start, start + len(value), kind, "what stands after a word for a secret", value)


DETECTORS = (
    Detector(r"\b(?:" + "|".join(VENDORS.values()) + ")", _vendor),
    Detector(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----", _private),
    Detector(
        r"(?i)\b(?:(?:authorization[\"']?\s?[:=]\s?[\"']?(?:bearer|basic|token)"
        r"|bearer)\s[A-Za-z0-9._~+/=\-]{12,}"
        r"|(?:set-)?cookie: [^\s\x1e][^\n\r\x1e\"']{7,})",
        _header,
    ),
    Detector(r"[A-Za-z][A-Za-z0-9+.\-]{1,20}://[^\s/:@\x1e\"'<>]{0,100}:[^\s/@\x1e\"'<>]{1,200}@", _login),
    Detector(
        r"(?i)[?&#;](?:[a-z_\-]*(?:token|secret|password|passwd|signature|session|api_?key|auth)[a-z_\-]*"
        r"|key|sig|sid|code|pwd|x-amz-[a-z\-]+)=[^&\s#\"'<>)\]\x1e]+",
        _query,
    ),
    Detector(
        r"(?i)(?:password|passwort|passwd|passphrase|kennwort|contraseña|mot de passe|senha|wachtwoord"
        r"|\bpwd|\bpass|\bpin"
        r"|secret|api[_ \-]?key|access[_ \-]?key|private[_ \-]?key|auth[_ \-]?token|access[_ \-]?token)"
        r"(?: (?:code|key|id|number|nummer))?[\w\-]{0,20}[\"'“”‘’`]?\s{0,3}(?::=|=>|[:=]|\bis\b|\bist\b"
        r"|\best\b|\bes\b|\bwas\b)\s{0,3}"
        r"(?:[\"'“”‘’`][^\n\r\"'“”‘’`\x1e]{3,200}|[^\s\x1e\"'“”‘’`][^\s\x1e\"'“”‘’`,;<>]{3,200})",
        _secret,
    ),
)  # fmt: skip
