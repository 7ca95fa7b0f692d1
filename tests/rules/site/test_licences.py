"""The licence server: who gets which token, what it tells of it, and what never leaves it."""

import base64
import hmac
import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from urllib.parse import quote_plus

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.rules import (
    Act,
    Attribute,
    Consent,
    Effect,
    Flow,
    Life,
    Party,
    Pay,
    Policy,
    Rule,
    Scope,
    Terms,
    Who,
)  # fmt: skip
from commonweal.rules.site.olp import (
    Client,
    Clients,
    ContentKeys,
    SQLiteStore,
    clients,
    decrypt,
    encrypt,
    licence_server,
)  # fmt: skip
from commonweal.rules.site.olp.licence import USAGE, AskedWronglyError, licence_acts

ORIGIN = "https://example.org"
START = datetime(2027, 1, 1, tzinfo=UTC)
PER_TRAINING = Pay("per-training", Decimal("100"), "EUR")
PER_CRAWL = Pay("per-crawl", Decimal("0.01"), "USD")
ENDS = START + timedelta(minutes=10)
ENTITY = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]><license>&b;</license>"


def rule(act, effect="conditional", **more):
    return Rule(frozenset({act}), Effect(effect), **more)


ARTICLES = Scope(urls=frozenset({"/articles/"}))
TERMS = Terms(
    (
        rule(Act.CRAWL, "allow"),
        rule(Act.CRAWL, "deny", scope=Scope(urls=frozenset({"/closed/"}))),
        rule(Act.SEARCH, "allow"),
        rule(Act.TRAIN_GEN, duties=frozenset({PER_TRAINING}), scope=ARTICLES),
        rule(Act.TRAIN_DISC, duties=frozenset({PER_TRAINING}), scope=ARTICLES),
        rule(Act.GROUND, duties=frozenset({Attribute("by name")}), flow=Flow(depth=0), scope=ARTICLES),
        rule(Act.INDEX, duties=frozenset({PER_CRAWL})),
        rule(Act.EVAL, "deny"),
        rule(Act.MINE, "allow", who=Who(parties=frozenset({Party.RESEARCH})), life=Life(expiry=ENDS)),
        rule(Act.SYNTH, duties=frozenset({Consent()})),
        rule(Act.REDISTRIBUTE, "allow", who=Who(names=frozenset({"lab.example"}))),
    )
)
LAB, LAB_SECRET = Client.new("lab", name="lab.example", parties=frozenset({Party.RESEARCH}))
FIRM, FIRM_SECRET = Client.new("a firm: 100%", parties=frozenset({Party.COMMERCIAL}))
SITE, SITE_SECRET = Client.new("site", introspects=True)


class Till:
    """Payments in memory."""

    def __init__(self):
        self.paid_by = set()

    def paid(self, client, resource, duties):
        return all((client, duty) in self.paid_by for duty in duties)

    def price(self, url):
        return None

    def charge(self, client, url, price):
        raise AssertionError


@pytest.fixture(scope="module")
def world(tmp_path_factory, uvicorn_server):
    """A licence server on loopback, its clock, its till and its store."""
    store = SQLiteStore(tmp_path_factory.mktemp("store") / "tokens.db")
    world = SimpleNamespace(now=START, till=Till(), store=store, keys=ContentKeys(bytes(range(32))))
    world.app = licence_server(
        Policy.of(TERMS),
        Clients([LAB, FIRM, SITE]),
        store,
        origins=[ORIGIN],
        payments=world.till,
        keys=world.keys,
        clock=lambda: world.now,
    )
    world.base = uvicorn_server(world.app)
    return world


@pytest.fixture(autouse=True)
def at_the_start(world):
    world.now = START
    world.till.paid_by = set()


def basic(id, secret):
    return "Basic " + base64.b64encode(f"{quote_plus(id)}:{secret}".encode()).decode()


