"""The guard: who comes in with a licence, who for a price, and what the others are told."""

import logging
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

import apart
from commonweal.errors import InputError
from commonweal.rules import Act
from commonweal.rules.site.olp import Grant, LicenceGuard, Price, SQLiteStore, automated
from commonweal.rules.site.olp.headers import MalformedError, token_in
from commonweal.rules.site.olp.paths import readings
from commonweal.rules.site.olp.payments import offered
from commonweal.rules.site.olp.store import digest, new_token

ORIGIN = "https://example.org"
LICENCE = "https://example.org/terms/rsl.xml"
LINK = f'<{LICENCE}>; rel="license"; type="application/rsl+xml"'
START = datetime(2027, 1, 1, tzinfo=UTC)
BOT = {"user-agent": "ExampleBot/1.0 (+https://bot.example)"}
PERSON = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
CENT = Price(Decimal("0.01"), "USD")


class Till:
    """Payments in memory: `broke` can't pay."""

    def __init__(self):
        self.charged = []

    def paid(self, client, resource, duties):
        raise AssertionError

    def price(self, url):
        return CENT if "/shop/" in url else None

    def charge(self, client, url, price):
        if client == "broke":
            return False
        if client == "down":
            raise OSError("the bank is closed")
        self.charged.append((client, url, price))
        return True


