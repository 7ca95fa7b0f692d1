"""The middleware in front of real applications on real servers."""

import contextlib
import gzip

import pytest
from starlette.applications import Starlette

import apart
from commonweal.errors import InputError
from commonweal.rules.site import ASGIPublisher, Header, Published, WSGIPublisher

OWN = (("set-cookie", "a=1"), ("set-cookie", "b=2"), ("link", "<https://own.example/>; rel=next"))


def asgi_app(extra=(), status=200, body=b"own", own_robots=(200, b"User-agent: A\nDisallow: /a\n")):
    async def app(scope, receive, send):
        assert scope["type"] == "http"
        code, text = own_robots if scope["path"] == "/robots.txt" else (status, body)
        headers = [(k.encode(), v.encode()) for k, v in (*OWN, *extra)]
        await send({"type": "http.response.start", "status": code, "headers": headers})
        for at in range(len(text)):
            await send({"type": "http.response.body", "body": text[at : at + 1], "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


def wsgi_app(extra=(), status=200, body=b"own", own_robots=(200, b"User-agent: A\nDisallow: /a\n")):
    def app(environ, start_response):
        code, text = own_robots if environ["PATH_INFO"] == "/robots.txt" else (status, body)
        start_response(f"{code} X", [*OWN, *extra])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else (bytes([b]) for b in text)

    return app


AS_WSGI_TELLS = {"//open/": "/open/", "/a.b(c)+[d]|^/": "/a.b(c)+%5Bd%5D%7C%5E/"}


@pytest.fixture(scope="module", params=["asgi", "wsgi"])
def server(request):
    return request.param


@pytest.fixture(scope="module")
def serve(server, uvicorn_server, wsgi_server):
    """Serve an application of ours behind the middleware, on uvicorn or wsgiref."""

    def make(published, robots="merge", **app):
        if server == "asgi":
            return uvicorn_server(ASGIPublisher(asgi_app(**app), published, robots=robots))
        return wsgi_server(WSGIPublisher(wsgi_app(**app), published, robots=robots))

    return make


@pytest.fixture(scope="module")
def base(serve, published):
    return serve(published)


def test_each_path_gets_exactly_what_is_published_for_it(
    server, base, published, path, fetch, gives_what_is_published
):
    response = fetch(base, path)
    if server == "wsgi":
        path = AS_WSGI_TELLS.get(path, path)
    file = published.files.get(path.partition("?")[0])
    own = [] if file else [OWN[2]]
    gives_what_is_published(response, published, path, own=own)
    assert response.status_code == 200
    assert response.content == (file.content if file else b"own")
    if not file:
        assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_files_are_served_with_their_type_and_length_and_head_has_no_body(base, published, fetch):
    file = published.files["/rsl.xml"]
    for method, body in (("GET", file.content), ("HEAD", b"")):
        response = fetch(base, "/rsl.xml", method)
        assert response.headers["content-type"] == file.media_type
        assert response.headers["content-length"] == str(len(file.content))
        assert response.content == body


def test_a_client_that_has_the_file_gets_304_and_one_with_another_gets_it(base, fetch):
    tag = fetch(base, "/rsl.xml").headers["etag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        response = fetch(base, "/rsl.xml", headers={"if-none-match": known})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == tag
        assert response.headers["tdm-reservation"] == "1"
    assert fetch(base, "/rsl.xml", headers={"if-none-match": '"other"'}).status_code == 200


def test_other_methods_on_a_file_are_the_applications(base, fetch):
    assert fetch(base, "/rsl.xml", "POST", content=b"x").content == b"own"


def test_what_the_application_says_of_its_page_stands(serve, published, fetch):
    response = fetch(serve(published, extra=(("TDM-Reservation", "0"),)), "/")
    assert response.headers.get_list("tdm-reservation") == ["0"]
    assert len(response.headers.get_list("link")) == 2


def test_errors_carry_the_headers_too(serve, published, fetch):
    response = fetch(serve(published, status=404), "/nowhere")
    assert (response.status_code, response.headers["tdm-reservation"]) == (404, "1")


def test_two_robots_txt_become_one_or_the_published_one_replaces(serve, published, fetch):
    ours = published.files["/robots.txt"].content
    both = fetch(serve(published), "/robots.txt").text
    assert "User-agent: a\nDisallow: /a\nContent-Usage: train-ai=n\n" in both
    assert "User-agent: *\nContent-Usage: train-ai=n\n" in both
    assert fetch(serve(published, robots="replace"), "/robots.txt").content == ours


@pytest.mark.parametrize(("status", "answered"), [(404, 200), (429, 429), (503, 503)])
def test_ours_is_served_where_the_application_has_none_but_not_while_it_fails(
    serve, published, fetch, status, answered
):
    response = fetch(serve(published, own_robots=(status, b"its own")), "/robots.txt")
    assert response.status_code == answered
    ours = published.files["/robots.txt"].content
    assert response.content == (ours if answered == 200 else b"its own")


def test_websockets_and_lifespan_pass_untouched(published):
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))

    async def receive():
        raise AssertionError

    for kind in ("websocket", "lifespan"):
        scope = {"type": kind, "path": "/rsl.xml"}
        apart.run(ASGIPublisher(app, published)(scope, receive, receive))
        assert seen[-1] == (scope, receive, receive)


def test_lifespan_reaches_the_application_under_a_real_server(uvicorn_server, published, fetch):
    events = []

    @contextlib.asynccontextmanager
    async def lifespan(app):
        events.append("up")
        yield

    app = Starlette(lifespan=lifespan)
    base = uvicorn_server(ASGIPublisher(app, published), lifespan="on")
    assert events == ["up"]
    assert fetch(base, "/missing").status_code == 404


def test_a_body_streams_through_piece_by_piece(published):
    """The first piece is out before the second is made."""
    order = []

    def app(environ, start_response):
        start_response("200 OK", [])

        def body():
            for i in range(3):
                order.append(f"made {i}")
                yield bytes([i])

        return body()

    for i, _ in enumerate(WSGIPublisher(app, published)(_environ("/x"), lambda *_: None)):
        order.append(f"sent {i}")
    assert order == [f"{what} {i}" for i in range(3) for what in ("made", "sent")]


def test_exceptions_and_the_write_callable_of_wsgi_pass(published):
    given = []

    def start_response(*arguments):
        given.append(arguments)
        return "write"

    def app(environ, start):
        assert start("500 X", [("a", "b")], ("type", "value", "traceback")) == "write"
        return []

    WSGIPublisher(app, published)(_environ("/x"), start_response)
    assert given[0][2] == ("type", "value", "traceback")
    assert ("tdm-reservation", "1") in given[0][1]


def test_a_compressed_robots_txt_is_asked_for_uncompressed(published):
    def app(environ, start_response):
        start_response("200 OK", [])
        text = b"User-agent: A\nDisallow: /a\n"
        return [gzip.compress(text) if "HTTP_ACCEPT_ENCODING" in environ else text]

    environ = _environ("/robots.txt") | {"HTTP_ACCEPT_ENCODING": "gzip"}
    assert b"Disallow: /a" in b"".join(WSGIPublisher(app, published)(environ, lambda *_: None))


def test_a_pattern_with_a_host_is_refused_until_the_site_is_named():
    published = Published({}, (Header("https://a.org/", "x", "1"),))
    for make in (ASGIPublisher, WSGIPublisher):
        with pytest.raises(InputError, match="names its host"):
            make(None, published)
        make(None, published.at("https://a.org"))


def _environ(path):
    return {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": ""}