AS_LAB = {"authorization": basic("lab", LAB_SECRET)}
AS_FIRM = {"authorization": basic(FIRM.id, FIRM_SECRET)}
AS_SITE = {"authorization": basic("site", SITE_SECRET)}


@pytest.fixture
def post(world):
    def send(path, headers=AS_LAB, **form):
        with httpx.Client(trust_env=False, verify=False) as client:
            response = client.post(world.base + path, data=form, headers=headers)
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["content-type"] == "application/json"
        return response

    return send


@pytest.fixture
def ask(post):
    def send(scope="search", resource="/articles/", headers=AS_LAB, **form):
        return post(
            "/token", headers, grant_type="client_credentials", scope=scope, resource=resource, **form
        )

    return send


@pytest.fixture
def introspect(post):
    def send(token, headers=AS_SITE, **form):
        response = post("/introspect", headers, token=token, **form)
        assert response.status_code == 200
        return response.json()

    return send


def test_what_the_terms_allow_is_granted(ask):
    response = ask()
    assert response.status_code == 200
    said = response.json()
    assert len(base64.urlsafe_b64decode(said.pop("access_token") + "=")) == 32
    assert said == {
        "token_type": "License",
        "expires_in": 3600,
        "scope": "search",
        "resource": "https://example.org/articles/",
    }


def test_duties_and_limits_come_with_the_token(ask):
    said = ask("ground").json()
    assert said["duties"] == [{"duty": "attribute", "form": "by name"}]
    assert said["flow"] == {"depth": 0}


@pytest.mark.parametrize(
    ("scope", "resource", "why"),
    [
        ("eval", "/", "eval (refused)"),
        ("ground", "/", "ground (not granted)"),  # allowed on a part of it only
        ("search", "/", "crawl (refused)"),  # on a part of it
        ("search", "/closed/", "crawl (refused)"),
        ("synth", "/articles/", "consent"),
        ("search eval", "/articles/", "eval (refused)"),
    ],
)
def test_what_the_terms_refuse_or_do_not_say_is_not_granted(ask, scope, resource, why):
    response = ask(scope, resource)
    assert response.status_code == 403
    assert response.json()["error"] == "invalid_license"
    assert why in response.json()["error_description"]


def test_a_grant_depends_on_the_client_as_registered(ask):
    assert ask("mine", "/articles/").status_code == 200
    assert ask("mine", "/articles/", AS_FIRM).status_code == 403
    assert ask("redistribute", "/articles/").status_code == 200
    assert ask("redistribute", "/articles/", AS_FIRM).status_code == 403


def test_a_token_ends_when_the_rule_that_grants_it_does(ask, introspect, world):
    said = ask("mine", "/articles/").json()
    assert said["expires_in"] == 600
    world.now = ENDS
    assert introspect(said["access_token"]) == {"active": False}


def test_what_must_be_paid_is_granted_once_it_is(ask, world):
    unpaid = ask("train-gen", headers=AS_FIRM)
    assert unpaid.status_code == 402
    assert unpaid.json()["error"] == "payment_required"
    assert unpaid.json()["duties"] == [
        {"duty": "pay", "model": "per-training", "amount": "100", "currency": "EUR"}
    ]
    world.till.paid_by.add((FIRM.id, PER_TRAINING))
    assert ask("train-gen", headers=AS_FIRM).status_code == 200
    assert ask("train-gen").status_code == 402