async def app(scope, receive, send):
    """Answers with the status in the path, and tells what it saw."""
    status = {"301": 301, "404": 404, "500": 500}.get(scope["path"].rpartition("/")[2], 200)
    grant = scope.get("commonweal.grant")
    seen = f"{grant.client if grant else '-'} {b'authorization' in dict(scope['headers'])}".encode()
    await send({"type": "http.response.start", "status": status, "headers": [(b"x-own", b"1")]})
    await send({"type": "http.response.body", "body": seen, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture(scope="module")
def world(tmp_path_factory, uvicorn_server):
    store = SQLiteStore(tmp_path_factory.mktemp("guard") / "tokens.db")
    world = SimpleNamespace(now=START, till=Till(), store=store)
    world.base = uvicorn_server(
        LicenceGuard(
            app,
            store,
            protected=["/articles/", "/shop/", "/*.pdf$"],
            origin=ORIGIN,
            licence=LICENCE,
            payments=world.till,
            identify=lambda headers: headers.get("x-verified", [None])[0],
            clock=lambda: world.now,
        )
    )
    return world


@pytest.fixture(autouse=True)
def at_the_start(world):
    world.now = START
    world.till.charged.clear()


@pytest.fixture
def grant(world):
    def make(resource=f"{ORIGIN}/articles/", **more):
        token = new_token()
        given = {"expires": START + timedelta(hours=1), **more}
        world.store.add(digest(token), Grant("lab", resource, frozenset({Act.GROUND}), START, **given))
        return token

    return make


@pytest.fixture
def get(world, fetch):
    def ask(path, headers=BOT, method="GET", token=None):
        licence = {} if token is None else {"authorization": f"License {token}"}
        return fetch(world.base, path, method, headers={**headers, **licence})

    return ask


def refused(response, status, error):
    assert response.status_code == status
    assert response.headers["www-authenticate"].startswith(f'License error="{error}"')
    assert response.headers["link"] == LINK
    assert response.headers["cache-control"] == "no-store"
    assert "x-own" not in response.headers
    return True


def test_a_machine_without_a_licence_is_told_where_to_get_one(get):
    assert refused(get("/articles/1"), 401, "invalid_request")
    assert refused(get("/a.pdf"), 401, "invalid_request")
    assert refused(get("/articles/1", method="HEAD"), 401, "invalid_request")
    assert refused(get("/articles/1", method="POST"), 401, "invalid_request")


def test_what_is_not_protected_and_people_pass(get):
    assert get("/elsewhere").status_code == 200
    assert get("/articles").status_code == 200
    assert get("/a.pdf.html").status_code == 200
    assert get("/articles/1", PERSON).content == b"- False"


def test_the_rules_themselves_are_free(world, fetch):
    guard = LicenceGuard(app, world.store, protected=["/"], origin=ORIGIN, licence=LICENCE)
    for path, status in (
        ("/robots.txt", 200), ("/terms/rsl.xml", 200), ("/.well-known/tdmrep.json", 200), ("/", 401),
        ("/robots.txt/../x", 401),
        ("/x/../robots.txt", 401), ("/robots.txt%2f..%2fx", 401), ("/robots.txtx", 401),
    ):  # fmt: skip
        assert apart.run(_status(guard, path)) == status, path


def test_a_licence_opens_what_it_covers_and_the_application_never_sees_the_token(get, grant):
    token = grant()
    assert get("/articles/1", token=token).content == b"lab False"
    assert get("/articles/1", PERSON, token=token).content == b"lab False"
    assert refused(get("/shop/1", token=token), 403, "insufficient_scope")
    assert refused(get("/b.pdf", token=token), 403, "insufficient_scope")
    assert get("/elsewhere", token=token).status_code == 200


def test_a_licence_ends_when_it_expires_or_is_revoked(get, grant, world):
    token = grant()
    world.now = START + timedelta(seconds=3599)
    assert get("/articles/1", token=token).status_code == 200
    world.now = START + timedelta(seconds=3600)
    assert refused(get("/articles/1", token=token), 401, "invalid_token")
    world.now = START
    assert get("/articles/1", token=token).status_code == 200
    world.store.revoke(digest(token))
    assert refused(get("/articles/1", token=token), 401, "invalid_token")


def test_a_licence_for_another_site_or_from_nowhere_opens_nothing(get, grant):
    for token in (grant("https://other.org/articles/"), grant("http://example.org/"), new_token()):
        assert refused(get("/articles/1", token=token), 401, "invalid_token")


def test_a_one_time_licence_opens_one_door_once(get, grant):
    token = grant(once=True)
    assert refused(get("/shop/1", token=token), 403, "insufficient_scope")
    assert get("/articles/1", token=token).status_code == 200
    assert refused(get("/articles/1", token=token), 401, "invalid_token")


def test_of_many_requests_at_once_one_gets_in_with_a_one_time_licence(get, grant):
    token, found = grant(once=True), []
    threads = [
        threading.Thread(target=lambda: found.append(get("/articles/1", token=token).status_code))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200] + [401] * 7


def test_an_act_can_be_asked_of_the_licence(world, grant):
    for act, status in ((Act.GROUND, 200), (Act.TRAIN_GEN, 403)):
        guard = LicenceGuard(
            app, world.store, protected=["/"], origin=ORIGIN, licence=LICENCE, act=act,
            clock=lambda: START,
        )  # fmt: skip
        assert apart.run(_status(guard, "/articles/1", f"License {grant()}")) == status


@pytest.mark.parametrize(
    "path",
    ["/articles//1", "//articles/1", "/open/../articles/1", "/open/..%2farticles/1", "/%61rticles/1",
     "/open/%2e%2e/articles/1", "/open/..\\articles/1", "/./articles/1", "/a%2Epdf", "/articles/1?x=/../"],
)  # fmt: skip
def test_another_spelling_of_a_protected_path_is_protected(world, path):
    guard = LicenceGuard(
        app, world.store, protected=["/articles/", "/*.pdf$"], origin=ORIGIN, licence=LICENCE
    )
    assert apart.run(_status(guard, path)) == 401


@pytest.mark.parametrize(
    "path",
    ["/articles/../shop/1", "/articles/..%2fshop/1", "/articles/%2e%2e/shop/1", "/articles/..\\shop/1"],
)
def test_another_spelling_widens_no_licence(world, grant, path):
    guard = LicenceGuard(
        app, world.store, protected=["/"], origin=ORIGIN, licence=LICENCE, clock=lambda: START
    )
    licence = f"License {grant()}"
    assert apart.run(_status(guard, "/articles/1", licence)) == 200
    assert apart.run(_status(guard, path, licence)) == 403


@given(st.text(alphabet="/.%2eEfF5cC\\a?", max_size=12))
def test_readings_of_a_path_are_paths_and_hold_what_was_written(text):
    found = readings("/" + text)
    assert all(p.startswith("/") for p in found)
    bare = [p.partition("?")[0] for p in found]
    assert any("//" not in p and not {".", ".."} & set(p.split("/")) for p in bare)


_odd = st.one_of(
    st.text(alphabet=st.characters(max_codepoint=255), max_size=30),
    st.text(alphabet='Licens \t,="abc/+.-_~é\x00', max_size=30),
    st.sampled_from(
        ["License", "license ", "LICENSE\ta", "License a b", "License a,b", "License =", "License a=a"]
    ),
).flatmap(lambda s: st.sampled_from([s, "License " + s]))


@given(st.lists(_odd, max_size=2))
def test_any_authorization_gives_a_token_of_allowed_characters_or_none_or_is_malformed(values):
    try:
        token = token_in(values)
    except MalformedError:
        return
    assert token is None or (
        token.isascii() and token.isprintable() and " " not in token and values == [values[0]]
    )
    if token is None:
        assert not any(v.strip(" \t").lower().startswith("license ") for v in values)


@given(_odd)
def test_no_authorization_without_a_grant_comes_in_or_comes_back(value):
    """Whatever it is, the answer is one of three: there is none, it is malformed, it is not known."""

    async def closed(scope, receive, send):
        raise AssertionError("came in")

    guard = LicenceGuard(closed, _Empty(), protected=["/"], origin=ORIGIN, licence=LICENCE)
    answers = [apart.run(_sent(guard, "/x", said)) for said in ("Bearer a", "License", "License a")]
    assert apart.run(_sent(guard, "/x", value)) in answers
    assert {a[0]["status"] for a in answers} == {401}


class _Empty:
    def find(self, key):
        return None


def test_other_schemes_of_authorization_are_the_applications(get):
    assert refused(get("/articles/1", {**BOT, "authorization": "Bearer abc"}), 401, "invalid_request")
    assert get("/elsewhere", {**BOT, "authorization": "Bearer abc"}).content == b"- True"
    assert get("/articles/1", {**PERSON, "authorization": "Basic abc"}).content == b"- True"


def test_a_page_for_sale_says_its_price(get):
    response = get("/shop/1")
    assert refused(response, 402, "invalid_request")
    assert response.headers["crawler-price"] == "USD 0.01"
    assert response.headers["crawler-error"] == "MissingCrawlerPrice"


@pytest.mark.parametrize(
    ("offer", "status", "code"),
    [
        ({"crawler-exact-price": "USD 0.02"}, 402, "InvalidCrawlerExactPrice"),
        ({"crawler-exact-price": "EUR 0.01"}, 402, "InvalidCrawlerExactPrice"),
        ({"crawler-max-price": "USD 0.009"}, 402, "InvalidCrawlerMaxPrice"),
        ({"crawler-max-price": "EUR 5"}, 402, "InvalidCrawlerMaxPrice"),
        ({"crawler-max-price": "0.01"}, 400, "InvalidCrawlerPriceValue"),
        ({"crawler-max-price": "USD 1e9"}, 400, "InvalidCrawlerPriceValue"),
        ({"crawler-exact-price": ""}, 400, "InvalidCrawlerPriceValue"),
        ({"crawler-exact-price": "USD 0.01", "crawler-max-price": "USD 1"}, 400, "ConflictingPriceHeaders"),
    ],
)
def test_an_offer_that_does_not_fit_is_told_why_and_costs_nothing(get, world, offer, status, code):
    response = get("/shop/1", {**BOT, **offer, "x-verified": "lab"})
    assert refused(response, status, "invalid_request")
    assert (response.headers["crawler-error"], response.headers["crawler-price"]) == (code, "USD 0.01")
    assert world.till.charged == []


@pytest.mark.parametrize(
    "offer",
    [
        {"crawler-exact-price": "USD 0.01"},
        {"crawler-exact-price": "USD 0.0100"},
        {"crawler-max-price": "USD 1"},
    ],
)
def test_an_offer_that_fits_is_charged_at_the_price(get, world, offer):
    response = get("/shop/1?a=b", {**BOT, **offer, "x-verified": "lab"})
    assert (response.status_code, response.content) == (200, b"- False")
    assert response.headers["crawler-charged"] == "USD 0.01"
    assert world.till.charged == [("lab", "https://example.org/shop/1?a=b", CENT)]


@pytest.mark.parametrize("path", ["/shop/..%2farticles/1", "/articles/..%2fshop/1", "/shop/../articles/1"])
def test_a_path_that_reads_as_two_is_not_sold_at_the_price_of_one(world, path):
    guard = LicenceGuard(
        app, world.store, protected=["/"], origin=ORIGIN, licence=LICENCE, payments=world.till,
        identify=lambda headers: "lab",
    )  # fmt: skip
    assert apart.run(_status(guard, "/shop/1")) == 402
    assert apart.run(_status(guard, path)) == 401


def test_errors_and_redirects_of_the_application_are_not_charged(get, world):
    for status in (301, 404, 500):
        response = get(f"/shop/{status}", {**BOT, "crawler-max-price": "USD 1", "x-verified": "lab"})
        assert response.status_code == status
        assert "crawler-charged" not in response.headers
    assert world.till.charged == []


def test_who_is_not_known_or_can_not_pay_gets_nothing(get, world):
    offer = {**BOT, "crawler-max-price": "USD 1"}
    unknown = get("/shop/1", offer)
    assert refused(unknown, 400, "invalid_request")
    assert unknown.headers["crawler-error"] == "StrongAuthRequired"
    for client in ("broke", "down"):
        response = get("/shop/1", {**offer, "x-verified": client})
        assert refused(response, 403, "invalid_request")
        assert response.headers["crawler-error"] == "PaymentFailed"
        assert response.content == b"this needs a licence, or its price\n"
    assert world.till.charged == []


def test_a_licence_needs_no_price(get, grant, world):
    assert get("/shop/1", token=grant(f"{ORIGIN}/shop/")).status_code == 200
    assert world.till.charged == []


@given(st.decimals(0, 10**9, places=6), st.decimals(0, 10**9, places=6), st.sampled_from(["USD", "EUR"]))
def test_a_price_is_read_as_written_and_compared_as_a_number(price, offer, currency):
    asked, most = Price(price, "USD"), Price(offer, currency)
    assert Price.parse(str(asked)) == asked
    assert (offered(None, str(most), asked) is None) == (currency == "USD" and offer >= price)
    assert (offered(str(most), None, asked) is None) == (currency == "USD" and offer == price)


def test_an_amount_is_never_a_float():
    for amount in (0.1, 1, Decimal("NaN"), Decimal("-1"), Decimal("Infinity")):
        with pytest.raises(ValueError, match="Decimal"):
            Price(amount, "USD")


def test_when_licences_can_not_be_checked_nobody_comes_in_and_nothing_is_told(caplog):
    class Broken:
        def find(self, key):
            raise OSError("/secret/path")

    caplog.set_level(logging.DEBUG)
    guard = LicenceGuard(app, Broken(), protected=["/"], origin=ORIGIN, licence=LICENCE)
    sent = apart.run(_sent(guard, "/x", "License abcdefgh"))
    assert sent[0]["status"] == 503
    assert b"secret" not in sent[1]["body"]
    assert "can't be checked" in caplog.text
    assert "abcdefgh" not in caplog.text


@pytest.mark.parametrize(
    ("headers", "machine"),
    [
        (PERSON, False),
        (BOT, True),
        ({}, True),
        ({"user-agent": "curl/8"}, True),
        ({"user-agent": "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"}, True),
        ({"user-agent": "Mozilla/5.0 (Linux; Android 14; CUBOT X90) AppleWebKit/537.36"}, False),
        ({**PERSON, "signature-agent": '"https://bot.example"'}, True),
        ({**PERSON, "crawler-max-price": "USD 1"}, True),
        ({**PERSON, "authorization": "license x"}, True),
        ({**PERSON, "authorization": "Basic x"}, False),
    ],
)
def test_machines_are_known_by_what_they_say(headers, machine):
    assert automated({k: [v] for k, v in headers.items()}) is machine


def test_websockets_and_lifespan_pass_untouched(world):
    seen = []

    async def inner(scope, receive, send):
        seen.append((scope, receive, send))

    guard = LicenceGuard(inner, world.store, protected=["/"], origin=ORIGIN, licence=LICENCE)
    for kind in ("websocket", "lifespan"):
        scope = {"type": kind}
        apart.run(guard(scope, None, None))
        assert seen[-1][0] is scope


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"origin": "example.org"}, "no URL"),
        ({"licence": "/rsl.xml"}, "no URL"),
        ({"licence": 'https://a.org/x>; rel="x'}, "odd characters"),
        ({"protected": ["articles"]}, "no path"),
        ({"free": ["https://a.org/"]}, "no path"),
    ],
)
def test_a_guard_with_wrong_settings_is_refused(world, change, problem):
    settings = {"protected": ["/"], "origin": ORIGIN, "licence": LICENCE, **change}
    with pytest.raises(InputError, match=problem):
        LicenceGuard(app, world.store, **settings)


