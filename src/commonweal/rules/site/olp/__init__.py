"""Licences for those who ask: RSL's Open License Protocol, and the guard that asks for them.

`licence_server` grants tokens for what a policy allows a client (RSL 1.0 section 5); `LicenceGuard` stands
before a site and lets machines in with one (Crawler Authorization, section 6), or for a price.
"""

from commonweal.rules.site.olp.clients import Client, Clients
from commonweal.rules.site.olp.content import ContentKeys, decrypt, encrypt
from commonweal.rules.site.olp.endpoint import licence_server
from commonweal.rules.site.olp.grants import Grant
from commonweal.rules.site.olp.guard import LicenceGuard, automated
from commonweal.rules.site.olp.payments import Payments, Price
from commonweal.rules.site.olp.store import SQLiteStore, Store

__all__ = [
    "Client",
    "Clients",
    "ContentKeys",
    "Grant",
    "LicenceGuard",
    "Payments",
    "Price",
    "SQLiteStore",
    "Store",
    "automated",
    "decrypt",
    "encrypt",
    "licence_server",
]
