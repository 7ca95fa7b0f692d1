"""Intake: from the exports that services give, to an archive, to works."""

from commonweal.intake.archive import Archive
from commonweal.intake.ingest import import_export
from commonweal.intake.ledger import Ledger

__all__ = ["Archive", "Ledger", "import_export"]
