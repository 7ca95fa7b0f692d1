"""The data of services: all valid, dated and sourced; wrong files are refused by name and field."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

import msgspec
import pytest

from commonweal.errors import InputError
from commonweal.intake.rights import find, services
from commonweal.intake.rights.services import Sourced, from_toml

SLUGS = [s.slug for s in services()]
AI = ["openai", "chatgpt", "anthropic", "claude", "google", "gemini", "ai-studio", "microsoft", "copilot"]
AI += ["github-copilot", "xai", "grok", "mistral", "le-chat", "deepseek", "perplexity", "huggingface"]
PLATFORMS = ["x", "twitter", "meta", "facebook", "instagram", "reddit", "mastodon", "bluesky", "linkedin"]
PLATFORMS += ["stackexchange", "automattic", "wordpress", "tumblr", "medium", "substack", "slack", "discord"]
PLATFORMS += ["github"]


WHOLE = """
slug = "acme"
name = "Acme"
[[settings]]
product = "Chat"
label = "Train on me"
where = "Settings"
does = "Stops."
source = "https://acme.example/help"
checked_on = 2026-11-21
[[contacts]]
region = "all"
company = "Acme Ltd"
email = "p@acme.example"
source = "https://acme.example/privacy"
checked_on = 2026-11-21
"""


def facts(service):
    return [*service.settings, *service.contacts, *([service.deletion] if service.deletion else [])]


@pytest.mark.parametrize("name", AI + PLATFORMS)
def test_each_of_these_is_known(name):
    assert find(name).settings


@pytest.mark.parametrize("slug", SLUGS)
def test_every_fact_has_an_https_source_and_the_day_it_was_read(slug):
    for fact in facts(find(slug)):
        assert isinstance(fact, Sourced)
        assert urlsplit(fact.source).scheme == "https"
        assert urlsplit(fact.source).hostname
        assert date(2026, 1, 1) <= fact.checked_on <= date.today()
        assert fact.verified != bool(fact.reason)


@pytest.mark.parametrize("slug", SLUGS)
def test_requests_under_both_laws_have_somewhere_to_go_except_where_instances_answer(slug):
    service = find(slug)
    if slug == "mastodon":
        with pytest.raises(InputError, match="each instance answers for itself"):
            service.recipient("eu")
        return
    for region in ("eu", "us"):
        to = service.recipient(region)
        assert to.company
        assert to.address or to.email or to.webform
        assert {c.region for c in service.contacts_for(region)} <= {region, "all"}


@pytest.mark.parametrize("slug", SLUGS)
def test_each_says_how_an_account_is_deleted(slug):
    deletion = find(slug).deletion
    assert deletion is not None
    assert urlsplit(deletion.url).scheme == "https"
    assert urlsplit(deletion.url).hostname
    assert deletion.how


def test_names_are_told_apart_and_pointers_lead_somewhere():
    names = [n for s in services() for n in {s.slug, s.name.casefold(), *s.aliases}]
    assert len(names) == len(set(names))
    assert all(n == n.casefold() for s in services() for n in s.aliases)
    assert all(find(other).slug == other for s in services() for other in s.see)


@pytest.mark.parametrize(
    ("wrong", "near"), [("opanai", "openai"), ("Antropic", "anthropic"), ("redit", "reddit")]
)
def test_an_unknown_service_suggests_names_that_come_near(wrong, near):
    with pytest.raises(InputError, match=f"did you mean .*{near}"):
        find(wrong)


def test_case_and_blanks_of_a_name_do_not_count():
    assert find(" ChatGPT ").slug == "openai"


def test_a_contact_of_the_region_stands_before_one_for_everybody():
    assert find("substack").recipient("eu").email.endswith("twobirds.com")
    assert find("substack").recipient("us").email == "privacy@substackinc.com"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('source = "https://acme.example/help"\n', "", "`source` - at `settings"),
        ("https://acme.example/help", "http://acme.example", "source must be an https address"),
        ("checked_on = 2026-11-21\n[[contacts]]", "[[contacts]]", "`checked_on` - at `settings"),
        ("2026-11-21\n[[contacts]]", '"yesterday"\n[[contacts]]', "checked_on"),
        ('label = "Train on me"\n', "", "label and where are needed"),
        ('email = "p@acme.example"\n', "", "needs an address, an email or a webform"),
        ('does = "Stops."', 'does = "Stops."\nverified = false', "reason must say why"),
        ('does = "Stops."', 'does = "Stops."\nsource_seen = 2027-01-01', "later than checked_on"),
        ('does = "Stops."', 'does = "Stops."\ncolour = "red"', "colour"),
        ('region = "all"', 'region = "mars"', "region"),
        ('name = "Acme"', "name = Acme", "no TOML"),
    ],
    ids=lambda v: v if v.isidentifier() else None,
)
def test_a_wrong_file_is_refused_by_its_name_and_field(old, new, said):
    assert from_toml(WHOLE, "acme.toml").slug == "acme"
    with pytest.raises(InputError) as error:
        from_toml(WHOLE.replace(old, new, 1), "acme.toml")
    assert error.value.where == "acme.toml"
    assert said in str(error.value)


def test_every_service_goes_through_json_unchanged():
    for service in services():
        assert msgspec.json.decode(msgspec.json.encode(service), type=type(service)) == service
