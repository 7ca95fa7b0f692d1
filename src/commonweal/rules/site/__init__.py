"""Serving rules from a site: files and headers, and licences for those who ask.

`Published` is what a site says; `ASGIPublisher` and `WSGIPublisher` say it from Python, `snippets` from
nginx, Caddy and Apache. `olp` grants licences and guards what needs one.
"""

from commonweal.rules.site.asgi import ASGIPublisher
from commonweal.rules.site.published import File, Header, Published
from commonweal.rules.site.wsgi import WSGIPublisher

__all__ = ["ASGIPublisher", "File", "Header", "Published", "WSGIPublisher"]
