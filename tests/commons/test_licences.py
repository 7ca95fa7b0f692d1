"""Spellings of licences: what surely names one is recognised, and nothing else."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.commons.licences import Licence, recognise, table

DATA = tomllib.loads((resources.files("commonweal.commons") / "data" / "licences.toml").read_text("utf-8"))
IDS = sorted(name for family in DATA["family"] for name in family["spdx"])


def one(text: str) -> str | None:
    (found,) = recognise(text)
    return None if found is None else found.spdx or found.family


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("cc-by-sa-4.0", "CC-BY-SA-4.0"),
        ("CC_BY_SA_4.0", "CC-BY-SA-4.0"),
        ("Creative Commons Attribution-ShareAlike 4.0 International", "CC-BY-SA-4.0"),
        ("Creative Commons Attribution Share Alike 3.0 Unported", "CC-BY-SA-3.0"),
        ("Creative Commons Attribution-NonCommercial-NoDerivs 3.0", "CC-BY-NC-ND-3.0"),
        ("https://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
        ("http://www.creativecommons.org/licenses/by-sa/4.0/legalcode.de", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/licenses/by/3.0/at/deed.en", "CC-BY-3.0-AT"),
        ("https://creativecommons.org/licenses/by/3.0/fr/", "cc-by"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("CC0", "CC0-1.0"),
        ("Attribution 4.0 International (CC BY 4.0)", "CC-BY-4.0"),
        ("CC BY-NC", "cc-by-nc"),
        ("The MIT License", "MIT"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("https://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
        ("https://spdx.org/licenses/ODbL-1.0.html", "ODbL-1.0"),
        ("GPL-3.0+", "GPL-3.0-or-later"),
        ("GPLv3", "copyleft"),
    ],
)
def test_spellings_of_one_licence_are_recognised(text: str, expected: str) -> None:
    assert one(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "All rights reserved",
        "UNLICENSED",
        "PD/CC0 (per PEP)",
        "public domain",
        "CC",
        "CC BY 7.0",
        "CC BY 4",
        "CC BY-SA 4.0 (CC BY 4.0)",
        "not CC0-1.0",
        "MIT with changes",
        "https://creativecommons.org/licenses/by/9.0/",
        "https://example.org/licenses/by/4.0/",
        "https://example.org/?see=creativecommons.org/licenses/by/4.0",
        "GPL-2.0-only WITH Classpath-exception-2.0",
    ],
)
def test_what_does_not_surely_name_a_licence_is_not_recognised(text: str) -> None:
    assert recognise(text) == {None}


@given(name=st.sampled_from(IDS), upper=st.booleans(), gap=st.sampled_from([" ", "-", "_", "  "]))
def test_letter_case_and_hyphens_make_no_difference(name: str, upper: bool, gap: str) -> None:
    text = (name.upper() if upper else name.lower()).replace("-", gap)
    assert one(f" {text} ") == one(name) == name


def test_several_licences_are_all_named() -> None:
    assert {found and found.spdx for found in recognise("MIT OR Apache-2.0")} == {"MIT", "Apache-2.0"}
    assert recognise("MIT AND house rules") == {Licence("MIT", "permissive"), None}


def test_no_spelling_names_two_licences() -> None:
    from commonweal.commons.licences import _key

    said: dict[str, set[tuple[str, str]]] = {}
    for family in DATA["family"]:
        pairs = [(text, name) for text, name in family.get("also", {}).items()]
        pairs += [(name, name) for name in family["spdx"]] + [(text, "") for text in family.get("bare", ())]
        for text, name in pairs:
            said.setdefault(_key(text), set()).add((name, family["id"]))
            assert name in ("", *family["spdx"])
    assert {key: found for key, found in said.items() if len(found) > 1} == {}


def test_identifiers_are_those_of_spdx_and_families_do_not_look_like_them() -> None:
    from packaging.licenses import canonicalize_license_expression

    assert [name for name in IDS if canonicalize_license_expression(name) != name] == []
    assert not {name.lower() for name in IDS} & set(table().families)
    assert all(family["source"] and family["name"] for family in DATA["family"])
    assert DATA["checked_on"].year >= 2026
