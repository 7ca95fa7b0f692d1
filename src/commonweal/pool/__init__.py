"""Works and who owns them."""

from commonweal.pool.pool import Batch, Pool, Roles, Source

__all__ = ["Batch", "Pool", "Roles", "Source"]
