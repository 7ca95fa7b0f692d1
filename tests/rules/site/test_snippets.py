"""The configuration for web servers, on the real servers: each path gets what is published for it."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.rules.patterns import parse, split
from commonweal.rules.site import File, Header, Published
from commonweal.rules.site.snippets import SERVERS
from commonweal.rules.site.snippets.statements import expression

NGINX = """
daemon off; worker_processes 1; pid {work}/pid; error_log {work}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {work}/body; proxy_temp_path {work}/proxy; fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi; scgi_temp_path {work}/scgi;
    include {work}/commonweal-http.conf;
    server {{
        listen 127.0.0.1:{static}; merge_slashes off;
        include {work}/commonweal-server.conf;
        root {pages};
    }}
    server {{
        listen 127.0.0.1:{proxy};
        include {work}/commonweal-server.conf;
        location / {{ proxy_pass {upstream}; }}
    }}
}}
"""
CADDY = """
{{
    admin off
    auto_https off
    log {{
        output file {work}/error.log
    }}
}}
http://127.0.0.1:{static} {{
    bind 127.0.0.1
    import {work}/commonweal.caddy
    root * {pages}
    file_server
}}
http://127.0.0.1:{proxy} {{
    bind 127.0.0.1
    import {work}/commonweal.caddy
    reverse_proxy {upstream}
}}
"""
APACHE = """
ServerRoot {work}
ServerName localhost
PidFile {work}/pid
DefaultRuntimeDir {work}
Mutex file:{work}
ErrorLog {work}/error.log
Listen 127.0.0.1:{static}
Listen 127.0.0.1:{proxy}
{modules}
{user}
StartServers 1
TypesConfig /dev/null
<Directory {pages}>
    Require all granted
</Directory>
<VirtualHost 127.0.0.1:{static}>
    DocumentRoot {pages}
    MergeSlashes Off
    Include {work}/commonweal.conf
</VirtualHost>
<VirtualHost 127.0.0.1:{proxy}>
    Include {work}/commonweal.conf
    ProxyPass "/" "{upstream}/" nocanon
