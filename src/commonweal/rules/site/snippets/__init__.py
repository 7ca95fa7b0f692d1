"""Configuration for web servers that serve published rules, made from a `Published`.

Each function takes what one site publishes (`Published.at`) and the folder where its files stand on the
server, and returns files to include, by name, as text: `nginx` for 1.18 or later, `caddy` for the Caddyfile
of 2.6 or later, `apache` for 2.4.10 or later.
"""

from commonweal.rules.site.snippets.apache import apache
from commonweal.rules.site.snippets.caddy import caddy
from commonweal.rules.site.snippets.nginx import nginx

SERVERS = {"nginx": nginx, "caddy": caddy, "apache": apache}

__all__ = ["SERVERS", "apache", "caddy", "nginx"]