def test_a_licence_in_rsl_asks_for_its_acts(ask, post, world):
    licence = '<license xmlns="https://rslstandard.org/rsl"><permits type="usage">{}</permits></license>'
    form = {"grant_type": "client_credentials", "resource": "/articles/"}
    said = post("/token", **form, license=licence.format("search")).json()
    assert said["scope"] == "search"
    assert post("/token", **form, license=licence.format("ai-train")).status_code == 402
    assert post("/token", **form, license=licence.format("ai-all")).status_code == 403
    both = post("/token", **form, license=licence.format("search ai-input"), scope="ground")
    assert both.json()["scope"] == "ground"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
        ({"resource": None}, "invalid_request"),
        ({"resource": "https://other.org/"}, "invalid_resource"),
        ({"resource": "https://example.org@other.org/"}, "invalid_resource"),
        ({"resource": "//other.org/../x"}, "invalid_resource"),
        ({"resource": "/open/../closed/"}, "invalid_resource"),
        ({"resource": "/a b"}, "invalid_resource"),
        ({"resource": "javascript:x"}, "invalid_resource"),
        ({"scope": None}, "invalid_request"),
        ({"scope": ""}, "invalid_request"),
        ({"scope": "everything"}, "invalid_request"),
        ({"license": "<license>"}, "invalid_license"),
        ({"license": "<permits/>"}, "invalid_license"),
        ({"license": ENTITY}, "invalid_license"),
        ({"license": '<license><permits type="usage">train-ai</permits></license>'}, "invalid_license"),
        ({"license": "<license/>", "license_type": "text/plain"}, "invalid_request"),
        ({"license": '<license><permits type="usage">ai-index</permits></license>'}, "invalid_license"),
    ],
)  # fmt: skip
def test_wrong_requests_are_told_apart(post, change, code):
    form = {"grant_type": "client_credentials", "resource": "/articles/", "scope": "search", **change}
    response = post("/token", **{k: v for k, v in form.items() if v is not None})
    assert (response.status_code, response.json()["error"]) == (400, code)


def test_a_parameter_given_twice_another_form_and_too_much_are_refused(world):
    form = "application/x-www-form-urlencoded"
    with httpx.Client(trust_env=False, verify=False, headers=AS_LAB) as client:
        for content, kind, status in (
            (b"grant_type=a&grant_type=b", form, 400),
            (b'{"grant_type": "client_credentials"}', "application/json", 400),
            (b"\xff", form, 400),
            (b"a=" + b"b" * 70_000, form, 413),
        ):
            answer = client.post(world.base + "/token", content=content, headers={"content-type": kind})
            assert (answer.status_code, answer.json()["error"]) == (status, "invalid_request")


WRONG = {
    "none": None,
    "empty": "",
    "scheme alone": "Basic",
    "no base64": "Basic !",
    "no colon": "Basic " + base64.b64encode(b"lab").decode(),
    "no text": "Basic " + base64.b64encode(b"\xff:").decode(),
    "wrong secret": basic("lab", "wrong"),
    "no secret": basic("lab", ""),
    "unknown client": basic("nobody", LAB_SECRET),
    "another scheme": "Bearer " + LAB_SECRET,
}