def test_where_something_before_the_guard_rewrites_paths_both_count(world, grant):
    guard = LicenceGuard(
        app, world.store, protected=["/articles/", "/shop/"], origin=ORIGIN, licence=LICENCE,
        clock=lambda: START,
    )  # fmt: skip
    licence = f"License {grant()}"
    for raw, path, status in (
        ("/articles/1", "/articles/2", 200), ("/articles/1", "/shop/1", 403), ("/shop/1", "/articles/1", 403),
    ):  # fmt: skip
        sent = apart.run(_sent(guard, raw, licence, routed=path))
        assert sent[0]["status"] == status
    assert apart.run(_sent(guard, "/open/1", routed="/articles/1"))[0]["status"] == 401


async def _sent(guard, path, authorization=None, routed=None):
    bare, _, query = path.partition("?")
    headers = [(b"user-agent", b"bot")]
    headers += [] if authorization is None else [(b"authorization", authorization.encode("latin-1"))]
    scope = {
        "type": "http", "method": "GET", "path": routed or unquote(bare), "raw_path": bare.encode(),
        "query_string": query.encode(), "headers": headers,
    }  # fmt: skip
    sent = []

    async def send(message):
        sent.append(message)

    await guard(scope, None, send)
    return sent


async def _status(guard, path, authorization=None):
    return (await _sent(guard, path, authorization))[0]["status"]
