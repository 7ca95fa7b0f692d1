"""The registry: whose works are in a text, which passages, how surely; without giving the works away."""

from commonweal.registry.catalog import Catalog, Entry, SQLiteCatalog
from commonweal.registry.find import Hit, find, find_all
from commonweal.registry.index import Index, Work
from commonweal.registry.texts import Key

__all__ = ["Catalog", "Entry", "Hit", "Index", "Key", "SQLiteCatalog", "Work", "find", "find_all"]
