"""Works and who owns them."""

from commonweal.pool.batch import Batch, Source
from commonweal.pool.labels import check_labels
from commonweal.pool.names import NameWarning
from commonweal.pool.pool import Pool
from commonweal.pool.roles import Consent, Kind, Roles

__all__ = ["Batch", "Consent", "Kind", "NameWarning", "Pool", "Roles", "Source", "check_labels"]