</VirtualHost>
"""
MODULES = "mpm_event authn_core authz_core unixd mime alias headers dir proxy proxy_http"
OWN_LINK = ("link", "<https://own.example/>; rel=next")
PATHS_OF_AN_APPLICATION_THAT_KNOWS = "/open/its-own"


async def upstream(scope, receive, send):
    """Sets a link everywhere, and says itself what holds for one page."""
    headers = [(OWN_LINK[0].encode(), OWN_LINK[1].encode())]
    if scope["path"] == PATHS_OF_AN_APPLICATION_THAT_KNOWS:
        headers.append((b"tdm-reservation", b"7"))
    status = 404 if "nothing" in scope["path"] else 200
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"upstream"})


def binary(*names):
    """The server, wherever Debian puts it: these tests fail where scripts/system.sh was not run."""
    places = os.environ["PATH"] + ":/usr/sbin:/sbin"
    found = next((p for n in names if (p := shutil.which(n, path=places))), None)
    assert found, f"{names[0]} is not installed: run scripts/system.sh"
    return found


def free_ports(number):
    sockets = [socket.socket() for _ in range(number)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def nginx(work, given):
    (work / "nginx.conf").write_text(NGINX.format(work=work, **given))
    return [binary("nginx"), "-p", str(work), "-c", str(work / "nginx.conf"), "-e", str(work / "error.log")]


def caddy(work, given):
    (work / "Caddyfile").write_text(CADDY.format(work=work, **given))
    return [binary("caddy"), "run", "--config", str(work / "Caddyfile"), "--adapter", "caddyfile"]


def apache(work, given):
    command = binary("apache2", "httpd")
    folder = next(p for p in map(Path, ("/usr/lib/apache2/modules", "/etc/httpd/modules")) if p.is_dir())
    files = {m: folder / f"mod_{m}.so" for m in MODULES.split()}  # what has no file is built in
    modules = "\n".join(f"LoadModule {m}_module {file}" for m, file in files.items() if file.exists())
    user = "User nobody\nGroup nogroup" if os.getuid() == 0 else ""
    text = APACHE.format(work=work, modules=modules, user=user, **given)
    (work / "apache.conf").write_text(text)
    return [command, "-D", "FOREGROUND", "-f", str(work / "apache.conf")]


START = {"nginx": nginx, "caddy": caddy, "apache": apache}


@pytest.fixture(scope="module", params=sorted(START))
def servers(request, published, uvicorn_server):
    """One real server with two sites: pages from a folder, and an application behind it."""
    with tempfile.TemporaryDirectory(prefix="commonweal-") as name:
        work = Path(name)
        work.chmod(0o755)  # a server that is started by root gives up its rights
        pages, files = work / "pages", work / "it's (the) site"
        for path in ("index.html", "open/index.html", "a.jpg", "exact"):
            (pages / path).parent.mkdir(parents=True, exist_ok=True)
            (pages / path).write_text("page")
        for path, file in published.files.items():
            place = files / httpx.URL(path).path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.content)
        for file, text in SERVERS[request.param](published, str(files)).items():
            (work / file).write_text(text)
        static, proxy = free_ports(2)
        given = {"static": static, "proxy": proxy, "pages": pages, "upstream": uvicorn_server(upstream)}
        command = START[request.param](work, given)
        env = {"PATH": os.environ["PATH"], "HOME": name, "LANG": "C"}
        with (work / "output").open("wb") as output:
            run = subprocess.Popen(command, cwd=work, env=env, stdout=output, stderr=output)
        try:
            until = time.monotonic() + 20
            while not all(listening(p) for p in (static, proxy)):
                told = (work / "output").read_text()
                assert run.poll() is None and time.monotonic() < until, told
                time.sleep(0.02)
            yield {"static": f"http://127.0.0.1:{static}", "proxy": f"http://127.0.0.1:{proxy}"}
        finally:
            run.terminate()
            run.wait(20)


def listening(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("site", ["static", "proxy"])
def test_each_path_gets_exactly_what_is_published_for_it(
    servers, site, published, path, fetch, gives_what_is_published
):
    response = fetch(servers[site], path)
    file = published.files.get(path.partition("?")[0])
    own = [OWN_LINK] if site == "proxy" and not file else []
    gives_what_is_published(response, published, path, own)
    if file:
        assert response.status_code == 200
        assert response.content == file.content
        assert response.headers["content-type"] == file.media_type
    elif site == "proxy":
        assert response.content == b"upstream"


def test_what_the_application_says_of_its_page_stands(servers, fetch):
    response = fetch(servers["proxy"], PATHS_OF_AN_APPLICATION_THAT_KNOWS)
    assert response.headers.get_list("tdm-reservation") == ["7"]
    assert response.headers.get_list("tdm-policy") == ["https://example.org/policies/tdm.json"]


def test_a_file_is_revalidated(servers, fetch):
    tag = fetch(servers["static"], "/rsl.xml").headers["etag"]
    assert fetch(servers["static"], "/rsl.xml", headers={"if-none-match": tag}).status_code == 304


_piece = st.sampled_from(["/", "a", "b.", "*", "$", "?x=", "%2F", "%e9", "é", "(+)[]{}|^", "#"])
_patterns = st.lists(_piece, max_size=6).map(lambda parts: "/" + "".join(parts))
_sent = st.sampled_from(["/", "a", "b.", "bX", "?x=", "%2F", "%2f", "%E9", "%C3%a9", "é", "$", "(+)[]{}|^"])
_requests = st.lists(_sent, max_size=6).map(lambda parts: "/" + "".join(parts))


@given(_patterns, _requests)
@example("/é", "/é")
@example("/é", "/%c3%A9")
@example("/%E9", "/%e9")
@example("/a%2Fb", "/a%2fb")
def test_an_expression_matches_what_its_pattern_does(pattern, request):
    """As Python's `re` reads it; what PCRE and RE2 read alike."""
    wanted = parse(pattern).matches(*split(request))
    assert bool(re.match(expression(pattern), request)) == wanted


@pytest.mark.parametrize("server", sorted(SERVERS))
def test_what_a_server_can_not_serve_is_refused(server):
    make = SERVERS[server]
    plain = Published({}, (Header("/", "x", "1"),))
    assert make(plain, "/srv/site")
    with pytest.raises(InputError, match="absolute path"):
        make(plain, "site")
    with pytest.raises(InputError, match="names its host"):
        make(Published({}, (Header("https://a.org/", "x", "1"),)), "/srv/site")


@pytest.mark.parametrize(
    ("server", "value"),
    [("caddy", "{$HOME}"), ("caddy", '`\\"'), ("apache", "${HOME}"), ("apache", "expr=true")],
)
def test_a_value_that_a_server_would_run_as_code_is_refused(server, value):
    with pytest.raises(InputError, match="write it"):
        SERVERS[server](Published({}, (Header("/", "x", value),)), "/srv/site")


def test_a_file_stands_in_the_configuration_by_its_decoded_name():
    published = Published({"/a%20b.txt": File("text/plain", b"")})
    assert '"/a b.txt"' in SERVERS["nginx"](published, "/srv/site")["commonweal-server.conf"]
