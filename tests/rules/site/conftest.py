"""Real servers on loopback, and what every one of them must answer."""

import threading
import time
from collections import defaultdict
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import httpx
import pytest
import uvicorn

from commonweal.rules.site import File, Header, Published

RSL = b'<rsl xmlns="https://rslstandard.org/rsl"><content url="/"/></rsl>\n'
LINK = '<https://example.org/{}.xml>; rel="license"; type="application/rsl+xml"'
SAMPLE = Published(
    {
        "/rsl.xml": File("application/rsl+xml", RSL),
        "/.well-known/tdmrep.json": File("application/json", b'[{"location":"/","tdm-reservation":1}]'),
        "/robots.txt": File("text/plain; charset=utf-8", b"User-agent: *\nContent-Usage: train-ai=n\n"),
        "/policies/a b's (1).txt": File("text/plain; charset=utf-8", "Grüße\n".encode()),
    },
    (
        Header("/", "tdm-reservation", "1"),
        Header("/", "tdm-policy", "https://example.org/policies/tdm.json"),
        Header("/", "Link", LINK.format("rsl")),
        Header("/open/", "tdm-reservation", "0"),
        Header("/open/closed/", "tdm-reservation", "1"),
        Header("/*.jpg$", "X-Robots-Tag", "noimageai"),
        Header("/*.jpg$", "tdm-reservation", "2"),
        Header("/pictures/", "X-Robots-Tag", "noai"),
        Header("/pictures/", "Link", LINK.format("pictures")),
        Header("/*?print=", "Content-Usage", "train-ai=n, search=y"),
        Header("/café/", "Content-Usage", "train-ai=y"),
        Header("/exact$", "Content-Usage", "train-ai=n;exceptions=\"100% of $it, `a\\b` {x} 'y'\""),
        Header("/a.b(c)+[d]|^/", "Content-Usage", "search=n"),
    ),
)
PATHS = (
    "/", "/index.html", "/nothing-here", "/open/", "/open", "/open/a", "/open/closed/a", "/a.jpg",
    "/a.jpg?x=1", "/open/a.jpg", "/pictures/", "/pictures/b.jpg", "/pictures/b.jpg.html", "/p?print=1",
    "/open/p?q=1&print=1", "/p?noprint=1", "/caf%C3%A9/x", "/caf%c3%a9/x", "/cafe/", "/exact", "/exact?x",
    "/exactly", "/exact/", "/a.b(c)+%5Bd%5D%7C%5E/", "/a.b(c)+[d]|^/", "/aXb(c)+[d]|^/",
    "/rsl.xml", "/rsl.xml?version=2", "/.well-known/tdmrep.json", "/policies/a%20b's%20(1).txt",
    "/http://example.org/open/", "//open/",
)  # fmt: skip


@pytest.fixture(scope="session")
def published():
    return SAMPLE


@pytest.fixture(params=PATHS)
def path(request):
    return request.param


def fetch(base, path, method="GET", **options):
    """Ask for a path exactly as it is written: clients otherwise tidy it up."""
    with httpx.Client(trust_env=False, verify=False, timeout=20) as client:
        request = client.build_request(method, base, **options)
        request.url = request.url.copy_with(raw_path=path.encode())
        return client.send(request)


@pytest.fixture(name="fetch", scope="session")
def fetch_fixture():
    return fetch


@pytest.fixture(scope="session")
def gives_what_is_published():
    """Check that a response has exactly the headers that `Published` says for its path."""

    def check(response, published, path, own=()):
        wanted = defaultdict(list)
        for name, value in [*published.headers_for(path), *own]:
            wanted[name.lower()].append(value)
        for name in {h.name.lower() for h in published.headers}:
            given = [v for k, v in response.headers.multi_items() if k.lower() == name]
            assert sorted(given) == sorted(wanted[name]), (path, name)

    return check


@pytest.fixture(scope="session")
def uvicorn_server():
    """Serve ASGI applications; returns their addresses."""
    running = []

    def serve(app, lifespan="off"):
        config = uvicorn.Config(app, port=0, log_level="error", ws="none", lifespan=lifespan)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    yield serve
    for server, thread in running:
        server.should_exit = True
        thread.join()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = False


@pytest.fixture(scope="session")
def wsgi_server():
    """Serve WSGI applications; returns their addresses."""
    running = []

    def serve(app):
        server = make_server("127.0.0.1", 0, app, server_class=_Server, handler_class=_Quiet)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()
