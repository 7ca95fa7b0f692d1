"""Every lint finds its mistake on a bad site, says where, and is silent on the same site repaired."""

from __future__ import annotations

from pathlib import Path

import pytest
from check_sites import Site, page, rsl, tdm

from commonweal.rules.check import lints

OPEN = "User-agent: *\nDisallow:\n"
TDM = "/.well-known/tdmrep.json"
ALL_SAID = OPEN + "License: https://guild.example/rsl.xml\n"
LINK = '<https://guild.example/rsl.xml>; rel="license"; type="application/rsl+xml"'

PAIRS: dict[str, tuple[Site, Site]] = {
    "acts-unprotected": (
        Site({"/robots.txt": OPEN + "Content-Usage: train-ai=n\n"}),
        Site({"/robots.txt": ALL_SAID, "/rsl.xml": rsl()}),
    ),
    "announced-elsewhere": (
        Site({"/robots.txt": OPEN + "License: https://collective.example/rsl.xml\n"}),
        Site({"/robots.txt": ALL_SAID, "/rsl.xml": rsl()}),
    ),
    "announced-missing": (
        Site({"/robots.txt": ALL_SAID, "/rsl.xml": "gone"}, status={"/rsl.xml": 404}),
        Site({"/robots.txt": ALL_SAID, "/rsl.xml": rsl()}),
    ),
    "announced-not-rsl": (
        Site({"/robots.txt": ALL_SAID, "/rsl.xml": page()}, {"/rsl.xml": {"Content-Type": "text/html"}}),
        Site({"/robots.txt": ALL_SAID, "/rsl.xml": rsl()}),
    ),
    "announced-twice": (
        Site(
            {"/robots.txt": ALL_SAID, "/": page(), "/rsl.xml": rsl(), "/other.xml": rsl()},
            {"/": {"Link": LINK.replace("rsl.xml", "other.xml")}},
        ),
        Site({"/robots.txt": ALL_SAID, "/": page(), "/rsl.xml": rsl()}, {"/": {"Link": LINK}}),
    ),
    "header-differs-from-file": (
        Site({TDM: tdm(("/", 1)), "/": page()}, {"/": {"TDM-Reservation": "0"}}),
        Site({TDM: tdm(("/", 1)), "/": page()}, {"/": {"TDM-Reservation": "1"}}),
    ),
    "no-signal": (Site({"/": page()}), Site({"/": page(), TDM: tdm(("/", 1))})),
    "open-commons-breach": (
        Site({TDM: tdm(("/", 1))}),
        Site({TDM: tdm(("/", 0))}),
    ),
    "pages-unprotected": (
        Site({"/": page(), "/a": page()}, {"/": {"TDM-Reservation": "1"}}),
        Site({"/": page(), "/a": page()}, {p: {"TDM-Reservation": "1"} for p in ("/", "/a")}),
    ),
    "refused-by-name-only": (
        Site({"/robots.txt": "User-agent: GPTBot\nDisallow: /\n\n" + OPEN}),
        Site({"/robots.txt": "User-agent: GPTBot\nDisallow: /\n\n" + OPEN + "Content-Usage: train-ai=n\n"}),
    ),
    "robots-media-type": (
        Site({"/robots.txt": page()}, {"/robots.txt": {"Content-Type": "text/html"}}),
        Site({"/robots.txt": OPEN}),
    ),
    "robots-not-at-root": (
        Site({"/robots.txt": OPEN, "/blog/robots.txt": OPEN}),
        Site({"/robots.txt": OPEN}),
    ),
    "robots-not-utf8": (
        Site({"/robots.txt": OPEN.encode() + "Disallow: /café/\n".encode("latin-1")}),
        Site({"/robots.txt": OPEN + "Disallow: /café/\n"}),
    ),
    "robots-unreachable": (
        Site({"/robots.txt": "down"}, status={"/robots.txt": 503}),
        Site({"/robots.txt": "none"}, status={"/robots.txt": 404}),
    ),
    "rsl-unannounced": (
        Site({"/robots.txt": OPEN, "/rsl.xml": rsl()}),
        Site({"/robots.txt": ALL_SAID, "/rsl.xml": rsl()}),
    ),
    "rules-for-elsewhere": (
        Site({"/robots.txt": ALL_SAID, "/rsl.xml": rsl(url="https://www.guild.example/")}),
        Site({"/robots.txt": ALL_SAID, "/rsl.xml": rsl(url="https://guild.example/")}),
    ),
    "signals-behind-disallow": (
        Site({"/robots.txt": OPEN + "Disallow: /.well-known/\n", TDM: tdm(("/", 1))}),
        Site({"/robots.txt": OPEN + f"Disallow: /.well-known/\nAllow: {TDM}\n", TDM: tdm(("/", 1))}),
    ),
    "standards-contradict": (
        Site({"/robots.txt": OPEN + "Content-Usage: train-ai=n\n", TDM: tdm(("/", 0))}),
        Site({"/robots.txt": OPEN + "Content-Usage: train-ai=n\n", TDM: tdm(("/", 1))}),
    ),
    "standards-differ": (
        Site({
            "/robots.txt": ALL_SAID, TDM: tdm(("/", 0)),
            "/rsl.xml": rsl('<permits type="usage">ai-train</permits>',
                            '<payment type="attribution"/>'),
        }),
        Site({"/robots.txt": ALL_SAID, TDM: tdm(("/", 1)), "/rsl.xml": rsl()}),
    ),
    "usage-not-in-group": (
        Site({"/robots.txt": "User-agent: Googlebot\nAllow: /\n\n" + OPEN + "Content-Usage: train-ai=n\n"}),
        Site({"/robots.txt": "User-agent: Googlebot\nAllow: /\nContent-Usage: train-ai=n\n\n" + OPEN
              + "Content-Usage: train-ai=n\n"}),
    ),
    "usage-on-disallowed": (
        Site({"/robots.txt": OPEN + "Disallow: /a/\nContent-Usage: /a/ train-ai=n\n"}),
        Site({"/robots.txt": OPEN + "Content-Usage: /a/ train-ai=n\n"}),
    ),
}  # fmt: skip


