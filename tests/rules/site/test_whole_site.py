"""A crawler on a whole site: it reads the rules, gets a licence, comes in, and is put out again."""

from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from commonweal.rules import Act, Effect, Policy, Rule, Terms
from commonweal.rules.dialects.base import Site
from commonweal.rules.publish import publish, save
from commonweal.rules.site import ASGIPublisher, Published
from commonweal.rules.site.olp import Client, Clients, LicenceGuard, SQLiteStore, licence_server
from commonweal.rules.site.snippets import SERVERS

ORIGIN = "https://example.org"
TERMS = Terms(
    (
        Rule(frozenset({Act.CRAWL, Act.SEARCH}), Effect.ALLOW),
        Rule(frozenset({Act.TRAIN_GEN}), Effect.DENY),
    )
)


@pytest.fixture
def site(tmp_path, published, uvicorn_server):
    lab, secret = Client.new("lab")
    store = SQLiteStore(tmp_path / "tokens.db")
    licences = licence_server(Policy.of(TERMS), Clients([lab]), store, origins=[ORIGIN])
    pages = Starlette(
        routes=[
            Mount("/olp", licences),
            Route("/articles/{name}", lambda request: PlainTextResponse("an article")),
        ]
    )
    guarded = LicenceGuard(pages, store, protected=["/articles/"], origin=ORIGIN, licence=f"{ORIGIN}/rsl.xml")
    return uvicorn_server(ASGIPublisher(guarded, published)), ("lab", secret)


def test_a_crawler_reads_the_rules_gets_a_licence_comes_in_and_is_put_out(site):
    base, credentials = site
    with httpx.Client(trust_env=False, base_url=base, headers={"user-agent": "ExampleBot"}) as crawler:
        closed = crawler.get("/articles/one")
        assert closed.status_code == 401
        licence = closed.links["license"]["url"]
        assert crawler.get(licence.removeprefix(ORIGIN)).headers["content-type"] == "application/rsl+xml"

        asked = {"grant_type": "client_credentials", "resource": f"{ORIGIN}/articles/"}
        refused = crawler.post("/olp/token", data={**asked, "scope": "train-gen"}, auth=credentials)
        assert refused.status_code == 403
        given = crawler.post("/olp/token", data={**asked, "scope": "search"}, auth=credentials).json()
        token = {"authorization": f"{given['token_type']} {given['access_token']}"}

        opened = crawler.get("/articles/one", headers=token)
        assert (opened.status_code, opened.text) == (200, "an article")
        assert opened.headers["tdm-reservation"] == "1"

        crawler.post("/olp/revoke", data={"token": given["access_token"]}, auth=credentials)
        assert crawler.get("/articles/one", headers=token).status_code == 401


def test_what_an_export_writes_is_loaded_and_fits_every_server(tmp_path):
    bundle = publish(TERMS, Site(ORIGIN))
    save(bundle, tmp_path)
    loaded = Published.load(tmp_path)
    assert set(loaded.files) == {f"/{path}" for path in bundle.files}
    assert {(h.pattern, h.name, h.value) for h in loaded.headers} == set(bundle.headers)
    for make in SERVERS.values():
        assert all(make(loaded.at(ORIGIN), "/srv/site").values())


def test_tokens_hold_for_an_hour_of_real_time_unless_told_otherwise(site):
    base, credentials = site
    form = {"grant_type": "client_credentials", "resource": "/", "scope": "search"}
    with httpx.Client(trust_env=False, base_url=base, auth=credentials) as client:
        token = client.post("/olp/token", data=form).json()["access_token"]
        told = client.post("/olp/introspect", data={"token": token}).json()
    now = datetime.now(UTC).timestamp()
    assert told["iat"] <= now < told["exp"] == told["iat"] + 3600