@pytest.mark.parametrize("credentials", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke", "/key"])
def test_without_right_credentials_nothing_is_said(post, path, credentials):
    response = post(path, {} if credentials is None else {"authorization": credentials}, token="x")
    assert response.status_code == 401
    assert response.json()["error"] == "invalid_client"
    assert response.headers["www-authenticate"].startswith("Basic ")
    assert LAB_SECRET not in response.text


def test_secrets_are_compared_in_constant_time_whether_or_not_the_client_is_known(monkeypatch):
    compared = []

    def spy(a, b):
        compared.append((len(a), len(b)))
        return hmac.compare_digest(a, b)

    monkeypatch.setattr(clients, "hmac", SimpleNamespace(compare_digest=spy))
    known = Clients([LAB])
    assert known.authenticate("lab", LAB_SECRET) == LAB
    assert known.authenticate("lab", "wrong") is None
    assert known.authenticate("nobody", "wrong") is None
    assert compared == [(32, 32)] * 3


def test_only_a_salted_hash_of_a_secret_is_kept(tmp_path):
    one, secret = Client.new("a")
    assert secret not in one.secret
    assert clients.hash_secret("x") != clients.hash_secret("x")
    assert clients.verify_secret("x", clients.hash_secret("x"))
    assert not clients.verify_secret("y", clients.hash_secret("x"))


def test_clients_are_read_from_a_file_and_wrong_files_are_refused(tmp_path):
    path = tmp_path / "clients.json"
    path.write_text(f'[{{"id": "lab", "secret": "{LAB.secret}", "parties": ["research"]}}]')
    assert Clients.load(path).authenticate("lab", LAB_SECRET).parties == {Party.RESEARCH}
    for text, problem in (
        ("[1]", "Expected"),
        ('[{"id": "a"}]', "secret"),
        ("{", "no JSON"),
        ('[{"id": "a", "secret": "plain"}]', "hash"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=problem):
            Clients.load(path)
    with pytest.raises(InputError, match="can't be read"):
        Clients.load(tmp_path / "absent")
    with pytest.raises(InputError, match="twice"):
        Clients([LAB, LAB])


def test_introspection_tells_what_a_token_is_for(ask, introspect):
    token = ask("search ground").json()["access_token"]
    assert introspect(token) == {
        "active": True,
        "client_id": "lab",
        "scope": "ground search",
        "token_type": "License",
        "aud": ORIGIN,
        "resource": "https://example.org/articles/",
        "iat": int(START.timestamp()),
        "exp": int(START.timestamp()) + 3600,
    }


def test_a_token_is_inactive_when_expired_revoked_unknown_elsewhere_or_anothers(ask, introspect, post, world):
    token = ask().json()["access_token"]
    assert introspect(token, resource="https://example.org/articles/1")["active"]
    assert introspect(token, resource="/articles/1")["active"]
    assert introspect(token, headers=AS_LAB)["active"]
    for elsewhere in ("https://example.org/", "https://other.org/articles/", "/articles/../closed/"):
        assert introspect(token, resource=elsewhere) == {"active": False}
    assert introspect(token, headers=AS_FIRM) == {"active": False}
    assert introspect("x" + token[1:]) == {"active": False}
    world.now = START + timedelta(seconds=3599)
    assert introspect(token)["active"]
    world.now = START + timedelta(seconds=3600)
    assert introspect(token) == {"active": False}
    world.now = START
    assert post("/revoke", AS_FIRM, token=token).status_code == 200  # another's: nothing happens
    assert introspect(token)["active"]
    assert post("/revoke", token=token).status_code == 200
    assert introspect(token) == {"active": False}


def test_a_one_time_token_is_used_up_by_the_question_of_a_server_and_not_by_its_owners(ask, introspect):
    token = ask(one_time="true").json()["access_token"]
    assert introspect(token, headers=AS_LAB)["active"]
    assert introspect(token, resource="/elsewhere") == {"active": False}
    assert introspect(token)["active"]
    assert introspect(token) == introspect(token, headers=AS_LAB) == {"active": False}


def test_a_token_paid_per_crawl_is_for_one(ask, introspect, world):
    world.till.paid_by.add(("lab", PER_CRAWL))
    said = ask("index").json()
    assert said["one_time"] is True
    assert introspect(said["access_token"])["active"]
    assert not introspect(said["access_token"])["active"]


def test_a_licence_opens_the_key_of_what_it_covers(ask, post, world):
    url = "https://example.org/articles/1.enc"
    sealed = encrypt(b"content", world.keys.of(url), url)
    token = ask().json()["access_token"]
    with httpx.Client(trust_env=False, verify=False, headers={"authorization": f"License {token}"}) as client:
        jwk = client.get(world.base + "/key", params={"resource": url})
        assert jwk.headers["cache-control"] == "no-store"
        assert jwk.json() == client.post(world.base + "/key", data={"resource": "/articles/1.enc"}).json()
        outside = client.get(world.base + "/key", params={"resource": "https://example.org/1.enc"})
        assert outside.status_code == 403
        assert 'License error="insufficient_scope"' in outside.headers["www-authenticate"]
    assert jwk.json() == post("/key", token=token, resource=url).json()
    assert post("/key", AS_FIRM, token=token, resource=url).status_code == 401
    assert (jwk.json()["kty"], jwk.json()["alg"], jwk.json()["kid"]) == ("oct", "A256GCM", url)
    key = base64.urlsafe_b64decode(jwk.json()["k"] + "=")
    assert decrypt(sealed, key, url) == b"content"


def test_a_key_needs_a_living_token_that_stands_in_no_url(ask, world):
    token = ask(one_time="true").json()["access_token"]
    resource = {"resource": "/articles/1"}
    with httpx.Client(trust_env=False, verify=False) as client:
        license = {"authorization": f"License {token}"}
        in_url = client.get(world.base + "/key", params={**resource, "token": token}, headers=AS_LAB)
        assert in_url.status_code == 400
        assert client.get(world.base + "/key", params=resource, headers=license).status_code == 200
        for header in (license, {"authorization": "License"}, {"authorization": "License a b"}):
            refused = client.get(world.base + "/key", params=resource, headers=header)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("License error=")
            assert token not in refused.text


def test_encrypted_content_opens_with_its_own_key_and_url_only(world):
    url = "/a"
    key = world.keys.of(url)
    sealed = encrypt(b"content", key, url)
    assert sealed != encrypt(b"content", key, url)
    assert world.keys.of("/b") != key
    for bytes_, k, u in (
        (sealed, world.keys.of("/b"), url), (sealed, key, "/b"), (sealed[:-1], key, url), (b"x", key, url),
        (sealed[:-1] + bytes([sealed[-1] ^ 1]), key, url),
    ):  # fmt: skip
        with pytest.raises(InputError):
            decrypt(bytes_, k, u)
    with pytest.raises(InputError, match="32 bytes"):
        ContentKeys(b"short")


@given(st.text(max_size=200))
def test_any_text_for_a_licence_gives_acts_or_one_clear_error(text):
    try:
        assert licence_acts(text) <= frozenset(Act)
    except AskedWronglyError as error:
        assert error.code == "invalid_license"


@given(st.sets(st.sampled_from(sorted(USAGE))), st.sets(st.sampled_from(sorted(USAGE))))
def test_a_licence_permits_what_it_lists_without_what_it_prohibits(permits, prohibits):
    text = (
        f'<license xmlns="https://rslstandard.org/rsl"><permits type="usage">{" ".join(permits)}</permits>'
        f'<prohibits type="usage">{" ".join(prohibits)}</prohibits><permits type="geo">DE</permits></license>'
    )
    union = lambda tokens: frozenset().union(*(USAGE[t] for t in tokens))  # noqa: E731
    assert licence_acts(text) == union(permits) - union(prohibits)


def test_no_token_and_no_secret_stands_in_a_log_or_in_the_store(ask, introspect, post, world, caplog):
    caplog.set_level(logging.DEBUG)
    token = ask().json()["access_token"]
    introspect(token)
    post("/key", token=token, resource="/elsewhere")
    post("/revoke", token=token)
    kept = b"".join(p.read_bytes() for p in world.store.path.parent.iterdir())
    assert token not in caplog.text and LAB_SECRET not in caplog.text
    assert token.encode() not in kept
    assert world.store.path.stat().st_mode & 0o777 == 0o600


def test_when_the_store_fails_the_server_says_only_that(tmp_path, uvicorn_server, caplog):
    class Broken(SQLiteStore):
        def find(self, key):
            raise OSError("disk on fire at /secret/path")

    caplog.set_level(logging.CRITICAL)
    app = licence_server(Policy.of(TERMS), Clients([SITE]), Broken(tmp_path / "db"), origins=[ORIGIN])
    with httpx.Client(trust_env=False, verify=False, headers=AS_SITE) as client:
        response = client.post(uvicorn_server(app) + "/introspect", data={"token": "x"})
    assert (response.status_code, response.json()) == (500, {"error": "server_error"})
    assert response.headers["cache-control"] == "no-store"


def test_a_licence_server_without_a_site_is_refused(world):
    for origins in ([], ["example.org"]):
        with pytest.raises(InputError, match="a site is missing"):
            licence_server(Policy.of(TERMS), Clients([]), world.store, origins=origins)