def test_every_lint_has_a_bad_site_and_a_repaired_one() -> None:
    assert set(PAIRS) == set(lints.every())


def test_every_lint_is_documented() -> None:
    page_ = Path(__file__).parents[3] / "docs" / "how-it-works" / "checking-a-site.md"
    text = page_.read_text("utf-8")
    for found in lints.every().values():
        assert f"| `{found.code}` | {found.severity} | {found.title} | {found.why} |" in text


@pytest.mark.parametrize("code", PAIRS)
def test_it_finds_the_mistake_and_says_where(code: str) -> None:
    bad, _ = PAIRS[code]
    found = [f for f in bad.check().findings if f.code == code]
    assert found, bad.codes()
    assert all(f.where and f.message and f.mend and f.severity == lints.every()[code].severity for f in found)


@pytest.mark.parametrize("code", PAIRS)
def test_it_is_silent_once_repaired(code: str) -> None:
    _, good = PAIRS[code]
    assert [f.message for f in good.check().findings if f.code == code] == []


# What readers of dialects report, and the check passes on: the mistakes that are met in the wild.
WILD: dict[str, tuple[Site, str, int | None]] = {
    "content without license": (
        Site({"/robots.txt": ALL_SAID,
              "/rsl.xml": '<rsl xmlns="https://rslstandard.org/rsl">\n<content url="/"/>\n</rsl>'}),
        "rsl-", 2,
    ),
    "permits beside prohibits all": (
        Site({"/robots.txt": ALL_SAID, "/rsl.xml": rsl('<permits type="usage">search</permits>\n',
                                                       '<prohibits type="usage">all</prohibits>')}),
        "rsl-", None,
    ),
    "a comma list": (
        Site({"/robots.txt": ALL_SAID,
              "/rsl.xml": rsl('<prohibits type="usage">ai-train, ai-input</prohibits>')}),
        "rsl-", 4,
    ),
    "train-ai inside RSL": (
        Site({"/robots.txt": ALL_SAID, "/rsl.xml": rsl('<prohibits type="usage">train-ai</prohibits>')}),
        "rsl-", 4,
    ),
    "a word of another standard": (
        Site({"/robots.txt": OPEN + "Content-Usage: inference=n\n"}), "aipref-foreign-label", 3,
    ),
    "an uppercase label": (Site({"/robots.txt": OPEN + "Content-Usage: TRAIN-AI=n\n"}), "aipref-", 3),
    "a retired label": (Site({"/robots.txt": OPEN + "Content-Usage: bots=n\n"}), "aipref-retired-label", 3),
    "Content-Usage on a disallowed path": (PAIRS["usage-on-disallowed"][0], "usage-on-disallowed", 4),
    "a prose ban beside an empty Disallow": (
        Site({"/robots.txt": "# No AI training without our permission.\n" + OPEN}), "agents-prose-ban", 1,
    ),
    "a header that differs from the file": (
        PAIRS["header-differs-from-file"][0], "header-differs-from-file", None,
    ),
    "training shut out, fetching not": (
        Site({"/robots.txt": "User-agent: GPTBot\nDisallow: /\n\n" + OPEN}), "agents-fetchers-open", 2,
    ),
    "a wrong media type of RSL": (
        Site({"/robots.txt": ALL_SAID, "/rsl.xml": rsl()}, {"/rsl.xml": {"Content-Type": "text/xml"}}),
        "rsl-media-type", None,
    ),
    "constraints announced and not written": (
        Site({"/a.jpg": b'\xff\xd8<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
              b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n<rdf:Description xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/">\n<plus:DataMining>'
              b"http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-SEECONSTRAINT</plus:DataMining>\n</rdf:Description>\n"
              b"</rdf:RDF></x:xmpmeta>"}),
        "plus-", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", WILD)
def test_mistakes_met_in_the_wild_are_found(mistake: str) -> None:
    site, code, line = WILD[mistake]
    found = [f for f in site.check().findings if f.code.startswith(code)]
    assert found, site.codes()
    assert line is None or line in {f.line for f in found}
