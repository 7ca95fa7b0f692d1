"""Exact nearest neighbours in blocks of bounded memory, and what follows from their order in closed form."""

from commonweal.utility.nearest.engine import choose_engine, threads
from commonweal.utility.nearest.order import BASE, Search, Shortlists, shortlists
from commonweal.utility.nearest.owners import owner_values

__all__ = ["BASE", "Search", "Shortlists", "choose_engine", "owner_values", "shortlists", "threads"]
